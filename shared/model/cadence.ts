import { z } from 'zod';

/**
 * A cadence says when a schedule is due; together with an IANA time zone it gives slots, which are whole UTC
 * minutes. These are the shapes and the checks that need nothing but the text itself; the checks that need
 * computed slots (a cron that never fires, slots too close together) are `validateCadence` in main/domain.
 */

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

/** A wall time of a day, `HH:MM` on the 24 hour clock. */
export type LocalTime = `${number}${number}:${number}${number}`;

/** Every reason for which a cadence or zone is refused: a stable code and one plain sentence. */
export const cadenceIssues = {
  zone_unknown: 'The time zone is not a known IANA zone, such as Europe/Berlin.',
  cadence_invalid: 'The cadence is not one of the known kinds, or lacks a value of its kind.',
  anchor_invalid: 'The anchor must be a whole UTC minute, such as 2026-01-01T00:00:00Z.',
  time_invalid: 'A time must be written as HH:MM, from 00:00 to 23:59.',
  times_empty: 'At least one time of day is needed.',
  times_duplicate: 'The same time of day is given twice.',
  times_too_many: 'At most 24 times of day are possible.',
  weekday_unknown: 'A weekday must be one of mon, tue, wed, thu, fri, sat and sun.',
  days_empty: 'At least one weekday is needed.',
  days_duplicate: 'The same weekday is given twice.',
  minutes_out_of_range: 'The interval must be a whole number of minutes from 5 to 1440.',
  hours_not_divisor: 'The step must be 1, 2, 3, 4, 6, 8 or 12 hours, so that it divides the day.',
  minute_out_of_range: 'The minute must be a whole number from 0 to 59.',
  day_out_of_range: 'The day of the month must be a whole number from 1 to 31.',
  cron_invalid: 'The cron expression is not valid: it needs minute, hour, day of month, month and weekday.',
  cron_seconds_not_allowed: 'The cron expression must have five fields; seconds and years are not possible.',
  cron_never_fires: 'The cron expression has no slot within the next eight years.',
  too_frequent: 'Two slots lie less than 5 minutes apart.',
} as const;
export type CadenceIssueCode = keyof typeof cadenceIssues;

/** The code that belongs to a sentence of `cadenceIssues`; `cadence_invalid` for any other text. */
export function cadenceIssueCode(sentence: string): CadenceIssueCode {
  const codes = Object.keys(cadenceIssues) as CadenceIssueCode[];
  return codes.find((code) => cadenceIssues[code] === sentence) ?? 'cadence_invalid';
}

const say = (code: CadenceIssueCode) => ({ error: cadenceIssues[code] });
const wholeNumber = (from: number, to: number, code: CadenceIssueCode) =>
  z.number(say(code)).int(say(code)).min(from, say(code)).max(to, say(code));
const isFreeOfDuplicates = (values: readonly string[]) => new Set(values).size === values.length;

export const localTimeSchema = z
  .string(say('time_invalid'))
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, say('time_invalid')) as unknown as z.ZodType<LocalTime, LocalTime>;

const timesSchema = z
  .array(localTimeSchema, say('times_empty'))
  .min(1, say('times_empty'))
  .max(24, say('times_too_many'))
  .refine(isFreeOfDuplicates, say('times_duplicate'));

const weekdaySchema = z.enum(weekdays, say('weekday_unknown'));

const daysSchema = z
  .array(weekdaySchema, say('days_empty'))
  .min(1, say('days_empty'))
  .refine(isFreeOfDuplicates, say('days_duplicate'));

const monthDaySchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('day'), day: wholeNumber(1, 31, 'day_out_of_range') }),
  z.strictObject({ kind: z.literal('lastDay') }),
  z.strictObject({
    kind: z.literal('nthWeekday'),
    nth: z.literal([1, 2, 3, 4, 'last']),
    weekday: weekdaySchema,
  }),
]);

/**
 * When a schedule is due.
 * - `everyMinutes`: elapsed UTC time; the zone plays no part. `anchorUtc` fixes the phase only: slots lie at
 *   whole multiples of `minutes` from it, before it as well as after.
 * - `hourly`: every real hour at that wall minute (1), or at the wall hours 0, N, 2N … (others).
 * - `daily`, `weekly`, `monthly`: wall times. Day 29 to 31 means the last day of a shorter month.
 * - `cron`: five fields.
 */
export const cadenceSchema = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      kind: z.literal('everyMinutes'),
      minutes: wholeNumber(5, 1440, 'minutes_out_of_range'),
      anchorUtc: z.iso.datetime(say('anchor_invalid')).regex(/:00(\.0+)?Z$/, say('anchor_invalid')),
    }),
    z.strictObject({
      kind: z.literal('hourly'),
      everyHours: z.literal([1, 2, 3, 4, 6, 8, 12], say('hours_not_divisor')),
      minute: wholeNumber(0, 59, 'minute_out_of_range'),
    }),
    z.strictObject({ kind: z.literal('daily'), times: timesSchema }),
    z.strictObject({ kind: z.literal('weekly'), days: daysSchema, times: timesSchema }),
    z.strictObject({ kind: z.literal('monthly'), on: monthDaySchema, times: timesSchema }),
    z.strictObject({
      kind: z.literal('cron'),
      expression: z
        .string(say('cron_invalid'))
        .trim()
        .min(1, say('cron_invalid'))
        .max(200, say('cron_invalid')),
    }),
  ],
  say('cadence_invalid'),
);
export type Cadence = z.infer<typeof cadenceSchema>;
export type MonthDay = z.infer<typeof monthDaySchema>;

/** True for names that this computer's tz database knows. Plain offsets such as `+02:00` are no zones. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

export const timeZoneSchema = z.string(say('zone_unknown')).refine(isTimeZone, say('zone_unknown'));
