/** The life of a run. The allowed transitions are in main/domain/run-state-machine.ts and, again, in the database. */
export const runStates = [
  'queued',
  'running',
  'succeeded',
  'partial',
  'failed',
  'cancelled',
  'skipped',
  'missed',
  'interrupted',
] as const;
export type RunState = (typeof runStates)[number];

/** True once nothing may change about the run any more. */
export function isTerminal(state: RunState): boolean {
  return state !== 'queued' && state !== 'running';
}

/** One sentence per state: the tooltip, the CLI explanation and the screen-reader description. */
export const runStateSentences: Readonly<Record<RunState, string>> = {
  queued: 'Waiting for a host to take it.',
  running: 'A host is reading Microsoft Graph now.',
  succeeded: 'Every policy type asked for is complete or not available in this tenant.',
  partial: 'A backup set exists; at least one policy type in it is incomplete or unknown.',
  failed: 'The run ended without a usable backup set.',
  cancelled: "Somebody, or the schedule's removal, ended it.",
  skipped: 'Due, and deliberately not started; the reason says why.',
  missed: 'Due, and nobody could start it in time. Not run later: there is no catch-up.',
  interrupted:
    'Its host vanished, slept or lost its lease, and no second attempt finished it. There is no backup set.',
};

export type RunTrigger = 'scheduled' | 'manual';

/** How one policy type ended inside a run. */
export const typeOutcomes = [
  'complete',
  'incomplete',
  'not_available',
  'unknown_type',
  'not_attempted',
] as const;
export type TypeOutcome = (typeof typeOutcomes)[number];
