/**
 * Roles belong to the server, not to a database, so they are made here and not in a migration. Idempotent.
 *
 * `tenantkeep_owner` gets CREATEROLE only so that app.add_technician can create logins; whoever runs this
 * without that right gets everything but that function. PostgreSQL 15 lets a CREATEROLE login grant any role;
 * from 16 on it needs the admin option, which the creator of a role has, so the same statements serve both.
 */
export const ensureRoles = `
do $roles$
declare
  caller_may_create boolean := (select r.rolcreaterole or r.rolsuper from pg_roles r where r.rolname = current_user);
  caller_is_superuser boolean := (select r.rolsuper from pg_roles r where r.rolname = current_user);
begin
  if not exists (select 1 from pg_roles where rolname = 'tenantkeep_owner') then
    if not caller_may_create then
      raise exception 'The roles of TenantKeep are missing and this login may not create them.' using errcode = 'TK010';
    end if;
    create role tenantkeep_owner nologin createrole;
  end if;
  if not exists (select 1 from pg_roles where rolname = 'tenantkeep_host') then
    create role tenantkeep_host nologin;
  end if;
  if not exists (select 1 from pg_roles where rolname = 'tenantkeep_technician') then
    create role tenantkeep_technician nologin;
  end if;
  if not caller_is_superuser and not pg_has_role(current_user, 'tenantkeep_owner', 'usage') then
    execute format('grant tenantkeep_owner to %I', current_user);
  end if;
  if caller_may_create and not exists (
       select 1 from pg_auth_members m
        where m.roleid = 'tenantkeep_technician'::regrole and m.member = 'tenantkeep_owner'::regrole and m.admin_option) then
    grant tenantkeep_technician to tenantkeep_owner with admin option;
  end if;
end $roles$`;

/** The schema, and who may connect; run in the database itself by whoever may migrate it. */
export const ensureSchema = `
do $schema$
begin
  if not exists (select 1 from pg_namespace where nspname = 'app') then
    create schema app authorization tenantkeep_owner;
  end if;
  if has_database_privilege(current_user, current_database(), 'CONNECT WITH GRANT OPTION') then
    execute format('revoke connect, temporary on database %I from public', current_database());
    execute format('grant connect on database %I to tenantkeep_owner, tenantkeep_host, tenantkeep_technician', current_database());
  end if;
end $schema$`;

/** Run as tenantkeep_owner: nothing of ours is open to PUBLIC, and the list of applied migrations is the owner's. */
export const ensureOwnerDefaults = `
alter default privileges for role tenantkeep_owner revoke execute on functions from public;
grant usage on schema app to tenantkeep_host, tenantkeep_technician;
create table if not exists app.applied_migrations (
  id          serial primary key,
  name        varchar(255) not null,
  executed_at timestamptz(0) not null default current_timestamp
);
alter table app.applied_migrations enable row level security;
alter table app.applied_migrations force row level security;
do $policy$
begin
  if not exists (select 1 from pg_policy where polrelid = 'app.applied_migrations'::regclass) then
    create policy owner_all on app.applied_migrations to tenantkeep_owner using (true) with check (true);
  end if;
end $policy$`;
