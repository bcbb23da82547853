import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextSlot } from '../../../main/domain/cadence.ts';
import type { Cadence } from '../../../shared/model/cadence.ts';
import { anyCadence, wallCadence, zonedInstant } from './arbitrary-cadence.ts';
import { localMinute, nextSlotByTemporal } from './plain-temporal.ts';
import { slotsByWalking } from './wall-clock-walk.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** The first `count` slots after an instant. */
function slotsAfter(cadence: Cadence, timeZone: string, after: string, count: number): Date[] {
  const slots: Date[] = [];
  let slot = nextSlot(cadence, timeZone, new Date(after));
  while (slot !== null && slots.length < count) {
    slots.push(slot);
    slot = nextSlot(cadence, timeZone, slot);
  }
  return slots;
}
const localDates = (slots: Date[], timeZone: string) =>
  slots.map((slot) => localMinute(slot, timeZone).slice(0, 10));
const stepsInMinutes = (slots: Date[]) =>
  slots.slice(1).map((slot, index) => (slot.getTime() - slots[index]!.getTime()) / minuteMs);

const cron = (expression: string): Cadence => ({ kind: 'cron', expression });

const on = (nth: 2 | 'last', weekday: 'tue' | 'fri'): Cadence => ({
  kind: 'monthly',
  on: { kind: 'nthWeekday', nth, weekday },
  times: ['02:00'],
});

const hourly = (minute: number): Cadence => ({ kind: 'hourly', everyHours: 1, minute });

const oddSteps = (minute: number) =>
  stepsInMinutes(slotsAfter(hourly(minute), 'Australia/Lord_Howe', '2026-01-01T00:00Z', 8760)).filter(
    (step) => step !== 60,
  );

const text = (instants: number[]) => instants.map((instant) => new Date(instant).toISOString());

const localMinutes = (cadence: Cadence, timeZone: string, after: string, count: number) =>
  slotsAfter(cadence, timeZone, after, count).map((slot) => localMinute(slot, timeZone));

describe('months', () => {
  const on31: Cadence = { kind: 'monthly', on: { kind: 'day', day: 31 }, times: ['02:00'] };

  it('day 31 runs on the last day of shorter months', () => {
    expect(localDates(slotsAfter(on31, 'Europe/Berlin', '2026-01-01T00:00Z', 12), 'Europe/Berlin')).toEqual([
      '2026-01-31',
      '2026-02-28',
      '2026-03-31',
      '2026-04-30',
      '2026-05-31',
      '2026-06-30',
      '2026-07-31',
      '2026-08-31',
      '2026-09-30',
      '2026-10-31',
      '2026-11-30',
      '2026-12-31',
    ]);
  });

  it('day 30 runs on 29 February of a leap year', () => {
    const on30: Cadence = { kind: 'monthly', on: { kind: 'day', day: 30 }, times: ['02:00'] };
    expect(localDates(slotsAfter(on30, 'UTC', '2028-02-01T00:00Z', 2), 'UTC')).toEqual([
      '2028-02-29',
      '2028-03-30',
    ]);
  });

  it('cron 31 leaves short months out, and L is the last day', () => {
    expect(localDates(slotsAfter(cron('0 2 31 * *'), 'Europe/Berlin', '2026-01-01T00:00Z', 4), 'Europe/Berlin'))
      .toEqual(['2026-01-31', '2026-03-31', '2026-05-31', '2026-07-31']); // prettier-ignore
    expect(localDates(slotsAfter(cron('0 2 L * *'), 'Europe/Berlin', '2026-01-01T00:00Z', 3), 'Europe/Berlin'))
      .toEqual(['2026-01-31', '2026-02-28', '2026-03-31']); // prettier-ignore
  });

  it('finds the second Tuesday and the last Friday', () => {
    expect(localDates(slotsAfter(on(2, 'tue'), 'UTC', '2026-11-24T00:00Z', 3), 'UTC')).toEqual([
      '2026-12-08',
      '2027-01-12',
      '2027-02-09',
    ]);
    expect(localDates(slotsAfter(on('last', 'fri'), 'UTC', '2026-11-24T00:00Z', 3), 'UTC')).toEqual([
      '2026-11-27',
      '2026-12-25',
      '2027-01-29',
    ]);
  });
});

describe('elapsed time', () => {
  it('every 15 minutes takes no notice of clock changes', () => {
    const cadence: Cadence = { kind: 'everyMinutes', minutes: 15, anchorUtc: '2026-06-01T12:05:00Z' };
    const slots = slotsAfter(cadence, 'Europe/Berlin', '2026-03-29T00:00Z', 20);
    expect(slots[0]).toEqual(new Date('2026-03-29T00:05Z'));
    expect(new Set(stepsInMinutes(slots))).toEqual(new Set([15]));
  });

  it('every hour runs in both passes of an overlap and loses nothing beside a gap', () => {
    for (const start of ['2026-03-28T20:00Z', '2026-10-24T20:00Z']) {
      const slots = slotsAfter(hourly(5), 'Europe/Berlin', start, 12);
      expect(new Set(stepsInMinutes(slots))).toEqual(new Set([60]));
    }
  });

  it('every hour in Lord Howe has two steps of 90 minutes a year at minute 15, and of 30 at minute 45', () => {
    expect(oddSteps(15)).toEqual([90, 90]);
    expect(oddSteps(45)).toEqual([30, 30]);
  });

  it('every 6 hours keeps to the wall clock, so one step of a change day is shorter or longer', () => {
    const cadence: Cadence = { kind: 'hourly', everyHours: 6, minute: 0 };
    expect(stepsInMinutes(slotsAfter(cadence, 'Europe/Berlin', '2026-03-28T22:00Z', 4))).toEqual([
      300, 360, 360,
    ]);
    expect(stepsInMinutes(slotsAfter(cadence, 'Europe/Berlin', '2026-10-24T20:00Z', 4))).toEqual([
      420, 360, 360,
    ]);
  });
});

describe('a time that a gap moves into another day', () => {
  it('Nuuk: 23:30 falls on 00:30 of the next day, behind that day at 00:10', () => {
    const cadence: Cadence = { kind: 'daily', times: ['23:30', '00:10'] };
    expect(localMinutes(cadence, 'America/Nuuk', '2027-03-27T12:00Z', 3)).toEqual([
      '2027-03-28T00:10',
      '2027-03-28T00:30',
      '2027-03-28T23:30',
    ]);
    expect(localMinutes(cadence, 'America/Nuuk', '2027-03-28T01:20Z', 1)).toEqual(['2027-03-28T00:30']);
  });

  it('Apia: the Friday that was lost runs a day later, once', () => {
    const fridays: Cadence = { kind: 'weekly', days: ['fri'], times: ['09:00'] };
    const expected = ['2011-12-31T09:00', '2012-01-06T09:00'];
    for (const after of ['2011-12-29T00:00Z', '2011-12-30T09:00Z', '2011-12-30T12:00Z']) {
      expect(localMinutes(fridays, 'Pacific/Apia', after, 2)).toEqual(expected);
    }
  });
});

describe('what cannot be computed', () => {
  it('an unknown zone and an unreadable cron are refused with their codes', () => {
    const after = new Date('2026-11-24T00:00Z');
    const daily: Cadence = { kind: 'daily', times: ['02:00'] };
    expect(() => nextSlot(daily, 'Mars/Olympus', after)).toThrow(
      expect.objectContaining({ code: 'zone_unknown' }),
    );
    for (const [expression, code] of [
      ['0 2 * *', 'cron_invalid'],
      ['@daily', 'cron_invalid'],
      ['0 0 2 * * *', 'cron_seconds_not_allowed'],
    ]) {
      expect(() => nextSlot({ kind: 'cron', expression: expression! }, 'UTC', after)).toThrow(
        expect.objectContaining({ code }),
      );
    }
  });

  it('a cron that never fires has no next slot', () => {
    expect(
      nextSlot({ kind: 'cron', expression: '0 0 30 2 *' }, 'UTC', new Date('2026-11-24T00:00Z')),
    ).toBeNull();
  });

  it('an instant that is none is refused instead of searched for', () => {
    expect(() => nextSlot({ kind: 'daily', times: ['02:00'] }, 'UTC', new Date(NaN))).toThrow(RangeError);
  });
});

describe('properties over 17 zones', () => {
  it('wall times give the slot that plain Temporal gives', () => {
    fc.assert(
      fc.property(wallCadence, zonedInstant, (cadence, { timeZone, ms }) => {
        const after = new Date(ms);
        expect(nextSlot(cadence, timeZone, after)).toEqual(nextSlotByTemporal(cadence, timeZone, after));
      }),
      { seed: 20261124, numRuns: 800 },
    );
  });

  it('every instant between two slots answers the same next slot, which is a whole minute later', () => {
    fc.assert(
      fc.property(
        anyCadence,
        zonedInstant,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 6, maxLength: 6 }),
        (cadence, { timeZone, ms }, shares) => {
          const first = nextSlot(cadence, timeZone, new Date(ms))!;
          const second = nextSlot(cadence, timeZone, first)!;
          expect(first.getTime()).toBeGreaterThan(ms);
          expect(second.getTime()).toBeGreaterThan(first.getTime());
          expect([first.getTime() % minuteMs, second.getTime() % minuteMs]).toEqual([0, 0]);
          const lengthMs = second.getTime() - first.getTime();
          const between = shares.map((share) => Math.floor(share * (lengthMs - 1)));
          for (const distanceMs of [0, 1, lengthMs - 1, ...between]) {
            expect(nextSlot(cadence, timeZone, new Date(first.getTime() + distanceMs))).toEqual(second);
          }
        },
      ),
      { seed: 20261125, numRuns: 2500 },
    );
  });

  it('watching the wall clock minute by minute finds exactly these slots', () => {
    fc.assert(
      fc.property(anyCadence, zonedInstant, (cadence, { timeZone, ms }) => {
        const endMs = ms + 2 * dayMs;
        const found: number[] = [];
        let slot = nextSlot(cadence, timeZone, new Date(ms));
        while (slot !== null && slot.getTime() <= endMs) {
          found.push(slot.getTime());
          slot = nextSlot(cadence, timeZone, slot);
        }
        const expected = slotsByWalking(cadence, timeZone, ms, endMs);
        expect(text(found)).toEqual(text(expected));
      }),
      { seed: 20261126, numRuns: 250 },
    );
  });
});
