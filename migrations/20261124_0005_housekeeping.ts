import { Migration } from '@mikro-orm/migrations';

/**
 * Records that only grow are pruned by age: the progress log of runs that ended long ago, and process starts of
 * hosts that no run names. Hosts have no right to delete; this function has, and holds the least ages whatever it
 * is asked for. Runs, attempts, sets and audit events stay.
 */
const functions = `
create function app.prune_old_records(event_age interval, instance_age interval, most int,
  out run_events bigint, out host_instances bigint)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  event_horizon timestamptz := app.db_now() - greatest(event_age, interval '30 days');
  instance_horizon timestamptz := app.db_now() - greatest(instance_age, interval '30 days');
begin
  if not app.is_host() then
    raise exception 'Only an approved host prunes old records.' using errcode = '42501';
  end if;
  run_events := 0;
  host_instances := 0;
  -- Another host is at it; once is enough.
  if not pg_try_advisory_xact_lock(hashtext('tenantkeep.housekeeping')) then
    return;
  end if;
  -- Ids grow with time, so the oldest are found without an index on the time, and an active run's log is young.
  with oldest as materialized (
    select e.id from app.run_events e order by e.id limit most
  ),
  gone as (
    delete from app.run_events e using oldest o
     where e.id = o.id and e.at < event_horizon
       and not exists (select 1 from app.backup_runs r where r.id = e.run_id and r.state in ('queued', 'running'))
    returning e.tenant_id
  ),
  counted as (
    select g.tenant_id, count(*) as events from gone g group by g.tenant_id order by g.tenant_id
  ),
  audited as (
    select app.audit_append_many(
             array_agg(c.tenant_id order by c.tenant_id), array_agg('run_events.pruned'::text), null, null, null, null, null,
             array_agg(jsonb_build_object('events', c.events, 'before', event_horizon) order by c.tenant_id))
      from counted c having count(*) > 0
  )
  select coalesce((select sum(c.events) from counted c), 0) + 0 * (select count(*) from audited) into run_events;
  with gone as (
    delete from app.host_instances i
     where i.last_seen_at < instance_horizon
       and not exists (select 1 from app.run_attempts a where a.instance_id = i.id)
    returning i.id
  )
  select count(*) into host_instances from gone;
  if host_instances > 0 then
    perform app.audit_append(null, 'host_instances.pruned', null, null, 'success', null, null,
                             jsonb_build_object('instances', host_instances, 'before', instance_horizon));
  end if;
end $$;
comment on function app.prune_old_records(interval, interval, int) is 'Looks at the oldest run events, at most so many, and at all process starts of hosts; answers how many it removed.';
`;

export class Migration20261124_0005_housekeeping extends Migration {
  override up(): void {
    for (const statement of [
      functions,
      `grant execute on function app.prune_old_records(interval, interval, int) to tenantkeep_host`,
    ]) {
      this.addSql(statement);
    }
  }
}
