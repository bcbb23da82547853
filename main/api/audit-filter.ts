import type { AuditFilter } from '../../shared/contract/audit.ts';
import { instantFromIso } from '../../shared/model/instant.ts';
import type { AuditTrailFilter } from '../db/repositories/audit-trail.ts';

/** The filter of the page as the readers of the trail take it: lists, counts and exports get the same one. */
export function trailFilterOf(filter: AuditFilter): AuditTrailFilter {
  return {
    scope: filter.tenantId === null ? { allTenants: true } : { tenantId: filter.tenantId },
    ...(filter.from === null ? {} : { from: instantFromIso(filter.from) }),
    ...(filter.to === null ? {} : { to: instantFromIso(filter.to) }),
    ...(filter.action === null ? {} : { action: filter.action }),
    ...(filter.actor === null ? {} : { actor: filter.actor }),
    ...(filter.outcome === null ? {} : { outcome: filter.outcome }),
    terms: [
      ...(filter.targetId === null
        ? []
        : [{ field: 'target' as const, value: filter.targetId, exclude: false }]),
      ...filter.terms,
    ],
  };
}
