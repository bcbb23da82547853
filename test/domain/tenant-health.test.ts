import { describe, expect, it } from 'vitest';
import {
  healthSentence,
  judgeTenantHealth,
  type ScheduleFreshness,
} from '../../main/domain/tenant-health.ts';

const hour = 3600_000;
const now = new Date('2026-11-24T12:00:00Z');
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * hour);

function schedule(change: Partial<ScheduleFreshness> = {}): ScheduleFreshness {
  return {
    enabled: true,
    createdAt: hoursAgo(1000),
    lastGoodSetAt: hoursAgo(10),
    allowedAgeMs: 48 * hour,
    ...change,
  };
}

function stateOf(schedules: ScheduleFreshness[], change: { connected?: boolean; endsInDays?: number } = {}) {
  const credentialExpiresAt =
    change.endsInDays === undefined ? null : new Date(now.getTime() + change.endsInDays * 24 * hour);
  return judgeTenantHealth({ connected: change.connected ?? true, credentialExpiresAt, schedules }, now)
    .state;
}

describe('health of a tenant', () => {
  it.each([
    [47.9, 'protected'],
    [48, 'protected'],
    [48.1, 'at_risk'],
    [96, 'at_risk'],
    [96.1, 'unprotected'],
  ])('a good set %s h old against 48 h allowed is %s', (age, state) => {
    expect(stateOf([schedule({ lastGoodSetAt: hoursAgo(age) })])).toBe(state);
  });

  it('is that of the schedule worst off', () => {
    expect(stateOf([schedule(), schedule({ lastGoodSetAt: hoursAgo(200) })])).toBe('unprotected');
  });

  it('does not count paused schedules, and is paused when all of them are', () => {
    const stale = schedule({ enabled: false, lastGoodSetAt: hoursAgo(200) });
    expect(stateOf([schedule(), stale])).toBe('protected');
    expect(stateOf([stale])).toBe('paused');
  });

  it('gives a new schedule its first allowed age before it is "never backed up"', () => {
    expect(stateOf([schedule({ lastGoodSetAt: null, createdAt: hoursAgo(47) })])).toBe('at_risk');
    expect(stateOf([schedule({ lastGoodSetAt: null, createdAt: hoursAgo(49) })])).toBe('never_backed_up');
  });

  it('is at risk when the credential ends within 14 days', () => {
    expect(stateOf([schedule()], { endsInDays: 13 })).toBe('at_risk');
    expect(stateOf([schedule()], { endsInDays: 15 })).toBe('protected');
  });

  it.each([
    [{ lastGoodSetAt: hoursAgo(20) }, null, 'Last good set 20 h ago, allowed 48 h.'],
    [
      { lastGoodSetAt: hoursAgo(20) },
      new Date('2026-12-01T08:00:00Z'),
      'Last good set 20 h ago, allowed 48 h; the credential ends on 2026-12-01.',
    ],
    [{ lastGoodSetAt: null }, null, 'No good backup set yet, allowed 48 h.'],
  ])(
    'has a sentence with what makes it so: %o, credential ends %s',
    (change, credentialExpiresAt, sentence) => {
      const health = judgeTenantHealth(
        { connected: true, credentialExpiresAt, schedules: [schedule(change)] },
        now,
      );
      expect(healthSentence(health)).toBe(sentence);
    },
  );

  it('names a tenant that cannot be signed in to, or that nobody scheduled', () => {
    expect(stateOf([schedule()], { connected: false })).toBe('disconnected');
    expect(stateOf([])).toBe('no_schedule');
  });
});
