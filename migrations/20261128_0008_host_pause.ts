import { Migration } from '@mikro-orm/migrations';

/**
 * A host can be paused: it goes on with what it holds, and neither dispatches nor claims. The database decides, in
 * the statements that dispatch and claim, so that a host which did not hear of it takes nothing either.
 */
const columns = `
alter table app.hosts
  add column paused_at    timestamptz,
  add column paused_until timestamptz,
  add column paused_by    name,
  add column pause_reason text check (length(pause_reason) <= 500),
  add constraint hosts_paused check ((paused_at is null) = (paused_by is null) and (paused_until is null or paused_until > paused_at));
comment on column app.hosts.paused_until is 'Null while paused: until somebody resumes it.';
`;

const definer = `security definer set search_path = pg_catalog, pg_temp`;

const functions = `
create function app.is_pause_over(h app.hosts) returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  select h.paused_at is null or coalesce(h.paused_until <= app.db_now(), false)
$$;

create function app.is_paused_host() returns boolean language sql stable ${definer} as $$
  select exists (select 1 from app.hosts h where h.login = session_user and h.removed_at is null and not app.is_pause_over(h))
$$;
comment on function app.is_paused_host() is 'True when the caller is a host that is paused now.';

-- An administrator pauses any host. A host pauses itself for the person who sits at it and may operate a tenant; that
-- person's login is then what the host says it is, and the event's actor is the host.
create function app.pause_host(host_id uuid, minutes int, reason text, asked_by name default null, out refused text)
language plpgsql volatile ${definer} as $$
declare
  paused app.hosts;
  itself boolean := app.is_host() and exists (select 1 from app.hosts h where h.id = host_id and h.login = session_user);
begin
  if not (app.is_administrator() or itself) then
    refused := app.refuse(null, 'host.paused', 'host', host_id::text, 'administrator_needed');
    return;
  end if;
  if minutes is not null and minutes not between 1 and 44640 then
    refused := 'pause_invalid';
    return;
  end if;
  update app.hosts h
     set paused_at = app.db_now(), paused_until = app.db_now() + make_interval(mins => minutes),
         paused_by = case when itself then coalesce(asked_by, session_user) else session_user end,
         pause_reason = pause_host.reason
   where h.id = host_id and h.approved_at is not null and h.removed_at is null returning * into paused;
  if paused.id is null then
    refused := 'host_unknown';
    return;
  end if;
  perform app.audit_append(null, 'host.paused', 'host', host_id::text, 'success', reason, null,
    jsonb_build_object('name', paused.name, 'until', paused.paused_until, 'askedBy', paused.paused_by));
end $$;

create function app.resume_host(host_id uuid, asked_by name default null, out refused text)
language plpgsql volatile ${definer} as $$
declare
  before app.hosts;
  itself boolean := app.is_host() and exists (select 1 from app.hosts h where h.id = host_id and h.login = session_user);
begin
  if not (app.is_administrator() or itself) then
    refused := app.refuse(null, 'host.resumed', 'host', host_id::text, 'administrator_needed');
    return;
  end if;
  select h.* into before from app.hosts h where h.id = host_id and h.removed_at is null for no key update;
  if before.id is null then
    refused := 'host_unknown';
    return;
  end if;
  if before.paused_at is null then
    return;
  end if;
  update app.hosts h set paused_at = null, paused_until = null, paused_by = null, pause_reason = null where h.id = host_id;
  perform app.audit_append(null, 'host.resumed', 'host', host_id::text, 'success', null,
    jsonb_build_object('name', before.name, 'until', before.paused_until),
    jsonb_build_object('askedBy', case when itself then coalesce(asked_by, session_user) else session_user end));
end $$;

-- What would be missed without a host, of the tenants whose names the caller may see. only_key: nobody else's key
-- opens the credential; only_alive: no other host that is up and not paused has opened it.
create function app.host_reach(p_offline_after_seconds int, out host_id uuid, out tenants int, out only_key text[], out only_alive text[])
returns setof record language sql stable ${definer} as $$
  with visible as (
    select t.id, t.name from app.tenants t
     where t.state = 'connected' and (app.is_administrator() or t.id in (select app.permitted_tenants()))
  ),
  approved as (
    select h.id, h.public_key, app.is_pause_over(h) as works from app.hosts h
     where h.approved_at is not null and h.removed_at is null
       and (app.is_host() or app.current_technician_id() is not null)
  ),
  sealed as (
    select a.id as host_id, v.id as tenant_id, v.name
      from visible v join app.credentials c on c.tenant_id = v.id and c.replaced_at is null
      join approved a on a.public_key = any (c.recipients)
  ),
  opened as (
    select distinct a.id as host_id, v.id as tenant_id, v.name
      from approved a join app.host_instances i on i.host_id = a.id and i.state = 'running' and i.kind <> 'command'
       and i.last_seen_at > (select app.db_now()) - make_interval(secs => p_offline_after_seconds)
      join visible v on v.id = any (i.openable_tenants)
     where a.works
  )
  select a.id,
         (select count(*)::int from sealed s where s.host_id = a.id),
         array(select s.name from sealed s where s.host_id = a.id
                and not exists (select 1 from sealed o where o.tenant_id = s.tenant_id and o.host_id <> a.id) order by lower(s.name)),
         array(select s.name from opened s where s.host_id = a.id
                and not exists (select 1 from opened o where o.tenant_id = s.tenant_id and o.host_id <> a.id) order by lower(s.name))
    from approved a
$$;

-- As before, but for hosts that are paused: they open nothing for the time being.
create or replace function app.count_live_hosts(p_tenant uuid, p_offline_after_seconds int, out alive int, out can_open_tenant int)
language sql stable ${definer} as $$
  select count(*)::int,
         count(*) filter (where p_tenant = any (i.openable_tenants)
                            and p_tenant in (select app.permitted_tenants())
                            and app.is_pause_over(h))::int
    from app.host_instances i join app.hosts h on h.id = i.host_id
   where i.state = 'running' and i.kind <> 'command'
     and i.last_seen_at > (select app.db_now()) - make_interval(secs => p_offline_after_seconds);
$$;
`;

export class Migration20261128_0008_host_pause extends Migration {
  override up(): void {
    for (const statement of [
      columns,
      functions,
      `grant execute on function app.is_paused_host() to tenantkeep_host`,
      `grant execute on function app.pause_host(uuid, int, text, name), app.resume_host(uuid, name) to tenantkeep_host, tenantkeep_technician`,
      `grant execute on function app.host_reach(int) to tenantkeep_technician`,
    ]) {
      this.addSql(statement);
    }
  }
}
