/**
 * Who is asking, quicker. As SQL functions these were planned or at least set up anew in every statement; PL/pgSQL
 * keeps the plan of a session, which halves what row-level security adds to a short query over many tenants. What
 * they answer is the same.
 */
const definer = `stable parallel safe security definer set search_path = pg_catalog, pg_temp`;

export const callerFunctions = `
create or replace function app.current_technician_id() returns uuid language plpgsql ${definer} as $$
begin
  return (select t.id from app.technicians t where t.db_role = session_user and t.removed_at is null);
end $$;

create or replace function app.is_administrator() returns boolean language plpgsql ${definer} as $$
begin
  return exists (select 1 from app.technicians t
                  where t.db_role = session_user and t.administrator and t.removed_at is null);
end $$;

create or replace function app.is_host() returns boolean language plpgsql ${definer} as $$
begin
  return exists (select 1 from app.hosts h
                  where h.login = session_user and h.approved_at is not null and h.removed_at is null);
end $$;

create or replace function app.permitted_tenants(roles text[] default null) returns setof uuid language plpgsql ${definer} rows 100 as $$
begin
  return query
    select m.tenant_id
      from app.tenant_memberships m
      join app.technicians t on t.id = m.technician_id
     where t.db_role = session_user and t.removed_at is null
       and (permitted_tenants.roles is null or m.role = any (permitted_tenants.roles));
end $$;

create or replace function app.has_tenant_role(tenant uuid, roles text[]) returns boolean language plpgsql ${definer} as $$
begin
  return exists (select 1
                   from app.tenant_memberships m
                   join app.technicians t on t.id = m.technician_id
                  where m.tenant_id = tenant and t.db_role = session_user and t.removed_at is null
                    and m.role = any (roles));
end $$;
`;

/**
 * Most teams give their people a role in every tenant. Then the answer to "in which tenants?" needs no list, whose
 * hash table was the dearest part of a policy: one yes for the whole statement will do. Sound, because both counts
 * are of one snapshot, and a membership is of a tenant that exists and is there once.
 */
export const everyTenant = `
create function app.sees_every_tenant(roles text[] default null) returns boolean language plpgsql ${definer} as $$
declare
  mine bigint;
begin
  select count(*) into mine from app.tenant_memberships m
   where m.technician_id = (select t.id from app.technicians t where t.db_role = session_user and t.removed_at is null)
     and (sees_every_tenant.roles is null or m.role = any (sees_every_tenant.roles));
  return mine > 0 and not exists (select 1 from app.tenants offset mine);
end $$;
comment on function app.sees_every_tenant(text[]) is 'True where the caller has one of the roles (null: any) in every tenant there is. In policies: (select app.sees_every_tenant()) or tenant_id in (select app.permitted_tenants()).';
grant execute on function app.sees_every_tenant(text[]) to tenantkeep_host, tenantkeep_technician;

alter policy technician_reads on app.tenants
  using ((select app.is_administrator()) or (select app.sees_every_tenant()) or id in (select app.permitted_tenants()));
alter policy technician_reads on app.audit_events
  using ((tenant_id is not null and (select app.sees_every_tenant('{owner,manager,auditor}')))
         or tenant_id in (select app.permitted_tenants('{owner,manager,auditor}'))
         or (tenant_id is null and (select app.is_administrator()))
         or (actor = session_user and tenant_id in (select app.permitted_tenants('{operator}'))));
${[
  'backup_schedules technician_reads',
  'backup_runs technician_reads',
  'run_attempts technician_reads',
  'run_events technician_reads',
  'payloads technician_select',
  'manifests technician_select',
  'policies technician_select',
  'run_types technician_select',
  'backup_sets technician_select',
  'backup_set_heads technician_select',
  'pruned_backup_sets technician_select',
]
  .map((policy) => policy.split(' '))
  .map(
    ([table, name]) => `alter policy ${name} on app.${table}
  using ((select app.sees_every_tenant()) or tenant_id in (select app.permitted_tenants()));`,
  )
  .join('\n')}
`;
