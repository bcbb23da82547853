/** Schedules, runs, attempts, run events, host instances. The unique indexes are the rules of scheduling. */
export const tables = `
create table app.run_transitions (
  from_state text not null,
  to_state   text not null,
  host_only  boolean not null,
  primary key (from_state, to_state)
);
comment on table app.run_transitions is 'Allowed changes of state of a run; the same table as main/domain/run-state-machine.ts.';
insert into app.run_transitions (from_state, to_state, host_only) values
  ('queued', 'running', true),
  ('queued', 'cancelled', false),
  ('queued', 'missed', true),
  ('queued', 'interrupted', true),
  ('running', 'succeeded', true),
  ('running', 'partial', true),
  ('running', 'failed', true),
  ('running', 'cancelled', true),
  ('running', 'queued', true),
  ('running', 'interrupted', true);

create table app.backup_schedules (
  id             uuid primary key default gen_random_uuid(),
  tenant_id      uuid not null references app.tenants (id),
  name           text not null check (name = btrim(name) and length(name) between 1 and 200),
  enabled        boolean not null default true,
  pause_reason   text check (length(pause_reason) <= 500),
  deleted_at     timestamptz,
  cadence        jsonb not null,
  time_zone      text not null,
  spec           jsonb not null,
  spec_version   int not null default 1,
  next_slot_at   timestamptz check (next_slot_at = date_trunc('minute', next_slot_at, 'UTC')),
  computed_with  text not null,
  dispatch_error text,
  created_at     timestamptz not null default app.db_now(),
  created_by     name not null default session_user,
  changed_at     timestamptz not null default app.db_now(),
  unique (id, tenant_id),
  check (next_slot_at is null or (enabled and deleted_at is null)),
  check (deleted_at is null or not enabled)
) with (fillfactor = 70);
comment on column app.backup_schedules.next_slot_at is 'The next UTC minute at which a backup is due; null while paused, after deletion, or when the cadence never fires again.';
comment on column app.backup_schedules.computed_with is 'tz database and rule version with which next_slot_at was computed.';
create unique index backup_schedules_name on app.backup_schedules (tenant_id, lower(name)) where deleted_at is null;
create index backup_schedules_due on app.backup_schedules (next_slot_at) where next_slot_at is not null;

create table app.backup_runs (
  id                  uuid primary key default gen_random_uuid(),
  tenant_id           uuid not null,
  schedule_id         uuid not null,
  trigger             text not null check (trigger in ('scheduled', 'manual')),
  slot_at             timestamptz check (slot_at = date_trunc('minute', slot_at, 'UTC')),
  retry_of            uuid,
  state               text not null check (state in ('queued', 'running', 'succeeded', 'partial', 'failed', 'cancelled', 'skipped', 'missed', 'interrupted')),
  reason              text,
  blocked_by          uuid,
  missed_count        int check (missed_count > 0),
  missed_until        timestamptz,
  spec                jsonb not null,
  spec_version        int not null,
  attempt             int not null default 0 check (attempt between 0 and 2),
  created_at          timestamptz not null default app.db_now(),
  requested_by        name not null default session_user,
  start_deadline_at   timestamptz,
  started_at          timestamptz,
  finished_at         timestamptz,
  deadline_at         timestamptz,
  lease_instance      uuid,
  lease_token         bigint not null default 0,
  lease_expires_at    timestamptz,
  heartbeat_at        timestamptz,
  cancel_requested_at timestamptz,
  cancel_requested_by name,
  progress            jsonb,
  counts              jsonb,
  error_code          text,
  backup_set_id       uuid,
  foreign key (schedule_id, tenant_id) references app.backup_schedules (id, tenant_id),
  unique (id, tenant_id),
  check ((trigger = 'scheduled') = (slot_at is not null)),
  check ((state = 'running') = (lease_expires_at is not null)),
  check (state <> 'running' or (lease_instance is not null and deadline_at is not null)),
  check ((state in ('queued', 'running')) = (finished_at is null)),
  check (state <> 'queued' or start_deadline_at is not null),
  check (state not in ('skipped', 'missed', 'interrupted', 'cancelled') or reason is not null),
  check ((missed_count is null) = (missed_until is null)),
  check (backup_set_id is null or state in ('succeeded', 'partial')),
  check (state not in ('succeeded', 'partial') or backup_set_id is not null)
) with (fillfactor = 80);
comment on column app.backup_runs.counts is 'RunCounts of main/engine/run-lease.ts, written when the run finishes.';
comment on column app.backup_runs.missed_count is 'Set on a summary row: it stands for this many slots, from slot_at to missed_until.';
comment on column app.backup_runs.backup_set_id is 'The set that this run sealed; it may have been pruned since.';
-- Once per slot, and one active run per schedule: whatever the code does, these two hold.
create unique index backup_runs_slot on app.backup_runs (schedule_id, slot_at) where slot_at is not null;
create unique index backup_runs_active on app.backup_runs (schedule_id) where state in ('queued', 'running');
create index backup_runs_queue on app.backup_runs (created_at, id) where state = 'queued';
-- Few rows run at a time, and their lease moves every ten seconds: the lease is not in the index, so that a
-- heartbeat stays a heap-only update.
create index backup_runs_running on app.backup_runs (tenant_id, id) where state = 'running';
create index backup_runs_by_tenant on app.backup_runs (tenant_id, created_at desc, id desc);
create index backup_runs_by_schedule on app.backup_runs (schedule_id, created_at desc, id desc);

create table app.run_attempts (
  run_id      uuid not null,
  attempt     int not null check (attempt between 1 and 2),
  tenant_id   uuid not null,
  lease_token bigint not null,
  instance_id uuid not null,
  started_at  timestamptz not null,
  ended_at    timestamptz,
  outcome     text,
  primary key (run_id, attempt),
  foreign key (run_id, tenant_id) references app.backup_runs (id, tenant_id) on delete cascade,
  check ((ended_at is null) = (outcome is null))
);

create table app.run_events (
  id        bigint generated always as identity primary key,
  run_id    uuid not null,
  tenant_id uuid not null,
  attempt   int not null,
  at        timestamptz not null default app.db_now(),
  level     text not null check (level in ('info', 'warning', 'error')),
  code      text not null,
  type_key  text,
  message   text not null,
  detail    jsonb,
  foreign key (run_id, tenant_id) references app.backup_runs (id, tenant_id) on delete cascade
);
create index run_events_by_run on app.run_events (run_id, id);

create table app.host_instances (
  id               uuid primary key,
  host_id          uuid not null references app.hosts (id),
  login            name not null default session_user,
  name             text not null,
  kind             text not null check (kind in ('desktop', 'service', 'command')),
  app_version      text not null,
  engine_level     int not null,
  state            text not null check (state in ('running', 'stopping', 'stopped', 'asleep')),
  started_at       timestamptz not null default app.db_now(),
  last_seen_at     timestamptz not null default app.db_now(),
  last_tick_at     timestamptz,
  stopped_at       timestamptz,
  clock_offset_ms  int,
  clock_error_ms   int,
  openable_tenants uuid[] not null default '{}',
  check ((state = 'stopped') = (stopped_at is not null))
) with (fillfactor = 50);
create index host_instances_last_seen on app.host_instances (last_seen_at);
`;
