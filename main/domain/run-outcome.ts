import type { RunReason, TypeReason } from '../../shared/model/reasons.ts';
import type { TypeOutcome } from '../../shared/model/run-states.ts';

/** How one policy type of a run ended, as far as the run's own end depends on it. */
export interface TypeResult {
  outcome: TypeOutcome;
  reason: TypeReason | null;
}

/** Number of policy types by outcome. */
export type OutcomeTally = Record<TypeOutcome, number>;

export function tallyOutcomes(types: readonly TypeResult[]): OutcomeTally {
  const tally: OutcomeTally = {
    complete: 0,
    incomplete: 0,
    not_available: 0,
    unknown_type: 0,
    not_attempted: 0,
  };
  for (const { outcome } of types) tally[outcome] += 1;
  return tally;
}

export interface RunOutcome {
  state: 'succeeded' | 'partial' | 'failed';
  reason: RunReason | null;
}

/**
 * The final state of a run whose owner lived to its end: the one place where it is decided (architecture,
 * section 5). It is computed from the outcome of each type and from what stopped the run, never from the
 * absence of an exception.
 *
 * @param stoppedBy what ended the reading of the whole tenant before all types were read; null when nothing did.
 */
export function decideRunOutcome(types: readonly TypeResult[], stoppedBy: RunReason | null): RunOutcome {
  const tally = tallyOutcomes(types);
  // Storage and bugs leave it open whether what was written is whole: nothing is sealed on top of them.
  if (stoppedBy === 'internal' || stoppedBy === 'storage_full') return { state: 'failed', reason: stoppedBy };
  const good = types.every(({ outcome }) => isGood(outcome));
  if (good && stoppedBy === null && types.length > 0) return { state: 'succeeded', reason: null };
  if (tally.complete > 0) return { state: 'partial', reason: stoppedBy };
  return { state: 'failed', reason: stoppedBy ?? commonReason(types) };
}

function isGood(outcome: TypeOutcome): boolean {
  switch (outcome) {
    case 'complete':
    case 'not_available':
      return true;
    case 'incomplete':
    case 'unknown_type':
    case 'not_attempted':
      return false;
    default:
      // A new outcome does not compile until somebody decides here whether it spoils a run.
      outcome satisfies never;
      throw new Error('An unknown outcome of a policy type.');
  }
}

/** Throttling is a tenant's condition: where it stopped every type, it is the run's reason too. */
function commonReason(types: readonly TypeResult[]): RunReason {
  const incomplete = types.filter(({ outcome }) => outcome === 'incomplete');
  const throttled = incomplete.length > 0 && incomplete.every(({ reason }) => reason === 'throttled_out');
  return throttled ? 'throttled_out' : 'no_type_complete';
}
