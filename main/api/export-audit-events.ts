import type { AuditFilter } from '../../shared/contract/audit.ts';
import { AppError } from '../../shared/errors.ts';
import { mayDo } from '../../shared/model/permissions.ts';
import { type AuditExportManifest, type AuditExportOptions, exportAudit } from '../audit/export-audit.ts';
import { reportAuditEvent } from '../db/repositories/audit-trail.ts';
import { listMyMemberships, readHolding } from '../db/repositories/myself.ts';
import { trailFilterOf } from './audit-filter.ts';
import type { Session } from './router.ts';

export type AuditExportWishes = Partial<
  Pick<AuditExportOptions, 'format' | 'delimiter' | 'signal' | 'onProgress'>
>;

/**
 * Writes the events of a filter to a file (as CSV unless wished otherwise), with a manifest beside it, and leaves
 * an audit event of its own. Not a procedure of the contract, because a page never names a path. Throws `forbidden`
 * (which is audited too), and what `exportAudit` throws.
 */
export async function exportAuditEvents(
  session: Session,
  filter: AuditFilter,
  path: string,
  appVersion: string,
  wishes: AuditExportWishes = {},
): Promise<AuditExportManifest> {
  await requireExportPermission(session, filter.tenantId);
  const manifest = await exportAudit(session.database, path, {
    filter: trailFilterOf(filter),
    format: 'csv',
    delimiter: 'comma',
    appVersion,
    ...wishes,
  });
  await reportAuditEvent(session.database, {
    tenantId: filter.tenantId,
    action: 'audit.exported',
    targetKind: 'file',
    detail: { filter: manifest.filter, rows: manifest.rows, sha256: manifest.sha256 },
  });
  return manifest;
}

/** Over all tenants the permission must hold in each of them, or an export would say less than it seems to. */
async function requireExportPermission(session: Session, tenantId: string | null): Promise<void> {
  const tenantIds =
    tenantId === null
      ? (await listMyMemberships(session.database)).map((membership) => membership.tenantId)
      : [tenantId];
  for (const id of tenantIds) {
    const holding = await readHolding(session.database, id);
    if (mayDo('audit.export', holding)) continue;
    // A tenant without membership answers exactly as one that does not exist.
    if (holding.role === null && !mayDo('tenant.view', holding)) {
      throw new AppError('tenant_not_found', 'There is no such tenant.');
    }
    await reportAuditEvent(session.database, {
      tenantId: id,
      action: 'audit.exported',
      outcome: 'denied',
      reason: 'forbidden',
    });
    throw new AppError('forbidden', 'Exporting audit events needs the role auditor in each tenant.', {
      nextStep: 'Choose one tenant in which the login has that role.',
    });
  }
}
