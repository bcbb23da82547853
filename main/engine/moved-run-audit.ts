import type { AuditEventInput } from '../audit/append-audit-events.ts';
import type { MovedRun } from '../db/repositories/run-ownership.ts';

/**
 * The audit row of a run that changed hands or ended without its owner.
 *
 * @param requeuedAction what a return to the queue is called: the reaper re-queues, an owner releases.
 */
export function movedRunAuditEvent(
  run: MovedRun,
  requeuedAction: 'run.requeued' | 'run.released',
): AuditEventInput {
  return {
    tenantId: run.tenantId,
    action: run.state === 'queued' ? requeuedAction : `run.${run.state}`,
    targetKind: 'run',
    targetId: run.runId,
    outcome: run.state === 'queued' || run.state === 'cancelled' ? 'success' : 'failure',
    reason: run.reason,
    after: {
      scheduleId: run.scheduleId,
      attempt: run.attempt,
      ...(run.leaseInstance === null ? {} : { instanceId: run.leaseInstance }),
    },
  };
}
