import { AppError } from '../../shared/errors.ts';
import { mayDo, type Permission, weakestRoleFor } from '../../shared/model/permissions.ts';
import { readHolding } from '../db/repositories/myself.ts';
import type { Session } from './router.ts';

/**
 * For what the router cannot see: a second tenant of a call, or work that is no procedure. Refuses like the router,
 * and audits like it: a tenant without membership answers as one that does not exist.
 */
export async function requirePermissionIn(
  session: Session,
  tenantId: string,
  permission: Permission,
  denial: { action: string; correlationId: string | null },
): Promise<void> {
  const holding = await readHolding(session.database, tenantId);
  if (mayDo(permission, holding)) return;
  if (holding.role === null && !mayDo('tenant.view', holding)) {
    throw new AppError('tenant_not_found', 'There is no such tenant.');
  }
  await session.database.query(
    `select app.audit_report($1, $2, null, null, 'denied', 'forbidden', null, $3)`,
    [tenantId, denial.action, denial.correlationId],
  );
  throw new AppError(
    'forbidden',
    `This needs the role ${weakestRoleFor(permission) ?? 'owner'} in the tenant.`,
  );
}
