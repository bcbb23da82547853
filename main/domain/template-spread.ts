import { AppError } from '../../shared/errors.ts';
import type { Cadence, LocalTime } from '../../shared/model/cadence.ts';
import { instantFromIso, instantFromMs } from '../../shared/model/instant.ts';
import { clockText, dayMs, minuteMs } from './cadence/civil-date.ts';
import { evenHash } from './spread.ts';

/**
 * A template starts many tenants at the same minute unless it spreads them. The offset of a tenant depends on the
 * template and the tenant alone: tenants that come and go move nobody else, and the same question gets the same
 * answer at every time and on every host. `suggestSpread` weighs the load of the moment and would not.
 */

const dayMinutes = dayMs / minuteMs;

/** Over how many minutes the starts of a cadence can be distributed without becoming another cadence. */
function mostSpreadMinutes(cadence: Cadence): number {
  switch (cadence.kind) {
    case 'cron':
      return 0;
    case 'everyMinutes':
      return cadence.minutes;
    case 'hourly':
      return 60 - cadence.minute;
    default:
      return dayMinutes - Math.max(...cadence.times.map(minuteOfDay));
  }
}

/** Throws AppError `spread_invalid` where the starts would leave their day, hour or interval. */
export function requireValidSpread(cadence: Cadence, spreadMinutes: number): void {
  const most = mostSpreadMinutes(cadence);
  if (spreadMinutes <= most) return;
  throw new AppError(
    'spread_invalid',
    most === 0
      ? 'A cron cadence cannot be spread.'
      : `With this cadence the starts can be spread over at most ${most} minutes.`,
    {
      nextStep:
        most === 0 ? 'Set the spread to 0 minutes, or choose another cadence.' : 'Choose fewer minutes.',
    },
  );
}

/**
 * The cadence moved by the tenant's own offset, from 0 to `spreadMinutes` - 1 minutes. Minutes 00 and 30 are left to
 * people's habits where there are others. `key` names the template and the tenant.
 */
export function spreadCadence(cadence: Cadence, spreadMinutes: number, key: string): Cadence {
  if (spreadMinutes <= 1 || cadence.kind === 'cron') return cadence;
  const offsets = Array.from({ length: spreadMinutes }, (_none, offset) => offset);
  const quiet = offsets.filter((offset) =>
    startMinutes(cadence).every((minute) => (minute + offset) % 30 !== 0),
  );
  const usable = quiet.length === 0 ? offsets : quiet;
  return moved(cadence, usable[evenHash(key) % usable.length]!);
}

function startMinutes(cadence: Cadence): number[] {
  if ('times' in cadence) return cadence.times.map(minuteOfDay);
  return cadence.kind === 'hourly' ? [cadence.minute] : [];
}

function moved(cadence: Cadence, offset: number): Cadence {
  if ('times' in cadence) {
    return {
      ...cadence,
      times: cadence.times.map((time) => clockText((minuteOfDay(time) + offset) * minuteMs) as LocalTime),
    };
  }
  if (cadence.kind === 'hourly') return { ...cadence, minute: cadence.minute + offset };
  if (cadence.kind === 'everyMinutes') {
    const anchor = instantFromMs(instantFromIso(cadence.anchorUtc).getTime() + offset * minuteMs);
    return { ...cadence, anchorUtc: anchor.toISOString() };
  }
  return cadence;
}

function minuteOfDay(time: LocalTime): number {
  const [hours, minutes] = time.split(':');
  return Number(hours) * 60 + Number(minutes);
}
