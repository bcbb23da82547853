import { AppError } from '../../../shared/errors.ts';
import type { RunSpec } from '../../../shared/model/run-spec.ts';
import type { RunState, RunTrigger } from '../../../shared/model/run-states.ts';
import type { Sql } from '../database.ts';
import { throwIfRefused } from './refusals.ts';

/** Runs as people see and ask for them; row-level security decides on top of every tenant named here. */

/** One tenant, or, said aloud, every tenant that the login may see. */
export type TenantScope = { tenantId: string } | { allTenants: true };

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

export interface RunFilter {
  scheduleId?: string;
  /** Empty or absent: every state. */
  states?: readonly RunState[];
  /** Created at or after, and before. */
  from?: Date;
  to?: Date;
}

export interface Page<Row> {
  rows: Row[];
  /** Where the next page begins; null on the last one. */
  nextCursor: string | null;
}

const columns = `
  r.id as "runId", r.tenant_id as "tenantId", t.name as "tenantName", r.schedule_id as "scheduleId",
  s.name as "scheduleName", r.trigger, r.requested_by::text as "requestedBy", r.retry_of as "retryOf", r.state,
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

/** Newest first. The cursor names the last row of the page before, so new runs do not shift pages. */
export async function listRuns(
  sql: Sql,
  scope: TenantScope,
  filter: RunFilter = {},
  page: { cursor: string | null; limit: number } = { cursor: null, limit: 100 },
): Promise<Page<Run>> {
  const position = page.cursor === null ? null : parseCursor(page.cursor);
  const rows = await sql.query<Run & { micros: string }>(
    `select ${columns}, (extract(epoch from r.created_at) * 1000000)::bigint as micros
       from ${tables}
      where ($1::uuid is null or r.tenant_id = $1)
        and ($2::uuid is null or r.schedule_id = $2)
        and (cardinality($3::text[]) = 0 or r.state = any ($3))
        and ($4::timestamptz is null or r.created_at >= $4)
        and ($5::timestamptz is null or r.created_at < $5)
        and ($6::bigint is null
             or (r.created_at, r.id) < (timestamptz 'epoch' + $6 * interval '1 microsecond', $7::uuid))
      order by r.created_at desc, r.id desc
      limit $8`,
    [
      'tenantId' in scope ? scope.tenantId : null,
      filter.scheduleId ?? null,
      filter.states ?? [],
      filter.from?.toISOString() ?? null,
      filter.to?.toISOString() ?? null,
      position?.micros ?? null,
      position?.id ?? null,
      page.limit + 1,
    ],
  );
  const last = rows.length > page.limit ? rows[page.limit - 1]! : null;
  return {
    rows: rows.slice(0, page.limit).map(({ micros: _, ...run }) => run),
    nextCursor: last === null ? null : `${last.micros}_${last.runId}`,
  };
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
}

/** The attempts of a run, first one first. */
export async function listRunAttempts(sql: Sql, tenantId: string, runId: string): Promise<RunAttempt[]> {
  return await sql.query<RunAttempt>(
    `select a.attempt, a.instance_id as "instanceId", h.name as "hostName", a.started_at as "startedAt",
            a.ended_at as "endedAt", a.outcome
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
): Promise<Page<RunEvent>> {
  if (page.cursor !== null && !/^\d{1,18}$/.test(page.cursor)) {
    throw new AppError('cursor_invalid', 'This page of the list does not exist.');
  }
  const rows = await sql.query<RunEvent & { id: string }>(
    `select e.id, e.at, e.attempt, e.level, e.code, e.type_key as "typeKey", e.message, e.detail
       from app.run_events e
      where e.tenant_id = $1 and e.run_id = $2 and e.id > $3
      order by e.id
      limit $4`,
    [tenantId, runId, page.cursor ?? '0', page.limit + 1],
  );
  const last = rows.length > page.limit ? rows[page.limit - 1]! : null;
  return {
    rows: rows.slice(0, page.limit).map(({ id: _, ...event }) => event),
    nextCursor: last === null ? null : last.id,
  };
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
