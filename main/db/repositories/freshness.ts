import type { Cadence } from '../../../shared/model/cadence.ts';
import type { RunSpec } from '../../../shared/model/run-spec.ts';
import type { RunState, TypeOutcome } from '../../../shared/model/run-states.ts';
import type { Sql } from '../database.ts';

/** A schedule as far as it promises an age. */
export interface PromisingScheduleRow {
  tenantId: string;
  enabled: boolean;
  createdAt: Date;
  cadence: Cadence;
  timeZone: string;
  spec: RunSpec;
}

/** Schedules that the login may see, of one tenant or of all. */
export async function listPromisingSchedules(
  sql: Sql,
  tenantId: string | null,
): Promise<PromisingScheduleRow[]> {
  return await sql.query<PromisingScheduleRow>(
    `select s.tenant_id as "tenantId", s.enabled, s.created_at as "createdAt", s.cadence,
            s.time_zone as "timeZone", s.spec
       from app.backup_schedules s
      where s.deleted_at is null and ($1::uuid is null or s.tenant_id = $1)`,
    [tenantId],
  );
}

/** The last complete capture of a policy type in a tenant, and how the newest run that should have read it ended. */
export interface CaptureRow {
  /** Null while no backup set holds a complete copy. */
  lastCompleteAt: Date | null;
  /** Null where that run ended before it wrote anything about the type. */
  outcome: TypeOutcome | null;
  typeReason: string | null;
  /** Null while no run has ended. */
  runState: RunState | null;
  runReason: string | null;
}

/**
 * Captures of the given pairs of tenant and policy type, in their order. Nearly every type stands complete in the
 * newest set of a schedule, which the first step answers with one read a set; older sets are read for the others
 * alone. A type that the tenant does not have is not looked for.
 */
export async function readCaptures(
  sql: Sql,
  pairs: readonly { tenantId: string; typeKey: string }[],
): Promise<CaptureRow[]> {
  return await sql.query<CaptureRow>(
    `with pairs as materialized (
       select p.tenant_id, p.policy_type, p.position
         from unnest($1::uuid[], $2::text[]) with ordinality p(tenant_id, policy_type, position)),
     schedules as materialized (
       select s.id, s.tenant_id, s.enabled and s.deleted_at is null as promises
         from app.backup_schedules s where s.tenant_id in (select tenant_id from pairs)),
     captured as materialized (
       select t.tenant_id, t.policy_type, bool_and(t.outcome = 'complete') as settled,
              max(t.read_ended_at) filter (where t.outcome = 'complete') as at
         from schedules s
         cross join lateral (select b.run_id from app.backup_sets b
                              where b.schedule_id = s.id and b.tenant_id = s.tenant_id
                              order by b.sequence desc limit 1) n
         join app.run_types t on t.run_id = n.run_id and t.tenant_id = s.tenant_id
        group by 1, 2),
     ended as materialized (
       select r.* from schedules s
        cross join lateral (select b.id, b.tenant_id, b.state, coalesce(b.reason, b.error_code) as reason, b.created_at
                              from app.backup_runs b
                             where b.schedule_id = s.id and b.tenant_id = s.tenant_id
                               and b.state in ('succeeded', 'partial', 'failed', 'interrupted', 'missed')
                             order by b.created_at desc, b.id desc limit 1) r
        where s.promises),
     tried as materialized (
       select distinct on (t.tenant_id, t.policy_type) t.tenant_id, t.policy_type, t.outcome, t.reason, e.state
         from ended e join app.run_types t on t.run_id = e.id and t.tenant_id = e.tenant_id
        order by t.tenant_id, t.policy_type, e.created_at desc),
     newest as materialized (
       select distinct on (e.tenant_id) e.tenant_id, e.state, e.reason from ended e
        order by e.tenant_id, e.created_at desc),
     unsettled as materialized (
       select p.tenant_id, array_agg(p.policy_type) as policy_types from pairs p
         left join captured c on c.tenant_id = p.tenant_id and c.policy_type = p.policy_type
         left join tried t on t.tenant_id = p.tenant_id and t.policy_type = p.policy_type
        where c.settled is not true and t.outcome is distinct from 'not_available'
        group by p.tenant_id),
     older as materialized (
       select distinct on (b.tenant_id, k.policy_type) b.tenant_id, k.policy_type, k.read_ended_at as at
         from unsettled u
         join app.backup_sets b on b.tenant_id = u.tenant_id
         cross join lateral (
           select t.policy_type, t.read_ended_at from app.run_types t
            where t.run_id = b.run_id and t.tenant_id = b.tenant_id
              and t.policy_type = any (u.policy_types) and t.outcome = 'complete'
           offset 0) k -- by the key of each set; joined freely, every record of every run is read
        order by b.tenant_id, k.policy_type, b.sequence desc)
     select coalesce(o.at, c.at) as "lastCompleteAt", t.outcome, t.reason as "typeReason",
            coalesce(t.state, n.state) as "runState", n.reason as "runReason"
       from pairs p
       left join captured c on c.tenant_id = p.tenant_id and c.policy_type = p.policy_type
       left join tried t on t.tenant_id = p.tenant_id and t.policy_type = p.policy_type
       left join newest n on n.tenant_id = p.tenant_id
       left join older o on o.tenant_id = p.tenant_id and o.policy_type = p.policy_type
      order by p.position`,
    [pairs.map((pair) => pair.tenantId), pairs.map((pair) => pair.typeKey)],
  );
}
