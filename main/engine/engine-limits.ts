/** Times and sizes of one host. Everything that must agree between hosts is in the statements instead. */
export interface EngineLimits {
  /** Runs that this host works on at the same time. */
  concurrentRuns: number;
  /** Schedules locked and settled in one transaction. */
  dispatchChunk: number;
  /** Seconds after its minute during which a slot may still be run. */
  graceSeconds: number;
  /** A tick that does not depend on the minute timer; also the pace of the reaper. */
  safetyTickMs: number;
  /** After a tick that failed: a database that is back must not wait for the next safety tick. */
  tickRetryMs: number;
  claimPollMs: number;
  /** Added at random to each claim poll, so that hosts do not ask in step. */
  claimJitterMs: number;
  /** How often a host looks for access checks that a person asked for. */
  accessCheckPollMs: number;
  /** How long one may take; its lease lasts two minutes. */
  accessCheckMs: number;
  beatMs: number;
  /** After a failed beat. */
  beatRetryMs: number;
  /** A beat that was sent at t lets the owner trust its lease until t + this; the lease itself lasts 30 s. */
  trustMs: number;
  checkInMs: number;
  /** How often both clocks are read to notice sleep; a machine that woke ticks at most this much later. */
  pulseMs: number;
  /** A step of either clock by more than this between two pulses means sleep or a clock jump. */
  jumpMs: number;
  stallMs: number;
  eventFlushMs: number;
  /** How long an aborted run may take to end by itself. */
  abortGraceMs: number;
  /** Days for which the progress log of a run is kept; the run itself stays. */
  keepRunEventsDays: number;
  /** Days for which a process start that no run names is kept. */
  keepHostInstancesDays: number;
}

export const defaultEngineLimits: EngineLimits = {
  concurrentRuns: 4,
  dispatchChunk: 1_000,
  graceSeconds: 120,
  safetyTickMs: 10_000,
  tickRetryMs: 2_000,
  claimPollMs: 2_000,
  claimJitterMs: 500,
  accessCheckPollMs: 2_000,
  accessCheckMs: 90_000,
  beatMs: 10_000,
  beatRetryMs: 1_000,
  trustMs: 25_000,
  checkInMs: 10_000,
  pulseMs: 2_000,
  jumpMs: 20_000,
  stallMs: 10 * 60_000,
  eventFlushMs: 2_000,
  abortGraceMs: 10_000,
  keepRunEventsDays: 90,
  keepHostInstancesDays: 90,
};
