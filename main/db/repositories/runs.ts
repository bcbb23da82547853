import { AppError } from '../../../shared/errors.ts';
import type { RunSpec } from '../../../shared/model/run-spec.ts';
import type { RunState, RunTrigger } from '../../../shared/model/run-states.ts';
import type { Sql } from '../database.ts';
import {
  type RunFilter,
  runFilterCondition,
  runFilterTables,
  runFilterValues,
  runTime,
  type TenantScope,
} from './run-filter.ts';
import { throwIfRefused } from './refusals.ts';

/** Runs as people see and ask for them; row-level security decides on top of every tenant named here. */

/** Types by outcome and objects by fate, as the run stored them when it ended (RunCounts). */
export interface StoredRunCounts {
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
  newBytes: number;
}

export interface Run {
  runId: string;
  tenantId: string;
  tenantName: string;
  scheduleId: string;
  scheduleName: string;
  trigger: RunTrigger;
  requestedBy: string;
  retryOf: string | null;
  carriesFrom: string | null;
  state: RunState;
  reason: string | null;
  errorCode: string | null;
  slotAt: Date | null;
  blockedBy: string | null;
  /** Set on a row that stands for several missed slots, from `slotAt` to `missedUntil`. */
  missedCount: number | null;
  missedUntil: Date | null;
  spec: RunSpec;
  specVersion: number;
  attempt: number;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  cancelRequestedAt: Date | null;
  heartbeatAt: Date | null;
  /** Name of the host that held it last. */
  hostName: string | null;
  progress: { typesTotal: number; typesDone: number; current: unknown[] } | null;
  counts: StoredRunCounts | null;
  /** The set that the run sealed; retention may have removed it since. */
  backupSetId: string | null;
}

export interface Page<Row> {
  rows: Row[];
  /** Where the next page begins; null on the last one. */
  nextCursor: string | null;
}

const columns = `
  r.id as "runId", r.tenant_id as "tenantId", t.name as "tenantName", r.schedule_id as "scheduleId",
  s.name as "scheduleName", r.trigger, r.requested_by::text as "requestedBy", r.retry_of as "retryOf",
  r.carries_from as "carriesFrom", r.state,
  r.reason, r.error_code as "errorCode", r.slot_at as "slotAt", r.blocked_by as "blockedBy",
  r.missed_count as "missedCount", r.missed_until as "missedUntil", r.spec, r.spec_version as "specVersion",
  r.attempt, r.created_at as "createdAt", r.started_at as "startedAt", r.finished_at as "finishedAt",
  r.cancel_requested_at as "cancelRequestedAt", r.heartbeat_at as "heartbeatAt", h.name as "hostName",
  r.progress, r.counts, r.backup_set_id as "backupSetId"`;
const tables = `
  app.backup_runs r
  join app.tenants t on t.id = r.tenant_id
  join app.backup_schedules s on s.id = r.schedule_id
  left join app.host_instances h on h.id = r.lease_instance`;

/** Newest slot first. The cursor names the last row of the page before, so new runs do not shift pages. */
export async function listRuns(
  sql: Sql,
  scope: TenantScope,
  filter: RunFilter = {},
  page: { cursor: string | null; limit: number } = { cursor: null, limit: 100 },
): Promise<Page<Run>> {
  const position = page.cursor === null ? null : parseCursor(page.cursor);
  const rows = await sql.query<Run & { micros: string }>(
    `select ${columns}, (extract(epoch from ${runTime}) * 1000000)::bigint as micros
       from ${tables}
      where ${runFilterCondition}
        and ($10::bigint is null
             or (${runTime}, r.id) < (timestamptz 'epoch' + $10 * interval '1 microsecond', $11::uuid))
      order by ${runTime} desc, r.id desc
      limit $12`,
    [...runFilterValues(scope, filter), position?.micros ?? null, position?.id ?? null, page.limit + 1],
  );
  const last = rows.length > page.limit ? rows[page.limit - 1]! : null;
  return {
    rows: rows.slice(0, page.limit).map(({ micros: _, ...run }) => run),
    nextCursor: last === null ? null : `${last.micros}_${last.runId}`,
  };
}

/** These runs as they are now; those that the caller cannot see are not among them. */
export async function listRunsById(sql: Sql, runIds: readonly string[]): Promise<Run[]> {
  if (runIds.length === 0) return [];
  return await sql.query<Run>(`select ${columns} from ${tables} where r.id = any ($1::uuid[])`, [runIds]);
}

/** How many runs of a filter were created after an instant; more than a thousand are not counted. */
export async function countNewRuns(
  sql: Sql,
  scope: TenantScope,
  filter: RunFilter,
  createdAfter: Date,
): Promise<number> {
  const [row] = await sql.query<{ runs: number }>(
    `select count(*)::int as runs from (
       select 1 from ${runFilterTables} where ${runFilterCondition} and r.created_at > $10 limit 1000) n`,
    [...runFilterValues(scope, filter), createdAfter.toISOString()],
  );
  return row!.runs;
}

function parseCursor(cursor: string): { micros: string; id: string } {
  const match = /^(\d{1,18})_([0-9a-f-]{36})$/.exec(cursor);
  if (match === null) throw new AppError('cursor_invalid', 'This page of the list does not exist.');
  return { micros: match[1]!, id: match[2]! };
}

/** One run; null when the caller cannot see it. */
export async function getRun(sql: Sql, scope: TenantScope, runId: string): Promise<Run | null> {
  const [row] = await sql.query<Run>(
    `select ${columns} from ${tables} where r.id = $1 and ($2::uuid is null or r.tenant_id = $2)`,
    [runId, 'tenantId' in scope ? scope.tenantId : null],
  );
  return row ?? null;
}

export interface RunAttempt {
  attempt: number;
  instanceId: string;
  hostName: string | null;
  startedAt: Date;
  endedAt: Date | null;
  /** How the attempt ended: the run's final state, or `interrupted` before a second attempt. */
  outcome: string | null;
  /** Policy types that it took over, from the attempt before or from the run that it retries. */
  keptTypes: number;
}

/** The attempts of a run, first one first. */
export async function listRunAttempts(sql: Sql, tenantId: string, runId: string): Promise<RunAttempt[]> {
  return await sql.query<RunAttempt>(
    `select a.attempt, a.instance_id as "instanceId", h.name as "hostName", a.started_at as "startedAt",
            a.ended_at as "endedAt", a.outcome,
            coalesce((select sum((e.detail ->> 'types')::int) from app.run_events e
                       where e.run_id = a.run_id and e.attempt = a.attempt and e.code in ('types_reused', 'types_carried')),
                     0)::int as "keptTypes"
       from app.run_attempts a
       left join app.host_instances h on h.id = a.instance_id
      where a.tenant_id = $1 and a.run_id = $2
      order by a.attempt`,
    [tenantId, runId],
  );
}

export interface RunEvent {
  at: Date;
  attempt: number;
  level: 'info' | 'warning' | 'error';
  code: string;
  typeKey: string | null;
  message: string;
  detail: Record<string, string | number | boolean | null> | null;
}

/** The progress log of a run, oldest first. */
export async function listRunEvents(
  sql: Sql,
  tenantId: string,
  runId: string,
  page: { cursor: string | null; limit: number } = { cursor: null, limit: 500 },
  levels: readonly RunEvent['level'][] = [],
): Promise<Page<RunEvent>> {
  if (page.cursor !== null && !/^\d{1,18}$/.test(page.cursor)) {
    throw new AppError('cursor_invalid', 'This page of the list does not exist.');
  }
  const rows = await sql.query<RunEvent & { id: string }>(
    `select e.id, e.at, e.attempt, e.level, e.code, e.type_key as "typeKey", e.message, e.detail
       from app.run_events e
      where e.tenant_id = $1 and e.run_id = $2 and e.id > $3
        and (cardinality($5::text[]) = 0 or e.level = any ($5))
      order by e.id
      limit $4`,
    [tenantId, runId, page.cursor ?? '0', page.limit + 1, levels],
  );
  const last = rows.length > page.limit ? rows[page.limit - 1]! : null;
  return {
    rows: rows.slice(0, page.limit).map(({ id: _, ...event }) => event),
    nextCursor: last === null ? null : last.id,
  };
}

/** The newest events of a run, newest first: what goes on now. */
export async function listNewestEvents(
  sql: Sql,
  tenantId: string,
  runId: string,
  limit = 100,
): Promise<RunEvent[]> {
  return await sql.query<RunEvent>(
    `select e.at, e.attempt, e.level, e.code, e.type_key as "typeKey", e.message, e.detail
       from app.run_events e where e.tenant_id = $1 and e.run_id = $2 order by e.id desc limit $3`,
    [tenantId, runId, limit],
  );
}

/**
 * S7: a run now, or a retry of an ended run with the schedule's current content. `created` false: a run of
 * this schedule is active already, and this is it. Throws `AppError` (tenant_forbidden, run_not_retryable, …).
 */
export async function requestRun(
  sql: Sql,
  scheduleId: string,
  retryOf: string | null = null,
): Promise<{ runId: string; created: boolean }> {
  const [row] = await sql.query<{ run_id: string | null; created: boolean | null; refused: string | null }>(
    'select * from app.request_run($1, $2)',
    [scheduleId, retryOf],
  );
  throwIfRefused(row!.refused);
  return { runId: row!.run_id!, created: row!.created! };
}

/**
 * A new run that takes over the complete policy types of a partial one and reads the others. Throws `AppError`
 * (run_types_not_retryable, run_types_too_old, run_types_superseded, …).
 */
export async function requestTypesRetry(
  sql: Sql,
  runId: string,
): Promise<{ runId: string; created: boolean }> {
  const [row] = await sql.query<{ run_id: string | null; created: boolean | null; refused: string | null }>(
    'select * from app.request_types_retry($1)',
    [runId],
  );
  throwIfRefused(row!.refused);
  return { runId: row!.run_id!, created: row!.created! };
}

/**
 * S8: a waiting run is cancelled at once, a running one at the next heartbeat of its host. The answer is the
 * state as it is now; for an ended run nothing changes.
 */
export async function cancelRun(
  sql: Sql,
  runId: string,
): Promise<{ state: RunState; cancelRequested: boolean }> {
  const [row] = await sql.query<{
    state: RunState | null;
    cancel_requested: boolean | null;
    refused: string | null;
  }>('select * from app.cancel_run($1)', [runId]);
  throwIfRefused(row!.refused);
  return { state: row!.state!, cancelRequested: row!.cancel_requested! };
}
