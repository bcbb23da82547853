import type { Cadence } from '../../../shared/model/cadence.ts';
import { dayMs } from './civil-date.ts';
import { elapsedGrid, nextSlotMs } from './next-slot.ts';

/** Longer than a year, so that every month and both clock changes are seen. */
const spanMs = 400 * dayMs;
/** A cron slot costs about 25 µs; weekly patterns repeat long before this many. */
const mostCronSlots = 2000;

/**
 * The longest time in milliseconds between two neighbouring slots, looking at 400 days from the month of
 * `from`; null when the cadence has fewer than two slots left. The allowed age of a backup set is twice this.
 * Counting from the start of the month keeps the answer steady, and lets schedules share it.
 */
export function longestGap(cadence: Cadence, timeZone: string, from: Date): number | null {
  if (cadence.kind === 'everyMinutes') return elapsedGrid(cadence).stepMs;
  const startMs = Math.floor(from.getTime() / (30 * dayMs)) * 30 * dayMs;
  const key = `${startMs} ${timeZone} ${JSON.stringify(cadence)}`;
  let gapMs = knownGaps.get(key);
  if (gapMs === undefined) {
    gapMs = measureLongestGap(cadence, timeZone, startMs);
    if (knownGaps.size >= mostKnownGaps) knownGaps.clear();
    knownGaps.set(key, gapMs);
  }
  return gapMs;
}

const knownGaps = new Map<string, number | null>();
const mostKnownGaps = 5000;

function measureLongestGap(cadence: Cadence, timeZone: string, startMs: number): number | null {
  let slotMs = nextSlotMs(cadence, timeZone, startMs);
  let longestMs: number | null = null;
  for (let count = 1; slotMs !== null && slotMs < startMs + spanMs; count += 1) {
    const laterMs = nextSlotMs(cadence, timeZone, slotMs);
    if (laterMs !== null) longestMs = Math.max(longestMs ?? 0, laterMs - slotMs);
    if (cadence.kind === 'cron' && count >= mostCronSlots) break;
    slotMs = laterMs;
  }
  if (longestMs !== null || slotMs === null) return longestMs;
  // Rarer than once in 400 days: the 29th of February.
  const laterMs = nextSlotMs(cadence, timeZone, slotMs);
  return laterMs === null ? null : laterMs - slotMs;
}
