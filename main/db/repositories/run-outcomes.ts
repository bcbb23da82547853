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
  added: number | null;
  changed: number | null;
  removed: number | null;
  requests: number;
  retries: number;
  waitedMs: number;
  durationMs: number | null;
  readAt: Date | null;
  /** Taken over from another run. */
  carried: boolean;
  /** The newest complete copy in the sets of the schedule up to this run. */
  lastCompleteAt: Date | null;
  requestId: string | null;
  httpStatus: number | null;
  failedItemCount: number;
  failedItems: { graphId: string; name: string; reason: string; message: string; requestId: string | null }[];
}

/**
 * The outcomes of a run by policy type, for reading, or that of one type; the engine's checkpoints are in
 * run-types.ts.
 */
export async function readRunOutcomes(
  sql: Sql,
  tenantId: string,
  runId: string,
  typeKey: string | null = null,
): Promise<RunOutcomeRow[]> {
  const rows = await sql.query<
    Omit<RunOutcomeRow, 'failedItems'> & { failedItems: RunOutcomeRow['failedItems'] | null }
  >(
    `select t.policy_type as "typeKey", t.outcome, t.reason, t.missing_permission as "missingPermission", t.expected,
            t.captured, t.added, t.changed, t.removed, t.requests, t.retries, t.waited_ms as "waitedMs",
            (extract(epoch from t.read_ended_at - t.read_started_at) * 1000)::int as "durationMs",
            t.read_ended_at as "readAt", t.attempt = 0 as carried,
            case when t.outcome = 'complete' then t.read_ended_at else l.read_ended_at end as "lastCompleteAt",
            t.request_id as "requestId", t.http_status as "httpStatus",
            t.failed as "failedItemCount", t.failed_items as "failedItems"
       from app.run_types t
       join app.backup_runs r on r.id = t.run_id
       left join lateral (
         select p.read_ended_at from app.backup_sets s
           join app.run_types p on p.run_id = s.run_id and p.policy_type = t.policy_type and p.tenant_id = s.tenant_id
          where t.outcome <> 'complete' and s.tenant_id = t.tenant_id and s.schedule_id = r.schedule_id
            and s.sealed_at <= coalesce(r.finished_at, 'infinity') and p.outcome = 'complete'
          order by s.sequence desc limit 1) l on true
      where t.tenant_id = $1 and t.run_id = $2 and ($3::text is null or t.policy_type = $3)
      order by t.policy_type collate "C"`,
    [tenantId, runId, typeKey],
  );
  return rows.map((row) => ({ ...row, failedItems: row.failedItems ?? [] }));
}

export interface OutcomeOfRun {
  runId: string;
  state: RunState;
  at: Date;
  typeKey: string;
  outcome: TypeOutcome;
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
     select l.id as "runId", l.state, l.created_at as at, t.policy_type as "typeKey", t.outcome
       from latest l
       join app.run_types t on t.run_id = l.id and t.tenant_id = $1
      order by l.created_at, l.id, t.policy_type collate "C"`,
    [tenantId, scheduleId],
  );
}
