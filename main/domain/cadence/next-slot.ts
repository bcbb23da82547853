import { type Cadence, type LocalTime, type MonthDay, weekdays } from '../../../shared/model/cadence.ts';
import { instantFromIso, instantFromMs } from '../../../shared/model/instant.ts';
import {
  civilDateOf,
  dayMs,
  dayNumberOf,
  daysInMonth,
  hourMs,
  minuteMs,
  weekdayIndexOf,
} from './civil-date.ts';
import { nextCronSlotMs } from './cron-slots.ts';
import { type ZoneRules, zoneRules } from './zone-rules.ts';

/**
 * The first slot strictly after `after`; null when the cadence never fires again (cron only). Stateless, reads
 * no clock, and constant between two slots, so any host may ask at any time. The cadence must have passed
 * `cadenceSchema`. Throws AppError (`zone_unknown`, `cron_invalid`, `cron_seconds_not_allowed`) for what
 * cannot be computed.
 */
export function nextSlot(cadence: Cadence, timeZone: string, after: Date): Date | null {
  const slotMs = nextSlotMs(cadence, timeZone, after.getTime());
  return slotMs === null ? null : instantFromMs(slotMs);
}

/** `nextSlot` in milliseconds since the epoch. */
export function nextSlotMs(cadence: Cadence, timeZone: string, afterMs: number): number | null {
  if (!Number.isFinite(afterMs)) throw new RangeError('Not an instant to look for a slot after.');
  switch (cadence.kind) {
    case 'everyMinutes':
      return nextElapsedSlotMs(cadence, afterMs);
    case 'cron': {
      zoneRules(timeZone, afterMs); // refuses an unknown zone in our words instead of croner's
      return nextCronSlotMs(cadence.expression, timeZone, afterMs);
    }
    case 'hourly':
      if (cadence.everyHours === 1) {
        return nextHourMs(cadence.minute, zoneRules(timeZone, afterMs), afterMs);
      }
      break;
    case 'daily':
    case 'weekly':
    case 'monthly':
      break;
  }
  return nextWallSlotMs(cadence, zoneRules(timeZone, afterMs), afterMs);
}

type ElapsedCadence = Extract<Cadence, { kind: 'everyMinutes' }>;
/** Kinds that name wall times of days. */
export type WallCadence = Extract<Cadence, { kind: 'hourly' | 'daily' | 'weekly' | 'monthly' }>;

function nextElapsedSlotMs(cadence: ElapsedCadence, afterMs: number): number {
  const { firstMs, stepMs } = elapsedGrid(cadence);
  return firstMs + (Math.floor((afterMs - firstMs) / stepMs) + 1) * stepMs;
}

/** The grid of an `everyMinutes` cadence: one slot of it, and the distance between two. */
export function elapsedGrid(cadence: ElapsedCadence): { firstMs: number; stepMs: number } {
  return { firstMs: instantFromIso(cadence.anchorUtc).getTime(), stepMs: cadence.minutes * minuteMs };
}

/** Every real hour: both passes of an overlap count, and a minute inside a gap is not replaced. */
function nextHourMs(minute: number, zone: ZoneRules, afterMs: number): number {
  let period = zone.periodAt(afterMs);
  let afterHereMs = afterMs;
  for (;;) {
    const phaseMs = minute * minuteMs - period.offsetMs;
    const slotMs = phaseMs + (Math.floor((afterHereMs - phaseMs) / hourMs) + 1) * hourMs;
    if (slotMs < period.endMs) return slotMs;
    afterHereMs = period.endMs - 1;
    period = zone.periodAt(period.endMs);
  }
}

/**
 * A gap moves a wall time forward by up to a day (Apia lost 2011-12-30), over the wall times that follow it.
 * Hence the search starts two local days early, and looks two days past the first find.
 */
const reachDays = 2;

function nextWallSlotMs(cadence: WallCadence, zone: ZoneRules, afterMs: number): number {
  const minutesOfDay = wallMinutesOf(cadence);
  const localDay = Math.floor((afterMs + zone.offsetAt(afterMs)) / dayMs);
  let bestMs = Infinity;
  let lastDay = Infinity;
  for (
    let day = nextDueDay(cadence, localDay - reachDays);
    day <= lastDay;
    day = nextDueDay(cadence, day + 1)
  ) {
    for (const minute of minutesOfDay) {
      const slotMs = zone.instantOf(day * dayMs + minute * minuteMs);
      if (slotMs > afterMs && slotMs < bestMs) bestMs = slotMs;
    }
    if (lastDay === Infinity && bestMs < Infinity) lastDay = day + reachDays;
  }
  return bestMs;
}

/** The minutes of a due day at which a cadence is due, as counted on the wall clock from midnight. */
export function wallMinutesOf(cadence: WallCadence): number[] {
  if (cadence.kind !== 'hourly') return cadence.times.map(minuteOfDay);
  const hours = Array.from({ length: 24 / cadence.everyHours }, (_, step) => step * cadence.everyHours);
  return hours.map((hour) => hour * 60 + cadence.minute);
}

function minuteOfDay(time: LocalTime): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

/** The first local day on or after `day` (days since 1970-01-01) on which the cadence is due. */
export function nextDueDay(cadence: WallCadence, day: number): number {
  switch (cadence.kind) {
    case 'hourly':
    case 'daily':
      return day;
    case 'weekly':
      for (let ahead = 0; ; ahead += 1) {
        if (cadence.days.includes(weekdays[weekdayIndexOf(day + ahead)]!)) return day + ahead;
      }
    case 'monthly': {
      const { year, month } = civilDateOf(day);
      const dueDay = dueDayOfMonth(cadence.on, year, month);
      if (dueDay >= day) return dueDay;
      return month === 12
        ? dueDayOfMonth(cadence.on, year + 1, 1)
        : dueDayOfMonth(cadence.on, year, month + 1);
    }
  }
}

function dueDayOfMonth(on: MonthDay, year: number, month: number): number {
  const firstDay = dayNumberOf({ year, month, day: 1 });
  const length = daysInMonth(year, month);
  switch (on.kind) {
    case 'day':
      return firstDay + Math.min(on.day, length) - 1;
    case 'lastDay':
      return firstDay + length - 1;
    case 'nthWeekday': {
      const weekday = weekdays.indexOf(on.weekday);
      if (on.nth === 'last') {
        const lastDay = firstDay + length - 1;
        return lastDay - ((weekdayIndexOf(lastDay) - weekday + 7) % 7);
      }
      return firstDay + ((weekday - weekdayIndexOf(firstDay) + 7) % 7) + (on.nth - 1) * 7;
    }
  }
}
