import { describe, expect, it } from 'vitest';
import { nextSlot } from '../../main/domain/cadence.ts';
import {
  expectedDurationMinutes,
  type SpreadSchedule,
  type SpreadWindow,
  suggestSpread,
} from '../../main/domain/spread.ts';
import type { Cadence } from '../../shared/model/cadence.ts';

const now = new Date('2026-11-24T12:00Z');
const window: SpreadWindow = { timeZone: 'Europe/Berlin', from: '01:00', to: '05:00' };
const at2: Cadence = { kind: 'daily', times: ['02:00'] };
const schedule = (number: number, more: Partial<SpreadSchedule> = {}): SpreadSchedule => ({
  scheduleId: `schedule-${number}`,
  tenantId: `tenant-${number % 20}`,
  cadence: at2,
  timeZone: 'Europe/Berlin',
  durationMinutes: 5,
  ...more,
});
const fleet = (count: number) => Array.from({ length: count }, (_, number) => schedule(number));
const cron = (expression: string): Cadence => ({ kind: 'cron', expression });

describe('spreading schedules', () => {
  it('moves each into the window, away from :00 and :30, and answers the same again', () => {
    const suggestions = suggestSpread(fleet(60), window, now);
    expect(suggestions).toHaveLength(60);
    for (const { after, before, cadence } of suggestions) {
      expect(before).toBe('02:00');
      expect(after >= '01:00' && after <= '05:00').toBe(true);
      expect(after).not.toMatch(/:[03]0$/);
      expect(cadence).toEqual({ kind: 'daily', times: [after] });
    }
    expect(suggestSpread(fleet(60).reverse(), window, now)).toEqual(suggestions);
  });

  it('levels the load: 40 runs of 5 minutes in four hours are never more than two at once', () => {
    const running = new Map<number, number>();
    for (const { cadence } of suggestSpread(fleet(40), window, now)) {
      const start = nextSlot(cadence, 'Europe/Berlin', now)!.getTime() / 60_000;
      for (let minute = start; minute < start + 5; minute += 1) {
        running.set(minute, (running.get(minute) ?? 0) + 1);
      }
    }
    expect(Math.max(...running.values())).toBeLessThanOrEqual(2);
  });

  it('keeps schedules of one tenant apart by their duration', () => {
    const one = Array.from({ length: 4 }, (_, n) => schedule(n, { tenantId: 'one', durationMinutes: 40 }));
    const suggestions = suggestSpread(one, window, now);
    const starts = suggestions
      .map(({ cadence }) => nextSlot(cadence, 'Europe/Berlin', now)!.getTime() / 60_000)
      .sort((a, b) => a - b);
    expect(suggestions.some((suggestion) => suggestion.overlapsOwnTenant)).toBe(false);
    for (const [index, start] of starts.slice(1).entries()) {
      expect(start - starts[index]!).toBeGreaterThanOrEqual(40);
    }
  });

  it('prefers a busy minute of other tenants to a quiet one of its own', () => {
    const own = schedule(1, { tenantId: 'one', cadence: cron('0 2 * * *'), durationMinutes: 25 });
    const others = [2, 3, 4, 5, 6].map((number) =>
      schedule(number, { cadence: cron('25 2 * * *'), durationMinutes: 40 }),
    );
    const narrow: SpreadWindow = { ...window, from: '02:00', to: '02:55' };
    const [suggestion] = suggestSpread([own, ...others, schedule(7, { tenantId: 'one' })], narrow, now);
    expect(suggestion).toMatchObject({ scheduleId: 'schedule-7', overlapsOwnTenant: false });
    expect(suggestion!.after >= '02:25').toBe(true);
  });

  it('says so when a tenant has more than the window holds', () => {
    const one = Array.from({ length: 3 }, (_, n) => schedule(n, { tenantId: 'one', durationMinutes: 40 }));
    const narrow: SpreadWindow = { ...window, from: '02:00', to: '02:20' };
    expect(suggestSpread(one, narrow, now).some((suggestion) => suggestion.overlapsOwnTenant)).toBe(true);
  });

  it('leaves alone what is elsewhere, and counts it as load', () => {
    const busy: Cadence = { kind: 'daily', times: ['01:05', '02:00'] };
    const others = [
      schedule(1, { cadence: busy, durationMinutes: 90, tenantId: 'x' }),
      schedule(2, { timeZone: 'Asia/Tokyo' }),
      schedule(3, { cadence: { kind: 'daily', times: ['12:00'] } }),
      schedule(4, { cadence: { kind: 'cron', expression: '0 2 * * *' } }),
    ];
    const suggestions = suggestSpread([...others, schedule(5)], { ...window, to: '03:45' }, now);
    expect(suggestions.map((suggestion) => suggestion.scheduleId)).toEqual(['schedule-5']);
    // Free are only the minutes before 01:05 less the run's length, and from 03:30 on.
    expect(suggestions[0]!.after >= '03:31').toBe(true);
  });

  it('refuses a window that ends before it starts', () => {
    expect(() => suggestSpread(fleet(1), { ...window, from: '05:00', to: '01:00' }, now)).toThrow(
      expect.objectContaining({ code: 'spread_window_invalid' }),
    );
  });
});

describe('expected duration', () => {
  it.each([
    [[], 5],
    [[90_000], 2],
    [[60_000, 600_000, 120_000], 2],
    [[60_000, 240_000], 3],
    [[...Array.from({ length: 10 }, () => 60_000), 9e9, 9e9, 9e9], 1],
  ])('of %j is %d minutes', (runs, minutes) => {
    expect(expectedDurationMinutes(runs)).toBe(minutes);
  });
});
