import type { z } from 'zod';
import type { contract } from '../../shared/contract/index.ts';
import { typeReasons, type TypeReason } from '../../shared/model/reasons.ts';
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
    const byRun = new Map(ofType.map((outcome) => [outcome.runId, outcome]));
    return {
      typeKey,
      displayName: findPolicyType(typeKey)?.displayName ?? typeKey,
      outcomes: runs.map((run) => cellOf(byRun.get(run.runId))),
    };
  });
  return {
    runs: runs.map((run) => ({ id: run.runId, state: run.state, at: run.at.toISOString() })),
    types: types.sort((a, b) => rankOf(a) - rankOf(b) || a.displayName.localeCompare(b.displayName)),
  };
}

type Cell = Matrix['types'][number]['outcomes'][number];

function cellOf(outcome: OutcomeOfRun | undefined): Cell {
  if (outcome === undefined) return null;
  const reason = outcome.reason === null ? undefined : typeReasons[outcome.reason as TypeReason];
  return { outcome: outcome.outcome, sentence: reason?.sentence ?? null };
}

function rankOf(type: Matrix['types'][number]): number {
  if (isTroubled(type.outcomes.at(-1))) return 0;
  return type.outcomes.some(isTroubled) ? 1 : 2;
}

function isTroubled(cell: Cell | undefined): boolean {
  return cell?.outcome === 'incomplete' || cell?.outcome === 'unknown_type';
}
