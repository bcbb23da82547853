import { Migration } from '@mikro-orm/migrations';
import { forceRowLevelSecurity } from './row-level-security.ts';

/**
 * What the screens of runs and of the overview need: the place of a run in time as an index, changes by policy type,
 * pauses of schedules as bands, retries that read only what failed, and snoozed rows of "Needs attention".
 */
const columns = `
alter table app.backup_runs add column carries_from uuid;
comment on column app.backup_runs.carries_from is 'A run whose complete policy types this one takes over, so that it reads only the others; its set holds all of them.';

alter table app.run_types add column added int, add column changed int, add column removed int;
comment on column app.run_types.added is 'Against the newest complete copy of the type before; like changed and removed null where the type is not complete.';
comment on column app.run_types.attempt is '0: taken over from the run that carries_from names.';

-- The list of runs is in the order of their slots; a missed slot that is recorded late stands where it was due.
create index backup_runs_by_time on app.backup_runs ((coalesce(slot_at, created_at)) desc, id desc);
create index backup_runs_by_tenant_time on app.backup_runs (tenant_id, (coalesce(slot_at, created_at)) desc, id desc);
-- A retry and the counting of what came since ask for the newest rows of all tenants.
create index backup_runs_created on app.backup_runs (created_at desc);
`;

const pauses = `
create table app.schedule_pauses (
  id          bigint generated always as identity primary key,
  schedule_id uuid not null,
  tenant_id   uuid not null,
  paused_at   timestamptz not null,
  reason      text,
  resumed_at  timestamptz,
  foreign key (schedule_id, tenant_id) references app.backup_schedules (id, tenant_id) on delete cascade,
  check (resumed_at >= paused_at)
);
comment on table app.schedule_pauses is 'When a schedule was paused: a paused schedule makes no runs, so its pauses are not in them. Written by the trigger on backup_schedules alone.';
create unique index schedule_pauses_open on app.schedule_pauses (schedule_id) where resumed_at is null;
create index schedule_pauses_by_schedule on app.schedule_pauses (schedule_id, paused_at);

create function app.note_schedule_pause() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if old.enabled and not new.enabled and new.deleted_at is null then
    insert into app.schedule_pauses (schedule_id, tenant_id, paused_at, reason)
    values (new.id, new.tenant_id, app.db_now(), new.pause_reason);
  elsif (not old.enabled and new.enabled) or new.deleted_at is not null then
    update app.schedule_pauses p set resumed_at = greatest(app.db_now(), p.paused_at)
     where p.schedule_id = new.id and p.resumed_at is null;
  end if;
  return new;
end $$;
create trigger note_schedule_pause after update of enabled, deleted_at on app.backup_schedules
  for each row execute function app.note_schedule_pause();

insert into app.schedule_pauses (schedule_id, tenant_id, paused_at, reason)
  select s.id, s.tenant_id, s.changed_at, s.pause_reason
    from app.backup_schedules s where not s.enabled and s.deleted_at is null;
`;

const snoozes = `
create table app.attention_snoozes (
  tenant_id  uuid not null references app.tenants (id) on delete cascade,
  code       text not null check (length(code) between 1 and 100),
  reason     text not null check (length(btrim(reason)) between 3 and 500),
  snoozed_at timestamptz not null default app.db_now(),
  snoozed_by name not null default session_user,
  until      timestamptz not null,
  primary key (tenant_id, code),
  check (until > snoozed_at)
);
comment on table app.attention_snoozes is 'Rows of "Needs attention" that somebody put aside, with why and until when.';
`;

const definer = `volatile security definer set search_path = pg_catalog, pg_temp`;

const functions = `
-- Puts a row of "Needs attention" aside for everybody in the tenant; again: with another reason or end.
create function app.snooze_attention(p_tenant uuid, p_code text, p_reason text, p_until timestamptz, out refused text)
language plpgsql ${definer} as $$
begin
  if not app.has_tenant_role(p_tenant, '{owner,manager,operator}') then
    refused := app.refuse_member(p_tenant, 'attention.snoozed', 'attention', p_code, 'tenant_not_found');
    return;
  end if;
  if p_until <= app.db_now() or p_until > app.db_now() + interval '90 days' then
    refused := 'snooze_end_invalid';
    return;
  end if;
  insert into app.attention_snoozes as s (tenant_id, code, reason, until)
  values (p_tenant, p_code, btrim(p_reason), p_until)
  on conflict (tenant_id, code) do update
    set reason = excluded.reason, until = excluded.until, snoozed_at = app.db_now(), snoozed_by = session_user;
  perform app.audit_append(p_tenant, 'attention.snoozed', 'attention', p_code, reason => btrim(p_reason),
    after => jsonb_build_object('until', p_until));
end $$;

create function app.end_snooze(p_tenant uuid, p_code text, out refused text)
language plpgsql ${definer} as $$
begin
  if not app.has_tenant_role(p_tenant, '{owner,manager,operator}') then
    refused := app.refuse_member(p_tenant, 'attention.snooze_ended', 'attention', p_code, 'tenant_not_found');
    return;
  end if;
  delete from app.attention_snoozes s where s.tenant_id = p_tenant and s.code = p_code;
  if found then
    perform app.audit_append(p_tenant, 'attention.snooze_ended', 'attention', p_code);
  end if;
end $$;

-- A new run that takes over the complete policy types of a partial one and reads the others: its set is a whole one.
-- Only the newest set of a schedule may be built upon, and only for a day: otherwise the new set would bring back
-- older content under a newer date.
create function app.request_types_retry(p_run uuid, out run_id uuid, out created boolean, out refused text)
language plpgsql ${definer} as $$
declare
  retried app.backup_runs;
  s app.backup_schedules;
begin
  select * into retried from app.backup_runs r where r.id = p_run;
  if not found then
    refused := 'run_not_found';
    return;
  end if;
  select * into s from app.backup_schedules b where b.id = retried.schedule_id for no key update;
  if not app.has_tenant_role(s.tenant_id, '{owner,manager,operator}') then
    refused := app.refuse_member(s.tenant_id, 'run.types_retry_requested', 'run', p_run::text, 'run_not_found');
    return;
  end if;
  refused := case
    when s.deleted_at is not null then 'schedule_not_found'
    when retried.state <> 'partial' then 'run_types_not_retryable'
    when retried.finished_at <= app.db_now() - interval '24 hours' then 'run_types_too_old'
    when retried.backup_set_id is distinct from (select b.id from app.backup_sets b where b.schedule_id = s.id
                                                  order by b.sequence desc limit 1) then 'run_types_superseded' end;
  if refused is not null then
    return;
  end if;
  loop
    insert into app.backup_runs (tenant_id, schedule_id, trigger, retry_of, carries_from, state, spec, spec_version, start_deadline_at)
    values (s.tenant_id, s.id, 'manual', p_run, p_run, 'queued', s.spec, s.spec_version, app.db_now() + interval '15 minutes')
    on conflict (schedule_id) where state in ('queued', 'running') do nothing
    returning id into run_id;
    created := found;
    if created then
      perform app.audit_append(s.tenant_id, 'run.types_retry_requested', 'run', run_id::text,
        after => jsonb_build_object('scheduleId', s.id, 'retryOf', p_run));
      perform pg_notify('run_queued', '');
      return;
    end if;
    select r.id into run_id from app.backup_runs r where r.schedule_id = s.id and r.state in ('queued', 'running');
    if found then
      return;
    end if;
  end loop;
end $$;
`;

const access = `
create policy technician_reads on app.schedule_pauses for select to tenantkeep_technician
  using ((select app.sees_every_tenant()) or tenant_id in (select app.permitted_tenants()));
create policy technician_reads on app.attention_snoozes for select to tenantkeep_technician
  using ((select app.sees_every_tenant()) or tenant_id in (select app.permitted_tenants()));
grant select on app.schedule_pauses, app.attention_snoozes to tenantkeep_technician;
grant execute on function app.snooze_attention(uuid, text, text, timestamptz), app.end_snooze(uuid, text),
  app.request_types_retry(uuid) to tenantkeep_technician;
`;

export class Migration20261128_0017_runs_and_attention extends Migration {
  override up(): void {
    for (const statement of [
      columns,
      pauses,
      snoozes,
      ...['schedule_pauses', 'attention_snoozes'].flatMap(forceRowLevelSecurity),
      functions,
      access,
    ]) {
      this.addSql(statement);
    }
  }
}
