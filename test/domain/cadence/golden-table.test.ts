import { describe, expect, it } from 'vitest';
import { nextSlot } from '../../../main/domain/cadence.ts';
import type { Cadence, LocalTime } from '../../../shared/model/cadence.ts';
import { localMinute } from './plain-temporal.ts';

/** The slots of a cadence whose local date lies within `days` days of a date. */
function slotsAround(cadence: Cadence, timeZone: string, date: string, days: number): Date[] {
  const middle = new Date(`${date}T12:00Z`).getTime();
  const reach = (days + 3) * 24 * 3600 * 1000;
  const near = (local: string) =>
    Math.abs(new Date(`${local.slice(0, 10)}T12:00Z`).getTime() - middle) <= days * 24 * 3600 * 1000;
  const slots: Date[] = [];
  let slot = nextSlot(cadence, timeZone, new Date(middle - reach));
  while (slot !== null && slot.getTime() < middle + reach) {
    if (near(localMinute(slot, timeZone))) slots.push(slot);
    slot = nextSlot(cadence, timeZone, slot);
  }
  return slots;
}

const daily = (time: LocalTime): Cadence => ({ kind: 'daily', times: [time] });
const cron = (time: LocalTime): Cadence => ({
  kind: 'cron',
  expression: `${Number(time.slice(3))} ${Number(time.slice(0, 2))} * * *`,
});

const dayAfter = (date: string, days: number) =>
  new Date(new Date(`${date}T00:00Z`).getTime() + days * 24 * 3600 * 1000).toISOString().slice(0, 10);

/** zone, local date, wall time, slot of the structured kinds, slot of cron */
const goldenTable: [string, string, LocalTime, string, string][] = [
  ['America/New_York', '2026-03-08', '02:30', '2026-03-08T07:30Z', '2026-03-08T07:00Z'],
  ['America/New_York', '2026-11-01', '01:30', '2026-11-01T05:30Z', '2026-11-01T05:30Z'],
  ['Europe/Berlin', '2026-03-29', '02:30', '2026-03-29T01:30Z', '2026-03-29T01:00Z'],
  ['Europe/Berlin', '2026-10-25', '02:30', '2026-10-25T00:30Z', '2026-10-25T00:30Z'],
  ['Europe/London', '2026-03-29', '01:15', '2026-03-29T01:15Z', '2026-03-29T01:00Z'],
  ['Europe/London', '2026-10-25', '01:15', '2026-10-25T00:15Z', '2026-10-25T00:15Z'],
  ['Australia/Lord_Howe', '2026-10-04', '02:15', '2026-10-03T15:45Z', '2026-10-03T15:30Z'],
  ['Australia/Lord_Howe', '2026-04-05', '01:45', '2026-04-04T14:45Z', '2026-04-04T14:45Z'],
  ['Africa/Cairo', '2026-04-24', '00:30', '2026-04-23T22:30Z', '2026-04-23T22:00Z'],
  ['Africa/Cairo', '2026-10-29', '23:30', '2026-10-29T20:30Z', '2026-10-29T20:30Z'],
  ['America/Sao_Paulo', '2018-11-04', '00:30', '2018-11-04T03:30Z', '2018-11-04T03:00Z'],
  ['America/Sao_Paulo', '2018-02-17', '23:30', '2018-02-18T01:30Z', '2018-02-18T01:30Z'],
  ['Asia/Tehran', '2022-03-22', '00:30', '2022-03-21T21:00Z', '2022-03-21T20:30Z'],
  ['Asia/Tehran', '2022-09-21', '23:30', '2022-09-21T19:00Z', '2022-09-21T19:00Z'],
  ['Antarctica/Troll', '2026-03-29', '01:30', '2026-03-29T01:30Z', '2026-03-29T01:00Z'],
  ['Antarctica/Troll', '2026-10-25', '01:30', '2026-10-24T23:30Z', '2026-10-24T23:30Z'],
  ['Pacific/Chatham', '2026-09-27', '03:00', '2026-09-26T14:15Z', '2026-09-26T14:00Z'],
  ['Pacific/Chatham', '2026-04-05', '03:00', '2026-04-04T13:15Z', '2026-04-04T13:15Z'],
  ['America/Santiago', '2026-09-06', '00:30', '2026-09-06T04:30Z', '2026-09-06T04:00Z'],
  ['America/Santiago', '2026-04-04', '23:30', '2026-04-05T02:30Z', '2026-04-05T02:30Z'],
  ['Africa/Casablanca', '2026-03-22', '02:30', '2026-03-22T02:30Z', '2026-03-22T02:00Z'],
  ['Africa/Casablanca', '2026-02-15', '02:30', '2026-02-15T01:30Z', '2026-02-15T01:30Z'],
  ['Asia/Kolkata', '2026-03-29', '02:30', '2026-03-28T21:00Z', '2026-03-28T21:00Z'],
];

const kinds = goldenTable.flatMap(([zone, date, time, structured, wall]) => [
  { zone, date, time, kind: 'daily', cadence: daily(time), slot: structured },
  { zone, date, time, kind: 'cron', cadence: cron(time), slot: wall },
]);

describe('the golden table of clock changes (tzdata 2026c)', () => {
  it.each(kinds)(
    '$zone $date $time, $kind: one slot that day at $slot, its neighbours unmoved',
    ({ zone, date, time, cadence, slot }) => {
      const slots = slotsAround(cadence, zone, date, 1);
      const expected = new Date(slot);
      expect(slots.map((found) => localMinute(found, zone))).toEqual([
        `${dayAfter(date, -1)}T${time}`,
        localMinute(expected, zone),
        `${dayAfter(date, 1)}T${time}`,
      ]);
      expect(slots[1]).toEqual(expected);
    },
  );

  it.each([daily('09:00'), cron('09:00')])(
    'Apia skipped 2011-12-30: no slot for it, and 09:00 of the next day comes once (%j)',
    (cadence) => {
      expect(
        slotsAround(cadence, 'Pacific/Apia', '2011-12-30', 2).map((slot) =>
          localMinute(slot, 'Pacific/Apia'),
        ),
      ).toEqual(['2011-12-28T09:00', '2011-12-29T09:00', '2011-12-31T09:00', '2012-01-01T09:00']);
    },
  );

  it('two wall times that fall on one instant are one slot', () => {
    const cadence: Cadence = { kind: 'daily', times: ['02:30', '03:30'] };
    expect(slotsAround(cadence, 'Europe/Berlin', '2026-03-29', 0)).toEqual([new Date('2026-03-29T01:30Z')]);
    expect(slotsAround(cadence, 'Europe/Berlin', '2026-03-30', 0)).toHaveLength(2);
  });

  it('a cron list loses no time of a day with a gap', () => {
    const cadence: Cadence = { kind: 'cron', expression: '30 2,14 * * *' };
    expect(
      slotsAround(cadence, 'Europe/Berlin', '2026-03-29', 0).map((slot) =>
        localMinute(slot, 'Europe/Berlin'),
      ),
    ).toEqual(['2026-03-29T03:00', '2026-03-29T14:30']);
  });
});
