import type { RunState } from '../../shared/model/run-states.ts';

/**
 * The life of a run, in one table. The database holds the same table (`app.run_transitions`) and its trigger
 * refuses everything else; test/engine/run-state-machine.test.ts asserts that both agree for every pair.
 */

export interface RunTransition {
  from: RunState;
  to: RunState;
  /** Only a host may do it: a technician's login is refused by the trigger, whatever function it calls. */
  hostOnly: boolean;
}

const transition = (from: RunState, to: RunState, hostOnly = true): RunTransition => ({ from, to, hostOnly });

export const runTransitions: readonly RunTransition[] = [
  transition('queued', 'running'),
  // A person cancels a waiting run, or pauses or removes its schedule.
  transition('queued', 'cancelled', false),
  transition('queued', 'missed'),
  transition('queued', 'interrupted'),
  transition('running', 'succeeded'),
  transition('running', 'partial'),
  transition('running', 'failed'),
  // Only after a cancel was asked for; the trigger checks that as well.
  transition('running', 'cancelled'),
  // The first attempt of a scheduled run lost its host: one more try.
  transition('running', 'queued'),
  transition('running', 'interrupted'),
];

/** True when a run may go from one state to another; staying in an active state is always allowed. */
export function mayTransition(from: RunState, to: RunState): boolean {
  return runTransitions.some((allowed) => allowed.from === from && allowed.to === to);
}
