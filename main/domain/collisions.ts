import type { Cadence } from '../../shared/model/cadence.ts';
import { dayMs } from './cadence/civil-date.ts';
import { nextSlotMs } from './cadence/next-slot.ts';

/** A schedule as far as its slots go. */
export interface TimedSchedule {
  cadence: Cadence;
  timeZone: string;
}

const aheadMs = 7 * dayMs;

/** Slots of the coming seven days, in order. */
function slotsAhead({ cadence, timeZone }: TimedSchedule, afterMs: number): number[] {
  const slots: number[] = [];
  let slotMs = nextSlotMs(cadence, timeZone, afterMs);
  while (slotMs !== null && slotMs <= afterMs + aheadMs) {
    slots.push(slotMs);
    slotMs = nextSlotMs(cadence, timeZone, slotMs);
  }
  return slots;
}

/**
 * Which other schedules start in the same minute as this one within the coming seven days, and the first minute
 * that they share with it; null when none does. Schedules that cannot be computed collide with nothing.
 */
export function findCollision<Other extends TimedSchedule>(
  schedule: TimedSchedule,
  others: readonly Other[],
  after: Date,
): { slotMs: number; others: Other[] } | null {
  const own = new Set(slotsAhead(schedule, after.getTime()));
  let firstMs = Infinity;
  const meeting = others.filter((other) => {
    const shared = slotsAhead(other, after.getTime()).find((slotMs) => own.has(slotMs));
    if (shared !== undefined) firstMs = Math.min(firstMs, shared);
    return shared !== undefined;
  });
  return meeting.length === 0 ? null : { slotMs: firstMs, others: meeting };
}

/** The shortest time between two neighbouring slots of the coming seven days; null when there are fewer than two. */
export function shortestGapAhead(schedule: TimedSchedule, after: Date): number | null {
  const slots = slotsAhead(schedule, after.getTime());
  let shortest: number | null = null;
  for (let index = 1; index < slots.length; index += 1) {
    const gapMs = slots[index]! - slots[index - 1]!;
    shortest = shortest === null ? gapMs : Math.min(shortest, gapMs);
  }
  return shortest;
}
