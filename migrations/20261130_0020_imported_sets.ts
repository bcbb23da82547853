import { Migration } from '@mikro-orm/migrations';
import { forceRowLevelSecurity } from './row-level-security.ts';

/**
 * History from elsewhere: folders that other tools exported, kept as read-only sets. They have tables of their own,
 * apart from backup_sets, so that what they must never count for (health, coverage, freshness, retention, the chain of
 * sets) cannot count them: no statement about backups mentions these tables. Their objects lie in the same payloads
 * and manifests.
 *
 * Two logins make an import. The person's own asks for it, which checks the role, writes the audit event with the
 * person as its actor and leaves a request that is good for an hour; the host's stores the objects and seals the
 * set against that request, because only hosts may write content and only they have the key with which secrets are
 * fingerprinted. Neither can do it alone, and what the person's login wrote says by whom the set was imported.
 */
const tables = `
create table app.set_import_requests (
  id           uuid primary key default gen_random_uuid(),
  tenant_id    uuid not null references app.tenants (id),
  tool         text not null check (tool in ('IntuneManagement', 'IntuneCD', 'IntuneBackupAndRestore')),
  folder       text not null check (length(folder) between 1 and 200),
  taken_at     timestamptz not null,
  requested_at timestamptz not null default app.db_now(),
  requested_by name not null default session_user
);
comment on table app.set_import_requests is 'Imports that a person asked for and a host has not carried out. A row ends with its import, or with the next request after an hour.';
create index set_import_requests_by_tenant on app.set_import_requests (tenant_id);

create table app.imported_sets (
  id            uuid primary key,
  tenant_id     uuid not null references app.tenants (id),
  tool          text not null,
  folder        text not null,
  taken_at      timestamptz not null,
  imported_at   timestamptz not null,
  imported_by   name not null,
  files         int not null check (files >= 0),
  items         int not null check (items >= 0),
  new_bytes     bigint not null check (new_bytes >= 0),
  left_out      int not null check (left_out >= 0),
  left_out_list jsonb not null,
  root_sha256   bytea not null check (octet_length(root_sha256) = 32),
  verified_at   timestamptz,
  verified_by   name,
  verified_items int,
  damages       int,
  first_damage  text check (length(first_damage) <= 500),
  unique (id, tenant_id),
  check ((verified_at is null) = (verified_by is null) and (verified_at is null) = (verified_items is null)
         and (verified_at is null) = (damages is null))
);
comment on table app.imported_sets is 'Sets made from folders that other tools exported. Written by app.seal_import and app.delete_imported_set alone; only the last verification of a set may change.';
comment on column app.imported_sets.folder is 'Name of the folder without its path.';
comment on column app.imported_sets.taken_at is 'When the objects were read from the tenant, as the person said.';
comment on column app.imported_sets.left_out_list is 'Files that no object was made of, with the reason; the first thousand of them.';
create index imported_sets_by_tenant on app.imported_sets (tenant_id, taken_at desc);

create table app.imported_set_parts (
  set_id          uuid not null,
  policy_type     text not null check (length(policy_type) between 1 and 200),
  tenant_id       uuid not null,
  known           boolean not null,
  items           int not null check (items > 0),
  made_ids        int not null check (made_ids between 0 and items),
  manifest_sha256 bytea not null check (octet_length(manifest_sha256) = 32),
  primary key (set_id, policy_type),
  foreign key (set_id, tenant_id) references app.imported_sets (id, tenant_id) on delete cascade
);
comment on column app.imported_set_parts.made_ids is 'Objects whose id the tool left out; they are known by the name of their file.';
`;

const definer = `language plpgsql volatile security definer set search_path = pg_catalog, pg_temp`;

const functions = `
create function app.request_set_import(p_tenant uuid, p_tool text, p_folder text, p_taken_at timestamptz,
  out request_id uuid, out refused text) ${definer} as $$
begin
  if not app.has_tenant_role(p_tenant, '{owner,manager}') then
    refused := app.refuse_member(p_tenant, 'set.import_requested', 'tenant', p_tenant::text, 'tenant_not_found');
    return;
  end if;
  if p_taken_at > app.db_now() or p_taken_at < timestamptz '2010-01-01 00:00Z' then
    refused := 'import_time_invalid';
    return;
  end if;
  delete from app.set_import_requests r
   where r.tenant_id = p_tenant and r.requested_at < app.db_now() - interval '1 hour';
  insert into app.set_import_requests (tenant_id, tool, folder, taken_at)
    values (p_tenant, p_tool, p_folder, p_taken_at) returning id into request_id;
  perform app.audit_append(p_tenant, 'set.import_requested', 'tenant', p_tenant::text,
    after => jsonb_build_object('requestId', request_id, 'tool', p_tool, 'folder', p_folder, 'takenAt', p_taken_at));
end $$;
comment on function app.request_set_import(uuid, text, text, timestamptz) is 'A technician asks for the import of a folder; a host then seals it within an hour.';

-- For hosts: what is asked for. The set's id and instant are fixed here, because its root takes them in.
create function app.claim_set_import(p_request uuid, out set_id uuid, out of_tenant uuid, out tool text, out folder text,
  out taken_at text, out imported_at text, out imported_by text)
${definer} as $$
begin
  if not app.is_host() then
    raise exception 'Only an approved host imports a set.' using errcode = '42501';
  end if;
  select gen_random_uuid(), r.tenant_id, r.tool, r.folder,
         to_char(r.taken_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
         to_char(app.db_now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), r.requested_by::text
    into set_id, of_tenant, tool, folder, taken_at, imported_at, imported_by
    from app.set_import_requests r
   where r.id = p_request and r.requested_at > app.db_now() - interval '1 hour'
     for update;
end $$;
comment on function app.claim_set_import(uuid) is 'Locks a request until the transaction ends and answers what the set will be called; null where there is none.';

create function app.seal_import(p_request uuid, p_set uuid, p_imported_at timestamptz, p_files int, p_new_bytes bigint,
  p_left_out int, p_left_out_list jsonb, p_root bytea, p_types text[], p_known boolean[], p_items int[],
  p_made_ids int[], p_manifests text[])
returns void ${definer} as $$
declare
  r app.set_import_requests;
begin
  if not app.is_host() then
    raise exception 'Only an approved host imports a set.' using errcode = '42501';
  end if;
  delete from app.set_import_requests q
   where q.id = p_request and q.requested_at > app.db_now() - interval '1 hour' returning q.* into r;
  if not found or p_imported_at not between r.requested_at and app.db_now() then
    raise exception 'Nobody asked for this import within the last hour.' using errcode = 'TK120';
  end if;
  if exists (select 1 from unnest(p_manifests) m
              where not exists (select 1 from app.manifests k
                                 where k.tenant_id = r.tenant_id and k.sha256 = decode(m, 'hex'))) then
    raise exception 'A manifest of the import is not in the database.' using errcode = 'TK121';
  end if;
  insert into app.imported_sets (id, tenant_id, tool, folder, taken_at, imported_at, imported_by, files, items,
                                 new_bytes, left_out, left_out_list, root_sha256)
    values (p_set, r.tenant_id, r.tool, r.folder, r.taken_at, p_imported_at, r.requested_by, p_files,
            (select coalesce(sum(i), 0) from unnest(p_items) i), p_new_bytes, p_left_out, p_left_out_list, p_root);
  insert into app.imported_set_parts (set_id, policy_type, tenant_id, known, items, made_ids, manifest_sha256)
    select p_set, t.type, r.tenant_id, t.known, t.items, t.made_ids, decode(t.manifest, 'hex')
      from unnest(p_types, p_known, p_items, p_made_ids, p_manifests) t(type, known, items, made_ids, manifest);
  perform app.audit_append(r.tenant_id, 'set.imported', 'imported_set', p_set::text,
    after => jsonb_build_object('requestId', r.id, 'requestedBy', r.requested_by, 'tool', r.tool, 'folder', r.folder,
                                'takenAt', r.taken_at, 'items', (select sum(i) from unnest(p_items) i),
                                'leftOut', p_left_out, 'root', encode(p_root, 'hex')));
end $$;
comment on function app.seal_import(uuid, uuid, timestamptz, int, bigint, int, jsonb, bytea, text[], boolean[], int[], int[], text[]) is 'For hosts: ends a request with the set that was made of its folder.';

-- Its content is swept later, as that of a set which retention removed.
create function app.delete_imported_set(p_tenant uuid, p_set uuid, out refused text) ${definer} as $$
declare
  s app.imported_sets;
begin
  if not app.has_tenant_role(p_tenant, '{owner,manager}') then
    refused := app.refuse_member(p_tenant, 'set.import_deleted', 'imported_set', p_set::text, 'tenant_not_found');
    return;
  end if;
  delete from app.imported_sets d where d.id = p_set and d.tenant_id = p_tenant returning d.* into s;
  if not found then
    refused := 'imported_set_unknown';
    return;
  end if;
  perform app.audit_append(p_tenant, 'set.import_deleted', 'imported_set', p_set::text, before =>
    jsonb_build_object('tool', s.tool, 'folder', s.folder, 'takenAt', s.taken_at, 'importedAt', s.imported_at,
                       'importedBy', s.imported_by, 'items', s.items, 'root', encode(s.root_sha256, 'hex')));
end $$;
comment on function app.delete_imported_set(uuid, uuid) is 'Removes an import; sets of runs are removed by retention alone.';

-- With the tenant: they are few rows, whose content is erased with all other content of it.
create function app.forget_imports_of_tenant() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  delete from app.set_import_requests r where r.tenant_id = new.id;
  delete from app.imported_sets s where s.tenant_id = new.id;
  return new;
end $$;
create trigger forget_imports_of_tenant after update of state on app.tenants
  for each row when (new.state = 'deleted') execute function app.forget_imports_of_tenant();

create or replace function app.needed_manifests(tenant uuid) returns setof bytea language sql stable
security definer set search_path = pg_catalog, pg_temp as $$
  select n.sha256 from (
    select p.manifest_sha256 from app.backup_sets s join app.backup_set_parts p on p.set_id = s.id
     where s.tenant_id = tenant and p.manifest_sha256 is not null
    union
    select s.references_sha256 from app.backup_sets s where s.tenant_id = tenant and s.references_sha256 is not null
    union
    select t.manifest_sha256 from app.backup_runs r join app.run_types t on t.run_id = r.id
     where r.tenant_id = tenant and r.state in ('queued', 'running') and t.manifest_sha256 is not null
    union
    select i.manifest_sha256 from app.imported_set_parts i where i.tenant_id = tenant) n (sha256)
  where (select app.is_host())
$$;

create or replace function app.record_set_verifications(tenant uuid, set_ids uuid[], items int[], damages int[],
  first_damages text[], correlation_id text default null)
returns void ${definer} as $$
declare
  asked bigint := (select count(distinct i) from unnest(set_ids) i);
  written bigint;
  imported bigint;
begin
  -- A set of another tenant answers exactly as one that does not exist.
  if not app.has_tenant_role(tenant, '{owner,manager,operator,auditor,reader}') then
    raise exception 'There is no such backup set.' using errcode = 'TK113';
  end if;
  if not app.has_tenant_role(tenant, '{owner,manager,operator,auditor}') then
    raise exception 'Verifying needs the role auditor or above.' using errcode = '42501';
  end if;
  if length(correlation_id) > 100 then
    raise exception 'A correlation id has at most 100 characters.' using errcode = 'TK001';
  end if;
  insert into app.backup_set_verifications as v (set_id, tenant_id, verified_by, items, damages, first_damage)
  select s.id, s.tenant_id, session_user, n.items, n.damages, n.first_damage
    from unnest(set_ids, record_set_verifications.items, record_set_verifications.damages, first_damages)
         n(set_id, items, damages, first_damage)
    join app.backup_sets s on s.id = n.set_id and s.tenant_id = tenant
   order by s.id
  on conflict (set_id) do update
     set verified_at = app.db_now(), verified_by = session_user, items = excluded.items, damages = excluded.damages,
         first_damage = excluded.first_damage;
  get diagnostics written = row_count;
  update app.imported_sets s
     set verified_at = app.db_now(), verified_by = session_user, verified_items = n.items, damages = n.damages,
         first_damage = n.first_damage
    from unnest(set_ids, record_set_verifications.items, record_set_verifications.damages, first_damages)
         n(set_id, items, damages, first_damage)
   where s.id = n.set_id and s.tenant_id = tenant;
  get diagnostics imported = row_count;
  if written + imported <> asked then
    raise exception 'There is no such backup set.' using errcode = 'TK113';
  end if;
  perform app.audit_append(
    tenant, 'set.verified', case when asked = 1 then 'backup_set' else 'tenant' end,
    case when asked = 1 then set_ids[1]::text else tenant::text end,
    case when (select coalesce(sum(d), 0) from unnest(record_set_verifications.damages) d) = 0 then 'success' else 'failure' end,
    null, null,
    jsonb_build_object('sets', asked, 'items', (select sum(i) from unnest(record_set_verifications.items) i),
                       'damages', (select sum(d) from unnest(record_set_verifications.damages) d)),
    record_set_verifications.correlation_id);
end $$;
`;

const access = [
  ...['imported_sets', 'imported_set_parts'].flatMap((table) => [
    `create policy host_select on app.${table} for select to tenantkeep_host using ((select app.is_host()))`,
    `create policy technician_select on app.${table} for select to tenantkeep_technician
      using ((select app.sees_every_tenant()) or tenant_id in (select app.permitted_tenants()))`,
  ]),
  `grant select on app.imported_sets, app.imported_set_parts to tenantkeep_host, tenantkeep_technician`,
  `grant execute on function app.request_set_import(uuid, text, text, timestamptz),
     app.delete_imported_set(uuid, uuid) to tenantkeep_technician`,
  `grant execute on function app.claim_set_import(uuid),
     app.seal_import(uuid, uuid, timestamptz, int, bigint, int, jsonb, bytea, text[], boolean[], int[], int[], text[])
     to tenantkeep_host`,
];

export class Migration20261130_0020_imported_sets extends Migration {
  override up(): void {
    for (const statement of [
      tables,
      ...['set_import_requests', 'imported_sets', 'imported_set_parts'].flatMap(forceRowLevelSecurity),
      functions,
      ...access,
    ]) {
      this.addSql(statement);
    }
  }
}
