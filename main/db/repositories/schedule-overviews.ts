import type { RunState } from '../../../shared/model/run-states.ts';
import type { Sql } from '../database.ts';
import type { Schedule } from './schedules.ts';

/** A schedule with what its row on the screen needs besides. */
export interface ScheduleOverview extends Schedule {
  tenantName: string;
  /** Newest first, at most ten. */
  lastRuns: { id: string; state: RunState; at: string }[];
  activeRunId: string | null;
  /** Name of the host that holds the active run. */
  activeHost: string | null;
  /** Policy types of the newest run that counted them. */
  lastTypes: { complete: number; total: number } | null;
  /** The tenant is connected and has a credential. */
  tenantConnected: boolean;
  credentialExpiresAt: Date | null;
  /**
   * When the newest good set was sealed: a complete one, or a partial one that lacks no policy type which an
   * earlier set of the schedule has complete. A set that took over types from a run before is as old as the oldest
   * of them. Null while there is none.
   */
  lastGoodSetAt: Date | null;
}

/** Schedules that the login may see, of one tenant or of all, by tenant and name. */
export async function listScheduleOverviews(
  sql: Sql,
  filter: { tenantId: string | null; scheduleId: string | null },
): Promise<ScheduleOverview[]> {
  return await sql.query<ScheduleOverview>(
    `select s.id as "scheduleId", s.tenant_id as "tenantId", t.name as "tenantName", s.name, s.enabled,
            s.pause_reason as "pauseReason", s.resume_at as "resumeAt", s.cadence, s.time_zone as "timeZone", s.spec,
            s.spec_version as "version", s.next_slot_at as "nextSlotAt", s.dispatch_error as "dispatchError",
            s.created_at as "createdAt", s.changed_at as "changedAt",
            s.template_id as "templateId", s.template_version as "templateVersion",
            coalesce(l.runs, '[]') as "lastRuns", a.id as "activeRunId", i.name as "activeHost",
            n.types as "lastTypes", t.state = 'connected' and c.id is not null as "tenantConnected",
            c.expires_at as "credentialExpiresAt", g.sealed_at as "lastGoodSetAt"
       from app.backup_schedules s
       join app.tenants t on t.id = s.tenant_id
       left join lateral (
         select jsonb_agg(jsonb_build_object('id', r.id, 'state', r.state,
                  'at', to_char(r.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
                  order by r.created_at desc) as runs
           from (select b.id, b.state, b.created_at from app.backup_runs b
                  where b.tenant_id = s.tenant_id and b.schedule_id = s.id
                  order by b.created_at desc limit 10) r) l on true
       left join app.backup_runs a on a.schedule_id = s.id and a.state in ('queued', 'running')
       left join app.host_instances i on i.id = a.lease_instance and a.state = 'running'
       left join app.credentials c on c.tenant_id = s.tenant_id and c.replaced_at is null
       left join lateral (
         select jsonb_build_object('complete', (b.counts->'types'->>'complete')::int, 'total',
                  (select sum(value::int) from jsonb_each_text(b.counts->'types'))) as types
           from app.backup_runs b
          where b.schedule_id = s.id and b.tenant_id = s.tenant_id and b.counts is not null
          order by b.created_at desc, b.id desc limit 1) n on true
       left join lateral (
         select case when c.carries_from is null then b.sealed_at
                     else least(b.sealed_at, (select min(o.read_ended_at) from app.run_types o
                                               where o.tenant_id = b.tenant_id and o.run_id = b.run_id)) end as sealed_at
           from app.backup_sets b
           join app.backup_runs c on c.id = b.run_id
          where b.tenant_id = s.tenant_id and b.schedule_id = s.id
            and (b.complete or not exists (
              select 1 from app.backup_set_parts p
               where p.tenant_id = b.tenant_id and p.set_id = b.id and p.outcome in ('incomplete', 'not_attempted')
                 and exists (select 1 from app.backup_sets e
                              join app.backup_set_parts q on q.tenant_id = e.tenant_id and q.set_id = e.id
                             where e.tenant_id = b.tenant_id and e.schedule_id = b.schedule_id
                               and e.sequence < b.sequence
                               and q.policy_type = p.policy_type and q.outcome = 'complete')))
          order by b.sequence desc limit 1) g on true
      where s.deleted_at is null
        and ($1::uuid is null or s.tenant_id = $1)
        and ($2::uuid is null or s.id = $2)
      order by lower(t.name), lower(s.name), s.id`,
    [filter.tenantId, filter.scheduleId],
  );
}
