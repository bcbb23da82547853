import * as fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { type Cadence, type LocalTime, weekdays } from '../../../shared/model/cadence.ts';
import { zones } from './plain-temporal.ts';

/** Random cadences, with a liking for the hours in which clocks change. */

const twoDigits = (value: number) => String(value).padStart(2, '0');

const hour = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 4 }) },
  { weight: 1, arbitrary: fc.constant(23) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 23 }) },
);
const minute = fc.oneof(fc.constantFrom(0, 15, 30, 45), fc.integer({ min: 0, max: 59 }));
const time = fc
  .tuple(hour, minute)
  .map(([h, m]): LocalTime => `${twoDigits(h)}:${twoDigits(m)}` as LocalTime);
const times = fc.uniqueArray(time, { minLength: 1, maxLength: 4 });
const weekday = fc.constantFrom(...weekdays);

type KindOf<Kind extends Cadence['kind']> = Extract<Cadence, { kind: Kind }>;

export const everyMinutesCadence = fc.record({
  kind: fc.constant('everyMinutes' as const),
  minutes: fc.oneof(fc.constantFrom(5, 15, 60, 1440), fc.integer({ min: 5, max: 1440 })),
  anchorUtc: fc.constantFrom('1970-01-01T00:00:00Z', '2026-06-01T12:34:00Z'),
});
export const everyHourCadence = fc.record({
  kind: fc.constant('hourly' as const),
  everyHours: fc.constant(1 as const),
  minute,
});
export const wallCadence: fc.Arbitrary<KindOf<'hourly' | 'daily' | 'weekly' | 'monthly'>> = fc.oneof(
  fc.record({
    kind: fc.constant('hourly' as const),
    everyHours: fc.constantFrom(2 as const, 3 as const, 4 as const, 6 as const, 8 as const, 12 as const),
    minute,
  }),
  fc.record({ kind: fc.constant('daily' as const), times }),
  fc.record({
    kind: fc.constant('weekly' as const),
    days: fc.uniqueArray(weekday, { minLength: 1, maxLength: 7 }),
    times,
  }),
  fc.record({
    kind: fc.constant('monthly' as const),
    on: fc.oneof(
      fc.record({ kind: fc.constant('day' as const), day: fc.integer({ min: 1, max: 31 }) }),
      fc.constant({ kind: 'lastDay' as const }),
      fc.record({
        kind: fc.constant('nthWeekday' as const),
        nth: fc.constantFrom(1 as const, 2 as const, 3 as const, 4 as const, 'last' as const),
        weekday,
      }),
    ),
    times,
  }),
);
/** Fixed times, so that croner's rule "right after the gap, once" applies. */
export const fixedCronCadence = fc
  .tuple(
    fc.uniqueArray(minute, { minLength: 1, maxLength: 2 }),
    fc.uniqueArray(hour, { minLength: 1, maxLength: 3 }),
    fc.constantFrom('*', '1-5', '0,6'),
  )
  .map(([minutes, hours, days]) => ({
    kind: 'cron' as const,
    expression: `${minutes.join(',')} ${hours.join(',')} * * ${days}`,
  }));
/** A step or a star in the hours, so that croner follows elapsed time. */
export const elapsedCronCadence = fc
  .tuple(fc.constantFrom('0', '30', '*/5', '*/15', '*/30', '20,50'), fc.constantFrom('*', '*/2', '1-5/2'))
  .filter(([minutes, hours]) => `${minutes} ${hours}`.includes('*') || hours.includes('/'))
  .map(([minutes, hours]) => ({ kind: 'cron' as const, expression: `${minutes} ${hours} * * *` }));

export const anyCadence: fc.Arbitrary<Cadence> = fc.oneof(
  everyMinutesCadence,
  everyHourCadence,
  { weight: 4, arbitrary: wallCadence },
  fixedCronCadence,
  elapsedCronCadence,
);

const day = 24 * 3600 * 1000;
const from = Date.UTC(2011, 0, 1);
const to = Date.UTC(2032, 0, 1);

/** The clock changes of each zone from 2011 to 2031, the day that Apia lost among them. */
const clockChanges = new Map(zones.map((timeZone) => [timeZone, changesOf(timeZone)]));

function changesOf(timeZone: string): number[] {
  const changes: number[] = [];
  let moment = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(timeZone);
  for (;;) {
    const change = moment.getTimeZoneTransition('next');
    if (change === null || change.epochMilliseconds >= to) return changes;
    changes.push(change.epochMilliseconds);
    moment = change;
  }
}

/** A zone and an instant in it: mostly within three days of one of its clock changes. Whole milliseconds. */
export const zonedInstant = fc
  .record({
    timeZone: fc.constantFrom(...zones),
    nearChange: fc.integer({ min: 0, max: 3 }),
    which: fc.nat(),
    distanceMs: fc.integer({ min: -3 * day, max: 3 * day }),
    anyMs: fc.integer({ min: from, max: Date.UTC(2040, 0, 1) }),
  })
  .map(({ timeZone, nearChange, which, distanceMs, anyMs }) => {
    const changes = clockChanges.get(timeZone)!;
    const isNear = nearChange > 0 && changes.length > 0;
    return { timeZone, ms: isNear ? changes[which % changes.length]! + distanceMs : anyMs };
  });
