/**
 * What a backup may do while its host owns the run. The scheduler side (claim, heartbeat, fence, finish) and
 * the backup side (sync, capture, retention) meet in this file only.
 */
import type { RunReason } from '../../shared/model/reasons.ts';
import type { RunTrigger } from '../../shared/model/run-states.ts';
import type { RunSpec } from '../../shared/model/run-spec.ts';
import type { Sql } from '../db/database.ts';
import type { ReadEvent } from './ports.ts';

export interface RunProgress {
  typesTotal: number;
  typesDone: number;
  /** Types being read now with items known and done. */
  current: readonly { typeKey: string; expected: number | null; captured: number }[];
}

export interface RunLease {
  readonly runId: string;
  readonly tenantId: string;
  readonly scheduleId: string;
  readonly trigger: RunTrigger;
  readonly slotAt: Date | null;
  /** 1 or 2. */
  readonly attempt: number;
  /** Fencing token as text (bigint in the database). */
  readonly token: string;
  readonly spec: RunSpec;
  /** A run whose complete policy types this one takes over instead of reading them; null for nearly all. */
  readonly carriesFrom: string | null;
  /** Aborted when the lease is lost or no longer trusted, a cancel was asked for, or the host stops. */
  readonly signal: AbortSignal;
  /**
   * Runs `work` in one transaction that first locks the run and proves that this lease still holds (S4).
   * Throws `LeaseLostError` and writes nothing when it does not. A broken connection or a lock time-out sends it
   * again, so `work` may run more than once and must be repeatable.
   */
  fenced<T>(work: (tx: Sql) => Promise<T>): Promise<T>;
  /** Shown to people; carried by the next heartbeat. */
  reportProgress(progress: RunProgress): void;
  /** Appended to `run_events` in fenced batches. */
  recordEvent(event: ReadEvent): void;
}

/** How the backup itself ended; the scheduler side turns it into the run's final state in one transaction (S5). */
export interface RunCompletion {
  state: 'succeeded' | 'partial' | 'failed';
  reason: RunReason | null;
  /** Correlation id of the log entry for `internal`; null otherwise. */
  errorCode: string | null;
  /** Stored on the run: types by outcome, items, added, changed, removed, new bytes. */
  counts: RunCounts;
  /** Seals the backup set inside the finishing transaction; absent when there is nothing to seal. */
  seal?: (tx: Sql) => Promise<{ backupSetId: string }>;
}

export interface RunCounts {
  types: {
    complete: number;
    incomplete: number;
    notAvailable: number;
    unknown: number;
    notAttempted: number;
  };
  items: number;
  added: number;
  changed: number;
  removed: number;
  /** Bytes of payloads and manifests that this run added to the database. */
  newBytes: number;
}

/** Carries out the backup of one claimed run. */
export interface RunExecutor {
  execute(lease: RunLease): Promise<RunCompletion>;
  /** Retention and sweep, in transactions of their own after a run that ended well. Errors are logged and audited, they never undo the set. */
  afterFinish(run: { runId: string; tenantId: string; scheduleId: string; spec: RunSpec }): Promise<void>;
}

/** The run belongs to somebody else by now, or to nobody: stop, write nothing. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}
