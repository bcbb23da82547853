import {
  type AlertRule,
  alertRuleSchema,
  type RetentionRule,
  usualAlertRule,
} from '../../../shared/model/run-spec.ts';
import type { ScheduleRow } from '../../../shared/contract/schedules.ts';
import type { Cadence, LocalTime, MonthDay, Weekday } from '../../../shared/model/cadence.ts';

/** What the editor's fields hold: every kind of cadence at once, so that switching kinds loses nothing. */
export interface ScheduleDraft {
  tenantId: string;
  name: string;
  kind: Cadence['kind'];
  minutes: number;
  anchorUtc: string;
  everyHours: 1 | 2 | 3 | 4 | 6 | 8 | 12;
  minute: number;
  /** Comma-separated wall times. */
  times: string;
  days: readonly Weekday[];
  /** `1` to `31`, `last`, or the nth weekday as `2-tue`, `last-fri`. */
  monthDay: string;
  expression: string;
  /** Null until it is chosen: a new schedule has no zone of its own, and this computer's is not it. */
  timeZone: string | null;
  selection: 'core' | 'all' | 'list';
  typeKeys: readonly string[];
  retention: RetentionRule;
  /** Empty: as the cadence promises. */
  allowedAgeHours: string;
  /** Empty: as usual. */
  failedTimes: string;
  firstPartial: boolean;
}

/** What a schedule and a template have in common. */
type DraftSource = Pick<
  ScheduleRow,
  'name' | 'cadence' | 'timeZone' | 'policyTypes' | 'retention' | 'alerts'
> &
  Partial<Pick<ScheduleRow, 'tenantId'>>;

/** The draft for a stored schedule or template, or a sensible start for a new one. */
export function draftOf(schedule: DraftSource | null, tenantId: string | null): ScheduleDraft {
  const draft: ScheduleDraft = {
    tenantId: schedule?.tenantId ?? tenantId ?? '',
    name: schedule?.name ?? 'Nightly',
    kind: schedule?.cadence.kind ?? 'daily',
    minutes: 60,
    anchorUtc: '2026-01-01T00:00:00Z',
    everyHours: 1,
    minute: 5,
    times: '02:10',
    days: ['mon', 'tue', 'wed', 'thu', 'fri'],
    monthDay: '1',
    expression: '10 2 * * *',
    timeZone: schedule?.timeZone ?? null,
    selection: 'core',
    typeKeys: [],
    retention: schedule?.retention ?? { keepLast: 30 },
    allowedAgeHours:
      schedule?.alerts.allowedAgeMinutes === undefined ? '' : String(schedule.alerts.allowedAgeMinutes / 60),
    failedTimes: schedule?.alerts.failedTimes === undefined ? '' : String(schedule.alerts.failedTimes),
    firstPartial: schedule?.alerts.firstPartial ?? usualAlertRule.firstPartial,
  };
  if (schedule === null) return draft;
  const types = schedule.policyTypes;
  return {
    ...draft,
    ...(typeof types === 'string' ? { selection: types } : { selection: 'list' as const, typeKeys: types }),
    ...fieldsOf(schedule.cadence),
  };
}

function fieldsOf(cadence: Cadence): Partial<ScheduleDraft> {
  switch (cadence.kind) {
    case 'everyMinutes':
      return { minutes: cadence.minutes, anchorUtc: cadence.anchorUtc };
    case 'hourly':
      return { everyHours: cadence.everyHours as ScheduleDraft['everyHours'], minute: cadence.minute };
    case 'daily':
      return { times: cadence.times.join(', ') };
    case 'weekly':
      return { times: cadence.times.join(', '), days: cadence.days };
    case 'monthly':
      return {
        times: cadence.times.join(', '),
        monthDay: monthDayText(cadence.on),
      };
    case 'cron':
      return { expression: cadence.expression };
  }
}

/** The rule that the fields describe, or what is wrong with a field. */
export function alertsOf(
  draft: ScheduleDraft,
): { rule: AlertRule } | { field: 'age' | 'failed'; message: string } {
  const rule = {
    ...(draft.allowedAgeHours.trim() === ''
      ? {}
      : { allowedAgeMinutes: Math.round(Number(draft.allowedAgeHours.replace(',', '.')) * 60) }),
    ...(draft.failedTimes.trim() === '' ? {} : { failedTimes: Number(draft.failedTimes) }),
    // The usual rule is said by saying nothing.
    ...(draft.firstPartial === usualAlertRule.firstPartial ? {} : { firstPartial: draft.firstPartial }),
  };
  const parsed = alertRuleSchema.safeParse(rule);
  if (parsed.success) return { rule: parsed.data };
  return parsed.error.issues[0]?.path[0] === 'failedTimes'
    ? { field: 'failed', message: 'A whole number from 1 to 100, or nothing.' }
    : { field: 'age', message: 'Hours from 0.1 to 8784, or nothing.' };
}

/** The cadence that the fields describe; whether it is a valid one is the contract's schema to say. */
export function cadenceOf(draft: ScheduleDraft): Cadence {
  const times = draft.times
    .split(',')
    .map((time) => time.trim())
    .filter((time) => time !== '') as LocalTime[];
  switch (draft.kind) {
    case 'everyMinutes':
      return { kind: 'everyMinutes', minutes: draft.minutes, anchorUtc: draft.anchorUtc };
    case 'hourly':
      return { kind: 'hourly', everyHours: draft.everyHours, minute: draft.minute };
    case 'daily':
      return { kind: 'daily', times };
    case 'weekly':
      return { kind: 'weekly', days: [...draft.days], times };
    case 'monthly':
      return {
        kind: 'monthly',
        on: monthDayOf(draft.monthDay),
        times,
      };
    case 'cron':
      return { kind: 'cron', expression: draft.expression };
  }
}

function monthDayText(on: MonthDay): string {
  switch (on.kind) {
    case 'day':
      return String(on.day);
    case 'lastDay':
      return 'last';
    case 'nthWeekday':
      return `${on.nth}-${on.weekday}`;
  }
}

/** What cannot be read stays a day that the schema refuses, so that the field shows its message. */
function monthDayOf(text: string): MonthDay {
  if (text === 'last') return { kind: 'lastDay' };
  const [nth, weekday] = text.split('-');
  if (weekday === undefined) return { kind: 'day', day: Number(text) };
  return {
    kind: 'nthWeekday',
    nth: (nth === 'last' ? 'last' : Number(nth)) as 1 | 2 | 3 | 4 | 'last',
    weekday: weekday as Weekday,
  };
}
