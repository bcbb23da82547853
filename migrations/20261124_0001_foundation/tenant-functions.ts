/**
 * Changes to tenants and their credentials. Technicians have no write right on the tables; these functions
 * run as the owner, ask for the caller's role themselves and write the audit event in the same transaction.
 * A refusal is no exception, which would take its own audit event back with it: `refused` names the code.
 */
const definer = `volatile security definer set search_path = pg_catalog, pg_temp`;

export const tenantFunctions = `
-- Audits a refusal and answers its code.
create function app.refuse(tenant uuid, action text, target_kind text, target_id text, code text) returns text language plpgsql ${definer} as $$
begin
  perform app.audit_write(array[(select t.id from app.tenants t where t.id = tenant)], array[action], array[target_kind],
    array[target_id], array['denied'], array[code]);
  return code;
end $$;

-- The ids come from the caller because they are part of what was sealed. Whoever connects a tenant owns it.
create function app.connect_tenant(tenant_id uuid, name text, entra_tenant_id uuid, cloud text, custom_cloud jsonb, tags text[],
  credential_id uuid, kind text, client_id uuid, sealed bytea, recipients text[], expires_at timestamptz, out refused text)
language plpgsql ${definer} as $$
begin
  if not app.is_administrator() then
    refused := app.refuse(null, 'tenant.connected', 'tenant', entra_tenant_id::text, 'administrator_needed');
    return;
  end if;
  insert into app.tenants (id, name, entra_tenant_id, cloud, custom_cloud, tags)
    values (tenant_id, name, entra_tenant_id, cloud, custom_cloud, coalesce(tags, '{}'));
  insert into app.tenant_memberships (tenant_id, technician_id, role) values (tenant_id, app.current_technician_id(), 'owner');
  insert into app.credentials (id, tenant_id, kind, client_id, sealed, recipients, expires_at)
    values (credential_id, tenant_id, kind, client_id, sealed, recipients, expires_at);
  perform app.audit_append_many(array[tenant_id, tenant_id, tenant_id],
    array['tenant.connected', 'credential.stored', 'member.granted'],
    array['tenant', 'credential', 'technician'],
    array[tenant_id::text, credential_id::text, app.current_technician_id()::text],
    null, null, null,
    array[jsonb_build_object('name', name, 'entraTenantId', entra_tenant_id, 'cloud', cloud, 'customCloud', custom_cloud),
          jsonb_build_object('kind', kind, 'clientId', client_id, 'recipients', to_jsonb(recipients), 'expiresAt', expires_at),
          jsonb_build_object('role', 'owner')]);
end $$;

-- Replaces the tenant's credential; the caller has tried the new one before.
create function app.store_credential(tenant_id uuid, credential_id uuid, kind text, client_id uuid, sealed bytea,
  recipients text[], expires_at timestamptz, out refused text)
language plpgsql ${definer} as $$
declare
  previous jsonb;
begin
  if not app.has_tenant_role(tenant_id, '{owner,manager}') then
    refused := app.refuse(tenant_id, 'credential.stored', 'credential', credential_id::text, 'tenant_forbidden');
    return;
  end if;
  -- Two replacements at once wait for each other here; the index of current credentials would refuse the second.
  perform 1 from app.tenants t where t.id = store_credential.tenant_id for no key update;
  update app.credentials c set replaced_at = app.db_now()
   where c.tenant_id = store_credential.tenant_id and c.replaced_at is null
  returning jsonb_build_object('id', c.id, 'kind', c.kind, 'clientId', c.client_id, 'expiresAt', c.expires_at) into previous;
  insert into app.credentials (id, tenant_id, kind, client_id, sealed, recipients, expires_at)
    values (credential_id, tenant_id, kind, client_id, sealed, recipients, expires_at);
  perform app.audit_append(tenant_id, 'credential.stored', 'credential', credential_id::text, 'success', null, previous,
    jsonb_build_object('kind', kind, 'clientId', client_id, 'recipients', to_jsonb(recipients), 'expiresAt', expires_at));
end $$;

-- The same secret, sealed to another list of hosts: only a host that opened it can do that.
create function app.reseal_credential(credential_id uuid, sealed bytea, recipients text[], out refused text)
language plpgsql ${definer} as $$
declare
  changed app.credentials;
  previous text[];
begin
  if not app.is_host() then
    refused := app.refuse(null, 'credential.resealed', 'credential', credential_id::text, 'host_needed');
    return;
  end if;
  select c.recipients into previous from app.credentials c where c.id = credential_id and c.replaced_at is null for no key update;
  if not found then
    refused := 'credential_replaced';
    return;
  end if;
  -- Another host was quicker and sealed it to the same list.
  if previous @> reseal_credential.recipients and previous <@ reseal_credential.recipients then
    return;
  end if;
  update app.credentials c set sealed = reseal_credential.sealed, recipients = reseal_credential.recipients
   where c.id = credential_id returning * into changed;
  perform app.audit_append(changed.tenant_id, 'credential.resealed', 'credential', credential_id::text, 'success', null,
    jsonb_build_object('recipients', to_jsonb(previous)), jsonb_build_object('recipients', to_jsonb(reseal_credential.recipients)));
end $$;

create function app.edit_tenant(tenant_id uuid, name text, tags text[], out refused text) language plpgsql ${definer} as $$
declare
  previous jsonb;
begin
  if not app.has_tenant_role(tenant_id, '{owner,manager}') then
    refused := app.refuse(tenant_id, 'tenant.edited', 'tenant', tenant_id::text, 'tenant_forbidden');
    return;
  end if;
  select jsonb_build_object('name', t.name, 'tags', to_jsonb(t.tags)) into previous
    from app.tenants t where t.id = edit_tenant.tenant_id for no key update;
  update app.tenants t set name = edit_tenant.name, tags = edit_tenant.tags, changed_at = app.db_now()
   where t.id = edit_tenant.tenant_id;
  perform app.audit_append(tenant_id, 'tenant.edited', 'tenant', tenant_id::text, 'success', null, previous,
    jsonb_build_object('name', name, 'tags', to_jsonb(tags)));
end $$;

-- Ends backups and forgets the credential; everything that was backed up stays.
create function app.disconnect_tenant(tenant_id uuid, reason text, out refused text) language plpgsql ${definer} as $$
begin
  if not app.has_tenant_role(tenant_id, '{owner}') then
    refused := app.refuse(tenant_id, 'tenant.disconnected', 'tenant', tenant_id::text, 'tenant_forbidden');
    return;
  end if;
  update app.tenants t set state = 'disconnected', disconnected_at = app.db_now(), changed_at = app.db_now()
   where t.id = disconnect_tenant.tenant_id and t.state = 'connected';
  if not found then
    refused := 'tenant_disconnected';
    return;
  end if;
  update app.credentials c set replaced_at = app.db_now()
   where c.tenant_id = disconnect_tenant.tenant_id and c.replaced_at is null;
  perform app.audit_append(tenant_id, 'tenant.disconnected', 'tenant', tenant_id::text, 'success', reason);
end $$;
`;
