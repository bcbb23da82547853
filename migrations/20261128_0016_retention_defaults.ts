import { Migration } from '@mikro-orm/migrations';
import { forceRowLevelSecurity } from './row-level-security.ts';

/**
 * What a new schedule keeps unless somebody says otherwise: one rule of the workspace, and one of a tenant in its
 * place. Schedules that exist keep the rule that they have.
 */
const table = `
create table app.retention_defaults (
  tenant_id  uuid references app.tenants (id),
  rule       jsonb not null check (jsonb_typeof(rule -> 'keepLast') = 'number' and (rule ->> 'keepLast')::numeric between 1 and 10000),
  changed_at timestamptz not null default app.db_now(),
  changed_by name not null default session_user,
  unique nulls not distinct (tenant_id)
);
comment on column app.retention_defaults.tenant_id is 'Null: the rule of the workspace.';
insert into app.retention_defaults (tenant_id, rule) values (null, '{"keepLast": 30}');
`;

const functions = `
-- For the workspace (tenant null) by administrators, for a tenant by its owners and managers; a null rule takes the
-- tenant's own rule away. The workspace always has one.
create function app.set_default_retention(tenant uuid, rule jsonb, out refused text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  previous jsonb;
begin
  if tenant is null and not app.is_administrator() then
    refused := app.refuse(null, 'retention.default_changed', 'workspace', null, 'administrator_needed');
    return;
  end if;
  if tenant is not null and not app.has_tenant_role(tenant, '{owner,manager}') then
    refused := app.refuse(tenant, 'retention.default_changed', 'tenant', tenant::text, 'tenant_forbidden');
    return;
  end if;
  if tenant is null and set_default_retention.rule is null then
    refused := 'retention_invalid';
    return;
  end if;
  -- The tenant's row, or the workspace's rule, puts two changes in order.
  perform 1 from app.tenants t where t.id = tenant for no key update;
  select d.rule into previous from app.retention_defaults d where d.tenant_id is not distinct from tenant for update;
  if previous is not distinct from set_default_retention.rule then
    return;
  end if;
  if set_default_retention.rule is null then
    delete from app.retention_defaults d where d.tenant_id = tenant;
  else
    insert into app.retention_defaults as d (tenant_id, rule) values (tenant, set_default_retention.rule)
      on conflict (tenant_id) do update set rule = excluded.rule, changed_at = app.db_now(), changed_by = session_user;
  end if;
  perform app.audit_append(tenant, 'retention.default_changed', case when tenant is null then 'workspace' else 'tenant' end,
    tenant::text, 'success', null, previous, set_default_retention.rule);
end $$;
`;

export class Migration20261128_0016_retention_defaults extends Migration {
  override up(): void {
    for (const statement of [
      table,
      ...forceRowLevelSecurity('retention_defaults'),
      functions,
      `create policy technician_reads on app.retention_defaults for select to tenantkeep_technician
         using ((tenant_id is null and (select app.current_technician_id()) is not null)
                or tenant_id in (select app.permitted_tenants()))`,
      `grant select on app.retention_defaults to tenantkeep_technician`,
      `grant execute on function app.set_default_retention(uuid, jsonb) to tenantkeep_technician`,
    ]) {
      this.addSql(statement);
    }
  }
}
