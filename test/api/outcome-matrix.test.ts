import { describe, expect, it } from 'vitest';
import { outcomeMatrix } from '../../main/api/outcome-matrix.ts';
import type { OutcomeOfRun } from '../../main/db/repositories/run-outcomes.ts';

function cell(runId: string, typeKey: string, outcome: OutcomeOfRun['outcome'] = 'complete'): OutcomeOfRun {
  const reason = outcome === 'incomplete' ? 'permission_missing' : null;
  return { runId, typeKey, outcome, reason, state: 'partial', at: new Date('2026-11-24T02:10:00Z') };
}

describe('the matrix of outcomes', () => {
  it('puts a type that fails now first, then one that failed before, and has a cell for every run', () => {
    const { runs, types } = outcomeMatrix([
      cell('first', 'a healthy'),
      cell('first', 'b recovered', 'incomplete'),
      cell('second', 'a healthy'),
      cell('second', 'b recovered'),
      cell('second', 'c new and failing', 'incomplete'),
    ]);
    expect(runs.map((run) => run.id)).toEqual(['first', 'second']);
    expect(types.map((type) => type.typeKey)).toEqual(['c new and failing', 'b recovered', 'a healthy']);
    expect(types[0]!.outcomes).toEqual([
      null,
      { outcome: 'incomplete', sentence: expect.stringContaining('permission') },
    ]);
  });

  it('is empty for a schedule that never read anything', () => {
    expect(outcomeMatrix([])).toEqual({ runs: [], types: [] });
  });
});
