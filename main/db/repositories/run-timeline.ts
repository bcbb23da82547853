import type { Cadence } from '../../../shared/model/cadence.ts';
import type { RunState } from '../../../shared/model/run-states.ts';
import type { Sql } from '../database.ts';
import { runFilterCondition, runFilterTables, runFilterValues, runTime } from './run-filter.ts';
import type { RunFilter, TenantScope } from './run-filter.ts';

/** Runs of one row that start near each other. */
export interface TimelineBar {
  key: string;
  /** Place in time of its first run and of its last one; the last end. */
  startMs: number;
  lastStartMs: number;
  endMs: number;
  /** The worst of them. */
  state: RunState;
  count: number;
  /** The run, where it is one only. */
  runId: string | null;
}

export interface TimelineFilter extends RunFilter {
  from: Date;
  to: Date;
}

/** Which column of a run its row is named by. */
type RowKey = 'schedule' | 'host';

const keyOf: Readonly<Record<RowKey, string>> = {
  schedule: 'r.schedule_id::text',
  host: `coalesce(h.name, '')`,
};

/** Worst first, as on the fleet map; the database picks the least rank. */
export const statesWorstFirst: readonly RunState[] = [
  'failed',
  'interrupted',
  'missed',
  'partial',
  'skipped',
  'cancelled',
  'running',
  'queued',
  'succeeded',
];

/**
 * The bars of some rows, summed up where runs of a row start within `bucketMs`: a row never has more bars than its
 * width can show, however many runs there are.
 */
export async function readTimelineBars(
  sql: Sql,
  scope: TenantScope,
  filter: TimelineFilter,
  rows: { by: RowKey; keys: readonly string[] | null; bucketMs: number },
): Promise<TimelineBar[]> {
  const bars = await sql.query<
    Omit<TimelineBar, 'state' | 'startMs' | 'lastStartMs' | 'endMs'> & {
      startMs: string;
      lastStartMs: string;
      endMs: string;
      worst: number;
    }
  >(
    `select b.key, floor(min(b.place))::bigint as "startMs", floor(max(b.place))::bigint as "lastStartMs",
            ceil(max(b.ended))::bigint as "endMs", min(b.rank) as worst,
            sum(b.slots)::int as count, case when count(*) = 1 then min(b.id::text) end as "runId"
       from (
         select ${keyOf[rows.by]} as key, r.id,
                extract(epoch from ${runTime}) * 1000 as place,
                extract(epoch from case when r.started_at is not null then coalesce(r.finished_at, (select app.db_now()))
                                        when r.state = 'queued' then (select app.db_now())
                                        else coalesce(r.missed_until, ${runTime}) end) * 1000 as ended,
                coalesce(r.missed_count, 1) as slots, array_position($12::text[], r.state) as rank
           from ${runFilterTables}
          where ${runFilterCondition}
            and ($10::text[] is null or ${keyOf[rows.by]} = any ($10))
            ${rows.by === 'schedule' ? 'and ($10::text[] is null or r.schedule_id = any ($10::text[]::uuid[]))' : ''}) b
      group by b.key, floor(b.place / $11::float8)
      order by b.key, 2`,
    [...runFilterValues(scope, filter), rows.keys, rows.bucketMs, statesWorstFirst],
  );
  return bars.map(({ worst, startMs, lastStartMs, endMs, ...bar }) => ({
    ...bar,
    startMs: Number(startMs),
    lastStartMs: Number(lastStartMs),
    endMs: Number(endMs),
    state: statesWorstFirst[worst - 1]!,
  }));
}

/**
 * Schedules as rows of the timeline, by tenant and name, in pages; with `busyOnly` those alone that have a run in
 * the filter. A removed schedule is there while it has runs.
 */
export async function listTimelineSchedules(
  sql: Sql,
  scope: TenantScope,
  filter: TimelineFilter,
  page: { busyOnly: boolean; after: string | null; limit: number },
): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    `select s.id
       from app.backup_schedules s
       join app.tenants t on t.id = s.tenant_id
      where ($1::uuid is null or s.tenant_id = $1)
        and ($2::uuid is null or s.id = $2)
        and ((s.deleted_at is null and not $10)
             or exists (select 1 from ${runFilterTables} where r.schedule_id = s.id and ${runFilterCondition}))
        and ($11::uuid is null
             or (lower(t.name), lower(s.name), s.id) > (select lower(u.name), lower(a.name), a.id
                    from app.backup_schedules a join app.tenants u on u.id = a.tenant_id where a.id = $11))
      order by lower(t.name), lower(s.name), s.id
      limit $12`,
    [...runFilterValues(scope, filter), page.busyOnly, page.after, page.limit],
  );
  return rows.map((row) => row.id);
}

/** What a row of the timeline says of its schedule. */
export interface TimelineSchedule {
  scheduleId: string;
  tenantId: string;
  tenantName: string;
  name: string;
  enabled: boolean;
  cadence: Cadence;
  timeZone: string;
}

/** These schedules, removed ones too. */
export async function readTimelineSchedules(
  sql: Sql,
  scheduleIds: readonly string[],
): Promise<TimelineSchedule[]> {
  return await sql.query<TimelineSchedule>(
    `select s.id as "scheduleId", s.tenant_id as "tenantId", t.name as "tenantName", s.name, s.enabled, s.cadence,
            s.time_zone as "timeZone"
       from app.backup_schedules s join app.tenants t on t.id = s.tenant_id
      where s.id = any ($1::uuid[])
      order by lower(t.name), lower(s.name), s.id`,
    [scheduleIds],
  );
}

export interface SchedulePause {
  scheduleId: string;
  from: Date;
  to: Date | null;
  reason: string | null;
}

/** Pauses of these schedules that touch the period. */
export async function listSchedulePauses(
  sql: Sql,
  scheduleIds: readonly string[],
  period: { from: Date; to: Date },
): Promise<SchedulePause[]> {
  return await sql.query<SchedulePause>(
    `select p.schedule_id as "scheduleId", p.paused_at as "from", p.resumed_at as "to", p.reason
       from app.schedule_pauses p
      where p.schedule_id = any ($1::uuid[]) and p.paused_at < $3 and coalesce(p.resumed_at, 'infinity') > $2
      order by p.paused_at`,
    [scheduleIds, period.from.toISOString(), period.to.toISOString()],
  );
}
