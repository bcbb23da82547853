import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextSlot } from '../../main/domain/cadence.ts';
import {
  missedRowsPerOutage,
  mostCountedSlots,
  type SettledSlot,
  settleSlots,
} from '../../main/domain/slot.ts';
import type { Cadence } from '../../shared/model/cadence.ts';
import { anyCadence, zonedInstant } from './cadence/arbitrary-cadence.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const graceSeconds = 120;

const everyMinutes = (minutes: number): Cadence => ({
  kind: 'everyMinutes',
  minutes,
  anchorUtc: '1970-01-01T00:00:00Z',
});
const at = (iso: string) => new Date(iso);
const settle = (cadence: Cadence, nextSlotAt: string | null, now: string, timeZone = 'Europe/Berlin') =>
  settleSlots(
    { cadence, timeZone, nextSlotAt: nextSlotAt === null ? null : at(nextSlotAt) },
    at(now),
    graceSeconds,
  );
/** `late late run`, a summary as `late*199`. */
const shape = (slots: SettledSlot[]) =>
  slots.map(
    (slot) => (slot.reason ?? slot.verdict) + (slot.missedCount === null ? '' : `*${slot.missedCount}`),
  );

const verdictAt = (now: string) => shape(settle(everyMinutes(60), '2026-11-24T02:00Z', now).slots);

describe('settling', () => {
  it('a slot in time runs', () => {
    expect(settle(everyMinutes(15), '2026-11-24T02:00:00Z', '2026-11-24T02:00:01.234Z')).toEqual({
      slots: [
        {
          slotAt: at('2026-11-24T02:00Z'),
          verdict: 'run',
          reason: null,
          missedCount: null,
          missedUntil: null,
        },
      ],
      nextSlotAt: at('2026-11-24T02:15Z'),
    });
  });

  it('a slot is due at its very instant, in time to the end of the grace, and late after it', () => {
    expect(verdictAt('2026-11-24T02:00:00.000Z')).toEqual(['run']);
    expect(verdictAt('2026-11-24T02:02:00.000Z')).toEqual(['run']);
    expect(verdictAt('2026-11-24T02:02:00.001Z')).toEqual(['late']);
  });

  it('nothing is due before the slot, and nothing without one', () => {
    expect(settle(everyMinutes(15), '2026-11-24T02:15Z', '2026-11-24T02:14:59.999Z')).toEqual({
      slots: [],
      nextSlotAt: at('2026-11-24T02:15Z'),
    });
    expect(settle(everyMinutes(15), null, '2026-11-24T02:15Z')).toEqual({ slots: [], nextSlotAt: null });
  });

  it('three hours at 15 minutes: 12 missed and one run', () => {
    const { slots, nextSlotAt } = settle(everyMinutes(15), '2026-11-24T02:00Z', '2026-11-24T05:00:30Z');
    expect(shape(slots)).toEqual([...Array.from({ length: 12 }, () => 'late'), 'run']);
    expect(slots.at(-1)!.slotAt).toEqual(at('2026-11-24T05:00Z'));
    expect(nextSlotAt).toEqual(at('2026-11-24T05:15Z'));
  });

  it('five hours at one minute: 100 rows, a summary of 199, one superseded, one run', () => {
    const { slots, nextSlotAt } = settle(everyMinutes(1), '2026-11-24T02:00Z', '2026-11-24T07:00:30Z');
    expect(shape(slots)).toEqual([
      ...Array.from({ length: 100 }, () => 'late'),
      'late*199',
      'superseded',
      'run',
    ]);
    expect(slots[100]).toMatchObject({
      slotAt: at('2026-11-24T03:40Z'),
      missedUntil: at('2026-11-24T06:58Z'),
    });
    expect(nextSlotAt).toEqual(at('2026-11-24T07:01Z'));
  });

  it('a slot that is exactly as old as the grace is in time, also behind a summary', () => {
    const { slots } = settle(everyMinutes(1), '2026-11-24T02:00Z', '2026-11-24T07:00:00Z');
    expect(shape(slots).slice(100)).toEqual(['late*198', 'superseded', 'superseded', 'run']);
    expect(slots[100]!.missedUntil).toEqual(at('2026-11-24T06:57Z'));
  });

  it('a host that is late for everything runs nothing', () => {
    const { slots, nextSlotAt } = settle(
      { kind: 'daily', times: ['02:00'] },
      '2026-11-22T01:00Z',
      '2026-11-24T09:00Z',
    );
    expect(shape(slots)).toEqual(['late', 'late', 'late']);
    expect(nextSlotAt).toEqual(at('2026-11-25T01:00Z'));
  });

  it('exactly 100 late slots need no summary, 101 share one of a single slot', () => {
    expect(shape(settle(everyMinutes(15), '2026-11-24T00:00Z', '2026-11-25T00:59Z').slots)).toEqual(
      Array.from({ length: 100 }, () => 'late'),
    );
    const { slots } = settle(everyMinutes(15), '2026-11-24T00:00Z', '2026-11-25T01:14Z');
    expect(shape(slots).slice(100)).toEqual(['late*1']);
    expect(slots[100]!.missedUntil).toEqual(slots[100]!.slotAt);
  });

  it('years without a host are counted by arithmetic for elapsed minutes', () => {
    const { slots } = settle(everyMinutes(5), '2020-01-01T00:00Z', '2026-01-01T00:01Z');
    const minutes = (Date.UTC(2026, 0, 1) - Date.UTC(2020, 0, 1)) / minuteMs;
    expect(shape(slots).slice(100)).toEqual([`late*${minutes / 5 - 100}`, 'run']);
    expect(slots[100]!.missedUntil).toEqual(at('2025-12-31T23:55Z'));
  });

  it('other kinds stop counting at 2,000 and still cover the whole outage, quickly', () => {
    const started = performance.now();
    const hourly: Cadence = { kind: 'hourly', everyHours: 1, minute: 5 };
    const { slots, nextSlotAt } = settle(hourly, '2016-01-01T00:05Z', '2026-01-01T00:05:30Z');
    expect(shape(slots).slice(100)).toEqual([`late*${mostCountedSlots}`, 'run']);
    expect(slots[100]!.missedUntil).toEqual(at('2025-12-31T23:05Z'));
    expect(nextSlotAt).toEqual(at('2026-01-01T01:05Z'));
    expect(performance.now() - started).toBeLessThan(500);
  });

  it('a cron that has ended leaves no next slot', () => {
    // Nothing but a stored slot is left of it: it is believed, and nothing follows.
    const ended: Cadence = { kind: 'cron', expression: '0 0 30 2 *' };
    expect(settle(ended, '2026-11-24T02:00Z', '2026-11-24T02:00:05Z')).toMatchObject({
      slots: [{ verdict: 'run' }],
      nextSlotAt: null,
    });
  });

  it('a stored slot is believed even where the cadence would not name it', () => {
    const { slots, nextSlotAt } = settle(everyMinutes(15), '2026-11-24T02:07Z', '2026-11-24T02:31Z');
    expect(slots.map((slot) => slot.slotAt)).toEqual([
      at('2026-11-24T02:07Z'),
      at('2026-11-24T02:15Z'),
      at('2026-11-24T02:30Z'),
    ]);
    expect(nextSlotAt).toEqual(at('2026-11-24T02:45Z'));
  });
});

/** The slots that a row stands for, and that it says how many they are. */
function instantsOf(slot: SettledSlot, cadence: Cadence, timeZone: string): number[] {
  if (slot.missedUntil === null) return [slot.slotAt.getTime()];
  const instants = slotsUpTo(cadence, timeZone, slot.slotAt.getTime(), slot.missedUntil.getTime());
  expect(instants.at(-1)).toBe(slot.missedUntil.getTime());
  const counted =
    cadence.kind === 'everyMinutes' ? instants.length : Math.min(instants.length, mostCountedSlots);
  expect(slot.missedCount).toBe(counted);
  return instants;
}

function slotsUpTo(cadence: Cadence, timeZone: string, firstMs: number, untilMs: number): number[] {
  const instants: number[] = [];
  let slot: Date | null = new Date(firstMs);
  while (slot !== null && slot.getTime() <= untilMs) {
    instants.push(slot.getTime());
    slot = nextSlot(cadence, timeZone, slot);
  }
  return instants;
}

describe('any split of an outage into ticks', () => {
  const ticks = fc.array(
    fc.oneof(
      fc.integer({ min: 1, max: 2 * minuteMs }),
      fc.integer({ min: 1, max: 6 * hourMs }),
      fc.integer({ min: 1, max: 20 * dayMs }),
    ),
    { minLength: 1, maxLength: 8 },
  );

  it('loses no slot, doubles none, and runs only the newest in time of each tick', () => {
    fc.assert(
      fc.property(
        anyCadence,
        zonedInstant,
        ticks,
        fc.integer({ min: 60, max: 900 }),
        (cadence, { timeZone, ms }, distances, grace) => {
          let nextSlotAt = nextSlot(cadence, timeZone, new Date(ms));
          const firstMs = nextSlotAt!.getTime();
          let nowMs = ms;
          const covered: number[] = [];
          for (const distance of distances) {
            nowMs += distance;
            const settlement = settleSlots({ cadence, timeZone, nextSlotAt }, new Date(nowMs), grace);
            nextSlotAt = settlement.nextSlotAt;
            expect(nextSlotAt!.getTime()).toBeGreaterThan(nowMs);
            expect(settlement.slots.filter((slot) => slot.missedCount === null && slot.reason === 'late').length)
              .toBeLessThanOrEqual(missedRowsPerOutage); // prettier-ignore
            for (const [index, slot] of settlement.slots.entries()) {
              const isInTime = nowMs - slot.slotAt.getTime() <= grace * 1000;
              const isLast = index === settlement.slots.length - 1;
              expect(slot.verdict).toBe(isInTime && isLast ? 'run' : 'missed');
              expect(slot.reason).toBe(isInTime ? (isLast ? null : 'superseded') : 'late');
              covered.push(...instantsOf(slot, cadence, timeZone));
            }
          }
          expect(covered).toEqual(slotsUpTo(cadence, timeZone, firstMs, nowMs));
        },
      ),
      { seed: 20261127, numRuns: 250 },
    );
  });
});
