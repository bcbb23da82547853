import { Migration } from '@mikro-orm/migrations';
import { forceRowLevelSecurity } from './row-level-security.ts';

/**
 * A tenant is deleted in two steps. An owner marks it: in that transaction its credential, keys and roles are gone, so
 * nobody sees any of it from there on. Hosts then erase what was backed up in batches, each a transaction of its own,
 * so that a crash loses nothing but the batch under way. The row of the tenant and its audit chain stay: a chain that
 * ended without a trace could not be told from one that somebody cut.
 */
const definer = `volatile security definer set search_path = pg_catalog, pg_temp`;

const tables = `
alter table app.tenants drop constraint tenants_state_check;
alter table app.tenants add constraint tenants_state_check check (state in ('connected', 'disconnected', 'deleted'));
alter table app.tenants drop constraint tenants_check1;
alter table app.tenants add constraint tenants_disconnected_check check ((state = 'connected') = (disconnected_at is null));

create table app.deleted_tenants (
  tenant_id    uuid primary key references app.tenants (id),
  deleted_at   timestamptz not null default app.db_now(),
  deleted_by   name not null default session_user,
  rows_left    bigint not null check (rows_left >= 0),
  rows_erased  bigint not null default 0 check (rows_erased >= 0),
  erased_at    timestamptz
);
comment on table app.deleted_tenants is 'Tenants that were deleted, and how far their content is erased. Their rows in tenants and their audit chains stay.';
comment on column app.deleted_tenants.rows_left is 'Runs and rows of content as counted at deletion, less those erased since.';
create index deleted_tenants_pending on app.deleted_tenants (deleted_at) where erased_at is null;
`;

/** Whoever could read everything could read a deleted tenant, too, and nobody has a role in that. */
const visibility = `
create policy host_reads on app.deleted_tenants for select to tenantkeep_host using ((select app.is_host()));
create policy technician_reads on app.deleted_tenants for select to tenantkeep_technician
  using ((select app.is_administrator()) or deleted_by = session_user);
grant select on app.deleted_tenants to tenantkeep_host, tenantkeep_technician;

-- One answer for "in every tenant?" and "in all but which?", because a policy pays for each function that it calls.
create function app.all_tenants_but(roles text[] default null) returns uuid[]
language plpgsql stable parallel safe security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not app.sees_every_tenant(roles) then return null; end if;
  return array (select d.tenant_id from app.deleted_tenants d);
end $$;
comment on function app.all_tenants_but(text[]) is 'For tables that keep rows of deleted tenants, in which nobody has a role: the deleted tenants where the caller has one of the roles (null: any) in every other one, otherwise null.';

-- As a function, because a statement plans what a policy selects from a table, and nearly always there is nothing in it.
create function app.readable_deleted_tenants() returns setof uuid
language plpgsql stable parallel safe security definer set search_path = pg_catalog, pg_temp rows 5 as $$
begin
  return query select d.tenant_id from app.deleted_tenants d where d.deleted_by = session_user or app.is_administrator();
end $$;
comment on function app.readable_deleted_tenants() is 'Deleted tenants whose name the caller may still read: all for administrators, otherwise those that the caller deleted.';
grant execute on function app.all_tenants_but(text[]), app.readable_deleted_tenants() to tenantkeep_host, tenantkeep_technician;

-- The name stays readable for whoever deleted it and for administrators, who read its chain as that of the workspace.
alter policy technician_reads on app.tenants
  using ((select app.is_administrator())
         or (state <> 'deleted' and (select app.sees_every_tenant()))
         or id in (select app.permitted_tenants())
         or (state = 'deleted' and id in (select app.readable_deleted_tenants())));
alter policy technician_reads on app.audit_events
  using ((tenant_id is not null and tenant_id <> all ((select app.all_tenants_but('{owner,manager,auditor}'))::uuid[]))
         or tenant_id in (select app.permitted_tenants('{owner,manager,auditor}'))
         or (tenant_id is null and (select app.is_administrator()))
         or (actor = session_user and tenant_id in (select app.permitted_tenants('{operator}')))
         or ((select app.is_administrator()) and tenant_id in (select app.readable_deleted_tenants())));
alter policy technician_reads on app.audit_heads
  using (tenant_id in (select app.permitted_tenants('{owner,manager,auditor}'))
         or (tenant_id is null and (select app.is_administrator()))
         or ((select app.is_administrator()) and tenant_id in (select app.readable_deleted_tenants())));
`;

const guards = `
create function app.keep_tenant_deleted() returns trigger language plpgsql set search_path = pg_catalog as $$
begin
  raise exception 'A deleted tenant stays deleted.' using errcode = 'TK114';
end $$;
create trigger keep_tenant_deleted before update on app.tenants
  for each row when (old.state = 'deleted') execute function app.keep_tenant_deleted();

create function app.refuse_role_in_deleted_tenant() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select 1 from app.deleted_tenants d where d.tenant_id = new.tenant_id) then
    raise exception 'Nobody gets a role in a deleted tenant.' using errcode = 'TK114';
  end if;
  return new;
end $$;
create trigger refuse_role_in_deleted_tenant before insert or update on app.tenant_memberships
  for each row execute function app.refuse_role_in_deleted_tenant();

create or replace function app.grant_membership(tenant_id uuid, technician_id uuid, role text, out refused text) language plpgsql ${definer} as $$
declare
  previous text;
begin
  if not (app.is_administrator() or app.has_tenant_role(tenant_id, '{owner}')) then
    refused := app.refuse(tenant_id, 'member.granted', 'technician', technician_id::text, 'tenant_forbidden');
    return;
  end if;
  perform 1 from app.tenants t where t.id = grant_membership.tenant_id and t.state <> 'deleted' for no key update;
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
`;

const deletion = `
-- What a deletion takes with it; the caller has asked for the role.
create function app.count_of_tenant(p_tenant uuid) returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select jsonb_build_object(
    'name', (select t.name from app.tenants t where t.id = p_tenant),
    'connected', (select t.state = 'connected' from app.tenants t where t.id = p_tenant),
    'sets', (select count(*) from app.backup_sets s where s.tenant_id = p_tenant),
    'pinnedSets', (select count(*) from app.backup_sets s where s.tenant_id = p_tenant and s.pinned_at is not null),
    'importedSets', (select count(*) from app.imported_sets s where s.tenant_id = p_tenant),
    'newestCompleteAt', (select max(s.sealed_at) from app.backup_sets s where s.tenant_id = p_tenant and s.complete),
    'bytes', (select coalesce(sum(octet_length(p.bytes)), 0) from app.payloads p where p.tenant_id = p_tenant)
           + (select coalesce(sum(octet_length(m.bytes)), 0) from app.manifests m where m.tenant_id = p_tenant),
    'schedules', (select count(*) from app.backup_schedules s where s.tenant_id = p_tenant and s.deleted_at is null),
    'runs', (select count(*) from app.backup_runs r where r.tenant_id = p_tenant),
    'members', (select count(*) from app.tenant_memberships m where m.tenant_id = p_tenant))
$$;

create function app.preview_tenant_deletion(p_tenant uuid) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
  if not app.has_tenant_role(p_tenant, '{owner}') then
    return null;
  end if;
  return app.count_of_tenant(p_tenant);
end $$;

-- Disconnects the tenant where it is connected, and marks it deleted; content is erased by app.erase_deleted_tenant.
create function app.delete_tenant(p_tenant uuid, p_confirmed_name text, out refused text) language plpgsql ${definer} as $$
declare
  t app.tenants;
  lost jsonb;
begin
  if not app.has_tenant_role(p_tenant, '{owner}') then
    refused := app.refuse_member(p_tenant, 'tenant.deleted', 'tenant', p_tenant::text, 'tenant_not_found');
    return;
  end if;
  select n.* into t from app.tenants n where n.id = p_tenant for update;
  if t.name is distinct from p_confirmed_name then
    refused := 'tenant_name_differs';
    return;
  end if;
  -- Pinning waits for this row, and finds its set gone afterwards.
  perform 1 from app.backup_set_heads h where h.tenant_id = p_tenant for no key update;
  lost := app.count_of_tenant(p_tenant);
  if (lost ->> 'pinnedSets')::bigint > 0 then
    refused := 'set_pinned';
    return;
  end if;
  if t.state = 'connected' then
    -- Pauses its schedules, ends what runs, forgets what was proposed.
    select d.refused into refused from app.disconnect_tenant(p_tenant, 'The tenant is being deleted.') d;
    if refused is not null then
      return;
    end if;
  end if;
  update app.backup_runs b
     set state = 'cancelled', reason = 'schedule_disabled', finished_at = app.db_now()
   where b.tenant_id = p_tenant and b.state = 'queued';
  update app.backup_runs b set cancel_requested_at = app.db_now(), cancel_requested_by = session_user
   where b.tenant_id = p_tenant and b.state = 'running' and b.cancel_requested_at is null;
  if found then
    perform pg_notify('run_cancel', '');
  end if;
  update app.backup_schedules s
     set deleted_at = app.db_now(), enabled = false, next_slot_at = null, spec_version = s.spec_version + 1, changed_at = app.db_now()
   where s.tenant_id = p_tenant and s.deleted_at is null;
  delete from app.access_checks c where c.tenant_id = p_tenant;
  delete from app.credential_candidates c where c.tenant_id = p_tenant;
  delete from app.credentials c where c.tenant_id = p_tenant;
  delete from app.tenant_keys k where k.tenant_id = p_tenant;
  delete from app.retention_defaults d where d.tenant_id = p_tenant;
  delete from app.attention_snoozes s where s.tenant_id = p_tenant;
  delete from app.saved_views v where v.tenant_id = p_tenant;
  delete from app.alert_messages m
   where m.alert_id in (select a.id from app.alerts a where a.tenant_id = p_tenant)
      or m.channel_id in (select c.id from app.alert_channels c where c.tenant_id = p_tenant);
  delete from app.alerts a where a.tenant_id = p_tenant;
  delete from app.alert_channels c where c.tenant_id = p_tenant;
  -- After disconnecting, which asks for the role once more.
  delete from app.tenant_memberships m where m.tenant_id = p_tenant;
  update app.tenants n set state = 'deleted', changed_at = app.db_now() where n.id = p_tenant;
  insert into app.deleted_tenants (tenant_id, rows_left)
    select p_tenant, (select count(*) from app.backup_runs r where r.tenant_id = p_tenant)
                   + (select count(*) from app.backup_sets s where s.tenant_id = p_tenant)
                   + (select count(*) from app.pruned_backup_sets s where s.tenant_id = p_tenant)
                   + (select count(*) from app.imported_sets s where s.tenant_id = p_tenant)
                   + (select count(*) from app.set_import_requests r where r.tenant_id = p_tenant)
                   + (select count(*) from app.policies p where p.tenant_id = p_tenant)
                   + (select count(*) from app.payloads p where p.tenant_id = p_tenant)
                   + (select count(*) from app.manifests m where m.tenant_id = p_tenant)
                   + (select count(*) from app.sealed_secrets s where s.tenant_id = p_tenant)
                   + (select count(*) from app.backup_schedules s where s.tenant_id = p_tenant);
  -- In its own chain, which ends with it but for the erasing, and in that of the workspace, where people look.
  perform app.audit_append_many(array[p_tenant, null], array['tenant.deleted', 'tenant.deleted'], array['tenant', 'tenant'],
    array[p_tenant::text, p_tenant::text], null, null, array[lost, lost], null);
end $$;

-- Erases a batch of the content of one deleted tenant: 'most' rows of one table, or as many runs as make about that.
-- Answers the tenant and how many rows went; no tenant where there is nothing to do or another host is at it.
create function app.erase_deleted_tenant(most int, out tenant_id uuid, out erased bigint, out done boolean)
language plpgsql ${definer} as $$
#variable_conflict use_variable
declare
  step record;
begin
  if not app.is_host() then
    raise exception 'Only an approved host erases deleted tenants.' using errcode = '42501';
  end if;
  done := false;
  erased := 0;
  -- A run that has not noticed its end yet still writes; it ends, or is reaped, within a minute.
  select d.tenant_id into tenant_id from app.deleted_tenants d
   where d.erased_at is null
     and not exists (select 1 from app.backup_runs r where r.tenant_id = d.tenant_id and r.state in ('queued', 'running'))
   order by d.deleted_at limit 1 for no key update skip locked;
  if tenant_id is null then
    return;
  end if;
  -- In the order in which rows refer to each other; a run that was still going may have made a key anew. A run takes its hundred records and its log with it.
  for step in select * from (values ('set_import_requests', 1), ('imported_sets', 1), ('backup_set_heads', 1), ('backup_sets', 1), ('pruned_backup_sets', 1), ('policies', 1),
                                    ('payload_secrets', 1), ('payloads', 1), ('manifests', 1), ('sealed_secrets', 1),
                                    ('backup_runs', 200), ('backup_schedules', 1), ('tenant_keys', 1)) s (table_name, weight) loop
    execute format('delete from app.%1$I x where x.ctid = any (array(select y.ctid from app.%1$I y where y.tenant_id = $1 limit $2))',
                   step.table_name)
      using tenant_id, greatest(1, most / step.weight);
    get diagnostics erased = row_count;
    exit when erased > 0;
  end loop;
  if erased > 0 then
    update app.deleted_tenants d set rows_erased = d.rows_erased + erased, rows_left = greatest(0, d.rows_left - erased)
     where d.tenant_id = erase_deleted_tenant.tenant_id;
    return;
  end if;
  done := true;
  update app.deleted_tenants d set erased_at = app.db_now(), rows_left = 0 where d.tenant_id = erase_deleted_tenant.tenant_id;
  -- From here on there is nothing left of it for "a role in every tenant" to reach but row and chain.
  update app.reach_counts r set tenants = r.tenants - 1 where r.technician_id is null;
  perform app.audit_append_many(array[tenant_id, null], array['tenant.erased', 'tenant.erased'], array['tenant', 'tenant'],
    array[tenant_id::text, tenant_id::text], null, null, null,
    array_fill((select jsonb_build_object('rows', d.rows_erased) from app.deleted_tenants d
                 where d.tenant_id = erase_deleted_tenant.tenant_id), array[2]));
end $$;

grant execute on function app.preview_tenant_deletion(uuid), app.delete_tenant(uuid, text) to tenantkeep_technician;
grant execute on function app.erase_deleted_tenant(int) to tenantkeep_host;
`;

export class Migration20261130_0022_deleted_tenants extends Migration {
  override up(): void {
    for (const statement of [
      tables,
      ...forceRowLevelSecurity('deleted_tenants'),
      visibility,
      guards,
      deletion,
    ]) {
      this.addSql(statement);
    }
  }
}
