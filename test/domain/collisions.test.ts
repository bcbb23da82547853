import { describe, expect, it } from 'vitest';
import { findCollision, shortestGapAhead } from '../../main/domain/collisions.ts';
import { previewRetention, type RetentionSet } from '../../main/domain/retention.ts';
import type { Cadence } from '../../shared/model/cadence.ts';
import { instantFromIso, instantFromMs } from '../../shared/model/instant.ts';

const after = instantFromIso('2026-12-01T12:00:00Z');
const daily = (...times: `${number}${number}:${number}${number}`[]): Cadence => ({ kind: 'daily', times });

describe('collisions', () => {
  it('are schedules that share a minute, whatever their zone or kind', () => {
    const others = [
      { name: 'same wall time, other zone', cadence: daily('02:00'), timeZone: 'UTC' },
      { name: 'same instant, other zone', cadence: daily('01:00'), timeZone: 'UTC' },
      { name: 'hourly', cadence: { kind: 'hourly', everyHours: 1, minute: 0 } as const, timeZone: 'UTC' },
      { name: 'beside it', cadence: daily('02:01'), timeZone: 'Europe/Berlin' },
    ];
    const found = findCollision({ cadence: daily('02:00'), timeZone: 'Europe/Berlin' }, others, after);
    expect(found?.others.map((other) => other.name)).toEqual(['same instant, other zone', 'hourly']);
    expect(instantFromMs(found!.slotMs).toISOString()).toBe('2026-12-02T01:00:00.000Z');
    expect(findCollision({ cadence: daily('02:07'), timeZone: 'Europe/Berlin' }, others, after)).toBeNull();
  });

  it('know the shortest gap between slots', () => {
    expect(shortestGapAhead({ cadence: daily('02:00', '02:20'), timeZone: 'UTC' }, after)).toBe(20 * 60_000);
  });
});

describe('a preview of retention', () => {
  const day = 86_400_000;
  const sets = (count: number): RetentionSet[] =>
    Array.from({ length: count }, (_, index) => ({
      id: `set ${index + 1}`,
      sequence: index + 1,
      sealedAt: instantFromMs(after.getTime() - (count - index) * day),
      complete: true,
      pinned: false,
      completeTypes: ['a'],
    }));
  const runs = Array.from({ length: 60 }, (_, index) => instantFromMs(after.getTime() + index * day));

  it('says what the next run removes, and what goes first later', () => {
    const now = previewRetention(sets(10), { keepLast: 4 }, 'UTC', runs);
    expect(now.kept).toBe(3);
    expect(now.removedNext.map((set) => set.id)).toEqual([1, 2, 3, 4, 5, 6, 7].map((n) => `set ${n}`));
    const later = previewRetention(sets(10), { keepLast: 20 }, 'UTC', runs);
    expect(later).toMatchObject({ kept: 10, removedNext: [], nextToGo: { id: 'set 1' } });
  });

  it('never names a pinned set', () => {
    const [first, ...rest] = sets(3);
    const preview = previewRetention([{ ...first!, pinned: true }, ...rest], { keepLast: 3 }, 'UTC', runs);
    expect(preview.nextToGo?.id).toBe('set 2');
  });
});
