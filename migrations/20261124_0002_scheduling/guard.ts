/**
 * The life of a run, held by the database: whatever code runs against it, a run changes only along
 * `app.run_transitions`, what it is about never changes, and its token never shrinks.
 */
export const guard = `
create function app.guard_backup_run() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  is_host_only boolean;
begin
  if old.state not in ('queued', 'running') then
    raise exception 'A run that ended never changes.' using errcode = 'TK101';
  end if;
  if (new.id, new.tenant_id, new.schedule_id, new.trigger, new.slot_at, new.retry_of, new.spec_version, new.created_at, new.requested_by)
     is distinct from
     (old.id, old.tenant_id, old.schedule_id, old.trigger, old.slot_at, old.retry_of, old.spec_version, old.created_at, old.requested_by)
     or new.spec is distinct from old.spec then
    raise exception 'Identity, slot and content of a run are fixed when it is created.' using errcode = 'TK102';
  end if;
  if new.lease_token < old.lease_token or new.attempt < old.attempt then
    raise exception 'Token and attempt of a run never shrink.' using errcode = 'TK103';
  end if;
  if new.state = old.state then
    return new;
  end if;
  select t.host_only into is_host_only
    from app.run_transitions t where t.from_state = old.state and t.to_state = new.state;
  if not found then
    raise exception 'A run cannot go from % to %.', old.state, new.state using errcode = 'TK101';
  end if;
  if is_host_only and not pg_has_role(session_user, 'tenantkeep_host', 'member') then
    raise exception 'Only a host takes a run from % to %.', old.state, new.state using errcode = 'TK104';
  end if;
  if new.state = 'running' and (new.lease_token <= old.lease_token or new.attempt <> old.attempt + 1) then
    raise exception 'A claim needs a new token and a new attempt.' using errcode = 'TK103';
  end if;
  if old.state = 'running' and new.state in ('queued', 'interrupted') and new.lease_token <= old.lease_token then
    raise exception 'Taking a run from its owner needs a new token.' using errcode = 'TK103';
  end if;
  if old.state = 'running' and new.state = 'cancelled' and new.cancel_requested_at is null then
    raise exception 'A running run is cancelled only after somebody asked for it.' using errcode = 'TK101';
  end if;
  return new;
end $$;
create trigger guard_backup_run before update on app.backup_runs
  for each row execute function app.guard_backup_run();
`;
