/**
 * S7 and S8: what a person asks of runs. The functions lock as their owner, because a member who may start a
 * run but not change a schedule would lock zero rows under row-level security. As everywhere, a refusal is an
 * answer (`refused`), not an exception that would take its own audit event back.
 */
const definer = `volatile security definer set search_path = pg_catalog, pg_temp`;

export const requests = `
-- Run now, or retry an ended run. \`created\` false: a run of this schedule is active already, and this is it.
create function app.request_run(p_schedule uuid, p_retry_of uuid default null,
  out run_id uuid, out created boolean, out refused text)
language plpgsql ${definer} as $$
declare
  s app.backup_schedules;
  retried app.backup_runs;
  wanted text := case when p_retry_of is null then 'run.requested' else 'run.retry_requested' end;
begin
  select * into s from app.backup_schedules b where b.id = p_schedule for no key update;
  if not found then
    refused := 'schedule_not_found';
    return;
  end if;
  if not app.has_tenant_role(s.tenant_id, '{owner,manager,operator}') then
    refused := app.refuse_member(s.tenant_id, wanted, 'schedule', s.id::text, 'schedule_not_found');
    return;
  end if;
  if s.deleted_at is not null then
    refused := 'schedule_not_found';
    return;
  end if;
  if p_retry_of is not null then
    select * into retried from app.backup_runs r where r.id = p_retry_of and r.schedule_id = s.id;
    refused := case when not found then 'run_not_found'
                    when retried.state in ('queued', 'running', 'succeeded') then 'run_not_retryable' end;
    if refused is not null then
      return;
    end if;
  end if;
  -- The run that the insert meets may end before it is looked at: then insert again.
  loop
    insert into app.backup_runs (tenant_id, schedule_id, trigger, retry_of, state, spec, spec_version, start_deadline_at)
    values (s.tenant_id, s.id, 'manual', p_retry_of, 'queued', s.spec, s.spec_version, app.db_now() + interval '15 minutes')
    on conflict (schedule_id) where state in ('queued', 'running') do nothing
    returning id into run_id;
    created := found;
    if created then
      perform app.audit_append(s.tenant_id, wanted, 'run', run_id::text,
        after => jsonb_strip_nulls(jsonb_build_object('scheduleId', s.id, 'retryOf', p_retry_of)));
      perform pg_notify('run_queued', '');
      return;
    end if;
    select r.id into run_id from app.backup_runs r where r.schedule_id = s.id and r.state in ('queued', 'running');
    if found then
      return;
    end if;
  end loop;
end $$;

-- A waiting run ends at once; a running one is asked to, and its owner sees it at the next heartbeat. For an
-- ended run the answer is its state.
create function app.cancel_run(p_run uuid, out state text, out cancel_requested boolean, out refused text)
language plpgsql ${definer} as $$
declare
  r app.backup_runs;
begin
  select * into r from app.backup_runs b where b.id = p_run for no key update;
  if not found then
    refused := 'run_not_found';
    return;
  end if;
  if not app.has_tenant_role(r.tenant_id, '{owner,manager,operator}') then
    refused := app.refuse_member(r.tenant_id, 'run.cancel_requested', 'run', r.id::text, 'run_not_found');
    return;
  end if;
  state := r.state;
  cancel_requested := r.cancel_requested_at is not null;
  if r.state = 'queued' then
    update app.backup_runs b
       set state = 'cancelled', reason = 'by_user', finished_at = app.db_now(),
           cancel_requested_at = app.db_now(), cancel_requested_by = session_user
     where b.id = r.id;
    perform app.audit_append(r.tenant_id, 'run.cancelled', 'run', r.id::text, reason => 'by_user',
      after => jsonb_build_object('scheduleId', r.schedule_id));
    state := 'cancelled';
    cancel_requested := true;
  elsif r.state = 'running' and r.cancel_requested_at is null then
    update app.backup_runs b
       set cancel_requested_at = app.db_now(), cancel_requested_by = session_user
     where b.id = r.id;
    perform app.audit_append(r.tenant_id, 'run.cancel_requested', 'run', r.id::text,
      after => jsonb_build_object('scheduleId', r.schedule_id));
    perform pg_notify('run_cancel', '');
    cancel_requested := true;
  end if;
end $$;

-- Tenant ids of others stay unseen: a member asks about one tenant and gets two numbers.
create function app.count_live_hosts(p_tenant uuid, p_offline_after_seconds int, out alive int, out can_open_tenant int)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select count(*)::int,
         count(*) filter (where p_tenant = any (h.openable_tenants)
                            and p_tenant in (select app.permitted_tenants()))::int
    from app.host_instances h
   where h.state = 'running' and h.kind <> 'command'
     and h.last_seen_at > (select app.db_now()) - make_interval(secs => p_offline_after_seconds);
$$;
`;
