import { describe, expect, it } from 'vitest';
import { eventChanges } from '../../renderer/features/audit/event-changes.ts';

describe('what an event changed', () => {
  it('names each value by its path, changed ones first', () => {
    const before = { name: 'Nightly', cadence: { kind: 'daily', times: ['02:00'] }, enabled: true };
    const after = {
      name: 'Nightly',
      cadence: { kind: 'daily', times: ['02:00', '14:00'] },
      pauseReason: 'x',
    };
    expect(eventChanges(before, after)).toEqual([
      { path: 'cadence.times', before: '02:00', after: '02:00, 14:00', changed: true },
      { path: 'enabled', before: 'true', after: null, changed: true },
      { path: 'pauseReason', before: null, after: 'x', changed: true },
      { path: 'name', before: 'Nightly', after: 'Nightly', changed: false },
      { path: 'cadence.kind', before: 'daily', after: 'daily', changed: false },
    ]);
  });

  it('takes what is not there, and values without a name', () => {
    expect(eventChanges(null, null)).toEqual([]);
    expect(eventChanges(null, 7)).toEqual([{ path: 'value', before: null, after: '7', changed: true }]);
    expect(eventChanges(null, { a: [{ b: 1 }], c: null }).map(({ path }) => path)).toEqual(['a.0.b', 'c']);
  });
});
