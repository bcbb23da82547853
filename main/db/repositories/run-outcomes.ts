import type { RunState, TypeOutcome } from '../../../shared/model/run-states.ts';
import type { Sql } from '../database.ts';

/** One policy type of a run with everything that explains its outcome to a person. */
export interface RunOutcomeRow {
  typeKey: string;
  outcome: TypeOutcome;
  reason: string | null;
  missingPermission: string | null;
  expected: number | null;
  captured: number;
  requests: number;
  retries: number;
  waitedMs: number;
  requestId: string | null;
  httpStatus: number | null;
  failedItemCount: number;
  failedItems: { graphId: string; name: string; reason: string; message: string; requestId: string | null }[];
}

/** The outcomes of a run by policy type, for reading; the engine's checkpoints are in run-types.ts. */
export async function readRunOutcomes(sql: Sql, tenantId: string, runId: string): Promise<RunOutcomeRow[]> {
  const rows = await sql.query<
    Omit<RunOutcomeRow, 'failedItems'> & { failedItems: RunOutcomeRow['failedItems'] | null }
  >(
    `select policy_type as "typeKey", outcome, reason, missing_permission as "missingPermission", expected, captured,
            requests, retries, waited_ms as "waitedMs", request_id as "requestId", http_status as "httpStatus",
            failed as "failedItemCount", failed_items as "failedItems"
       from app.run_types
      where tenant_id = $1 and run_id = $2
      order by policy_type collate "C"`,
    [tenantId, runId],
  );
  return rows.map((row) => ({ ...row, failedItems: row.failedItems ?? [] }));
}

export interface OutcomeOfRun {
  runId: string;
  state: RunState;
  at: Date;
  typeKey: string;
  outcome: TypeOutcome;
  reason: string | null;
}

const matrixRuns = 30;

/** The outcome of every policy type in the last thirty runs of a schedule that read anything, oldest run first. */
export async function readOutcomeMatrix(
  sql: Sql,
  tenantId: string,
  scheduleId: string,
): Promise<OutcomeOfRun[]> {
  return await sql.query<OutcomeOfRun>(
    `with latest as (
       select r.id, r.state, r.created_at from app.backup_runs r
        where r.tenant_id = $1 and r.schedule_id = $2 and r.started_at is not null
        order by r.created_at desc, r.id desc
        limit ${matrixRuns})
     select l.id as "runId", l.state, l.created_at as at, t.policy_type as "typeKey", t.outcome, t.reason
       from latest l
       join app.run_types t on t.run_id = l.id and t.tenant_id = $1
      order by l.created_at, l.id, t.policy_type collate "C"`,
    [tenantId, scheduleId],
  );
}
