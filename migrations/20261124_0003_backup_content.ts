import { Migration } from '@mikro-orm/migrations';
import { forceRowLevelSecurity } from './row-level-security.ts';

/**
 * What runs read and keep: the current state of each object, content-addressed payloads and manifests, sealed
 * backup sets with their chain, and sealed secret values. Hashes are 32 raw bytes. `bytes` is gzip of canonical
 * JSON (main/snapshot/README.md), so Postgres need not try to compress it again (storage external).
 */
const content = `
create table app.payloads (
  tenant_id  uuid not null references app.tenants (id),
  sha256     bytea not null check (octet_length(sha256) = 32),
  bytes      bytea not null,
  crc32      bigint not null check (crc32 between 0 and 4294967295),
  size       int not null check (size >= 0),
  touched_at timestamptz not null default app.db_now(),
  primary key (tenant_id, sha256)
);
alter table app.payloads alter column bytes set storage external;
comment on column app.payloads.sha256 is 'SHA-256 of the canonical JSON, not of the stored bytes.';
comment on column app.payloads.crc32 is 'CRC-32 of the stored bytes: shows decay that gzip would read over.';
comment on column app.payloads.touched_at is 'Last time a run needed the row to be there; the sweep spares young rows.';

create table app.manifests (
  tenant_id  uuid not null references app.tenants (id),
  sha256     bytea not null check (octet_length(sha256) = 32),
  bytes      bytea not null,
  crc32      bigint not null check (crc32 between 0 and 4294967295),
  size       int not null check (size >= 0),
  touched_at timestamptz not null default app.db_now(),
  primary key (tenant_id, sha256)
);
alter table app.manifests alter column bytes set storage external;
comment on table app.manifests is 'Lists of the objects of one policy type, and references documents; an unchanged type costs no new row.';

create table app.policies (
  tenant_id     uuid not null references app.tenants (id),
  policy_type   text not null,
  graph_id      text not null,
  name          text not null,
  config_sha256 bytea not null,
  first_seen_at timestamptz not null default app.db_now(),
  changed_at    timestamptz not null default app.db_now(),
  deleted_at    timestamptz,
  primary key (tenant_id, policy_type, graph_id),
  foreign key (tenant_id, config_sha256) references app.payloads (tenant_id, sha256)
) with (fillfactor = 90);
comment on table app.policies is 'Current state of each object. A row is written only when the object changed, so an unchanged tenant costs nothing; an object that is not deleted was last seen by the last complete reading of its type (run_types).';
comment on column app.policies.name is 'For showing: NUL, which Postgres text cannot hold, stands as U+2400. The exact name is in the manifest.';
comment on column app.policies.deleted_at is 'When a complete listing first lacked the object. Id, name and last version stay.';
-- For the foreign key: removing a payload asks whether an object still has it.
create index policies_config on app.policies (tenant_id, config_sha256);

create table app.run_types (
  run_id             uuid not null,
  policy_type        text not null,
  tenant_id          uuid not null,
  attempt            smallint not null,
  outcome            text not null check (outcome in ('complete', 'incomplete', 'not_available', 'unknown_type', 'not_attempted')),
  reason             text,
  missing_permission text,
  expected           int,
  captured           int not null default 0,
  failed             int not null default 0,
  requests           int not null default 0,
  retries            int not null default 0,
  waited_ms          int not null default 0,
  http_status        smallint,
  request_id         text,
  manifest_sha256    bytea,
  read_started_at    timestamptz,
  read_ended_at      timestamptz,
  new_bytes          bigint not null default 0,
  failed_items       jsonb,
  unknown_kinds      jsonb,
  primary key (run_id, policy_type),
  foreign key (run_id, tenant_id) references app.backup_runs (id, tenant_id) on delete cascade,
  check (outcome = 'complete' or reason is not null),
  check (outcome <> 'complete' or manifest_sha256 is not null)
);
comment on table app.run_types is 'The completeness proof of a policy type in a run, and the checkpoint from which a second attempt goes on.';
comment on column app.run_types.manifest_sha256 is 'No foreign key: its index would cost more than all else that an unchanged run writes. Sealing proves that the row is there, the sweep spares what a set or an active run names, both under one lock.';
comment on column app.run_types.read_ended_at is 'When the type was finished; null when it was never read.';
`;

const sets = `
create table app.backup_sets (
  id                   uuid primary key default gen_random_uuid(),
  tenant_id            uuid not null references app.tenants (id),
  run_id               uuid not null unique,
  schedule_id          uuid not null,
  sequence             bigint not null check (sequence > 0),
  sealed_at            timestamptz not null,
  lease_token          bigint not null,
  complete             boolean not null,
  items                int not null,
  added                int not null,
  changed              int not null,
  removed              int not null,
  new_bytes            bigint not null,
  references_sha256    bytea,
  previous_set_id      uuid,
  previous_root_sha256 bytea,
  root_sha256          bytea not null check (octet_length(root_sha256) = 32),
  part_checks          jsonb not null,
  pinned_at            timestamptz,
  pinned_by            name,
  pin_reason           text check (length(pin_reason) between 1 and 500),
  unique (tenant_id, sequence),
  unique (id, tenant_id),
  foreign key (run_id, tenant_id) references app.backup_runs (id, tenant_id),
  foreign key (schedule_id, tenant_id) references app.backup_schedules (id, tenant_id),
  check ((sequence = 1) = (previous_root_sha256 is null)),
  check ((previous_set_id is null) = (previous_root_sha256 is null)),
  check ((pinned_at is null) = (pin_reason is null) and (pinned_at is null) = (pinned_by is null))
);
comment on table app.backup_sets is 'Immutable once sealed; only the pin may change. Removed by app.prune_sets alone, which leaves a row in pruned_backup_sets.';
comment on column app.backup_sets.part_checks is 'Policy type → CRC-32 of its part: the root proves that parts are as they were, this names the one that is not.';
create index backup_sets_by_schedule on app.backup_sets (schedule_id, sequence desc);

-- The parts of a set are the records of its run, which never change once the run has ended: a copy of them
-- would be half of all that an unchanged run writes.
create view app.backup_set_parts with (security_invoker = true) as
  select s.id as set_id, t.policy_type, t.tenant_id, t.outcome, t.reason, t.expected, t.captured, t.failed,
         t.manifest_sha256, t.read_started_at, t.read_ended_at
    from app.backup_sets s join app.run_types t on t.run_id = s.run_id and t.tenant_id = s.tenant_id;

create table app.backup_set_heads (
  tenant_id   uuid primary key references app.tenants (id),
  sequence    bigint not null default 0,
  set_id      uuid,
  root_sha256 bytea,
  check ((sequence = 0) = (set_id is null) and (sequence = 0) = (root_sha256 is null))
);
comment on table app.backup_set_heads is 'End of the chain of sets of a tenant. Locking its row puts sealing in order; a cut tail shows against it.';

create table app.pruned_backup_sets (
  tenant_id            uuid not null references app.tenants (id),
  sequence             bigint not null,
  set_id               uuid not null unique,
  run_id               uuid not null,
  schedule_id          uuid not null,
  sealed_at            timestamptz not null,
  complete             boolean not null,
  items                int not null,
  previous_root_sha256 bytea,
  root_sha256          bytea not null,
  pruned_at            timestamptz not null default app.db_now(),
  primary key (tenant_id, sequence)
);
comment on table app.pruned_backup_sets is 'Links of the chain whose sets retention removed, so that the rest can still be proved whole.';

create table app.sealed_secrets (
  tenant_id   uuid not null references app.tenants (id),
  fingerprint bytea not null check (octet_length(fingerprint) = 32),
  sealed      bytea not null,
  sealed_at   timestamptz not null default app.db_now(),
  primary key (tenant_id, fingerprint)
);
comment on table app.sealed_secrets is 'Secret values that Graph gave, sealed to the keys of the hosts. No login of a technician reads it.';

create table app.payload_secrets (
  tenant_id      uuid not null,
  payload_sha256 bytea not null,
  fingerprint    bytea not null,
  primary key (tenant_id, payload_sha256, fingerprint),
  foreign key (tenant_id, payload_sha256) references app.payloads (tenant_id, sha256) on delete cascade,
  foreign key (tenant_id, fingerprint) references app.sealed_secrets (tenant_id, fingerprint)
);
create index payload_secrets_by_fingerprint on app.payload_secrets (tenant_id, fingerprint);
`;

const guards = `
create function app.guard_backup_set() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  if tg_op = 'INSERT' then
    -- A set comes into being only while its run is running under the very lease that seals it.
    perform 1 from app.backup_runs r
      where r.id = new.run_id and r.tenant_id = new.tenant_id and r.state = 'running' and r.lease_token = new.lease_token;
    if not found then
      raise exception 'A backup set is sealed by the owner of its run only.' using errcode = 'TK110';
    end if;
    return new;
  end if;
  if (new.id, new.tenant_id, new.run_id, new.schedule_id, new.sequence, new.sealed_at, new.lease_token, new.complete,
      new.items, new.added, new.changed, new.removed, new.new_bytes, new.references_sha256, new.previous_set_id,
      new.previous_root_sha256, new.root_sha256, new.part_checks)
     is distinct from
     (old.id, old.tenant_id, old.run_id, old.schedule_id, old.sequence, old.sealed_at, old.lease_token, old.complete,
      old.items, old.added, old.changed, old.removed, old.new_bytes, old.references_sha256, old.previous_set_id,
      old.previous_root_sha256, old.root_sha256, old.part_checks) then
    raise exception 'A sealed backup set never changes.' using errcode = 'TK111';
  end if;
  return new;
end $$;
create trigger guard_backup_set before insert or update on app.backup_sets
  for each row execute function app.guard_backup_set();

create function app.guard_run_type() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  -- Removing a run takes its records along; then there is no row of it any more.
  perform 1 from app.backup_runs r
    where r.id = case when tg_op = 'DELETE' then old.run_id else new.run_id end and r.state not in ('queued', 'running');
  if found then
    raise exception 'The record of a policy type never changes once its run has ended.' using errcode = 'TK111';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;
create trigger guard_run_type before insert or update or delete on app.run_types
  for each row execute function app.guard_run_type();
`;

const definer = `security definer set search_path = pg_catalog, pg_temp`;

const functions = `
-- Removes sets of one schedule and leaves their links in the chain. The plan is made elsewhere
-- (main/domain/retention.ts); here the promises are held whatever the plan says: never a pinned set, never the
-- newest, never the newest complete copy of a policy type. All or nothing; one audit event a set.
create function app.prune_sets(schedule uuid, set_ids uuid[]) returns bigint language plpgsql volatile ${definer} as $$
declare
  tenant uuid := (select s.tenant_id from app.backup_schedules s where s.id = schedule);
  asked bigint := (select count(distinct i) from unnest(set_ids) i);
  removed bigint;
begin
  if not app.is_host() then
    raise exception 'Only an approved host prunes backup sets.' using errcode = '42501';
  end if;
  -- Sealing, pinning and pruning of a tenant wait for each other here.
  perform 1 from app.backup_set_heads h where h.tenant_id = tenant for no key update;
  perform 1 from app.backup_sets s where s.schedule_id = schedule and s.id = any (set_ids) order by s.id for update;
  if (select count(*) from app.backup_sets s
       where s.schedule_id = schedule and s.id = any (set_ids) and s.pinned_at is null) <> asked then
    raise exception 'A backup set is pinned, gone, or of another schedule.' using errcode = 'TK112';
  end if;
  if exists (select 1 from app.backup_sets s
              where s.id = any (set_ids)
                and not exists (select 1 from app.backup_sets n
                                 where n.schedule_id = schedule and n.sequence > s.sequence and n.id <> all (set_ids)))
     or exists (select 1 from app.backup_set_heads h where h.tenant_id = tenant and h.set_id = any (set_ids)) then
    raise exception 'The newest backup set is never removed.' using errcode = 'TK112';
  end if;
  if exists (select 1 from app.backup_sets s join app.backup_set_parts p on p.set_id = s.id
              where s.id = any (set_ids) and p.outcome = 'complete'
                and not exists (select 1 from app.backup_sets n join app.backup_set_parts q on q.set_id = n.id
                                 where n.schedule_id = schedule and n.sequence > s.sequence and n.id <> all (set_ids)
                                   and q.policy_type = p.policy_type and q.outcome = 'complete')) then
    raise exception 'The newest complete copy of a policy type is never removed.' using errcode = 'TK112';
  end if;
  insert into app.pruned_backup_sets (tenant_id, sequence, set_id, run_id, schedule_id, sealed_at, complete, items,
                                      previous_root_sha256, root_sha256)
    select s.tenant_id, s.sequence, s.id, s.run_id, s.schedule_id, s.sealed_at, s.complete, s.items,
           s.previous_root_sha256, s.root_sha256
      from app.backup_sets s where s.id = any (set_ids);
  delete from app.backup_sets s where s.id = any (set_ids);
  get diagnostics removed = row_count;
  perform app.audit_append_many(
      array_agg(p.tenant_id order by p.sequence), array_agg('set.pruned'::text), array_agg('backup_set'::text),
      array_agg(p.set_id::text order by p.sequence), null, null,
      array_agg(jsonb_build_object('sequence', p.sequence, 'schedule', p.schedule_id, 'run', p.run_id,
                                   'root', encode(p.root_sha256, 'hex'), 'items', p.items) order by p.sequence))
    from app.pruned_backup_sets p where p.set_id = any (set_ids) having count(*) > 0;
  return removed;
end $$;

-- Takes away content that nobody needs. The caller names what no live manifest holds, having read them under
-- the sweep lock of the tenant; this function takes the same lock and spares all that is young, that a set or an
-- active run names, or that is the current state of an object.
create function app.sweep_content(tenant uuid, manifest_hashes bytea[], payload_hashes bytea[], safety_age interval)
returns table (manifests bigint, payloads bigint, secrets bigint, bytes bigint) language plpgsql volatile ${definer} as $$
declare
  horizon timestamptz := app.db_now() - greatest(safety_age, interval '0');
begin
  if not app.is_host() then
    raise exception 'Only an approved host sweeps content.' using errcode = '42501';
  end if;
  if not pg_try_advisory_xact_lock(hashtext('tenantkeep.sweep'), hashtext(tenant::text)) then
    raise exception 'A run of the tenant is writing.' using errcode = '55P03';
  end if;
  with gone as (
    delete from app.manifests m
     where m.tenant_id = tenant and m.sha256 = any (manifest_hashes) and m.touched_at < horizon
       and m.sha256 not in (select h from app.needed_manifests(tenant) h)
    returning octet_length(m.bytes) as bytes)
  select count(*), coalesce(sum(g.bytes), 0) into sweep_content.manifests, sweep_content.bytes from gone g;
  with gone as (
    delete from app.payloads p
     where p.tenant_id = tenant and p.sha256 = any (payload_hashes) and p.touched_at < horizon
       and not exists (select 1 from app.policies o where o.tenant_id = p.tenant_id and o.config_sha256 = p.sha256)
    returning octet_length(p.bytes) as bytes)
  select count(*), sweep_content.bytes + coalesce(sum(g.bytes), 0) into sweep_content.payloads, sweep_content.bytes from gone g;
  delete from app.sealed_secrets s
   where s.tenant_id = tenant and s.sealed_at < horizon
     and not exists (select 1 from app.payload_secrets u where u.tenant_id = s.tenant_id and u.fingerprint = s.fingerprint);
  get diagnostics secrets = row_count;
  return next;
end $$;

-- Pinning keeps a set from retention. Owner, manager and operator pin; owner and manager unpin.
create function app.pin_set(set_id uuid, reason text) returns void language plpgsql volatile ${definer} as $$
declare
  tenant uuid := (select s.tenant_id from app.backup_sets s where s.id = set_id);
begin
  -- A set of another tenant answers exactly as one that does not exist.
  if tenant is null or not app.has_tenant_role(tenant, '{owner,manager,operator,auditor,reader}') then
    raise exception 'There is no such backup set.' using errcode = 'TK113';
  end if;
  if not app.has_tenant_role(tenant, '{owner,manager,operator}') then
    raise exception 'Pinning needs the role operator or above.' using errcode = '42501';
  end if;
  perform 1 from app.backup_set_heads h where h.tenant_id = tenant for no key update;
  update app.backup_sets s set pinned_at = app.db_now(), pinned_by = session_user, pin_reason = pin_set.reason
   where s.id = set_id;
  if not found then
    raise exception 'There is no such backup set.' using errcode = 'TK113';
  end if;
  perform app.audit_append(tenant, 'set.pinned', 'backup_set', set_id::text, 'success', null, null,
                           jsonb_build_object('reason', pin_set.reason));
end $$;

create function app.unpin_set(set_id uuid) returns void language plpgsql volatile ${definer} as $$
declare
  tenant uuid := (select s.tenant_id from app.backup_sets s where s.id = set_id);
  former jsonb;
begin
  if tenant is null or not app.has_tenant_role(tenant, '{owner,manager,operator,auditor,reader}') then
    raise exception 'There is no such backup set.' using errcode = 'TK113';
  end if;
  if not app.has_tenant_role(tenant, '{owner,manager}') then
    raise exception 'Unpinning needs the role manager or owner.' using errcode = '42501';
  end if;
  perform 1 from app.backup_set_heads h where h.tenant_id = tenant for no key update;
  select jsonb_build_object('reason', s.pin_reason, 'by', s.pinned_by, 'at', s.pinned_at) into former
    from app.backup_sets s where s.id = set_id and s.pinned_at is not null;
  if former is null then
    return;
  end if;
  update app.backup_sets s set pinned_at = null, pinned_by = null, pin_reason = null where s.id = set_id;
  perform app.audit_append(tenant, 'set.unpinned', 'backup_set', set_id::text, 'success', null, former, null);
end $$;
`;

/** Before the functions that call it: plain SQL bodies are checked when they are made. */
const neededManifests = `
create function app.needed_manifests(tenant uuid) returns setof bytea language sql stable ${definer} as $$
  select n.sha256 from (
    select p.manifest_sha256 from app.backup_sets s join app.backup_set_parts p on p.set_id = s.id
     where s.tenant_id = tenant and p.manifest_sha256 is not null
    union
    select s.references_sha256 from app.backup_sets s where s.tenant_id = tenant and s.references_sha256 is not null
    union
    select t.manifest_sha256 from app.backup_runs r join app.run_types t on t.run_id = r.id
     where r.tenant_id = tenant and r.state in ('queued', 'running') and t.manifest_sha256 is not null) n (sha256)
  where (select app.is_host())
$$;
comment on function app.needed_manifests(uuid) is 'Manifests that a set or an active run names.';
`;

const contentTables = [
  'payloads',
  'manifests',
  'policies',
  'run_types',
  'backup_sets',
  'backup_set_heads',
  'pruned_backup_sets',
];
const secretTables = ['sealed_secrets', 'payload_secrets'];

const rowPolicies = [
  ...[...contentTables, ...secretTables].map(
    (table) => `create policy host_all on app.${table} to tenantkeep_host
      using ((select app.is_host())) with check ((select app.is_host()))`,
  ),
  ...contentTables.map(
    (table) => `create policy technician_select on app.${table} for select to tenantkeep_technician
      using (tenant_id in (select app.permitted_tenants()))`,
  ),
];

/** No DELETE for anybody: content goes through app.sweep_content, sets through app.prune_sets. */
const grants = [
  `grant select on ${contentTables.map((table) => `app.${table}`).join(', ')} to tenantkeep_host, tenantkeep_technician`,
  `grant select on app.backup_set_parts to tenantkeep_host, tenantkeep_technician`,
  `grant select on app.sealed_secrets, app.payload_secrets to tenantkeep_host`,
  `grant insert on app.payloads, app.manifests, app.policies, app.run_types, app.backup_sets, app.backup_set_heads, app.sealed_secrets, app.payload_secrets to tenantkeep_host`,
  `grant update (touched_at) on app.payloads, app.manifests to tenantkeep_host`,
  `grant update on app.policies, app.run_types, app.backup_set_heads to tenantkeep_host`,
  `grant execute on function app.prune_sets(uuid, uuid[]), app.sweep_content(uuid, bytea[], bytea[], interval),
     app.needed_manifests(uuid) to tenantkeep_host`,
  `grant execute on function app.pin_set(uuid, text), app.unpin_set(uuid) to tenantkeep_technician`,
];

export class Migration20261124_0003_backup_content extends Migration {
  override up(): void {
    for (const statement of [
      content,
      sets,
      ...[...contentTables, ...secretTables].flatMap(forceRowLevelSecurity),
      guards,
      neededManifests,
      functions,
      ...rowPolicies,
      ...grants,
    ]) {
      this.addSql(statement);
    }
  }
}
