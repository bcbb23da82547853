import cronstrue from 'cronstrue';
import type { Cadence, MonthDay, Weekday } from '../../../shared/model/cadence.ts';
import { twoDigits } from './civil-date.ts';

const weekdayNames: Record<Weekday, string> = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
};
const workdays: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri'];
const nthNames = { 1: 'first', 2: 'second', 3: 'third', 4: 'fourth', last: 'last' } as const;

/** A valid cadence in words, with its zone: "Every Monday and Thursday at 02:00 (Europe/Berlin)". */
export function describeCadence(cadence: Cadence, timeZone: string): string {
  // Elapsed time is the same everywhere: naming a zone would promise something that is not so.
  if (cadence.kind === 'everyMinutes') return `Every ${durationWords(cadence.minutes)}`;
  return `${wallWords(cadence)} (${timeZone})`;
}

function durationWords(minutes: number): string {
  if (minutes % 60 !== 0) return `${minutes} minutes`;
  return minutes === 60 ? 'hour' : `${minutes / 60} hours`;
}

function wallWords(cadence: Exclude<Cadence, { kind: 'everyMinutes' }>): string {
  switch (cadence.kind) {
    case 'hourly':
      return cadence.everyHours === 1
        ? `Every hour at minute ${twoDigits(cadence.minute)}`
        : `Every ${cadence.everyHours} hours at minute ${twoDigits(cadence.minute)}, from 00:${twoDigits(cadence.minute)} on`;
    case 'daily':
      return `Every day at ${listWords([...cadence.times].sort())}`;
    case 'weekly':
      return `Every ${daysWords(cadence.days)} at ${listWords([...cadence.times].sort())}`;
    case 'monthly':
      return `On ${monthDayWords(cadence.on)} at ${listWords([...cadence.times].sort())}`;
    case 'cron':
      return cronWords(cadence.expression);
  }
}

function daysWords(days: readonly Weekday[]): string {
  const inOrder = (Object.keys(weekdayNames) as Weekday[]).filter((day) => days.includes(day));
  if (inOrder.length === 7) return 'day';
  if (inOrder.length === 5 && workdays.every((day) => inOrder.includes(day))) {
    return 'weekday from Monday to Friday';
  }
  return listWords(inOrder.map((day) => weekdayNames[day]));
}

function monthDayWords(on: MonthDay): string {
  switch (on.kind) {
    case 'day':
      return on.day > 28
        ? `day ${on.day} of every month, the last day of shorter months,`
        : `day ${on.day} of every month`;
    case 'lastDay':
      return 'the last day of every month';
    case 'nthWeekday':
      return `the ${nthNames[on.nth]} ${weekdayNames[on.weekday]} of every month`;
  }
}

/** cronstrue reads the text only: never give it a zone or an offset. */
function cronWords(expression: string): string {
  const words = cronstrue.toString(expression, {
    use24HourTimeFormat: true,
    // It knows fewer extensions than croner (no list of `W` days); then the text itself has to do.
    throwExceptionOnParseError: false,
  });
  return words.startsWith('An error occurred') ? `Cron ${expression}` : `${words}; cron ${expression}`;
}

function listWords(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}
