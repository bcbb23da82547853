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

export class Migration20261124_0004_tenant_keys extends Migration {
  override up(): void {
    for (const statement of [
      tables,
      ...forceRowLevelSecurity('tenant_keys'),
      `create policy host_reads on app.tenant_keys for select to tenantkeep_host using ((select app.is_host()))`,
      `create policy host_adds on app.tenant_keys for insert to tenantkeep_host with check ((select app.is_host()))`,
      `grant select on app.tenant_keys to tenantkeep_host`,
      `grant insert (tenant_id, sealed, recipients) on app.tenant_keys to tenantkeep_host`,
    ]) {
      this.addSql(statement);
    }
  }
}
