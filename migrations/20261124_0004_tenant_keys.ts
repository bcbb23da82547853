import { Migration } from '@mikro-orm/migrations';
import { forceRowLevelSecurity } from './row-level-security.ts';

/**
 * The key with which a tenant's secret values are fingerprinted, sealed to the keys of the hosts. It has a row of
 * its own, because it must outlive every credential: with a new key every secret of the tenant would look changed.
 * The first host that needs it makes it; the primary key decides between two hosts that both tried.
 */
const tables = `
create table app.tenant_keys (
  tenant_id  uuid primary key references app.tenants (id),
  sealed     bytea not null check (octet_length(sealed) between 1 and 1048576),
  recipients text[] not null check (cardinality(recipients) > 0),
  created_at timestamptz not null default app.db_now()
);
comment on table app.tenant_keys is 'Sealed fingerprint keys. No login of a technician reads it.';
`;

/** Who opened the key seals it to another list of hosts, as with credentials. */
const functions = `
create function app.reseal_tenant_key(tenant_id uuid, sealed bytea, recipients text[], out refused text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  previous text[];
begin
  if not app.is_host() then
    refused := app.refuse(null, 'tenant_key.resealed', 'tenant', tenant_id::text, 'host_needed');
    return;
  end if;
  select k.recipients into previous from app.tenant_keys k where k.tenant_id = reseal_tenant_key.tenant_id for no key update;
  if not found then
    refused := 'tenant_not_found';
    return;
  end if;
  if previous @> reseal_tenant_key.recipients and previous <@ reseal_tenant_key.recipients then
    return;
  end if;
  update app.tenant_keys k set sealed = reseal_tenant_key.sealed, recipients = reseal_tenant_key.recipients
   where k.tenant_id = reseal_tenant_key.tenant_id;
  perform app.audit_append(tenant_id, 'tenant_key.resealed', 'tenant', tenant_id::text, 'success', null,
    jsonb_build_object('recipients', to_jsonb(previous)), jsonb_build_object('recipients', to_jsonb(reseal_tenant_key.recipients)));
end $$;
`;

export class Migration20261124_0004_tenant_keys extends Migration {
  override up(): void {
    for (const statement of [
      tables,
      ...forceRowLevelSecurity('tenant_keys'),
      functions,
      `create policy host_reads on app.tenant_keys for select to tenantkeep_host using ((select app.is_host()))`,
      `create policy host_adds on app.tenant_keys for insert to tenantkeep_host with check ((select app.is_host()))`,
      `grant select on app.tenant_keys to tenantkeep_host`,
      `grant insert (tenant_id, sealed, recipients) on app.tenant_keys to tenantkeep_host`,
      `grant execute on function app.reseal_tenant_key(uuid, bytea, text[]) to tenantkeep_host`,
    ]) {
      this.addSql(statement);
    }
  }
}
