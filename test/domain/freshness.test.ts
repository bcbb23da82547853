import { describe, expect, it } from 'vitest';
import {
  compareFreshness,
  judgeFreshness,
  promisesOf,
  type TypePromise,
} from '../../main/domain/freshness.ts';

const hour = 3_600_000;
const now = new Date('2026-11-24T12:00:00Z');
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * hour);

const promise: TypePromise = {
  tenantId: 'contoso',
  typeKey: 'namedLocations',
  allowedAgeMs: 48 * hour,
  since: hoursAgo(1000),
};

function judge(lastHoursAgo: number | null, change: Partial<TypePromise> & { notAvailable?: boolean } = {}) {
  const { notAvailable = false, ...promised } = change;
  const lastCompleteAt = lastHoursAgo === null ? null : hoursAgo(lastHoursAgo);
  return judgeFreshness({ ...promise, ...promised }, { lastCompleteAt, notAvailable }, now);
}

describe('freshness of a policy type', () => {
  it.each([
    [47.9, 'fresh'],
    [48, 'fresh'],
    [48.1, 'late'],
    [4800, 'late'],
  ] as const)('a complete copy %s h old against 48 h allowed is %s', (age, state) => {
    expect(judge(age)).toMatchObject({ state, ageMs: Math.round(age * hour) });
  });

  it('is awaited for its first allowed age, then named as never captured, and has no age', () => {
    expect(judge(null, { since: hoursAgo(47) })).toMatchObject({ state: 'awaited', ageMs: null });
    expect(judge(null, { since: hoursAgo(49) })).toMatchObject({ state: 'never_captured', ageMs: null });
  });

  it('is nobody’s trouble where the tenant does not have the feature', () => {
    expect(judge(null, { notAvailable: true }).state).toBe('not_available');
    expect(judge(4800, { notAvailable: true }).state).toBe('not_available');
  });

  it('is never negative when a host’s reading ended after the report began', () => {
    expect(judge(-1)).toMatchObject({ state: 'fresh', ageMs: 0 });
  });

  it('sorts the worst first: by state, then by how much of the allowed age is used', () => {
    const rows = [
      judge(1),
      judge(null, { notAvailable: true }),
      judge(100),
      judge(null, { since: hoursAgo(1) }),
      judge(30, { allowedAgeMs: 2 * hour }),
      judge(null),
      judge(40),
    ];
    expect(rows.sort(compareFreshness).map(({ state, ageMs }) => [state, ageMs && ageMs / hour])).toEqual([
      ['never_captured', null],
      ['late', 30],
      ['late', 100],
      ['awaited', null],
      ['fresh', 40],
      ['fresh', 1],
      ['not_available', null],
    ]);
  });
});

describe('what schedules promise', () => {
  const schedule = {
    tenantId: 'contoso',
    enabled: true,
    createdAt: hoursAgo(9),
    allowedAgeMs: 48 * hour,
    typeKeys: ['a', 'b'],
  };

  it('is each type of a tenant once, at the shortest age', () => {
    const hourly = { ...schedule, createdAt: hoursAgo(5), allowedAgeMs: 2 * hour, typeKeys: ['b'] };
    for (const schedules of [
      [schedule, hourly],
      [hourly, schedule],
    ]) {
      const promises = promisesOf(schedules).toSorted((x, y) => x.typeKey.localeCompare(y.typeKey));
      expect(
        promises.map(({ typeKey, allowedAgeMs, since }) => [typeKey, allowedAgeMs / hour, since]),
      ).toEqual([
        ['a', 48, hoursAgo(9)],
        ['b', 2, hoursAgo(5)],
      ]);
    }
  });

  it('is nothing while a schedule is paused, and never mixes tenants', () => {
    const paused = { ...schedule, enabled: false, allowedAgeMs: hour };
    const other = { ...schedule, tenantId: 'fabrikam', typeKeys: ['a'] };
    expect(promisesOf([paused])).toEqual([]);
    expect(promisesOf([schedule, other]).filter(({ typeKey }) => typeKey === 'a')).toHaveLength(2);
  });
});
