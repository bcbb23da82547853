import { describe, expect, it } from 'vitest';
import { type CadenceArguments, parseCadenceArguments } from '../../main/domain/cadence-arguments.ts';
import { AppError } from '../../shared/errors.ts';
import type { Cadence } from '../../shared/model/cadence.ts';

const anchorUtc = '1970-01-01T00:00:00Z';
const monthly = (on: Extract<Cadence, { kind: 'monthly' }>['on']) => ({
  kind: 'monthly',
  on,
  times: ['02:00'],
});

describe('cadence options of the command line', () => {
  it.each<[CadenceArguments, unknown]>([
    [{ every: '15m' }, { kind: 'everyMinutes', minutes: 15, anchorUtc }],
    [{ every: '2h' }, { kind: 'everyMinutes', minutes: 120, anchorUtc }],
    [{ hourly: '05' }, { kind: 'hourly', everyHours: 1, minute: 5 }],
    [{ hourly: '05/2' }, { kind: 'hourly', everyHours: 2, minute: 5 }],
    [{ daily: '02:00' }, { kind: 'daily', times: ['02:00'] }],
    [{ daily: '02:00, 14:00' }, { kind: 'daily', times: ['02:00', '14:00'] }],
    [{ weekly: 'Mon,thu@02:00' }, { kind: 'weekly', days: ['mon', 'thu'], times: ['02:00'] }],
    [{ monthly: '1@02:00' }, monthly({ kind: 'day', day: 1 })],
    [{ monthly: 'last@02:00' }, monthly({ kind: 'lastDay' })],
    [{ monthly: '2nd-tue@02:00' }, monthly({ kind: 'nthWeekday', nth: 2, weekday: 'tue' })],
    [{ monthly: '3tue@2:00' }, monthly({ kind: 'nthWeekday', nth: 3, weekday: 'tue' })],
    [{ monthly: 'last-fri@02:00' }, monthly({ kind: 'nthWeekday', nth: 'last', weekday: 'fri' })],
    [{ cron: ' 0 2 * * 1-5 ' }, { kind: 'cron', expression: '0 2 * * 1-5' }],
  ])('%j', (given, cadence) => {
    expect(parseCadenceArguments(given)).toEqual(cadence);
  });

  it.each<[CadenceArguments, string]>([
    [{}, 'cadence_argument_count'],
    [{ daily: '02:00', cron: '0 2 * * *' }, 'cadence_argument_count'],
    [{ every: '4m' }, 'minutes_out_of_range'],
    [{ every: '25h' }, 'minutes_out_of_range'],
    [{ daily: '200' }, 'time_invalid'],
    [{ every: '15' }, 'cadence_invalid'],
    [{ every: '-15m' }, 'cadence_invalid'],
    [{ hourly: '60' }, 'minute_out_of_range'],
    [{ hourly: '05/5' }, 'hours_not_divisor'],
    [{ hourly: '05/0' }, 'hours_not_divisor'],
    [{ daily: '' }, 'times_empty'],
    [{ daily: '24:00' }, 'time_invalid'],
    [{ daily: '02:00,' }, 'time_invalid'],
    [{ daily: '02:00,02:00' }, 'times_duplicate'],
    [{ weekly: '@02:00' }, 'days_empty'],
    [{ weekly: 'monday@02:00' }, 'weekday_unknown'],
    [{ weekly: 'mon,mon@02:00' }, 'days_duplicate'],
    [{ weekly: 'mon' }, 'cadence_invalid'],
    [{ weekly: 'mon@' }, 'times_empty'],
    [{ monthly: '32@02:00' }, 'day_out_of_range'],
    [{ monthly: '0@02:00' }, 'day_out_of_range'],
    [{ monthly: '5th-fri@02:00' }, 'cadence_invalid'],
    [{ monthly: '2nd-xyz@02:00' }, 'weekday_unknown'],
    [{ cron: '' }, 'cron_invalid'],
  ])('%j is refused: %s', (given, code) => {
    const refuse = () => parseCadenceArguments(given);
    expect(refuse).toThrow(AppError);
    expect(refuse).toThrow(expect.objectContaining({ code }));
  });

  it('a refusal is one sentence and shows how to write it', () => {
    expect(() => parseCadenceArguments({ every: 'soon' })).toThrow(
      expect.objectContaining({
        message: 'The value of --every cannot be read.',
        nextStep: 'Write it like --every 15m or --every 2h.',
      }),
    );
    expect(() => parseCadenceArguments({ daily: '1', cron: '2' })).toThrow(
      'Only one cadence can be given, not --daily and --cron.',
    );
  });
});
