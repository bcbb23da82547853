import { Migration } from '@mikro-orm/migrations';
import { auditFunctions, auditTables } from './20261124_0001_foundation/audit.ts';
import { callerFunctions } from './20261124_0001_foundation/caller.ts';
import { tenantFunctions } from './20261124_0001_foundation/tenant-functions.ts';
import { grants, rowPolicies } from './20261124_0001_foundation/access.ts';
import { tables } from './20261124_0001_foundation/tables.ts';
import { workspaceFunctions } from './20261124_0001_foundation/workspace-functions.ts';
import { forceRowLevelSecurity } from './row-level-security.ts';

/**
 * Tenants, people, hosts, credentials and the audit chain, with the rules of who may touch what.
 *
 * Runs as `tenantkeep_owner` (main/db/migrate.ts creates the roles and the schema first, because roles belong
 * to the server and not to one database). Nothing here is executable or readable by PUBLIC: later migrations
 * grant each table and function by name.
 */
export class Migration20261124_0001_foundation extends Migration {
  override up(): void {
    const protectedTables = [
      'schema_meta',
      'tenants',
      'technicians',
      'tenant_memberships',
      'hosts',
      'credentials',
      'audit_events',
      'audit_heads',
    ];
    for (const statement of [
      tables,
      auditTables,
      ...protectedTables.flatMap(forceRowLevelSecurity),
      callerFunctions,
      auditFunctions,
      tenantFunctions,
      workspaceFunctions,
      rowPolicies,
      grants,
    ]) {
      this.addSql(statement);
    }
  }
}
