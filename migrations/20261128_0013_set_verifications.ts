import { Migration } from '@mikro-orm/migrations';
import { forceRowLevelSecurity } from './row-level-security.ts';

/**
 * The last verification of each backup set: when, by whom, and what it found. The audit log holds all of them; this
 * row is what a list of sets shows beside each set. It goes with its set.
 */
const table = `
create table app.backup_set_verifications (
  set_id       uuid primary key,
  tenant_id    uuid not null references app.tenants (id),
  verified_at  timestamptz not null default app.db_now(),
  verified_by  name not null,
  items        int not null check (items >= 0),
  damages      int not null check (damages >= 0),
  first_damage text check (length(first_damage) <= 500),
  check ((damages = 0) = (first_damage is null)),
  foreign key (set_id, tenant_id) references app.backup_sets (id, tenant_id) on delete cascade
);
comment on table app.backup_set_verifications is 'Result of the last verification of each set; written by app.record_set_verifications alone.';
`;

const functions = `
create function app.record_set_verifications(tenant uuid, set_ids uuid[], items int[], damages int[],
  first_damages text[], correlation_id text default null)
returns void language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  asked bigint := (select count(distinct i) from unnest(set_ids) i);
  written bigint;
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
  if written <> asked then
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
comment on function app.record_set_verifications(uuid, uuid[], int[], int[], text[], text) is 'Keeps what a technician''s verification found, a row a set, with one audit event for all.';
`;

export class Migration20261128_0013_set_verifications extends Migration {
  override up(): void {
    for (const statement of [
      table,
      ...forceRowLevelSecurity('backup_set_verifications'),
      `create policy technician_select on app.backup_set_verifications for select to tenantkeep_technician
         using ((select app.sees_every_tenant()) or tenant_id in (select app.permitted_tenants()))`,
      `grant select on app.backup_set_verifications to tenantkeep_technician`,
      functions,
      `grant execute on function app.record_set_verifications(uuid, uuid[], int[], int[], text[], text) to tenantkeep_technician`,
    ]) {
      this.addSql(statement);
    }
  }
}
