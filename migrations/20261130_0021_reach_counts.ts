import { Migration } from '@mikro-orm/migrations';
import { forceRowLevelSecurity } from './row-level-security.ts';

/**
 * "Does the caller have a role in every tenant?" counted a thousand memberships and a thousand tenants in every
 * statement, twice where tenants are joined: most of what row-level security added to a short query. The counts are
 * kept instead. They change in the transaction that changes what they count, so a statement's snapshot holds both.
 */
const counts = `
create table app.reach_counts (
  technician_id uuid references app.technicians (id),
  role          text,
  tenants       bigint not null check (tenants >= 0),
  unique nulls not distinct (technician_id, role)
) with (fillfactor = 50);
comment on table app.reach_counts is 'Memberships of each technician by role; the row without technician and role: all tenants there are. Kept by triggers, read by app.sees_every_tenant alone.';
insert into app.reach_counts (technician_id, role, tenants)
  select null, null, (select count(*) from app.tenants)
   union all
  select m.technician_id, m.role, count(*) from app.tenant_memberships m group by m.technician_id, m.role;
`;

const triggers = `
create function app.count_tenants() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  -- Nothing to count means no lock: an insert that a conflict turned into nothing holds up nobody.
  if exists (select 1 from changed) then
    update app.reach_counts r
       set tenants = r.tenants + (select count(*) from changed) * case tg_op when 'INSERT' then 1 else -1 end
     where r.technician_id is null;
  end if;
  return null;
end $$;

create function app.count_memberships() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op <> 'INSERT' then
    -- In a fixed order, so that two changes of one technician's roles never wait for each other.
    perform 1 from app.reach_counts r where r.technician_id in (select m.technician_id from removed m)
      order by r.technician_id, r.role for update;
    update app.reach_counts r
       set tenants = r.tenants - m.tenants
      from (select technician_id, role, count(*) as tenants from removed group by technician_id, role) m
     where (r.technician_id, r.role) = (m.technician_id, m.role);
  end if;
  if tg_op <> 'DELETE' then
    insert into app.reach_counts as r (technician_id, role, tenants)
      select m.technician_id, m.role, count(*) from added m group by m.technician_id, m.role order by m.technician_id, m.role
      on conflict (technician_id, role) do update set tenants = r.tenants + excluded.tenants;
  end if;
  return null;
end $$;

create trigger count_added after insert on app.tenants
  referencing new table as changed for each statement execute function app.count_tenants();
create trigger count_removed after delete on app.tenants
  referencing old table as changed for each statement execute function app.count_tenants();
create trigger count_added after insert on app.tenant_memberships
  referencing new table as added for each statement execute function app.count_memberships();
create trigger count_moved after update on app.tenant_memberships
  referencing old table as removed new table as added for each statement execute function app.count_memberships();
create trigger count_removed after delete on app.tenant_memberships
  referencing old table as removed for each statement execute function app.count_memberships();

-- Sound, because a membership is of a tenant that exists and is there once: as many as there are tenants are all.
create or replace function app.sees_every_tenant(roles text[] default null) returns boolean
language plpgsql stable parallel safe security definer set search_path = pg_catalog, pg_temp as $$
begin
  return coalesce((select sum(r.tenants) from app.reach_counts r
           where r.technician_id = (select t.id from app.technicians t where t.db_role = session_user and t.removed_at is null)
             and (sees_every_tenant.roles is null or r.role = any (sees_every_tenant.roles)))
       = (select nullif(r.tenants, 0) from app.reach_counts r where r.technician_id is null), false);
end $$;
`;

export class Migration20261130_0021_reach_counts extends Migration {
  override up(): void {
    for (const statement of [counts, ...forceRowLevelSecurity('reach_counts'), triggers]) {
      this.addSql(statement);
    }
  }
}
