/**
 * Changes to the workspace: hosts, technicians, memberships. Same rules as for tenants: the function asks for
 * the caller's role, audits, and answers a refusal as a code.
 */
const definer = `volatile security definer set search_path = pg_catalog, pg_temp`;

export const workspaceFunctions = `
-- Called by a host's own login. A login has one key; a lost key means a new login, or removal of the old host.
create function app.enrol_host(name text, kind text, public_key text, out host_id uuid, out approved boolean, out refused text)
language plpgsql ${definer} as $$
declare
  known app.hosts;
begin
  if not pg_has_role(session_user, 'tenantkeep_host', 'usage') then
    refused := app.refuse(null, 'host.enrolled', 'host', null, 'host_login_needed');
    return;
  end if;
  select h.* into known from app.hosts h where h.login = session_user and h.removed_at is null for no key update;
  if known.id is not null then
    if known.public_key <> enrol_host.public_key then
      refused := app.refuse(null, 'host.enrolled', 'host', known.id::text, 'host_key_differs');
      return;
    end if;
    if (known.name, known.kind) is distinct from (enrol_host.name, enrol_host.kind) then
      -- Audit events carry the name of the host, so taking another one is an event itself.
      perform app.audit_write(array[null::uuid], array['host.renamed'], array['host'], array[known.id::text], null, null,
        array[jsonb_build_object('name', known.name, 'kind', known.kind)],
        array[jsonb_build_object('name', enrol_host.name, 'kind', enrol_host.kind)]);
      update app.hosts h set name = enrol_host.name, kind = enrol_host.kind where h.id = known.id;
    end if;
    host_id := known.id;
    approved := known.approved_at is not null;
    return;
  end if;
  insert into app.hosts (login, name, kind, public_key) values (session_user, name, kind, public_key) returning id into host_id;
  approved := false;
  perform app.audit_write(array[null::uuid], array['host.enrolled'], array['host'], array[host_id::text], null, null, null,
    array[jsonb_build_object('name', name, 'kind', kind, 'publicKey', public_key)]);
end $$;

create function app.approve_host(host_id uuid, out refused text) language plpgsql ${definer} as $$
declare
  approved app.hosts;
begin
  if not app.is_administrator() then
    refused := app.refuse(null, 'host.approved', 'host', host_id::text, 'administrator_needed');
    return;
  end if;
  update app.hosts h set approved_at = app.db_now(), approved_by = session_user
   where h.id = host_id and h.approved_at is null and h.removed_at is null returning * into approved;
  if approved.id is null then
    refused := 'host_not_waiting';
    return;
  end if;
  perform app.audit_append(null, 'host.approved', 'host', host_id::text, 'success', null, null,
    jsonb_build_object('name', approved.name, 'publicKey', approved.public_key));
end $$;

-- The host can do nothing from here on; credentials have to be sealed again without its key.
create function app.remove_host(host_id uuid, reason text, out refused text) language plpgsql ${definer} as $$
declare
  removed app.hosts;
begin
  if not app.is_administrator() then
    refused := app.refuse(null, 'host.removed', 'host', host_id::text, 'administrator_needed');
    return;
  end if;
  update app.hosts h set removed_at = app.db_now() where h.id = host_id and h.removed_at is null returning * into removed;
  if removed.id is null then
    refused := 'host_unknown';
    return;
  end if;
  perform app.audit_append(null, 'host.removed', 'host', host_id::text, 'success', reason,
    jsonb_build_object('name', removed.name, 'publicKey', removed.public_key));
end $$;

-- Creates the login too. The password comes as a SCRAM verifier, so that it stands in clear in no statement, log
-- or statistics view of the server. Needs CREATEROLE on tenantkeep_owner; where a database administrator
-- withholds that, creating the login is theirs to do, and an existing member of the group is adopted.
create function app.add_technician(name text, login name, password_verifier text, administrator boolean, out technician_id uuid, out refused text)
language plpgsql ${definer} as $$
begin
  if not app.is_administrator() then
    refused := app.refuse(null, 'technician.added', 'technician', login::text, 'administrator_needed');
    return;
  end if;
  if login !~ '^[a-z][a-z0-9_.-]{1,61}$' or login ~ '^(pg_|tenantkeep_)' then
    refused := 'login_invalid';
    return;
  end if;
  if exists (select 1 from app.technicians t where t.db_role = login) then
    refused := 'login_taken';
    return;
  end if;
  if exists (select 1 from pg_roles r where r.rolname = login) then
    -- An adopted login keeps its password: taking over someone else's must not be possible.
    if password_verifier is not null or not exists (
         select 1 from pg_auth_members m
          where m.member = login::regrole and m.roleid = 'tenantkeep_technician'::regrole)
       or exists (select 1 from pg_roles r where r.rolname = login and (r.rolsuper or r.rolbypassrls or r.rolcreaterole)) then
      refused := 'login_taken';
      return;
    end if;
  else
    if password_verifier !~ '^SCRAM-SHA-256\\$[0-9]+:[A-Za-z0-9+/=]+\\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+$' then
      refused := 'password_invalid';
      return;
    end if;
    if not (select r.rolcreaterole from pg_roles r where r.rolname = current_user) then
      refused := 'login_must_be_created';
      return;
    end if;
    execute format('create role %I login inherit nosuperuser nocreatedb nocreaterole nobypassrls password %L', login, password_verifier);
    execute format('grant tenantkeep_technician to %I', login);
  end if;
  insert into app.technicians (name, db_role, administrator) values (name, login, administrator) returning id into technician_id;
  perform app.audit_append(null, 'technician.added', 'technician', technician_id::text, 'success', null, null,
    jsonb_build_object('name', name, 'login', login, 'administrator', administrator));
end $$;

-- Takes effect at the next statement of any open connection, because every policy asks the table.
create function app.remove_technician(technician_id uuid, reason text, out refused text) language plpgsql ${definer} as $$
declare
  removed app.technicians;
begin
  if not app.is_administrator() then
    refused := app.refuse(null, 'technician.removed', 'technician', technician_id::text, 'administrator_needed');
    return;
  end if;
  -- Locks all administrators in one order: of two that remove each other, one stays.
  perform 1 from app.technicians t where t.administrator and t.removed_at is null order by t.id for no key update;
  select t.* into removed from app.technicians t where t.id = technician_id and t.removed_at is null for no key update;
  if removed.id is null then
    refused := 'technician_unknown';
    return;
  end if;
  if removed.administrator and not exists (
       select 1 from app.technicians t where t.administrator and t.removed_at is null and t.id <> technician_id) then
    refused := 'last_administrator';
    return;
  end if;
  update app.technicians t set removed_at = app.db_now() where t.id = technician_id;
  if (select r.rolcreaterole from pg_roles r where r.rolname = current_user) then
    begin
      execute format('alter role %I nologin', removed.db_role);
    exception when insufficient_privilege or undefined_object then
      -- A login that a database administrator made: it may still connect, and sees nothing.
      null;
    end;
  end if;
  perform app.audit_append(null, 'technician.removed', 'technician', technician_id::text, 'success', reason,
    jsonb_build_object('name', removed.name, 'login', removed.db_role, 'administrator', removed.administrator));
end $$;

-- Gives or takes the flag of an administrator; the last one keeps it.
create function app.set_administrator(technician_id uuid, administrator boolean, out refused text) language plpgsql ${definer} as $$
declare
  changed app.technicians;
begin
  if not app.is_administrator() then
    refused := app.refuse(null, case when administrator then 'administrator.granted' else 'administrator.revoked' end,
                          'technician', technician_id::text, 'administrator_needed');
    return;
  end if;
  -- The same order of locks as in app.remove_technician.
  perform 1 from app.technicians t where t.administrator and t.removed_at is null order by t.id for no key update;
  select t.* into changed from app.technicians t where t.id = technician_id and t.removed_at is null for no key update;
  if changed.id is null then
    refused := 'technician_unknown';
    return;
  end if;
  if changed.administrator = set_administrator.administrator then
    return;
  end if;
  if not set_administrator.administrator and not exists (
       select 1 from app.technicians t where t.administrator and t.removed_at is null and t.id <> technician_id) then
    refused := 'last_administrator';
    return;
  end if;
  update app.technicians t set administrator = set_administrator.administrator where t.id = technician_id;
  perform app.audit_append(null, case when set_administrator.administrator then 'administrator.granted' else 'administrator.revoked' end,
    'technician', technician_id::text, 'success', null, null, jsonb_build_object('name', changed.name, 'login', changed.db_role));
end $$;

-- True when nobody but this technician owns the tenant. The caller holds the lock of the tenant's row, so that of
-- two owners who take the role from each other one stays.
create function app.is_last_owner(tenant uuid, technician uuid) returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  select exists (select 1 from app.tenant_memberships m where m.tenant_id = tenant and m.technician_id = technician and m.role = 'owner')
     and not exists (select 1 from app.tenant_memberships m join app.technicians t on t.id = m.technician_id
                      where m.tenant_id = tenant and m.technician_id <> technician and m.role = 'owner' and t.removed_at is null)
$$;

create function app.grant_membership(tenant_id uuid, technician_id uuid, role text, out refused text) language plpgsql ${definer} as $$
declare
  previous text;
begin
  if not (app.is_administrator() or app.has_tenant_role(tenant_id, '{owner}')) then
    refused := app.refuse(tenant_id, 'member.granted', 'technician', technician_id::text, 'tenant_forbidden');
    return;
  end if;
  perform 1 from app.tenants t where t.id = grant_membership.tenant_id for no key update;
  if not found then
    refused := 'tenant_not_found';
    return;
  end if;
  if not exists (select 1 from app.technicians t where t.id = grant_membership.technician_id and t.removed_at is null) then
    refused := 'technician_unknown';
    return;
  end if;
  select m.role into previous from app.tenant_memberships m
   where m.tenant_id = grant_membership.tenant_id and m.technician_id = grant_membership.technician_id for no key update;
  if previous = grant_membership.role then
    return;
  end if;
  if app.is_last_owner(grant_membership.tenant_id, grant_membership.technician_id) then
    refused := 'last_owner';
    return;
  end if;
  insert into app.tenant_memberships as m (tenant_id, technician_id, role)
    values (grant_membership.tenant_id, grant_membership.technician_id, grant_membership.role)
    on conflict on constraint tenant_memberships_pkey
    do update set role = excluded.role, granted_at = app.db_now(), granted_by = session_user;
  perform app.audit_append(tenant_id, 'member.granted', 'technician', technician_id::text, 'success', null,
    jsonb_build_object('role', previous), jsonb_build_object('role', grant_membership.role));
end $$;

create function app.revoke_membership(tenant_id uuid, technician_id uuid, out refused text) language plpgsql ${definer} as $$
declare
  previous text;
begin
  if not (app.is_administrator() or app.has_tenant_role(tenant_id, '{owner}')) then
    refused := app.refuse(tenant_id, 'member.revoked', 'technician', technician_id::text, 'tenant_forbidden');
    return;
  end if;
  perform 1 from app.tenants t where t.id = revoke_membership.tenant_id for no key update;
  if app.is_last_owner(revoke_membership.tenant_id, revoke_membership.technician_id) then
    refused := 'last_owner';
    return;
  end if;
  delete from app.tenant_memberships m
   where m.tenant_id = revoke_membership.tenant_id and m.technician_id = revoke_membership.technician_id
  returning m.role into previous;
  if previous is null then
    refused := 'member_unknown';
    return;
  end if;
  perform app.audit_append(tenant_id, 'member.revoked', 'technician', technician_id::text, 'success', null,
    jsonb_build_object('role', previous), null);
end $$;
`;
