import { describe, expect, it } from 'vitest';
import {
  computedWith,
  describeCadence,
  longestGap,
  nextClockChange,
  nextSlot,
  previewSlots,
} from '../../../main/domain/cadence.ts';
import type { Cadence } from '../../../shared/model/cadence.ts';

const hourMs = 3_600_000;
const now = new Date('2026-11-24T00:00Z');
const anchorUtc = '1970-01-01T00:00:00Z';
const daily = (...times: `${number}${number}:${number}${number}`[]): Cadence => ({ kind: 'daily', times });
const cron = (expression: string): Cadence => ({ kind: 'cron', expression });
const hourly = (everyHours: 1 | 2 | 6, minute: number): Cadence => ({ kind: 'hourly', everyHours, minute });
const on = (monthDay: Extract<Cadence, { kind: 'monthly' }>['on']): Cadence => ({
  kind: 'monthly',
  on: monthDay,
  times: ['02:30'],
});

describe('a cadence in words', () => {
  it.each<[Cadence, string]>([
    [{ kind: 'everyMinutes', minutes: 15, anchorUtc }, 'Every 15 minutes'],
    [{ kind: 'everyMinutes', minutes: 60, anchorUtc }, 'Every hour'],
    [{ kind: 'everyMinutes', minutes: 120, anchorUtc }, 'Every 2 hours'],
    [hourly(1, 5), 'Every hour at minute 05 (Europe/Berlin)'],
    [hourly(6, 0), 'Every 6 hours at minute 00, from 00:00 on (Europe/Berlin)'],
    [daily('14:00', '02:00'), 'Every day at 02:00 and 14:00 (Europe/Berlin)'],
    [
      { kind: 'weekly', days: ['thu', 'mon'], times: ['02:00'] },
      'Every Monday and Thursday at 02:00 (Europe/Berlin)',
    ],
    [
      { kind: 'weekly', days: ['mon', 'tue', 'wed', 'thu', 'fri'], times: ['02:00'] },
      'Every weekday from Monday to Friday at 02:00 (Europe/Berlin)',
    ],
    [on({ kind: 'day', day: 1 }), 'On day 1 of every month at 02:30 (Europe/Berlin)'],
    [
      on({ kind: 'day', day: 31 }),
      'On day 31 of every month, the last day of shorter months, at 02:30 (Europe/Berlin)',
    ],
    [on({ kind: 'lastDay' }), 'On the last day of every month at 02:30 (Europe/Berlin)'],
    [
      on({ kind: 'nthWeekday', nth: 2, weekday: 'tue' }),
      'On the second Tuesday of every month at 02:30 (Europe/Berlin)',
    ],
    [cron('0 2 * * 1-5'), 'At 02:00, Monday through Friday; cron 0 2 * * 1-5 (Europe/Berlin)'],
    [cron('0 2 1W,15W * *'), 'Cron 0 2 1W,15W * * (Europe/Berlin)'],
  ])('%j', (cadence, words) => {
    expect(describeCadence(cadence, 'Europe/Berlin')).toBe(words);
  });
});

const lines = (cadence: Cadence, after: string, count: number, zone = 'Europe/Berlin') =>
  previewSlots(cadence, zone, new Date(after), count).map((slot) =>
    `${slot.localTime} ${slot.offset} ${slot.note ?? ''}`.trim(),
  );

describe('preview', () => {
  it('notes a gap and an overlap on the line that they move', () => {
    expect(lines(daily('02:30'), '2027-03-27T00:00Z', 3)).toEqual([
      '2027-03-27 02:30 +01:00',
      '2027-03-28 03:30 +02:00 gap',
      '2027-03-29 02:30 +02:00',
    ]);
    expect(lines(cron('30 2 * * *'), '2027-03-27T00:00Z', 2)[1]).toBe('2027-03-28 03:00 +02:00 gap');
    expect(lines(daily('02:30'), '2027-10-30T12:00Z', 2)).toEqual([
      '2027-10-31 02:30 +02:00 overlap',
      '2027-11-01 02:30 +01:00',
    ]);
    expect(lines(hourly(1, 30), '2027-10-31T00:00Z', 3)).toEqual([
      '2027-10-31 02:30 +02:00 overlap',
      '2027-10-31 02:30 +01:00 overlap',
      '2027-10-31 03:30 +01:00',
    ]);
  });

  it('does not note a slot that stands after a gap in its own right', () => {
    expect(lines(daily('03:30'), '2027-03-28T00:00Z', 1)).toEqual(['2027-03-28 03:30 +02:00']);
    expect(lines(hourly(1, 30), '2027-03-28T00:45Z', 1)).toEqual(['2027-03-28 03:30 +02:00']);
    expect(lines(cron('0 3 * * *'), '2027-03-28T00:00Z', 1)).toEqual(['2027-03-28 03:00 +02:00']);
  });

  it('notes shorter months for day 31, not for the last day', () => {
    expect(lines(on({ kind: 'day', day: 31 }), '2027-01-15T00:00Z', 3)).toEqual([
      '2027-01-31 02:30 +01:00',
      '2027-02-28 02:30 +01:00 month_end',
      '2027-03-31 02:30 +02:00',
    ]);
    expect(lines(on({ kind: 'lastDay' }), '2027-02-15T00:00Z', 1)).toEqual(['2027-02-28 02:30 +01:00']);
  });

  it('is the dispatcher asked again and again, and ends with the cadence', () => {
    const slots = previewSlots(hourly(2, 5), 'America/St_Johns', now, 10);
    expect(slots).toHaveLength(10);
    let after = now;
    for (const slot of slots) {
      after = nextSlot(hourly(2, 5), 'America/St_Johns', after)!;
      expect(slot.slotUtc).toEqual(after);
    }
    expect(slots[0]).toMatchObject({ localTime: '2026-11-23 22:05', offset: '-03:30' });
    expect(previewSlots(cron('0 0 30 2 *'), 'UTC', now, 10)).toEqual([]);
  });
});

describe('the next clock change in a sentence', () => {
  it.each<[Cadence, string, string | null]>([
    [
      daily('02:30'),
      '2026-11-24',
      'Sun 28 Mar 2027: 02:30 does not exist in Europe/Berlin; this run starts at 03:30.',
    ],
    [
      daily('02:30'),
      '2027-04-01',
      'Sun 31 Oct 2027: 02:30 happens twice in Europe/Berlin; runs once, the first time.',
    ],
    [
      daily('02:30', '03:30'),
      '2026-11-24',
      'Sun 28 Mar 2027: 02:30 does not exist in Europe/Berlin; this run and the one at 03:30 are one.',
    ],
    [
      daily('02:10', '02:30'),
      '2026-11-24',
      'Sun 28 Mar 2027: 02:10 does not exist in Europe/Berlin; this run starts at 03:10 (1 more likewise).',
    ],
    [
      cron('30 2 * * *'),
      '2026-11-24',
      'Sun 28 Mar 2027: 02:30 does not exist in Europe/Berlin; this run starts at 03:00.',
    ],
    [
      cron('*/30 * * * *'),
      '2026-11-24',
      'Sun 28 Mar 2027: 02:00 does not exist in Europe/Berlin; it is left out, the next run starts at 03:00 (1 more likewise).',
    ],
    [
      hourly(1, 5),
      '2026-11-24',
      'Sun 28 Mar 2027: 02:05 does not exist in Europe/Berlin; it is left out, the next run starts at 03:05.',
    ],
    [hourly(1, 5), '2027-04-01', 'Sun 31 Oct 2027: 02:05 happens twice in Europe/Berlin; runs both times.'],
    [daily('12:00'), '2026-11-24', null],
    [{ kind: 'everyMinutes', minutes: 15, anchorUtc }, '2026-11-24', null],
    [{ kind: 'weekly', days: ['mon'], times: ['02:30'] }, '2026-11-24', null],
  ])('%j after %s: %s', (cadence, after, sentence) => {
    expect(nextClockChange(cadence, 'Europe/Berlin', new Date(`${after}T00:00Z`))).toBe(sentence);
  });

  it('says nothing where no clock changes', () => {
    expect(nextClockChange(daily('02:30'), 'Asia/Kolkata', now)).toBeNull();
  });
});

describe('the longest gap', () => {
  it.each<[Cadence, number | null]>([
    [{ kind: 'everyMinutes', minutes: 15, anchorUtc }, 0.25],
    [daily('02:00'), 25],
    [daily('02:00', '14:00'), 13],
    [{ kind: 'weekly', days: ['mon', 'thu'], times: ['12:00'] }, 4 * 24 + 1],
    [on({ kind: 'day', day: 31 }), 31 * 24],
    [cron('0 12 * * 1-5'), 3 * 24 + 1],
    [cron('0 0 29 2 *'), 4 * 365.25 * 24],
    [cron('0 0 30 2 *'), null],
  ])('%j: %s hours', (cadence, hours) => {
    const gapMs = longestGap(cadence, 'Europe/Berlin', now);
    expect(gapMs === null ? null : gapMs / hourMs).toBe(hours);
  });
});

it('a computed slot carries the tz database and the version of the rules', () => {
  expect(computedWith()).toMatch(/^tzdata \d{4}[a-z], cadence 1$/);
});
