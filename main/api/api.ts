import type { Clock } from '../clock.ts';
import { readHolding } from '../db/repositories/myself.ts';
import type { Log } from '../engine/ports.ts';
import { accessCheckHandlers } from './handlers/access-check-handlers.ts';
import { alertHandlers } from './handlers/alert-handlers.ts';
import { attentionHandlers } from './handlers/attention-handlers.ts';
import { auditHandlers } from './handlers/audit-handlers.ts';
import { backupSetHandlers } from './handlers/backup-set-handlers.ts';
import { connectionHandlers } from './handlers/connection-handlers.ts';
import { diagnosticsHandlers } from './handlers/diagnostics-handlers.ts';
import { freshnessHandlers } from './handlers/freshness-handlers.ts';
import { memberHandlers } from './handlers/member-handlers.ts';
import { overviewHandlers } from './handlers/overview-handlers.ts';
import { retentionHandlers } from './handlers/retention-handlers.ts';
import { runHandlers } from './handlers/run-handlers.ts';
import { savedViewHandlers } from './handlers/saved-view-handlers.ts';
import { scheduleAdviceHandlers } from './handlers/schedule-advice-handlers.ts';
import { scheduleBulkHandlers } from './handlers/schedule-bulk-handlers.ts';
import { scheduleTemplateHandlers } from './handlers/schedule-template-handlers.ts';
import { runViewHandlers } from './handlers/run-view-handlers.ts';
import { scheduleHandlers } from './handlers/schedule-handlers.ts';
import { sessionHandlers } from './handlers/session-handlers.ts';
import { setComparisonHandlers } from './handlers/set-comparison-handlers.ts';
import { setItemHandlers } from './handlers/set-item-handlers.ts';
import { setSearchHandlers } from './handlers/set-search-handlers.ts';
import { tenantHandlers } from './handlers/tenant-handlers.ts';
import { hostHandlers } from './handlers/host-handlers.ts';
import { setupHandlers } from './handlers/setup-handlers.ts';
import { technicianHandlers } from './handlers/technician-handlers.ts';
import type { Installation } from './installation.ts';
import { workHandlers } from './handlers/work-handlers.ts';
import { createLongWork, type LongWork } from './long-work.ts';
import { createRouter, type HoldingReader, type Router } from './router.ts';

/** Permissions come from the database at every call, so that a revoked role ends at once. */
const holdings: HoldingReader = {
  holding: (session, tenantId) => readHolding(session.database, tenantId),
  auditDenied: async (session, { tenantId, action, correlationId }) => {
    await session.database.query(
      `select app.audit_report($1, $2, null, null, 'denied', 'forbidden', null, $3)`,
      [tenantId, action, correlationId],
    );
  },
};

/**
 * The whole server side of the contract, ready for a shell. Without an installation it answers from the database
 * alone.
 */
export function createApi(parts: {
  version: string;
  clock: Clock;
  log: Log;
  installation?: Installation;
  /** Shared with a shell that has long work of its own. */
  work?: LongWork;
}): Router {
  const { log, installation = null, work = createLongWork() } = parts;
  return createRouter({
    handlers: {
      ...sessionHandlers(parts),
      ...overviewHandlers,
      ...tenantHandlers,
      ...scheduleHandlers,
      ...scheduleAdviceHandlers,
      ...scheduleBulkHandlers(parts),
      ...scheduleTemplateHandlers(parts),
      ...backupSetHandlers(work),
      ...setItemHandlers,
      ...setSearchHandlers,
      ...setComparisonHandlers,
      ...runHandlers(parts),
      ...runViewHandlers,
      ...attentionHandlers,
      ...auditHandlers({ savedHeads: async () => (await installation?.savedAuditHeads()) ?? [] }),
      ...diagnosticsHandlers({ version: parts.version, installation, log }),
      ...hostHandlers(installation),
      ...technicianHandlers(installation),
      ...retentionHandlers,
      ...accessCheckHandlers,
      ...memberHandlers,
      ...savedViewHandlers,
      ...connectionHandlers,
      ...alertHandlers,
      ...workHandlers(work),
      ...setupHandlers,
      ...freshnessHandlers,
    },
    holdings,
    clock: parts.clock,
    log,
  });
}
