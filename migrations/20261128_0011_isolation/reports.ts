/** Two functions of the foundation that trusted an argument to be there: null slipped past their checks. */
const definer = `volatile security definer set search_path = pg_catalog, pg_temp`;

export const mendedFunctions = `
create or replace function app.audit_report(tenant_id uuid, action text, target_kind text default null, target_id text default null,
  outcome text default 'success', reason text default null, detail jsonb default null, correlation_id text default null)
returns void language plpgsql ${definer} as $$
begin
  if app.current_technician_id() is null then
    raise exception 'Only technicians report events of their own.' using errcode = '42501';
  end if;
  -- Null would pass every comparison below, and be written as a success.
  if audit_report.outcome is null or audit_report.outcome not in ('success', 'failure', 'denied') or action is null then
    raise exception 'A reported event has an action and an outcome.' using errcode = 'TK001';
  end if;
  -- A refusal may be reported about any tenant, so it carries no free text: nobody fills a foreign history.
  if audit_report.outcome = 'denied' and (action !~ '^[a-z][a-z0-9_.-]{0,99}$' or reason !~ '^[a-z][a-z0-9_]{0,99}$'
       or target_kind !~ '^[a-z][a-z0-9_]{0,49}$' or target_id !~ '^[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$'
       or correlation_id !~ '^[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$' or detail is not null) then
    raise exception 'A reported refusal names action, target and reason by code only.' using errcode = 'TK001';
  end if;
  if length(target_kind) > 50 or length(target_id) > 500 or length(reason) > 500 or length(correlation_id) > 100
     or length(detail::text) > 10000 then
    raise exception 'A reported event is too long.' using errcode = 'TK001';
  end if;
  if audit_report.outcome <> 'denied' then
    if action !~ '^(audit\\.(verified|exported)|set\\.(verified|exported)|item\\.exported|tenant\\.access_checked|run\\.support_bundle_made)$' then
      raise exception 'Events of this kind are written by the database itself.' using errcode = '42501';
    end if;
    if not (case when tenant_id is null then app.is_administrator()
                 else app.has_tenant_role(tenant_id, '{owner,manager,operator,auditor}') end) then
      raise exception 'No role in this tenant allows this.' using errcode = '42501';
    end if;
  end if;
  -- A refusal may name a tenant that does not exist; it then belongs to the workspace.
  perform app.audit_append((select t.id from app.tenants t where t.id = audit_report.tenant_id), action, target_kind,
                           target_id, audit_report.outcome, reason, null, detail, correlation_id);
end $$;

create or replace function app.add_technician(name text, login name, password_verifier text, administrator boolean, out technician_id uuid, out refused text)
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
          where m.member = quote_ident(login)::regrole and m.roleid = 'tenantkeep_technician'::regrole)
       or exists (select 1 from pg_roles r where r.rolname = login and (r.rolsuper or r.rolbypassrls or r.rolcreaterole)) then
      refused := 'login_taken';
      return;
    end if;
  else
    if password_verifier is null or password_verifier !~ '^SCRAM-SHA-256\\$[0-9]+:[A-Za-z0-9+/=]+\\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+$' then
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
`;
