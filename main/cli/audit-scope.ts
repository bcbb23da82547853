import type { Database } from '../db/database.ts';
import type { AuditTrailFilter } from '../db/repositories/audit-trail.ts';
import { findTenant } from './find-by-name.ts';
import { usageError } from './usage-error.ts';

/** Which chains `--tenant` and `--workspace` name: one tenant's, the workspace's, or all that the login may read. */
export async function readAuditScope(
  database: Database,
  options: { tenant?: string; workspace?: boolean },
): Promise<AuditTrailFilter['scope']> {
  if (options.tenant !== undefined && options.workspace === true) {
    throw usageError('Give either --tenant or --workspace.');
  }
  if (options.tenant !== undefined)
    return { tenantId: (await findTenant(database, options.tenant)).tenantId };
  return options.workspace === true ? { workspace: true } : { allTenants: true };
}
