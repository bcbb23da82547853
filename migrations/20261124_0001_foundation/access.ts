/**
 * Which rows a login sees, and which tables, columns and functions it may touch at all. Nobody but the owner
 * writes these tables directly: there is no insert, update or delete right here.
 */
export const rowPolicies = `
create policy everyone_reads on app.schema_meta for select to tenantkeep_host, tenantkeep_technician using (true);

create policy host_reads on app.tenants for select to tenantkeep_host using ((select app.is_host()));
create policy technician_reads on app.tenants for select to tenantkeep_technician
  using ((select app.is_administrator()) or id in (select app.permitted_tenants()));

create policy technician_reads on app.technicians for select to tenantkeep_technician
  using (db_role = session_user or (select app.is_administrator())
         or id in (select m.technician_id from app.tenant_memberships m
                    where m.tenant_id in (select app.permitted_tenants('{owner,manager,auditor}'))));

create policy technician_reads on app.tenant_memberships for select to tenantkeep_technician
  using (technician_id = (select app.current_technician_id()) or (select app.is_administrator())
         or tenant_id in (select app.permitted_tenants('{owner,manager,auditor}')));

-- A host that waits for approval may see that it waits.
create policy host_reads on app.hosts for select to tenantkeep_host using (login = session_user or (select app.is_host()));
-- Whoever seals a credential needs the keys of all hosts.
create policy technician_reads on app.hosts for select to tenantkeep_technician
  using ((select app.current_technician_id()) is not null);

create policy host_reads on app.credentials for select to tenantkeep_host using ((select app.is_host()));
create policy technician_reads on app.credentials for select to tenantkeep_technician
  using (tenant_id in (select app.permitted_tenants()));

create policy host_reads on app.audit_events for select to tenantkeep_host using ((select app.is_host()));
create policy technician_reads on app.audit_events for select to tenantkeep_technician
  using (tenant_id in (select app.permitted_tenants('{owner,manager,auditor}'))
         or (tenant_id is null and (select app.is_administrator()))
         or (actor = session_user and tenant_id in (select app.permitted_tenants('{operator}'))));

create policy host_reads on app.audit_heads for select to tenantkeep_host using ((select app.is_host()));
create policy technician_reads on app.audit_heads for select to tenantkeep_technician
  using (tenant_id in (select app.permitted_tenants('{owner,manager,auditor}'))
         or (tenant_id is null and (select app.is_administrator())));
`;

export const grants = `
grant select on app.schema_meta, app.tenants, app.hosts, app.audit_events, app.audit_heads to tenantkeep_host, tenantkeep_technician;
grant select on app.technicians, app.tenant_memberships to tenantkeep_technician;
grant select on app.credentials to tenantkeep_host;
grant select (id, tenant_id, kind, client_id, recipients, expires_at, created_at, created_by, replaced_at)
  on app.credentials to tenantkeep_technician;

grant execute on function app.db_now(), app.current_technician_id(), app.is_administrator(), app.is_host(),
  app.permitted_tenants(text[]), app.has_tenant_role(uuid, text[]),
  app.audit_event_hash(uuid, bigint, timestamptz, text, text, text, text, text, text, text, jsonb, jsonb, text),
  app.audit_link(bytea, bytea, bytea), app.audit_chain(bytea, bytea)
  to tenantkeep_host, tenantkeep_technician;

grant execute on function
  app.audit_append_many(uuid[], text[], text[], text[], text[], text[], jsonb[], jsonb[], text[]),
  app.audit_append(uuid, text, text, text, text, text, jsonb, jsonb, text),
  app.enrol_host(text, text, text), app.reseal_credential(uuid, bytea, text[])
  to tenantkeep_host;

grant execute on function
  app.audit_report(uuid, text, text, text, text, text, jsonb, text),
  app.connect_tenant(uuid, text, uuid, text, jsonb, text[], uuid, text, uuid, bytea, text[], timestamptz),
  app.store_credential(uuid, uuid, text, uuid, bytea, text[], timestamptz),
  app.edit_tenant(uuid, text, text[]), app.disconnect_tenant(uuid, text),
  app.approve_host(uuid), app.remove_host(uuid, text),
  app.add_technician(text, name, text, boolean), app.remove_technician(uuid, text),
  app.set_administrator(uuid, boolean),
  app.grant_membership(uuid, uuid, text), app.revoke_membership(uuid, uuid)
  to tenantkeep_technician;
`;
