import type { Sql } from '../database.ts';

/** One text per kind and tenant that is another one as soon as something of that kind has changed there. */
export interface ChangeMark {
  kind: 'tenants' | 'schedules' | 'runs' | 'backup-sets' | 'audit' | 'hosts';
  /** Null for what belongs to no tenant. */
  tenantId: string | null;
  mark: string;
}

/**
 * The marks of everything that the login may see, in one statement. Each tenant costs a few index look-ups, so
 * the size of the history does not matter; hosts are marked with their last tick, which makes them change every
 * minute while something dispatches.
 */
export async function readChangeMarks(sql: Sql): Promise<ChangeMark[]> {
  return await sql.query<ChangeMark>(
    `select 'tenants' as kind, t.id as "tenantId", concat_ws(' ', t.name, t.state, t.changed_at, t.tags,
              (select count(*) from app.tenant_memberships m where m.tenant_id = t.id),
              (select concat_ws(' ', a.id, a.state, a.token) from app.access_checks a
                where a.tenant_id = t.id order by a.requested_at desc limit 1)) as mark
       from app.tenants t
     union all
     select 'schedules', s.tenant_id, md5(string_agg(concat_ws(' ', s.id, s.spec_version, s.enabled, s.changed_at,
              s.next_slot_at, s.dispatch_error, s.deleted_at), ',' order by s.id))
       from app.backup_schedules s group by s.tenant_id
     union all
     select 'runs', t.id, concat_ws(' ', n.newest, a.active)
       from app.tenants t
       left join lateral (
         select concat_ws(' ', r.id, r.state) as newest from app.backup_runs r
          where r.tenant_id = t.id order by r.created_at desc, r.id desc limit 1) n on true
       left join lateral (
         select md5(string_agg(concat_ws(' ', r.id, r.state, r.attempt, r.cancel_requested_at, r.progress), ','
                order by r.id)) as active
           from app.backup_schedules s
           join app.backup_runs r on r.schedule_id = s.id and r.state in ('queued', 'running')
          where s.tenant_id = t.id) a on true
     union all
     select 'backup-sets', k.tenant_id, string_agg(k.mark, ' ' order by k.mark)
       from (select s.tenant_id,
                    concat_ws(' ', count(*), max(s.sequence), max(s.pinned_at), count(s.pinned_at)) as mark
               from app.backup_sets s group by s.tenant_id
              union all
             select i.tenant_id, concat_ws(' ', 'i', count(*), max(i.imported_at))
               from app.imported_sets i group by i.tenant_id) k group by k.tenant_id
     union all
     select 'audit', h.tenant_id, h.sequence::text from app.audit_heads h
     union all
     select 'hosts', null, md5(string_agg(concat_ws(' ', i.id, i.state, i.last_tick_at,
              i.last_seen_at > app.db_now() - interval '45 seconds'), ',' order by i.id))
       from app.host_instances i where i.last_seen_at > app.db_now() - interval '1 hour'`,
  );
}
