import type { RunReason } from '../../../shared/model/reasons.ts';
import type { RunSpec } from '../../../shared/model/run-spec.ts';
import type { RunState, RunTrigger } from '../../../shared/model/run-states.ts';
import type { Sql } from '../database.ts';
import { adoptRuns as adoptRunsSql } from '../sql/adopt-runs.sql.ts';
import { beatRun as beatRunSql } from '../sql/beat-run.sql.ts';
import { claimRuns as claimRunsSql } from '../sql/claim-runs.sql.ts';
import { expireQueuedRuns as expireQueuedRunsSql } from '../sql/expire-queued-runs.sql.ts';
import { fenceRun as fenceRunSql } from '../sql/fence-run.sql.ts';
import { finishRun as finishRunSql } from '../sql/finish-run.sql.ts';
import { insertRunEvents as insertRunEventsSql } from '../sql/insert-run-events.sql.ts';
import { readRunFate as readRunFateSql } from '../sql/read-run-fate.sql.ts';
import { reapRuns as reapRunsSql } from '../sql/reap-runs.sql.ts';
import { releaseRun as releaseRunSql } from '../sql/release-run.sql.ts';

/**
 * Who owns a run and what the owner may do: the statements S2 to S6 and S10 as functions. They are for hosts,
 * which see the runs of all tenants; each writes for the runs that its own predicate names.
 */

/** A run as its new owner gets it. */
export interface ClaimedRun {
  runId: string;
  tenantId: string;
  scheduleId: string;
  trigger: RunTrigger;
  slotAt: Date | null;
  /** 1 or 2. */
  attempt: number;
  /** Fencing token; bigint as text. */
  token: string;
  spec: RunSpec;
  /** The run whose complete policy types this one takes over; null for nearly all. */
  carriesFrom: string | null;
}

/** A run that changed hands or ended without its owner. */
export interface MovedRun {
  runId: string;
  tenantId: string;
  scheduleId: string;
  attempt: number;
  state: RunState;
  reason: string | null;
  /** The instance that held it last; null when nobody ever did. */
  leaseInstance: string | null;
}

interface ClaimedRow {
  id: string;
  tenant_id: string;
  schedule_id: string;
  trigger: RunTrigger;
  slot_at: Date | null;
  attempt: number;
  lease_token: string;
  spec: RunSpec;
  carries_from: string | null;
}

interface MovedRow {
  id: string;
  tenant_id: string;
  schedule_id: string;
  attempt: number;
  state: RunState;
  reason: string | null;
  lease_instance: string | null;
}

const toClaimedRun = (row: ClaimedRow): ClaimedRun => ({
  runId: row.id,
  tenantId: row.tenant_id,
  scheduleId: row.schedule_id,
  trigger: row.trigger,
  slotAt: row.slot_at,
  attempt: row.attempt,
  token: row.lease_token,
  spec: row.spec,
  carriesFrom: row.carries_from,
});

const toMovedRun = (row: MovedRow): MovedRun => ({
  runId: row.id,
  tenantId: row.tenant_id,
  scheduleId: row.schedule_id,
  attempt: row.attempt,
  state: row.state,
  reason: row.reason,
  leaseInstance: row.lease_instance,
});

/** S2: takes up to `limit` queued runs of the tenants this instance can open, oldest first. */
export async function claimRuns(
  tx: Sql,
  claim: {
    instanceId: string;
    openableTenantIds: readonly string[];
    limit: number;
    engineLevel: number;
    /** Only this run may be taken; null for any. */
    onlyRunId: string | null;
  },
): Promise<ClaimedRun[]> {
  const rows = await tx.query<ClaimedRow>(claimRunsSql, [
    claim.instanceId,
    claim.openableTenantIds,
    claim.limit,
    claim.engineLevel,
    claim.onlyRunId,
  ]);
  return rows.map(toClaimedRun);
}

/** Runs that the instance owns in the database but does not know of: the answer to a claim was lost. */
export async function adoptRuns(
  sql: Sql,
  instanceId: string,
  knownRunIds: readonly string[],
): Promise<ClaimedRun[]> {
  return (await sql.query<ClaimedRow>(adoptRunsSql, [instanceId, knownRunIds])).map(toClaimedRun);
}

/** S3: renews the lease by 30 seconds. Null when the run is no longer this owner's. */
export async function beatRun(
  tx: Sql,
  beat: { runId: string; token: string; progress: object | null },
): Promise<{ cancelRequested: boolean } | null> {
  const [row] = await tx.query<{ cancel_requested: boolean }>(beatRunSql, [
    beat.runId,
    beat.token,
    beat.progress === null ? null : JSON.stringify(beat.progress),
  ]);
  return row === undefined ? null : { cancelRequested: row.cancel_requested };
}

/** S4: locks the run for this transaction; false when the lease no longer holds, then nothing may be written. */
export async function fenceRun(tx: Sql, runId: string, token: string): Promise<boolean> {
  return (await tx.query(fenceRunSql, [runId, token])).length === 1;
}

/** How a run ends, as S5 stores it. */
export interface RunEnding {
  state: Extract<RunState, 'succeeded' | 'partial' | 'failed' | 'cancelled'>;
  reason: RunReason | null;
  errorCode: string | null;
  counts: object | null;
  backupSetId: string | null;
  progress: object | null;
}

/** S5: ends the run inside a fenced transaction. False when the row is not this owner's; roll back then. */
export async function finishRun(tx: Sql, runId: string, token: string, ending: RunEnding): Promise<boolean> {
  const rows = await tx.query(finishRunSql, [
    runId,
    token,
    ending.state,
    ending.reason,
    ending.errorCode,
    ending.counts === null ? null : JSON.stringify(ending.counts),
    ending.backupSetId,
    ending.progress === null ? null : JSON.stringify(ending.progress),
  ]);
  return rows.length === 1;
}

/** State and token of a run, to learn whether a commit without an answer arrived. Null when there is no row. */
export async function readRunFate(
  sql: Sql,
  runId: string,
): Promise<{ state: RunState; token: string } | null> {
  const [row] = await sql.query<{ state: RunState; lease_token: string }>(readRunFateSql, [runId]);
  return row === undefined ? null : { state: row.state, token: row.lease_token };
}

/** Appends to the progress log of a run, in the order given. Only inside a fenced transaction. */
export async function insertRunEvents(
  tx: Sql,
  run: { runId: string; tenantId: string; attempt: number },
  events: readonly object[],
): Promise<void> {
  await tx.query(insertRunEventsSql, [run.runId, run.tenantId, run.attempt, JSON.stringify(events)]);
}

/** S6: takes runs away from owners that stopped answering or passed the deadline. */
export async function reapRuns(tx: Sql, engineLevel: number): Promise<MovedRun[]> {
  return (await tx.query<MovedRow>(reapRunsSql, [engineLevel])).map(toMovedRun);
}

/** S6b: ends queued runs that nobody took in time or whose schedule was paused or removed. */
export async function expireQueuedRuns(tx: Sql, engineLevel: number): Promise<MovedRun[]> {
  return (await tx.query<MovedRow>(expireQueuedRunsSql, [engineLevel])).map(toMovedRun);
}

/** S10: gives an owned run back. Null when it was no longer owned. */
export async function releaseRun(
  tx: Sql,
  runId: string,
  token: string,
  reason: 'host_shutdown' | 'host_sleep',
): Promise<MovedRun | null> {
  const [row] = await tx.query<MovedRow>(releaseRunSql, [runId, token, reason]);
  return row === undefined ? null : toMovedRun(row);
}
