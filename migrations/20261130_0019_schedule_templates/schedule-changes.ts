/**
 * S9 as before, with a template: creating and editing can say that the content is that of a template's version. The
 * template is locked before the schedule, so that applying and removing a template never wait for each other.
 */
const definer = `volatile security definer set search_path = pg_catalog, pg_temp`;
const inner = `volatile set search_path = pg_catalog, pg_temp`;
const settledColumns = `("slotAt" timestamptz, verdict text, reason text, "missedCount" int, "missedUntil" timestamptz)`;

export const scheduleChanges = `
create or replace function app.schedule_audit_view(s app.backup_schedules) returns jsonb language sql immutable as $$
  select jsonb_strip_nulls(jsonb_build_object('name', s.name, 'cadence', s.cadence, 'timeZone', s.time_zone, 'spec', s.spec,
                                              'enabled', s.enabled, 'pauseReason', s.pause_reason, 'resumeAt', s.resume_at,
                                              'templateId', s.template_id, 'templateVersion', s.template_version))
$$;

-- Why a schedule may not say that it comes from this version of the template; null: it may, or it says nothing. Only
-- the cadence is left to the caller, because the template's spread moves it.
create function app.refuse_template_link(p_template uuid, p_version int, p_name text, p_time_zone text, p_spec jsonb)
returns text language plpgsql ${inner} as $$
declare
  t app.schedule_templates;
begin
  if p_template is null then
    return null;
  end if;
  select * into t from app.schedule_templates s where s.id = p_template for share;
  if not found then
    return 'schedule_template_not_found';
  end if;
  if t.version is distinct from p_version then
    return 'schedule_template_changed';
  end if;
  if (t.name, t.time_zone, t.spec) is distinct from (p_name, p_time_zone, p_spec) then
    raise exception 'A schedule that comes from a template has the template''s content.' using errcode = 'TK001';
  end if;
  return null;
end $$;

drop function app.create_schedule(uuid, text, jsonb, text, jsonb, timestamptz, text);
create function app.create_schedule(p_tenant uuid, p_name text, p_cadence jsonb, p_time_zone text, p_spec jsonb,
  p_next_slot timestamptz, p_computed_with text, p_template uuid default null, p_template_version int default null,
  out schedule_id uuid, out refused text)
language plpgsql ${definer} as $$
declare
  s app.backup_schedules;
begin
  if not app.has_tenant_role(p_tenant, '{owner,manager}') then
    refused := app.refuse_member(p_tenant, 'schedule.created', 'tenant', p_tenant::text, 'tenant_not_found');
    return;
  end if;
  refused := app.refuse_template_link(p_template, p_template_version, p_name, p_time_zone, p_spec);
  if refused is not null then
    return;
  end if;
  -- Waits for a disconnection under way, which pauses all schedules that it can see.
  perform 1 from app.tenants t where t.id = p_tenant and t.state = 'connected' for key share;
  if not found then
    refused := 'tenant_disconnected';
    return;
  end if;
  if p_next_slot <= app.db_now() - interval '1 minute' then
    refused := 'schedule_due';
    return;
  end if;
  if exists (select 1 from app.backup_schedules b
              where b.template_id = p_template and b.tenant_id = p_tenant and b.deleted_at is null) then
    refused := 'schedule_template_taken';
    return;
  end if;
  insert into app.backup_schedules (tenant_id, name, cadence, time_zone, spec, next_slot_at, computed_with, template_id, template_version)
  values (p_tenant, p_name, p_cadence, p_time_zone, p_spec, p_next_slot, p_computed_with, p_template,
          case when p_template is not null then p_template_version end)
  on conflict (tenant_id, lower(name)) where deleted_at is null do nothing
  returning * into s;
  if not found then
    refused := 'schedule_name_taken';
    return;
  end if;
  schedule_id := s.id;
  perform app.audit_append(p_tenant, 'schedule.created', 'schedule', s.id::text, after => app.schedule_audit_view(s));
end $$;

drop function app.edit_schedule(uuid, int, timestamptz, jsonb, text, jsonb, text, jsonb, boolean, text, timestamptz, timestamptz, text);
create function app.edit_schedule(p_schedule uuid, p_expected_version int, p_seen_slot timestamptz, p_settled jsonb,
  p_name text, p_cadence jsonb, p_time_zone text, p_spec jsonb, p_enabled boolean, p_pause_reason text,
  p_resume_at timestamptz, p_next_slot timestamptz, p_computed_with text, p_template uuid default null,
  p_template_version int default null, out spec_version int, out refused text)
language plpgsql ${definer} as $$
declare
  s app.backup_schedules;
  changed app.backup_schedules;
  action text;
  not_linkable text := app.refuse_template_link(p_template, p_template_version, p_name, p_time_zone, p_spec);
begin
  select * into s from app.backup_schedules b where b.id = p_schedule for no key update;
  action := case when s.enabled and not p_enabled then 'schedule.paused'
                 when p_enabled and not s.enabled then 'schedule.resumed'
                 else 'schedule.edited' end;
  refused := coalesce(app.refuse_schedule_change(s, action, p_expected_version, p_seen_slot, p_settled), not_linkable);
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
  if refused is null and (s.template_id <> p_template
                          or exists (select 1 from app.backup_schedules b
                                      where b.template_id = p_template and b.tenant_id = s.tenant_id
                                        and b.deleted_at is null and b.id <> s.id)) then
    refused := 'schedule_template_taken';
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
         template_id = coalesce(p_template, b.template_id),
         template_version = case when p_template is null then b.template_version else p_template_version end,
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

-- The schedule stays as it is and no longer follows its template. Its content, and so its version, is the same.
create function app.detach_schedule(p_schedule uuid, out refused text) language plpgsql ${definer} as $$
declare
  s app.backup_schedules;
begin
  select * into s from app.backup_schedules b where b.id = p_schedule for no key update;
  if s.id is null then
    refused := 'schedule_not_found';
  elsif not app.has_tenant_role(s.tenant_id, '{owner,manager}') then
    refused := app.refuse_member(s.tenant_id, 'schedule.detached', 'schedule', s.id::text, 'schedule_not_found');
  elsif s.deleted_at is not null then
    refused := 'schedule_not_found';
  elsif s.template_id is null then
    refused := 'schedule_not_templated';
  end if;
  if refused is not null then
    return;
  end if;
  update app.backup_schedules b set template_id = null, template_version = null, changed_at = app.db_now() where b.id = s.id;
  perform app.audit_append(s.tenant_id, 'schedule.detached', 'schedule', s.id::text,
    before => jsonb_build_object('templateId', s.template_id,
      'template', (select t.name from app.schedule_templates t where t.id = s.template_id)));
end $$;
`;
