import { describe, expect, it } from 'vitest';
import { outcomeMatrix } from '../../main/api/outcome-matrix.ts';
import type { OutcomeOfRun } from '../../main/db/repositories/run-outcomes.ts';

const days = ['first', 'second', 'third'];

function cell(runId: string, typeKey: string, outcome: OutcomeOfRun['outcome'] = 'complete'): OutcomeOfRun {
  const at = new Date(Date.UTC(2026, 10, 24 + days.indexOf(runId), 2, 10));
  return { runId, typeKey, outcome, state: 'partial', at };
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
    expect(types[0]!.outcomes).toEqual([null, 'incomplete']);
  });

  it.each([
    [
      'the first run of an unbroken row',
      ['complete', 'incomplete', 'incomplete'],
      '2026-11-25T02:10:00.000Z',
    ],
    ['the newest run alone', ['incomplete', 'complete', 'unknown_type'], '2026-11-26T02:10:00.000Z'],
    ['the oldest known run', ['incomplete', 'incomplete', 'incomplete'], '2026-11-24T02:10:00.000Z'],
    ['nothing once it is mended', ['incomplete', 'incomplete', 'complete'], null],
  ] as const)('says since when a type fails: %s', (_what, outcomes, since) => {
    const { types } = outcomeMatrix(outcomes.map((outcome, run) => cell(days[run]!, 'type', outcome)));
    expect(types[0]!.troubledSince).toBe(since);
  });

  it('does not end a trouble at a run that did not ask for the type', () => {
    const { types } = outcomeMatrix([
      cell('first', 'type', 'incomplete'),
      cell('second', 'another'),
      cell('third', 'type', 'incomplete'),
    ]);
    expect(types.find((type) => type.typeKey === 'type')!.troubledSince).toBe('2026-11-24T02:10:00.000Z');
  });

  it('is empty for a schedule that never read anything', () => {
    expect(outcomeMatrix([])).toEqual({ runs: [], types: [] });
  });
});
