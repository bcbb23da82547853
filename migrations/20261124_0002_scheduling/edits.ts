/**
 * S9: creating, editing, pausing and removing schedules. The caller computes slots (one function for preview,
 * dispatch and here); these functions hold the lock, settle what is overdue under the old content, so that an
 * edit after an outage cannot erase missed slots, and refuse whoever looked at an older row.
 */
const definer = `volatile security definer set search_path = pg_catalog, pg_temp`;
const inner = `volatile set search_path = pg_catalog, pg_temp`;
const settledColumns = `("slotAt" timestamptz, verdict text, reason text, "missedCount" int, "missedUntil" timestamptz)`;

const innerFunctions = `
-- Audits a refusal. Who has no role in the tenant at all is told that there is no such thing.
create function app.refuse_member(p_tenant uuid, p_action text, p_kind text, p_target text, p_not_found text)
returns text language plpgsql ${inner} as $$
begin
  perform app.refuse(p_tenant, p_action, p_kind, p_target, 'tenant_forbidden');
  return case when p_tenant in (select app.permitted_tenants()) then 'tenant_forbidden' else p_not_found end;
end $$;

create function app.schedule_audit_view(s app.backup_schedules) returns jsonb language sql immutable as $$
  select jsonb_strip_nulls(jsonb_build_object('name', s.name, 'cadence', s.cadence, 'timeZone', s.time_zone, 'spec', s.spec,
                                              'enabled', s.enabled, 'pauseReason', s.pause_reason))
$$;

-- Why the change of a locked schedule is refused; null: go on.
create function app.refuse_schedule_change(s app.backup_schedules, p_action text, p_expected_version int,
  p_seen_slot timestamptz, p_settled jsonb)
returns text language plpgsql ${inner} as $$
begin
  if s.id is null then
    return 'schedule_not_found';
  end if;
  if not app.has_tenant_role(s.tenant_id, '{owner,manager}') then
    return app.refuse_member(s.tenant_id, p_action, 'schedule', s.id::text, 'schedule_not_found');
  end if;
  if s.deleted_at is not null then
    return 'schedule_not_found';
  end if;
  if s.spec_version <> p_expected_version or s.next_slot_at is distinct from p_seen_slot then
    return 'schedule_changed';
  end if;
  if s.next_slot_at <= app.db_now() and coalesce(jsonb_array_length(p_settled), 0) = 0 then
    return 'schedule_due';
  end if;
  return null;
end $$;

-- Inserts what became of overdue slots, by the rules of S1b. The caller holds the schedule's lock.
create function app.insert_settled_slots(s app.backup_schedules, p_settled jsonb) returns void language plpgsql ${inner} as $$
declare
  audited int;
begin
  if exists (select 1
               from jsonb_to_recordset(p_settled) as t${settledColumns}
              where t."slotAt" is null or s.next_slot_at is null or t."slotAt" < s.next_slot_at
                 or coalesce(t."missedUntil", t."slotAt") > app.db_now()
                 or t.verdict not in ('run', 'missed')
                 or (t.verdict = 'missed') <> (t.reason is not null)
                 or t.reason not in ('late', 'superseded')) then
    raise exception 'The settled slots do not fit the schedule.' using errcode = 'TK001';
  end if;
  with ins as (
    insert into app.backup_runs (tenant_id, schedule_id, trigger, slot_at, state, reason, missed_count, missed_until,
                                 blocked_by, spec, spec_version, start_deadline_at, finished_at)
    select s.tenant_id, s.id, 'scheduled', t."slotAt",
           case when t.verdict = 'missed' then 'missed' when b.id is null then 'queued' else 'skipped' end,
           case when t.verdict = 'missed' then t.reason when b.id is not null then 'overlap' end,
           t."missedCount", t."missedUntil", b.id, s.spec, s.spec_version,
           case when t.verdict = 'run' and b.id is null then t."slotAt" + interval '15 minutes' end,
           case when t.verdict = 'missed' or b.id is not null then app.db_now() end
      from jsonb_to_recordset(p_settled) as t${settledColumns}
      left join lateral (select r.id
                           from app.backup_runs r
                          where r.schedule_id = s.id and r.state in ('queued', 'running')
                          limit 1) b on t.verdict = 'run'
    on conflict (schedule_id, slot_at) where slot_at is not null do nothing
    returning id, slot_at, state, reason, blocked_by, missed_count, missed_until
  )
  select count(*) into audited from (select app.audit_append_many(
            array_agg(s.tenant_id), array_agg('run.' || ins.state order by slot_at),
            array_agg('run'::text), array_agg(ins.id::text order by slot_at), null,
            array_agg(ins.reason order by slot_at), null,
            array_agg(jsonb_strip_nulls(jsonb_build_object('scheduleId', s.id, 'slotAt', ins.slot_at,
              'blockedBy', ins.blocked_by, 'missedCount', ins.missed_count, 'missedUntil', ins.missed_until)) order by slot_at))
     from ins having count(*) > 0) appended;
end $$;

-- Pausing takes a waiting scheduled run along; removal takes any waiting one.
create function app.cancel_queued_run(s app.backup_schedules, p_manual_too boolean) returns void language plpgsql ${inner} as $$
declare
  cancelled uuid;
begin
  update app.backup_runs b
     set state = 'cancelled', reason = 'schedule_disabled', finished_at = app.db_now()
   where b.schedule_id = s.id and b.state = 'queued' and (b.trigger = 'scheduled' or p_manual_too)
  returning b.id into cancelled;
  if found then
    perform app.audit_append(s.tenant_id, 'run.cancelled', 'run', cancelled::text, reason => 'schedule_disabled',
      after => jsonb_build_object('scheduleId', s.id));
  end if;
end $$;
`;

const memberFunctions = `
create function app.create_schedule(p_tenant uuid, p_name text, p_cadence jsonb, p_time_zone text, p_spec jsonb,
  p_next_slot timestamptz, p_computed_with text, out schedule_id uuid, out refused text)
language plpgsql ${definer} as $$
declare
  s app.backup_schedules;
begin
  if not app.has_tenant_role(p_tenant, '{owner,manager}') then
    refused := app.refuse_member(p_tenant, 'schedule.created', 'tenant', p_tenant::text, 'tenant_not_found');
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
  insert into app.backup_schedules (tenant_id, name, cadence, time_zone, spec, next_slot_at, computed_with)
  values (p_tenant, p_name, p_cadence, p_time_zone, p_spec, p_next_slot, p_computed_with)
  on conflict (tenant_id, lower(name)) where deleted_at is null do nothing
  returning * into s;
  if not found then
    refused := 'schedule_name_taken';
    return;
  end if;
  schedule_id := s.id;
  perform app.audit_append(p_tenant, 'schedule.created', 'schedule', s.id::text, after => app.schedule_audit_view(s));
end $$;

create function app.edit_schedule(p_schedule uuid, p_expected_version int, p_seen_slot timestamptz, p_settled jsonb,
  p_name text, p_cadence jsonb, p_time_zone text, p_spec jsonb, p_enabled boolean, p_pause_reason text,
  p_next_slot timestamptz, p_computed_with text, out spec_version int, out refused text)
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

-- The row stays, because runs and sets speak of it; its name becomes free.
create function app.delete_schedule(p_schedule uuid, p_expected_version int, p_seen_slot timestamptz, p_settled jsonb,
  out refused text)
language plpgsql ${definer} as $$
declare
  s app.backup_schedules;
  running uuid;
begin
  select * into s from app.backup_schedules b where b.id = p_schedule for no key update;
  refused := app.refuse_schedule_change(s, 'schedule.deleted', p_expected_version, p_seen_slot, p_settled);
  if refused is not null then
    return;
  end if;
  perform app.insert_settled_slots(s, p_settled);
  update app.backup_schedules b
     set enabled = false, deleted_at = app.db_now(), next_slot_at = null, dispatch_error = null,
         spec_version = b.spec_version + 1, changed_at = app.db_now()
   where b.id = s.id;
  perform app.cancel_queued_run(s, true);
  update app.backup_runs b
     set cancel_requested_at = app.db_now(), cancel_requested_by = session_user
   where b.schedule_id = s.id and b.state = 'running' and b.cancel_requested_at is null
  returning b.id into running;
  if found then
    perform app.audit_append(s.tenant_id, 'run.cancel_requested', 'run', running::text, reason => 'schedule_disabled',
      after => jsonb_build_object('scheduleId', s.id));
    perform pg_notify('run_cancel', '');
  end if;
  perform app.audit_append(s.tenant_id, 'schedule.deleted', 'schedule', s.id::text, before => app.schedule_audit_view(s));
end $$;
`;

const disconnection = `
-- A disconnected tenant is not backed up: its schedules are paused in the transaction that disconnects it.
create function app.pause_schedules_of_tenant() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  s app.backup_schedules;
begin
  for s in select * from app.backup_schedules b
            where b.tenant_id = new.id and b.enabled order by b.id for no key update loop
    update app.backup_schedules b
       set enabled = false, next_slot_at = null, pause_reason = 'The tenant was disconnected.',
           spec_version = b.spec_version + 1, changed_at = app.db_now()
     where b.id = s.id;
    perform app.cancel_queued_run(s, true);
    perform app.audit_append(new.id, 'schedule.paused', 'schedule', s.id::text, reason => 'tenant_disconnected',
      before => app.schedule_audit_view(s));
  end loop;
  return null;
end $$;
create trigger pause_schedules_of_tenant after update of state on app.tenants
  for each row when (old.state = 'connected' and new.state = 'disconnected')
  execute function app.pause_schedules_of_tenant();
`;

export const edits = innerFunctions + memberFunctions + disconnection;
