import { Temporal } from 'temporal-polyfill';
import { type Cadence, weekdays } from '../../../shared/model/cadence.ts';

/** Zones with every kind of rule: none, whole and half hours, two hours, midnight, Ramadan, a lost day. */
export const zones = [
  'America/New_York',
  'Europe/Berlin',
  'Europe/London',
  'Australia/Lord_Howe',
  'Africa/Cairo',
  'America/Sao_Paulo',
  'Asia/Tehran',
  'Antarctica/Troll',
  'Pacific/Chatham',
  'America/Santiago',
  'Africa/Casablanca',
  'Pacific/Apia',
  'Asia/Kolkata',
  'America/St_Johns',
  'America/Nuuk', // its gap ends at midnight, so a moved time falls on the next day
  'Australia/Adelaide',
  'UTC',
] as const;

type WallCadence = Exclude<Cadence, { kind: 'everyMinutes' | 'cron' }>;

/**
 * The same question answered with nothing but Temporal, as slowly and plainly as possible: every named wall
 * time of the days around, each turned into an instant with `disambiguation: 'compatible'`.
 */
export function nextSlotByTemporal(cadence: WallCadence, timeZone: string, after: Date): Date {
  const afterMs = after.getTime();
  const local = Temporal.Instant.fromEpochMilliseconds(afterMs).toZonedDateTimeISO(timeZone).toPlainDate();
  const reach = cadence.kind === 'monthly' ? 70 : cadence.kind === 'weekly' ? 12 : 4;
  let best = Infinity;
  for (let ahead = -2; ahead <= reach; ahead += 1) {
    const date = local.add({ days: ahead });
    if (!isDueOn(cadence, date)) continue;
    for (const time of timesOf(cadence)) {
      const instantMs = date
        .toPlainDateTime(time)
        .toZonedDateTime(timeZone, { disambiguation: 'compatible' }).epochMilliseconds;
      if (instantMs > afterMs && instantMs < best) best = instantMs;
    }
  }
  return new Date(best);
}

function timesOf(cadence: WallCadence): Temporal.PlainTime[] {
  if (cadence.kind !== 'hourly') return cadence.times.map((time) => Temporal.PlainTime.from(time));
  const times: Temporal.PlainTime[] = [];
  for (let hour = 0; hour < 24; hour += cadence.everyHours) {
    times.push(Temporal.PlainTime.from({ hour, minute: cadence.minute }));
  }
  return times;
}

function isDueOn(cadence: WallCadence, date: Temporal.PlainDate): boolean {
  if (cadence.kind === 'hourly' || cadence.kind === 'daily') return true;
  if (cadence.kind === 'weekly') return cadence.days.includes(weekdays[date.dayOfWeek - 1]!);
  const { on } = cadence;
  if (on.kind === 'lastDay') return date.day === date.daysInMonth;
  if (on.kind === 'day') {
    const { year, month } = date;
    return date.equals(Temporal.PlainDate.from({ year, month, day: on.day }, { overflow: 'constrain' }));
  }
  if (weekdays[date.dayOfWeek - 1] !== on.weekday) return false;
  return on.nth === 'last' ? date.day + 7 > date.daysInMonth : Math.ceil(date.day / 7) === on.nth;
}

/** `2026-03-29T03:30` in a zone. */
export function localMinute(instant: Date, timeZone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(instant.getTime())
    .toZonedDateTimeISO(timeZone)
    .toPlainDateTime()
    .toString({ smallestUnit: 'minute' });
}
