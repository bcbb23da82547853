import { describe, expect, it } from 'vitest';
import { readCadence, requireValidCadence, validateCadence } from '../../../main/domain/cadence.ts';
import { type CadenceIssueCode, cadenceIssueCode, cadenceIssues } from '../../../shared/model/cadence.ts';

const cron = (expression: string) => ({ kind: 'cron', expression });
const daily = (...times: string[]) => ({ kind: 'daily', times });
const anchorUtc = '2026-01-01T00:00:00Z';
const codesOf = (cadence: unknown, zone = 'Europe/Berlin') =>
  validateCadence(cadence, zone).map((issue) => `${issue.path} ${issue.code}`.trim());

describe('validating a cadence', () => {
  it.each<[unknown, string]>([
    [null, 'cadence_invalid'],
    [{ kind: 'yearly' }, 'kind cadence_invalid'],
    [{ ...daily('02:00'), extra: 1 }, 'cadence_invalid'],
    [daily(), 'times times_empty'],
    [{ kind: 'daily' }, 'times times_empty'],
    [daily('02:00', '02:00'), 'times times_duplicate'],
    [daily(...Array.from({ length: 25 }, (_, n) => `${String(n % 24).padStart(2, '0')}:${n === 24 ? 30 : '00'}`)), 'times times_too_many'], // prettier-ignore
    [daily('2:00'), 'times.0 time_invalid'],
    [daily('02:00', '24:00'), 'times.1 time_invalid'],
    [{ kind: 'weekly', days: [], times: ['02:00'] }, 'days days_empty'],
    [{ kind: 'weekly', days: ['mon', 'mon'], times: ['02:00'] }, 'days days_duplicate'],
    [{ kind: 'weekly', days: ['monday'], times: ['02:00'] }, 'days.0 weekday_unknown'],
    [{ kind: 'everyMinutes', minutes: 4, anchorUtc }, 'minutes minutes_out_of_range'],
    [{ kind: 'everyMinutes', minutes: 1441, anchorUtc }, 'minutes minutes_out_of_range'],
    [{ kind: 'everyMinutes', minutes: 7.5, anchorUtc }, 'minutes minutes_out_of_range'],
    [{ kind: 'everyMinutes', minutes: 15, anchorUtc: '2026-01-01T00:00:30Z' }, 'anchorUtc anchor_invalid'],
    [{ kind: 'everyMinutes', minutes: 15, anchorUtc: '2026-02-30T00:00:00Z' }, 'anchorUtc anchor_invalid'],
    [{ kind: 'hourly', everyHours: 5, minute: 0 }, 'everyHours hours_not_divisor'],
    [{ kind: 'hourly', everyHours: 1, minute: 60 }, 'minute minute_out_of_range'],
    [{ kind: 'monthly', on: { kind: 'day', day: 32 }, times: ['02:00'] }, 'on.day day_out_of_range'],
    [cron('0 2 * *'), 'expression cron_invalid'],
    [cron('@daily'), 'expression cron_invalid'],
    [cron('0 24 * * *'), 'expression cron_invalid'],
    [cron('0 2 * * ?'), 'expression cron_invalid'],
    [cron('0 2 * * +5'), 'expression cron_invalid'],
    [cron('rhubarb'), 'expression cron_invalid'],
    [cron('0 0 2 * * *'), 'expression cron_seconds_not_allowed'],
    [cron('0 0 2 * * * 2027'), 'expression cron_seconds_not_allowed'],
    [cron('0 0 30 2 *'), 'expression cron_never_fires'],
    [cron('* * * * *'), 'expression too_frequent'],
    [cron('0,58 2,3 * * *'), 'expression too_frequent'],
    [daily('02:00', '02:04'), 'times too_frequent'],
  ])('%j: %s', (cadence, issue) => {
    expect(codesOf(cadence)).toEqual([issue]);
  });

  it.each([
    daily('02:00', '02:05'),
    { kind: 'everyMinutes', minutes: 5, anchorUtc },
    { kind: 'everyMinutes', minutes: 1440, anchorUtc: '2026-01-01T00:00:00.000Z' },
    { kind: 'monthly', on: { kind: 'nthWeekday', nth: 'last', weekday: 'fri' }, times: ['02:00'] },
    cron('*/5 * * * *'),
    cron('0 0 29 2 *'),
    cron('0 2 LW * *'),
    cron('0 2 15W * *'),
    cron('0 2 * * FRI#2'),
    cron('0 2 * JAN-MAR mon-fri'),
  ])('%j is fine', (cadence) => {
    expect(codesOf(cadence)).toEqual([]);
  });

  it.each(['Mars/Olympus', '+02:00', '', 'Local'])('zone %j is refused', (zone) => {
    expect(codesOf(daily('02:00'), zone)).toEqual(['timeZone zone_unknown']);
  });

  it.each(['UTC', 'US/Eastern', 'America/Argentina/Buenos_Aires'])('zone %s is known', (zone) => {
    expect(codesOf(daily('02:00'), zone)).toEqual([]);
  });

  it('slots that only a clock change brings together are named', () => {
    expect(validateCadence(daily('02:58', '04:00'), 'Europe/Berlin')).toEqual([
      {
        code: 'too_frequent',
        path: 'times',
        message: 'Two slots lie less than 5 minutes apart: 2026-03-29 03:58 and 04:00 in Europe/Berlin.',
      },
    ]);
    expect(codesOf(daily('02:58', '04:00'), 'Asia/Kolkata')).toEqual([]);
  });

  it("croner's own words say what is wrong", () => {
    expect(() => requireValidCadence(cron('0 24 * * *'), 'UTC')).toThrow(
      expect.objectContaining({
        code: 'cron_invalid',
        message: 'The cron expression is not valid: Invalid value for hour: 24',
      }),
    );
  });

  it('a stored cadence of a later version is refused in one sentence', () => {
    expect(() => readCadence({ kind: 'lunar' })).toThrow(
      expect.objectContaining({ code: 'cadence_invalid', message: cadenceIssues.cadence_invalid }),
    );
    expect(readCadence(daily('02:00'))).toEqual(daily('02:00'));
  });

  it('each code has a sentence of its own, so a sentence leads back to its code', () => {
    for (const [code, sentence] of Object.entries(cadenceIssues)) {
      expect(cadenceIssueCode(sentence)).toBe(code as CadenceIssueCode);
    }
  });
});
