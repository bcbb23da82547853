import type { Cadence } from '../../../shared/model/cadence.ts';
import { instantFromMs } from '../../../shared/model/instant.ts';
import { civilDateOf, dayMs, minuteMs, twoDigits, wallTimeText } from './civil-date.ts';
import { nextSlotMs } from './next-slot.ts';
import { type ZoneRules, zoneRules } from './zone-rules.ts';

export interface PreviewedSlot {
  slotUtc: Date;
  /** Wall time in the schedule's zone, `2027-03-28 03:30`. */
  localTime: string;
  /** Wall time minus UTC then, `+02:00`. */
  offset: string;
  /**
   * `gap`: stands in for a wall time that does not exist that day. `overlap`: its wall time comes twice that
   * day. `month_end`: the month is shorter than the day asked for.
   */
  note: 'gap' | 'overlap' | 'month_end' | null;
}

/**
 * The next `count` slots after an instant, from the dispatcher's own function; fewer when the cadence ends.
 * Throws AppError like `nextSlot`.
 */
export function previewSlots(
  cadence: Cadence,
  timeZone: string,
  after: Date,
  count: number,
): PreviewedSlot[] {
  const zone = zoneRules(timeZone, after.getTime());
  const slots: PreviewedSlot[] = [];
  let slotMs = nextSlotMs(cadence, timeZone, after.getTime());
  while (slotMs !== null && slots.length < count) {
    const offsetMs = zone.offsetAt(slotMs);
    slots.push({
      slotUtc: instantFromMs(slotMs),
      localTime: wallTimeText(slotMs + offsetMs),
      offset: offsetText(offsetMs),
      note: noteOf(cadence, zone, slotMs),
    });
    slotMs = nextSlotMs(cadence, timeZone, slotMs);
  }
  return slots;
}

/** Whether a cadence names this wall time: asked of the zone in which wall time and instant are one. */
export function namesWallTime(cadence: Cadence, wallMs: number): boolean {
  return nextSlotMs(cadence, 'UTC', wallMs - 1) === wallMs;
}

function noteOf(cadence: Cadence, zone: ZoneRules, slotMs: number): PreviewedSlot['note'] {
  const wallMs = slotMs + zone.offsetAt(slotMs);
  if (standsInForGap(cadence, zone, slotMs)) return 'gap';
  if (zone.occurrencesOf(wallMs) > 1) return 'overlap';
  if (cadence.kind === 'monthly' && cadence.on.kind === 'day') {
    return civilDateOf(Math.floor(wallMs / dayMs)).day === cadence.on.day ? null : 'month_end';
  }
  return null;
}

function standsInForGap(cadence: Cadence, zone: ZoneRules, slotMs: number): boolean {
  const period = zone.periodAt(slotMs);
  if (period.startMs === -Infinity) return false;
  const offsetBeforeMs = zone.offsetAt(period.startMs - 1);
  const gapMs = period.offsetMs - offsetBeforeMs;
  if (slotMs - period.startMs >= gapMs) return false;
  switch (cadence.kind) {
    case 'everyMinutes':
      return false;
    case 'hourly':
      return cadence.everyHours > 1 && namesWallTime(cadence, slotMs + offsetBeforeMs);
    case 'daily':
    case 'weekly':
    case 'monthly':
      return namesWallTime(cadence, slotMs + offsetBeforeMs);
    case 'cron':
      return !namesWallTime(cadence, slotMs + period.offsetMs);
  }
}

function offsetText(offsetMs: number): string {
  const minutes = Math.floor(Math.abs(offsetMs) / minuteMs);
  const sign = offsetMs < 0 ? '-' : '+';
  return `${sign}${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`;
}
