import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forecastRemovals, planRetention, type RetentionSet } from '../../main/domain/retention.ts';

const set = (sequence: number, sealedAt: string, changes: Partial<RetentionSet> = {}): RetentionSet => ({
  id: `s${sequence}`,
  sequence,
  sealedAt: new Date(sealedAt),
  complete: true,
  pinned: false,
  completeTypes: ['a'],
  ...changes,
});

describe('the retention plan', () => {
  it('keeps the last sets and names the reason', () => {
    const sets = [1, 2, 3, 4].map((n) => set(n, `2026-01-0${n}T02:00:00Z`));
    const plan = planRetention(sets, { keepLast: 2 }, 'UTC');
    expect(plan.pruned).toEqual(['s1', 's2']);
    expect(plan.kept.get('s4')).toEqual(['newest', 'last', 'newest_complete_copy']);
  });

  it('keeps one set a day, week and month of the schedule’s zone, a complete one where there is one', () => {
    const sets = [
      set(1, '2026-01-31T23:30:00Z'), // 1 February in Berlin
      set(2, '2026-02-01T10:00:00Z', { complete: false, completeTypes: [] }),
      set(3, '2026-02-02T10:00:00Z'),
      set(4, '2026-03-02T10:00:00Z'),
    ];
    const plan = planRetention(sets, { keepLast: 1, daily: 3, monthly: 2 }, 'Europe/Berlin');
    expect(plan.kept.get('s1')).toEqual(['daily']);
    expect(plan.kept.get('s3')).toEqual(['daily', 'monthly']);
    expect(plan.pruned).toEqual(['s2']);
    expect(planRetention(sets, { keepLast: 1, daily: 3 }, 'UTC').pruned).toEqual(['s1']);
  });

  it('holds its promises for any history', () => {
    const history = fc.array(
      fc.record({
        hours: fc.integer({ min: 1, max: 200 }),
        complete: fc.boolean(),
        pinned: fc.boolean(),
        completeTypes: fc.subarray(['a', 'b', 'c', 'd']),
      }),
      { maxLength: 40 },
    );
    const rule = fc.record({
      keepLast: fc.integer({ min: 1, max: 5 }),
      daily: fc.integer({ min: 0, max: 4 }),
      weekly: fc.integer({ min: 0, max: 4 }),
      monthly: fc.integer({ min: 0, max: 4 }),
    });
    fc.assert(
      fc.property(history, rule, (steps, retention) => {
        let at = Date.UTC(2026, 0, 1);
        const sets = steps.map(({ hours, ...step }, index) => {
          at += hours * 3_600_000;
          return set(index + 1, new Date(at).toISOString(), step);
        });
        const { kept, pruned } = planRetention(sets, retention, 'Europe/Berlin');
        expect(kept.size + pruned.length).toBe(sets.length);
        for (const one of sets.slice(-retention.keepLast)) expect(kept.has(one.id)).toBe(true);
        expect(sets.filter((one) => one.pinned && !kept.has(one.id))).toEqual([]);
        for (const type of ['a', 'b', 'c', 'd']) {
          const newest = sets.findLast((one) => one.completeTypes.includes(type));
          expect(newest === undefined || kept.has(newest.id)).toBe(true);
        }
        const again = planRetention(
          sets.filter((one) => kept.has(one.id)),
          retention,
          'Europe/Berlin',
        );
        expect(again.pruned).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

function* nights(day: number): Generator<Date> {
  for (;;) yield new Date(Date.UTC(2026, 0, day++, 2));
}

describe('the forecast of removals', () => {
  it('names the slot whose run pushes each set out', () => {
    const sets = [1, 2, 3].map((n) => set(n, `2026-01-0${n}T02:00:00Z`));
    const removals = forecastRemovals(sets, { keepLast: 3 }, 'UTC', nights(4));
    expect([...removals].map(([id, at]) => [id, at.toISOString().slice(0, 10)])).toEqual([
      ['s1', '2026-01-04'],
      ['s2', '2026-01-05'],
      ['s3', '2026-01-06'],
    ]);
  });

  it('gives no date to what stays: a pinned set, and the newest copy of a type that is not captured any more', () => {
    const sets = [
      set(1, '2026-01-01T02:00:00Z', { completeTypes: ['a', 'gone'] }),
      set(2, '2026-01-02T02:00:00Z', { pinned: true }),
      set(3, '2026-01-03T02:00:00Z'),
    ];
    const removals = forecastRemovals(sets, { keepLast: 1 }, 'UTC', nights(4));
    expect([...removals.keys()]).toEqual(['s3']);
  });

  it('keeps for as long as the rules of days and months do', () => {
    const sets = [set(1, '2026-01-01T02:00:00Z')];
    const removals = forecastRemovals(sets, { keepLast: 1, daily: 7 }, 'UTC', nights(2));
    expect(removals.get('s1')!.toISOString().slice(0, 10)).toBe('2026-01-08');
    expect(
      forecastRemovals(sets, { keepLast: 1, monthly: 12 }, 'UTC', nights(2)).get('s1')!.toISOString(),
    ).toMatch(/^2026-01-02/);
  });
});
