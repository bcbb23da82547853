import { describe, expect, it } from 'vitest';
import { sendingTime } from '../../main/domain/alerts/sending-time.ts';

const night = { from: '22:00', to: '06:30', timeZone: 'Europe/Berlin', exceptCritical: true };
const morning = { at: '08:00', timeZone: 'Europe/Berlin', exceptCritical: false };

/** Berlin is an hour ahead of UTC in winter, two in summer. */
const at = (iso: string) => new Date(iso);

describe('when a message may go', () => {
  it.each([
    [
      'by day at once',
      { quietHours: night, digest: null },
      'warning',
      '2026-11-28T12:00:00Z',
      '2026-11-28T12:00:00Z',
    ],
    [
      'at night after it',
      { quietHours: night, digest: null },
      'warning',
      '2026-11-28T21:00:00Z',
      '2026-11-29T05:30:00Z',
    ],
    [
      'after midnight too',
      { quietHours: night, digest: null },
      'warning',
      '2026-11-29T03:00:00Z',
      '2026-11-29T05:30:00Z',
    ],
    [
      'at the first moment of the day',
      { quietHours: night, digest: null },
      'warning',
      '2026-11-29T05:30:00Z',
      '2026-11-29T05:30:00Z',
    ],
    [
      'critical at night',
      { quietHours: night, digest: null },
      'critical',
      '2026-11-28T21:00:00Z',
      '2026-11-28T21:00:00Z',
    ],
    [
      'with the digest',
      { quietHours: null, digest: morning },
      'critical',
      '2026-11-28T12:00:00Z',
      '2026-11-29T07:00:00Z',
    ],
    [
      'digest of today',
      { quietHours: null, digest: morning },
      'warning',
      '2026-11-28T06:59:00Z',
      '2026-11-28T07:00:00Z',
    ],
    [
      'digest inside of the quiet hours',
      { quietHours: night, digest: { ...morning, at: '05:00' } },
      'warning',
      '2026-11-28T12:00:00Z',
      '2026-11-29T05:30:00Z',
    ],
    // 02:30 does not exist on 29 March 2026 in Berlin: the clock goes from 02:00 to 03:00.
    [
      'an end that the clock skips',
      { quietHours: { ...night, to: '02:30' }, digest: null },
      'warning',
      '2026-03-28T23:00:00Z',
      '2026-03-29T01:30:00Z',
    ],
  ] as const)('%s', (_what, channel, severity, now, due) => {
    expect(sendingTime(channel, severity, at(now)).toISOString()).toBe(at(due).toISOString());
  });

  it('has no quiet hours where both times are the same', () => {
    const quietHours = { ...night, from: '06:00', to: '06:00' };
    const now = at('2026-11-28T03:00:00Z');
    expect(sendingTime({ quietHours, digest: null }, 'warning', now)).toEqual(now);
  });
});
