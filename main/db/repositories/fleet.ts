import type { RunState } from '../../../shared/model/run-states.ts';
import type { Sql } from '../database.ts';

/** What the Overview counts, each in one statement over rows that the login may see. */

export interface RunTally {
  states: Partial<Record<RunState, number>>;
  /** Slots behind missed rows; a summary row stands for many. */
  missedSlots: number;
}

/** Runs created in the last 24 hours by state. */
export async function tallyRuns(sql: Sql, tenantId: string | null): Promise<RunTally> {
  const rows = await sql.query<{ state: RunState; runs: number; slots: number }>(
    `select r.state, count(*)::int as runs, sum(coalesce(r.missed_count, 1))::int as slots
       from app.backup_runs r
      where r.created_at > (select app.db_now() - interval '24 hours') and ($1::uuid is null or r.tenant_id = $1)
      group by r.state`,
    [tenantId],
  );
  return {
    states: Object.fromEntries(rows.map((row) => [row.state, row.runs])),
    missedSlots: rows.find((row) => row.state === 'missed')?.slots ?? 0,
  };
}

/** States of the runs of a tenant on one UTC day, `2026-11-24`. */
export interface FleetDay {
  tenantId: string;
  day: string;
  states: RunState[];
}

/** The last 14 UTC days, today included, oldest first, and what happened on them by tenant. */
export async function readFleetDays(
  sql: Sql,
  tenantId: string | null,
): Promise<{ days: string[]; cells: FleetDay[] }> {
  const days = await sql.query<{ day: string }>(
    `select to_char(d, 'YYYY-MM-DD') as day
       from generate_series((app.db_now() at time zone 'UTC')::date - 13, (app.db_now() at time zone 'UTC')::date, '1 day') d
      order by d`,
  );
  const cells = await sql.query<FleetDay>(
    `select r.tenant_id as "tenantId", to_char(coalesce(r.slot_at, r.created_at) at time zone 'UTC', 'YYYY-MM-DD') as day,
            array_agg(distinct r.state) as states
       from app.backup_runs r
      where coalesce(r.slot_at, r.created_at) >= $1::timestamptz and ($2::uuid is null or r.tenant_id = $2)
      group by 1, 2`,
    [`${days[0]!.day}T00:00:00Z`, tenantId],
  );
  return { days: days.map((row) => row.day), cells };
}

/** A schedule whose newest ended run did not succeed. */
export interface TroubledSchedule {
  tenantId: string;
  tenantName: string;
  state: RunState;
  reason: string | null;
  newestRunId: string;
  /** Runs without success in a row, and when the first of them was created; at most thirty are looked at. */
  runs: number;
  since: Date;
  /** Policy types of the newest run that are not good, and the permissions that they lack. */
  troubledTypes: number;
  missingPermissions: string[];
}

/** Enabled schedules with trouble that a later good run has not mended. */
export async function listTroubledSchedules(sql: Sql, tenantId: string | null): Promise<TroubledSchedule[]> {
  return await sql.query<TroubledSchedule>(
    `select s.tenant_id as "tenantId", t.name as "tenantName", r.state, r.reason, r.id as "newestRunId",
            k.runs, k.since, coalesce(y.types, 0) as "troubledTypes", coalesce(y.permissions, '{}') as "missingPermissions"
       from app.backup_schedules s
       join app.tenants t on t.id = s.tenant_id
       join lateral (select b.id, b.state, b.reason from app.backup_runs b
                      where b.schedule_id = s.id and b.state not in ('queued', 'running', 'cancelled')
                      order by b.created_at desc limit 1) r on r.state <> 'succeeded'
      cross join lateral (
        select count(*)::int as runs, min(w.created_at) as since
          from (select l.created_at, count(*) filter (where l.state = 'succeeded') over (order by l.created_at desc, l.id) as good
                  from (select b.id, b.created_at, b.state from app.backup_runs b
                         where b.schedule_id = s.id and b.state not in ('queued', 'running', 'cancelled')
                         order by b.created_at desc limit 30) l) w
         where w.good = 0) k
       left join lateral (
         select count(*)::int as types,
                array_agg(distinct o.missing_permission) filter (where o.missing_permission is not null) as permissions
           from app.run_types o
          where o.run_id = r.id and o.outcome in ('incomplete', 'unknown_type', 'not_attempted')) y on r.state = 'partial'
      where s.deleted_at is null and s.enabled and ($1::uuid is null or s.tenant_id = $1)
      order by lower(t.name), s.id`,
    [tenantId],
  );
}

export interface HostOverview {
  hostId: string;
  name: string;
  login: string;
  kind: string;
  publicKey: string;
  approved: boolean;
  enrolledAt: Date;
  paused: boolean;
  pausedAt: Date | null;
  pausedUntil: Date | null;
  pausedBy: string | null;
  pauseReason: string | null;
  /** Of its newest instance; null when it never checked in. */
  state: 'running' | 'stopping' | 'stopped' | 'asleep' | null;
  online: boolean;
  tooOld: boolean;
  version: string | null;
  lastSeenAt: Date | null;
  lastTickAt: Date | null;
  clockOffsetMs: number | null;
  running: number;
}

/** Every enrolled host with its newest instance and the runs that it holds (of tenants that the login may see). */
export async function listHostOverviews(sql: Sql, offlineAfterSeconds: number): Promise<HostOverview[]> {
  return await sql.query<HostOverview>(
    `select h.id as "hostId", h.name, h.login::text as login, h.kind, h.public_key as "publicKey",
            h.approved_at is not null as approved, h.enrolled_at as "enrolledAt", i.state,
            h.paused_at is not null and coalesce(h.paused_until > (select app.db_now()), true) as paused,
            h.paused_at as "pausedAt", h.paused_until as "pausedUntil", h.paused_by::text as "pausedBy",
            h.pause_reason as "pauseReason",
            coalesce(i.state = 'running' and i.last_seen_at > app.db_now() - make_interval(secs => $1), false) as online,
            coalesce(i.engine_level < (select m.min_engine_level from app.schema_meta m), false) as "tooOld",
            i.app_version as version, i.last_seen_at as "lastSeenAt", i.last_tick_at as "lastTickAt",
            i.clock_offset_ms as "clockOffsetMs",
            (select count(*)::int from app.backup_runs r
              where r.state = 'running' and r.lease_instance = i.id) as running
       from app.hosts h
       left join lateral (select n.id, n.state, n.engine_level, n.app_version, n.last_seen_at, n.last_tick_at,
                                n.clock_offset_ms
                           from app.host_instances n where n.host_id = h.id
                           order by n.last_seen_at desc limit 1) i on true
      where h.removed_at is null
      order by lower(h.name), h.id`,
    [offlineAfterSeconds],
  );
}
