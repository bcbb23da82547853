import { describe, expect, it } from 'vitest';
import { cadenceFromOptions, type CadenceOptions } from '../../main/cli/cadence-options.ts';

const anchorUtc = '2026-01-01T00:00:00Z';

describe('cadence options', () => {
  it.each<[CadenceOptions, unknown]>([
    [{ every: '15m' }, { kind: 'everyMinutes', minutes: 15, anchorUtc }],
    [{ every: '2h' }, { kind: 'everyMinutes', minutes: 120, anchorUtc }],
    [{ hourly: '05' }, { kind: 'hourly', everyHours: 1, minute: 5 }],
    [{ hourly: '5/6' }, { kind: 'hourly', everyHours: 6, minute: 5 }],
    [{ daily: '02:00,14:00' }, { kind: 'daily', times: ['02:00', '14:00'] }],
    [{ daily: '2:00' }, { kind: 'daily', times: ['02:00'] }],
    [{ weekly: 'mon,Thu@02:00' }, { kind: 'weekly', days: ['mon', 'thu'], times: ['02:00'] }],
    [{ monthly: '1@02:00' }, { kind: 'monthly', on: { kind: 'day', day: 1 }, times: ['02:00'] }],
    [{ monthly: 'last@02:00' }, { kind: 'monthly', on: { kind: 'lastDay' }, times: ['02:00'] }],
    [
      { monthly: '2tue@02:00' },
      { kind: 'monthly', on: { kind: 'nthWeekday', nth: 2, weekday: 'tue' }, times: ['02:00'] },
    ],
    [
      { monthly: 'last-fri@02:00' },
      { kind: 'monthly', on: { kind: 'nthWeekday', nth: 'last', weekday: 'fri' }, times: ['02:00'] },
    ],
    [{ cron: '0 2 * * 1-5' }, { kind: 'cron', expression: '0 2 * * 1-5' }],
  ])('%j', (options, cadence) => {
    expect(cadenceFromOptions(options, 'Europe/Berlin')).toEqual(cadence);
  });

  it.each<[CadenceOptions, string, string]>([
    [{}, 'UTC', 'usage'],
    [{ daily: '02:00', cron: '0 2 * * *' }, 'UTC', 'usage'],
    [{ every: 'soon' }, 'UTC', 'usage'],
    [{ every: '1m' }, 'UTC', 'minutes_out_of_range'],
    [{ hourly: '75' }, 'UTC', 'minute_out_of_range'],
    [{ hourly: '5/7' }, 'UTC', 'hours_not_divisor'],
    [{ daily: '25:00' }, 'UTC', 'time_invalid'],
    [{ daily: '02:00,02:00' }, 'UTC', 'times_duplicate'],
    [{ weekly: 'mon' }, 'UTC', 'usage'],
    [{ monthly: '32@02:00' }, 'UTC', 'day_out_of_range'],
    [{ cron: '0 0 30 2 *' }, 'UTC', 'cron_never_fires'],
    [{ cron: '* * * * * *' }, 'UTC', 'cron_seconds_not_allowed'],
    [{ cron: 'whenever' }, 'UTC', 'cron_invalid'],
    [{ daily: '02:00' }, 'Mars/Olympus', 'zone_unknown'],
  ])('%j in %s is refused with %s', (options, zone, code) => {
    expect(() => cadenceFromOptions(options, zone)).toThrow(expect.objectContaining({ code }) as Error);
  });
});
