import { Cron } from 'croner';
import { AppError, errorText } from '../../../shared/errors.ts';
import { cadenceIssues, type CadenceIssueCode } from '../../../shared/model/cadence.ts';
import { instantFromMs } from '../../../shared/model/instant.ts';
import { minuteMs } from './civil-date.ts';

/**
 * The advanced kind: five cron fields, read by croner, whose timers are never started. In a gap it runs right
 * after the gap (the structured kinds move by the length of the gap); expressions with `*` or a step in minute
 * or hour follow elapsed time instead, so both passes of an overlap count.
 */

/**
 * Names and numbers, `* , - /`, and of the extensions `L`, `W` and `#`. croner would take more in silence:
 * nicknames such as `@daily`, `?`, and `+` for "day and weekday".
 */
const fieldPattern = /^[0-9A-Za-z*,\-/#]+$/;

/** Why an expression is refused, without computing a slot; null for one that croner can read. */
export function findCronIssue(expression: string): { code: CadenceIssueCode; message: string } | null {
  const fields = expression.trim().split(/\s+/);
  if (fields.length === 6 || fields.length === 7) {
    return { code: 'cron_seconds_not_allowed', message: cadenceIssues.cron_seconds_not_allowed };
  }
  if (fields.length !== 5 || !fields.every((field) => fieldPattern.test(field))) {
    return { code: 'cron_invalid', message: cadenceIssues.cron_invalid };
  }
  try {
    readCron(expression, 'UTC');
    return null;
  } catch (error) {
    // croner's own words name the field that is wrong: "Invalid value for hour: 24".
    const detail = errorText(error).replace(/^CronPattern: /, '');
    return { code: 'cron_invalid', message: `The cron expression is not valid: ${detail}` };
  }
}

/**
 * The first slot of an expression strictly after an instant, null when there is none in croner's reach.
 * Throws AppError `cron_invalid` or `cron_seconds_not_allowed`.
 */
export function nextCronSlotMs(expression: string, timeZone: string, afterMs: number): number | null {
  // Slots are whole minutes, so "after this instant" and "after the start of its minute" are the same.
  const after = instantFromMs(Math.floor(afterMs / minuteMs) * minuteMs);
  return knownCron(expression, timeZone).nextRun(after)?.getTime() ?? null;
}

const knownCrons = new Map<string, Cron>();
/** Bounds the memory of a process in which someone types expressions all day. */
const mostKnownCrons = 2000;

function knownCron(expression: string, timeZone: string): Cron {
  const key = `${timeZone} ${expression}`;
  let cron = knownCrons.get(key);
  if (cron === undefined) {
    const issue = findCronIssue(expression);
    if (issue !== null) throw new AppError(issue.code, issue.message, { details: { expression } });
    cron = readCron(expression, timeZone);
    if (knownCrons.size >= mostKnownCrons) knownCrons.clear();
    knownCrons.set(key, cron);
  }
  return cron;
}

function readCron(expression: string, timezone: string): Cron {
  return new Cron(expression, {
    timezone,
    paused: true,
    mode: '5-part',
    // The default rule loses or doubles lists such as `30 2,14 * * *` on days of a clock change.
    fixedTimeRule: 'no-wildcard',
  });
}
