import type { z } from 'zod';
import type { contract } from '../../shared/contract/index.ts';
import type { TypeOutcome } from '../../shared/model/run-states.ts';
import type { OutcomeOfRun } from '../db/repositories/run-outcomes.ts';
import { findPolicyType } from '../domain/policy-types/registry.ts';

type Matrix = z.input<(typeof contract)['runs.matrix']['output']>;

/**
 * Outcomes of several runs, oldest run first, as rows by policy type: the ones with trouble in the newest run
 * first, then those with trouble in any, then by name.
 */
export function outcomeMatrix(outcomes: readonly OutcomeOfRun[]): Matrix {
  const runs = [...Map.groupBy(outcomes, (outcome) => outcome.runId).values()].map((ofRun) => ofRun[0]!);
  const types = [...Map.groupBy(outcomes, (outcome) => outcome.typeKey)].map(([typeKey, ofType]) => {
    const byRun = new Map(ofType.map((outcome) => [outcome.runId, outcome.outcome]));
    const cells = runs.map((run) => byRun.get(run.runId) ?? null);
    const begin = beginOfTrouble(cells);
    return {
      typeKey,
      displayName: findPolicyType(typeKey)?.displayName ?? typeKey,
      outcomes: cells,
      troubledSince: begin === null ? null : runs[begin]!.at.toISOString(),
    };
  });
  return {
    runs: runs.map((run) => ({ id: run.runId, state: run.state, at: run.at.toISOString() })),
    types: types.sort((a, b) => rankOf(a) - rankOf(b) || a.displayName.localeCompare(b.displayName)),
  };
}

function rankOf(type: Matrix['types'][number]): number {
  if (type.troubledSince !== null) return 0;
  return type.outcomes.some(isTroubled) ? 1 : 2;
}

/** Position of the run with which the trouble of the newest run began; null when that has none. */
function beginOfTrouble(cells: readonly (TypeOutcome | null)[]): number | null {
  const newest = cells.findLastIndex((cell) => cell !== null);
  if (newest < 0 || !isTroubled(cells[newest]!)) return null;
  // A run that did not ask for the type neither mends it nor breaks it.
  const good = cells.findLastIndex((cell) => cell !== null && !isTroubled(cell));
  return cells.findIndex((cell, index) => index > good && cell !== null);
}

function isTroubled(cell: TypeOutcome | null): boolean {
  return cell === 'incomplete' || cell === 'unknown_type';
}
