/**
 * Hosts see all tenants, because they dispatch and reap for everyone; on schedules they may move the slot and
 * nothing else. Members see the tenants they belong to and write nothing: requests and edits are functions.
 */
export const rowPolicies = `
create policy everyone_reads on app.run_transitions for select to tenantkeep_host, tenantkeep_technician using (true);

create policy host_reads on app.backup_schedules for select to tenantkeep_host using ((select app.is_host()));
create policy host_moves_slot on app.backup_schedules for update to tenantkeep_host using ((select app.is_host()));
create policy technician_reads on app.backup_schedules for select to tenantkeep_technician
  using (tenant_id in (select app.permitted_tenants()));

create policy host_reads on app.backup_runs for select to tenantkeep_host using ((select app.is_host()));
create policy host_dispatches on app.backup_runs for insert to tenantkeep_host
  with check ((select app.is_host()) and trigger = 'scheduled' and state in ('queued', 'skipped', 'missed'));
create policy host_works on app.backup_runs for update to tenantkeep_host using ((select app.is_host()));
create policy technician_reads on app.backup_runs for select to tenantkeep_technician
  using (tenant_id in (select app.permitted_tenants()));

create policy host_works on app.run_attempts to tenantkeep_host using ((select app.is_host()));
create policy technician_reads on app.run_attempts for select to tenantkeep_technician
  using (tenant_id in (select app.permitted_tenants()));

create policy host_works on app.run_events to tenantkeep_host using ((select app.is_host()));
create policy technician_reads on app.run_events for select to tenantkeep_technician
  using (tenant_id in (select app.permitted_tenants()));

create policy host_reads on app.host_instances for select to tenantkeep_host using ((select app.is_host()));
create policy host_checks_in on app.host_instances for insert to tenantkeep_host
  with check ((select app.is_host()) and login = session_user
              and host_id in (select h.id from app.hosts h where h.login = session_user));
create policy host_renews on app.host_instances for update to tenantkeep_host using (login = session_user);
create policy technician_reads on app.host_instances for select to tenantkeep_technician
  using ((select app.current_technician_id()) is not null);
`;

export const grants = `
grant select on app.run_transitions, app.backup_schedules, app.backup_runs, app.run_attempts, app.run_events
  to tenantkeep_host, tenantkeep_technician;
grant select on app.host_instances to tenantkeep_host;
-- Which tenants a host can open would tell a member of one tenant about the others.
grant select (id, host_id, name, kind, app_version, engine_level, state, started_at, last_seen_at, last_tick_at, stopped_at,
              clock_offset_ms, clock_error_ms) on app.host_instances to tenantkeep_technician;

grant update (next_slot_at, computed_with, dispatch_error) on app.backup_schedules to tenantkeep_host;
grant insert (tenant_id, schedule_id, trigger, slot_at, state, reason, missed_count, missed_until, blocked_by, spec,
              spec_version, start_deadline_at, finished_at) on app.backup_runs to tenantkeep_host;
grant update (state, reason, attempt, start_deadline_at, started_at, finished_at, deadline_at, lease_instance, lease_token,
              lease_expires_at, heartbeat_at, progress, counts, error_code, backup_set_id) on app.backup_runs to tenantkeep_host;
grant insert (run_id, tenant_id, attempt, lease_token, instance_id, started_at), update (ended_at, outcome)
  on app.run_attempts to tenantkeep_host;
grant insert (run_id, tenant_id, attempt, level, code, type_key, message, detail) on app.run_events to tenantkeep_host;
grant insert (id, host_id, name, kind, app_version, engine_level, state, openable_tenants, clock_offset_ms, clock_error_ms),
      update (state, last_seen_at, last_tick_at, stopped_at, clock_offset_ms, clock_error_ms, openable_tenants)
  on app.host_instances to tenantkeep_host;

grant execute on function
  app.request_run(uuid, uuid), app.cancel_run(uuid), app.count_live_hosts(uuid, int),
  app.create_schedule(uuid, text, jsonb, text, jsonb, timestamptz, text),
  app.edit_schedule(uuid, int, timestamptz, jsonb, text, jsonb, text, jsonb, boolean, text, timestamptz, text),
  app.delete_schedule(uuid, int, timestamptz, jsonb)
  to tenantkeep_technician;
`;
