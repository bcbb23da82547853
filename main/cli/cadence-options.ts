import { AppError } from '../../shared/errors.ts';
import type { Cadence } from '../../shared/model/cadence.ts';
import { requireValidCadence } from '../domain/cadence.ts';
import { usageError } from './usage-error.ts';

/** The options of `schedules add` that say when; exactly one of them is given. */
export interface CadenceOptions {
  every?: string;
  hourly?: string;
  daily?: string;
  weekly?: string;
  monthly?: string;
  cron?: string;
}

/** All intervals count from here, so that "every 15 minutes" means the quarters of the hour in whole-hour zones. */
const anchorUtc = '2026-01-01T00:00:00Z';

/** The cadence that the options describe, checked together with its zone. Throws `usage` or a cadence issue. */
export function cadenceFromOptions(options: CadenceOptions, timeZone: string): Cadence {
  const given = (['every', 'hourly', 'daily', 'weekly', 'monthly', 'cron'] as const).filter(
    (name) => options[name] !== undefined,
  );
  if (given.length !== 1) {
    throw usageError(
      given.length === 0
        ? 'A schedule needs one of --every, --hourly, --daily, --weekly, --monthly or --cron.'
        : `Only one of --${given.join(', --')} can be given.`,
    );
  }
  const name = given[0]!;
  const text = options[name]!.trim();
  try {
    return requireValidCadence(parse(name, text), timeZone);
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'usage') throw error;
    throw new AppError(
      error.code,
      error.code === 'zone_unknown'
        ? `"${timeZone}" is not a known time zone.`
        : `--${name} "${text}": ${error.message}`,
      {
        nextStep:
          error.code === 'zone_unknown'
            ? 'Give an IANA name such as Europe/Berlin or UTC with --zone.'
            : 'See "tenantkeep schedules add --help" for the forms.',
        details: error.details,
      },
    );
  }
}

function parse(name: keyof CadenceOptions, text: string): unknown {
  switch (name) {
    case 'every':
      return { kind: 'everyMinutes', minutes: minutesOf(text), anchorUtc };
    case 'hourly':
      return hourly(text);
    case 'daily':
      return { kind: 'daily', times: times(text) };
    case 'weekly': {
      const [days, clock] = atSign('--weekly', text, 'mon,thu@02:00');
      return { kind: 'weekly', days: list(days.toLowerCase()), times: times(clock) };
    }
    case 'monthly': {
      const [on, clock] = atSign('--monthly', text, '1@02:00, last@02:00 or 2tue@02:00');
      return { kind: 'monthly', on: monthDay(on.trim().toLowerCase()), times: times(clock) };
    }
    case 'cron':
      return { kind: 'cron', expression: text };
  }
}

function minutesOf(text: string): number {
  const match = /^(\d{1,5})\s*(m|min|h)?$/i.exec(text);
  if (match === null) throw usageError(`--every must be minutes or hours such as 15m or 2h, not "${text}".`);
  return Number(match[1]) * (match[2]?.toLowerCase() === 'h' ? 60 : 1);
}

/** `05`: five past every hour; `05/6`: five past 0, 6, 12 and 18 o'clock. */
function hourly(text: string): unknown {
  const match = /^(\d{1,2})(?:\/(\d{1,2}))?$/.exec(text);
  if (match === null) throw usageError(`--hourly must be a minute such as 05, not "${text}".`);
  return { kind: 'hourly', everyHours: Number(match[2] ?? 1), minute: Number(match[1]) };
}

function monthDay(text: string): unknown {
  if (text === 'last') return { kind: 'lastDay' };
  const weekday = /^([1-4]|last)-?(mon|tue|wed|thu|fri|sat|sun)$/.exec(text);
  if (weekday !== null) {
    return {
      kind: 'nthWeekday',
      nth: weekday[1] === 'last' ? 'last' : Number(weekday[1]),
      weekday: weekday[2],
    };
  }
  if (!/^\d{1,2}$/.test(text)) {
    throw usageError(`--monthly must name a day such as 1, last or 2tue before the @, not "${text}".`);
  }
  return { kind: 'day', day: Number(text) };
}

function atSign(option: string, text: string, example: string): [string, string] {
  const parts = text.split('@');
  if (parts.length !== 2) throw usageError(`${option} must be written like ${example}, not "${text}".`);
  return [parts[0]!, parts[1]!];
}

function list(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}

/** `2:00` is taken as `02:00`; anything else is left to the check of the cadence. */
function times(text: string): string[] {
  return list(text).map((time) => time.replace(/^(\d):/, '0$1:'));
}
