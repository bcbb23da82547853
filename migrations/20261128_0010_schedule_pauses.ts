import { Migration } from '@mikro-orm/migrations';
import { forceRowLevelSecurity } from './row-level-security.ts';

/**
 * Pauses that end by themselves, and saved views.
 *
 * A pause may name the instant at which it ends. Hosts resume such schedules at their next tick, by a function of
 * their own: they still may not change anything else of a schedule. The next slot is the first one after the
 * promised end, not after the tick, so that slots which no host could start meanwhile are recorded as missed.
 */
const definer = `volatile security definer set search_path = pg_catalog, pg_temp`;
const settledColumns = `("slotAt" timestamptz, verdict text, reason text, "missedCount" int, "missedUntil" timestamptz)`;

const pauses = `
alter table app.backup_schedules
  add column resume_at timestamptz,
  add constraint backup_schedules_resume_at check (resume_at is null or not enabled);
comment on column app.backup_schedules.resume_at is 'When the pause ends by itself; null: when somebody resumes the schedule.';
create index backup_schedules_resume on app.backup_schedules (resume_at) where resume_at is not null;

create or replace function app.schedule_audit_view(s app.backup_schedules) returns jsonb language sql immutable as $$
  select jsonb_strip_nulls(jsonb_build_object('name', s.name, 'cadence', s.cadence, 'timeZone', s.time_zone, 'spec', s.spec,
                                              'enabled', s.enabled, 'pauseReason', s.pause_reason, 'resumeAt', s.resume_at))
$$;

drop function app.edit_schedule(uuid, int, timestamptz, jsonb, text, jsonb, text, jsonb, boolean, text, timestamptz, text);
create function app.edit_schedule(p_schedule uuid, p_expected_version int, p_seen_slot timestamptz, p_settled jsonb,
  p_name text, p_cadence jsonb, p_time_zone text, p_spec jsonb, p_enabled boolean, p_pause_reason text,
  p_resume_at timestamptz, p_next_slot timestamptz, p_computed_with text, out spec_version int, out refused text)
language plpgsql ${definer} as $$
declare
  s app.backup_schedules;
  changed app.backup_schedules;
  action text;
begin
  select * into s from app.backup_schedules b where b.id = p_schedule for no key update;
  action := case when s.enabled and not p_enabled then 'schedule.paused'
                 when p_enabled and not s.enabled then 'schedule.resumed'
                 else 'schedule.edited' end;
  refused := app.refuse_schedule_change(s, action, p_expected_version, p_seen_slot, p_settled);
  if refused is null and p_enabled then
    if p_next_slot <= app.db_now() - interval '1 minute' then
      refused := 'schedule_due';
    elsif not s.enabled and exists (select 1 from app.tenants t where t.id = s.tenant_id and t.state <> 'connected') then
      refused := 'tenant_disconnected';
    end if;
  end if;
  if refused is null and not p_enabled and p_resume_at <= app.db_now() and p_resume_at is distinct from s.resume_at then
    refused := 'pause_end_past';
  end if;
  if refused is null and exists (select 1 from app.backup_schedules b
                                  where b.tenant_id = s.tenant_id and lower(b.name) = lower(p_name)
                                    and b.deleted_at is null and b.id <> s.id) then
    refused := 'schedule_name_taken';
  end if;
  if refused is not null then
    return;
  end if;
  if exists (select 1 from jsonb_to_recordset(p_settled) as t${settledColumns} where coalesce(t."missedUntil", t."slotAt") >= p_next_slot) then
    raise exception 'The next slot must lie after the settled ones.' using errcode = 'TK001';
  end if;
  perform app.insert_settled_slots(s, p_settled);
  update app.backup_schedules b
     set name = p_name, cadence = p_cadence, time_zone = p_time_zone, spec = p_spec, spec_version = b.spec_version + 1,
         enabled = p_enabled, pause_reason = case when p_enabled then null else p_pause_reason end,
         resume_at = case when p_enabled then null else p_resume_at end,
         next_slot_at = case when p_enabled then p_next_slot end, computed_with = p_computed_with,
         dispatch_error = null, changed_at = app.db_now()
   where b.id = s.id
  returning * into changed;
  if not p_enabled then
    perform app.cancel_queued_run(s, false);
  end if;
  perform app.audit_append(s.tenant_id, action, 'schedule', s.id::text,
    before => app.schedule_audit_view(s), after => app.schedule_audit_view(changed));
  spec_version := changed.spec_version;
end $$;

-- For hosts: ends a pause whose end has come. False when another host was quicker, or somebody changed it meanwhile.
create function app.end_pause(p_schedule uuid, p_expected_version int, p_next_slot timestamptz, p_computed_with text)
returns boolean language plpgsql ${definer} as $$
declare
  s app.backup_schedules;
  changed app.backup_schedules;
begin
  if not app.is_host() then
    raise exception 'Only an approved host ends pauses.' using errcode = '42501';
  end if;
  select * into s from app.backup_schedules b where b.id = p_schedule for no key update;
  if s.id is null or s.enabled or s.deleted_at is not null or s.spec_version <> p_expected_version
     or s.resume_at is null or s.resume_at > app.db_now()
     or exists (select 1 from app.tenants t where t.id = s.tenant_id and t.state <> 'connected') then
    return false;
  end if;
  if p_next_slot < s.resume_at then
    raise exception 'The next slot must not lie in the pause.' using errcode = 'TK001';
  end if;
  update app.backup_schedules b
     set enabled = true, pause_reason = null, resume_at = null, next_slot_at = p_next_slot, computed_with = p_computed_with,
         dispatch_error = null, spec_version = b.spec_version + 1, changed_at = app.db_now()
   where b.id = s.id
  returning * into changed;
  perform app.audit_append(s.tenant_id, 'schedule.resumed', 'schedule', s.id::text, reason => 'pause_ended',
    before => app.schedule_audit_view(s), after => app.schedule_audit_view(changed));
  return true;
end $$;
`;

const savedViews = `
create table app.saved_views (
  id         uuid primary key default gen_random_uuid(),
  tenant_id  uuid references app.tenants (id),
  owner_id   uuid not null references app.technicians (id),
  page       text not null check (page ~ '^[a-z][a-z-]{0,29}$'),
  name       text not null check (name = btrim(name) and length(name) between 1 and 100),
  search     jsonb not null check (jsonb_typeof(search) = 'object' and octet_length(search::text) <= 8000),
  created_at timestamptz not null default app.db_now()
);
comment on table app.saved_views is 'Filters of a page under a name. Without a tenant they are their owner''s alone, otherwise of all members of the tenant.';
create unique index saved_views_mine on app.saved_views (owner_id, page, lower(name)) where tenant_id is null;
create unique index saved_views_shared on app.saved_views (tenant_id, page, lower(name)) where tenant_id is not null;

create function app.save_view(p_tenant uuid, p_page text, p_name text, p_search jsonb, out view_id uuid, out refused text)
language plpgsql ${definer} as $$
declare
  me uuid := app.current_technician_id();
begin
  if me is null then
    raise exception 'Only technicians have views.' using errcode = '42501';
  end if;
  if p_tenant is not null and not app.has_tenant_role(p_tenant, '{owner,manager,operator,auditor}') then
    refused := app.refuse_member(p_tenant, 'view.saved', 'tenant', p_tenant::text, 'tenant_not_found');
    return;
  end if;
  -- Enough for anybody, and an end to filling a table that all share.
  if (select count(*) from app.saved_views v where v.owner_id = me) >= 200 then
    refused := 'too_many_views';
    return;
  end if;
  insert into app.saved_views (tenant_id, owner_id, page, name, search) values (p_tenant, me, p_page, p_name, p_search)
  on conflict do nothing returning id into view_id;
  if view_id is null then
    refused := 'view_name_taken';
    return;
  end if;
  perform app.audit_append(p_tenant, 'view.saved', 'view', view_id::text,
    after => jsonb_build_object('page', p_page, 'name', p_name, 'search', p_search));
end $$;

-- One's own view, or as owner or manager of the tenant a shared one.
create function app.remove_view(p_view uuid, out refused text) language plpgsql ${definer} as $$
declare
  v app.saved_views;
begin
  select * into v from app.saved_views s where s.id = p_view for update;
  if v.id is null or app.current_technician_id() is null
     or not (v.owner_id = app.current_technician_id() or v.tenant_id in (select app.permitted_tenants())) then
    refused := 'view_unknown';
    return;
  end if;
  if v.owner_id <> app.current_technician_id() and not app.has_tenant_role(v.tenant_id, '{owner,manager}') then
    refused := app.refuse_member(v.tenant_id, 'view.removed', 'view', v.id::text, 'view_unknown');
    return;
  end if;
  delete from app.saved_views s where s.id = v.id;
  perform app.audit_append(v.tenant_id, 'view.removed', 'view', v.id::text,
    before => jsonb_build_object('page', v.page, 'name', v.name, 'search', v.search));
end $$;
`;

const access = `
create policy technician_reads on app.saved_views for select to tenantkeep_technician
  using ((tenant_id is null and owner_id = (select app.current_technician_id()))
         or tenant_id in (select app.permitted_tenants()));
grant select on app.saved_views to tenantkeep_technician;
grant execute on function
  app.edit_schedule(uuid, int, timestamptz, jsonb, text, jsonb, text, jsonb, boolean, text, timestamptz, timestamptz, text),
  app.save_view(uuid, text, text, jsonb), app.remove_view(uuid)
  to tenantkeep_technician;
grant execute on function app.end_pause(uuid, int, timestamptz, text) to tenantkeep_host;
`;

export class Migration20261128_0010_schedule_pauses extends Migration {
  override up(): void {
    for (const statement of [pauses, savedViews, ...forceRowLevelSecurity('saved_views'), access]) {
      this.addSql(statement);
    }
  }
}
