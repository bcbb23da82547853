/** The clock, the schema's version, and the tables of workspace and tenants. */
export const tables = `
create function app.db_now() returns timestamptz language sql volatile parallel safe as $$ select clock_timestamp() $$;
comment on function app.db_now() is 'The only clock for every stored or decided instant.';

create table app.schema_meta (
  only_row         boolean primary key default true check (only_row),
  schema_version   int not null,
  min_engine_level int not null,
  min_client_level int not null,
  migrated_at      timestamptz not null default app.db_now()
);
comment on column app.schema_meta.schema_version is 'Number of migrations applied; written by tenantkeep migrate.';
comment on column app.schema_meta.min_engine_level is 'Engines below this level dispatch, claim and reap nothing.';
comment on column app.schema_meta.min_client_level is 'Apps below this level only say that they must be updated.';
insert into app.schema_meta (schema_version, min_engine_level, min_client_level) values (1, 1, 1);

create table app.tenants (
  id              uuid primary key default gen_random_uuid(),
  name            text not null check (name = btrim(name) and length(name) between 1 and 200),
  entra_tenant_id uuid not null,
  cloud           text not null check (cloud in ('global', 'gcc-high', 'dod', 'china', 'custom')),
  custom_cloud    jsonb,
  state           text not null default 'connected' check (state in ('connected', 'disconnected')),
  tags            text[] not null default '{}' check (cardinality(tags) <= 20),
  created_at      timestamptz not null default app.db_now(),
  created_by      name not null default session_user,
  changed_at      timestamptz not null default app.db_now(),
  disconnected_at timestamptz,
  check ((cloud = 'custom') = (custom_cloud is not null)),
  check ((state = 'disconnected') = (disconnected_at is not null))
);
comment on column app.tenants.custom_cloud is '{graphUrl, loginUrl, caFile?} for cloud custom.';
create unique index tenants_name on app.tenants (lower(name)) where state = 'connected';
create unique index tenants_entra_tenant on app.tenants (entra_tenant_id) where state = 'connected';

create table app.technicians (
  id            uuid primary key default gen_random_uuid(),
  name          text not null check (name = btrim(name) and length(name) between 1 and 200),
  db_role       name not null unique,
  administrator boolean not null default false,
  added_at      timestamptz not null default app.db_now(),
  added_by      name not null default session_user,
  removed_at    timestamptz
);
comment on column app.technicians.db_role is 'The login; row-level security compares it with session_user.';
comment on column app.technicians.administrator is 'Runs the workspace; sees no data of a tenant beyond its name without a membership.';

create table app.tenant_memberships (
  tenant_id     uuid not null references app.tenants (id),
  technician_id uuid not null references app.technicians (id),
  role          text not null check (role in ('owner', 'manager', 'operator', 'auditor', 'reader')),
  granted_at    timestamptz not null default app.db_now(),
  granted_by    name not null default session_user,
  primary key (tenant_id, technician_id)
);
create index tenant_memberships_technician on app.tenant_memberships (technician_id);

create table app.hosts (
  id          uuid primary key default gen_random_uuid(),
  login       name not null,
  name        text not null check (name = btrim(name) and length(name) between 1 and 200),
  kind        text not null check (kind in ('desktop', 'service', 'command')),
  public_key  text not null check (public_key like 'age1%' and length(public_key) <= 4000),
  enrolled_at timestamptz not null default app.db_now(),
  approved_at timestamptz,
  approved_by name,
  removed_at  timestamptz,
  check ((approved_at is null) = (approved_by is null))
);
comment on table app.hosts is 'Installations that may run backups. A host acts only while approved and not removed.';
comment on column app.hosts.public_key is 'age recipient; credentials are sealed to the keys of all approved hosts.';
create unique index hosts_login on app.hosts (login) where removed_at is null;

create table app.credentials (
  id          uuid primary key default gen_random_uuid(),
  tenant_id   uuid not null references app.tenants (id),
  kind        text not null check (kind in ('secret', 'certificate')),
  client_id   uuid not null,
  sealed      bytea not null check (octet_length(sealed) between 1 and 1048576),
  recipients  text[] not null check (cardinality(recipients) > 0),
  expires_at  timestamptz,
  created_at  timestamptz not null default app.db_now(),
  created_by  name not null default session_user,
  replaced_at timestamptz
);
comment on column app.credentials.sealed is 'age ciphertext. No login of a technician has the right to read this column.';
comment on column app.credentials.recipients is 'Public keys to which it is sealed.';
create unique index credentials_current on app.credentials (tenant_id) where replaced_at is null;
`;
