import type { Cadence } from '../../shared/model/cadence.ts';
import { instantFromMs } from '../../shared/model/instant.ts';
import { minuteMs } from './cadence/civil-date.ts';
import { elapsedGrid, nextSlotMs } from './cadence/next-slot.ts';

/**
 * There is no catch-up: a slot found later than its grace is never run. Settling accounts for every slot
 * between a schedule's `next_slot_at` and now, so that at most one run comes out of an outage and each other
 * slot is written down as missed.
 */

export interface SettledSlot {
  slotAt: Date;
  verdict: 'run' | 'missed';
  /** `late`: found after its grace. `superseded`: in time, but a newer slot in time is run instead. */
  reason: 'late' | 'superseded' | null;
  /**
   * Set on a summary row only: it stands for this many slots, from `slotAt` to `missedUntil`. A count of
   * `mostCountedSlots` reads as "or more".
   */
  missedCount: number | null;
  missedUntil: Date | null;
}

export interface Settlement {
  /** In order of time; empty when nothing is due. */
  slots: SettledSlot[];
  /** The first slot after now; null when the cadence never fires again. */
  nextSlotAt: Date | null;
}

/** Missed slots of one outage that get a row each; what follows shares one summary row. */
export const missedRowsPerOutage = 100;
/** Where counting for a summary row stops, because it happens inside the dispatching transaction. */
export const mostCountedSlots = 2000;

/**
 * Accounts for every slot from `nextSlotAt` up to and including `now`. The stored slot is believed, even if
 * the cadence would not name it any more. Throws AppError like `nextSlot`.
 */
export function settleSlots(
  schedule: { cadence: Cadence; timeZone: string; nextSlotAt: Date | null },
  now: Date,
  graceSeconds: number,
): Settlement {
  const { cadence, timeZone } = schedule;
  const nowMs = now.getTime();
  if (schedule.nextSlotAt === null || schedule.nextSlotAt.getTime() > nowMs) {
    return { slots: [], nextSlotAt: schedule.nextSlotAt };
  }
  const following = (slotMs: number) => nextSlotMs(cadence, timeZone, slotMs);
  /** Slots before this instant are late. */
  const inTimeFromMs = nowMs - graceSeconds * 1000;

  const slots: SettledSlot[] = [];
  let slotMs: number | null = schedule.nextSlotAt.getTime();
  while (slotMs !== null && slotMs < inTimeFromMs && slots.length < missedRowsPerOutage) {
    slots.push(settled(slotMs, 'missed', 'late'));
    slotMs = following(slotMs);
  }
  if (slotMs !== null && slotMs < inTimeFromMs) {
    const summary = countSlots(cadence, timeZone, slotMs, inTimeFromMs);
    slots.push({
      ...settled(slotMs, 'missed', 'late'),
      missedCount: summary.count,
      missedUntil: instantFromMs(summary.lastMs),
    });
    slotMs = following(summary.lastMs);
  }
  while (slotMs !== null && slotMs <= nowMs) {
    const laterMs = following(slotMs);
    const isNewest = laterMs === null || laterMs > nowMs;
    slots.push(isNewest ? settled(slotMs, 'run', null) : settled(slotMs, 'missed', 'superseded'));
    slotMs = laterMs;
  }
  return { slots, nextSlotAt: slotMs === null ? null : instantFromMs(slotMs) };
}

function settled(
  slotMs: number,
  verdict: SettledSlot['verdict'],
  reason: SettledSlot['reason'],
): SettledSlot {
  return { slotAt: instantFromMs(slotMs), verdict, reason, missedCount: null, missedUntil: null };
}

/** How many slots lie from `firstMs` (a slot) to before `endMs`, and the last of them. */
function countSlots(
  cadence: Cadence,
  timeZone: string,
  firstMs: number,
  endMs: number,
): { count: number; lastMs: number } {
  if (cadence.kind === 'everyMinutes') {
    const { stepMs } = elapsedGrid(cadence);
    const further = Math.ceil((endMs - firstMs) / stepMs) - 1;
    return { count: further + 1, lastMs: firstMs + further * stepMs };
  }
  let lastMs = firstMs;
  for (let count = 1; count < mostCountedSlots; count += 1) {
    const laterMs = nextSlotMs(cadence, timeZone, lastMs);
    if (laterMs === null || laterMs >= endMs) return { count, lastMs };
    lastMs = laterMs;
  }
  return { count: mostCountedSlots, lastMs: lastSlotBefore(cadence, timeZone, lastMs, endMs) };
}

/**
 * The last slot before `endMs`, given one that is: looks back over a doubling distance until a slot comes into
 * sight, so that years of outage cost no more than days.
 */
function lastSlotBefore(cadence: Cadence, timeZone: string, knownMs: number, endMs: number): number {
  let lastMs = knownMs;
  for (let backMs = 5 * minuteMs; endMs - backMs > knownMs; backMs *= 2) {
    const seenMs = nextSlotMs(cadence, timeZone, endMs - backMs - 1);
    if (seenMs !== null && seenMs < endMs) {
      lastMs = seenMs;
      break;
    }
  }
  for (;;) {
    const laterMs = nextSlotMs(cadence, timeZone, lastMs);
    if (laterMs === null || laterMs >= endMs) return lastMs;
    lastMs = laterMs;
  }
}
