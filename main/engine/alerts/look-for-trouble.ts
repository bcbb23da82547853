import type { AlertSeverity } from '../../../shared/model/alerts.ts';
import { alertSeverities } from '../../../shared/model/alerts.ts';
import { usualAlertRule } from '../../../shared/model/run-spec.ts';
import { appendAuditEvents } from '../../audit/append-audit-events.ts';
import type { Database, Sql } from '../../db/database.ts';
import { listSealedChannels } from '../../db/repositories/alert-channels.ts';
import {
  type ChangedAlert,
  listChainChecks,
  oweMessages,
  readDispatchFacts,
  recordTroubles,
  takeAlertTurn,
} from '../../db/repositories/alerts.ts';
import { listHostOverviews } from '../../db/repositories/fleet.ts';
import { hostOfflineAfterSeconds } from '../../db/repositories/hosts.ts';
import { listScheduleOverviews } from '../../db/repositories/schedule-overviews.ts';
import { listTenantConnections } from '../../db/repositories/tenants.ts';
import { judgeTroubles, type Silence, type WorkspaceFacts } from '../../domain/alerts/judge-troubles.ts';
import { sendingTime } from '../../domain/alerts/sending-time.ts';
import { healthOfTenant } from '../../domain/tenant-health.ts';

/** Two looks of all hosts together are at least so far apart. */
const leastSecondsBetweenLooks = 50;
/** Without a tick for this long nothing is dispatched (ux: no host dispatching). */
const silentAfterMs = 120_000;
/** As many newest runs as `listScheduleOverviews` answers. */
const runsKnown = 10;

export interface Look {
  changes: readonly ChangedAlert[];
  /** Messages that were newly written. */
  owed: number;
}

/**
 * One look at the whole workspace, in one transaction: what is in trouble becomes open alerts, what is over is
 * resolved, and each channel is owed its messages. Null: another host has the turn or looked just now.
 */
export async function lookForTrouble(database: Database): Promise<Look | null> {
  return await database.transaction(
    async (tx) => {
      const turn = await takeAlertTurn(tx, leastSecondsBetweenLooks);
      if (turn === null) return null;
      const facts = await gatherFacts(tx, turn.now, turn.previousLookAt);
      const changes = await recordTroubles(tx, judgeTroubles(facts));
      await appendAuditEvents(
        tx,
        changes.map((change) => ({
          tenantId: change.tenantId,
          action: `alert.${change.change}`,
          targetKind: 'alert',
          targetId: change.alertId,
          reason: change.cause,
          after: { severity: change.severity, sentence: change.sentence },
        })),
      );
      const owed = await oweMessages(tx, await sendingTimes(tx, turn.now));
      return { changes, owed };
    },
    { statementTimeoutMs: 60_000 },
  );
}

async function gatherFacts(tx: Sql, now: Date, previousLookAt: Date | null): Promise<WorkspaceFacts> {
  const tenants = await listTenantConnections(tx);
  const schedules = Map.groupBy(
    await listScheduleOverviews(tx, { tenantId: null, scheduleId: null }),
    (schedule) => schedule.tenantId,
  );
  const hosts = await listHostOverviews(tx, hostOfflineAfterSeconds);
  return {
    now,
    tenants: tenants.map((tenant) => {
      const own = schedules.get(tenant.tenantId) ?? [];
      return {
        tenantId: tenant.tenantId,
        name: tenant.name,
        health: healthOfTenant(tenant, own, now),
        credentialExpiresAt: tenant.state === 'connected' ? tenant.credentialExpiresAt : null,
        schedules: own.map((schedule) => ({
          name: schedule.name,
          enabled: schedule.enabled,
          // No more runs than these are known here, so a larger number is reached by all of them.
          failuresUntilAlert: Math.min(
            schedule.spec.alerts?.failedTimes ?? usualAlertRule.failedTimes,
            runsKnown,
          ),
          tellsPartial: schedule.spec.alerts?.firstPartial ?? usualAlertRule.firstPartial,
          lastRuns: schedule.lastRuns.map((run) => run.state),
        })),
      };
    }),
    hosts: hosts.map((host) => ({
      hostId: host.hostId,
      name: host.name,
      // A command becomes a host for one run and leaves.
      shouldRun: host.kind !== 'command' && host.approved && host.state === 'running',
      lastSeenAt: host.lastSeenAt,
    })),
    chains: await listChainChecks(tx),
    silence: await findSilence(tx, now, previousLookAt),
  };
}

/**
 * Silence that goes on is seen by a host that lives but does not dispatch; one that ended, by the first host that
 * is back: nobody looked meanwhile, and slots were missed.
 */
async function findSilence(tx: Sql, now: Date, previousLookAt: Date | null): Promise<Silence | null> {
  const since = previousLookAt ?? now;
  const { lastTickAt, missedSlots } = await readDispatchFacts(tx, since);
  if (lastTickAt !== null && now.getTime() - lastTickAt.getTime() >= silentAfterMs) {
    return { from: lastTickAt, to: null, missedSlots };
  }
  const gapMs = now.getTime() - since.getTime();
  return gapMs >= silentAfterMs && missedSlots > 0 ? { from: since, to: now, missedSlots } : null;
}

async function sendingTimes(
  tx: Sql,
  now: Date,
): Promise<{ channelId: string; severity: AlertSeverity; dueAt: Date }[]> {
  const channels = await listSealedChannels(tx);
  return channels.flatMap((channel) =>
    alertSeverities.map((severity) => ({
      channelId: channel.channelId,
      severity,
      dueAt: sendingTime(channel, severity, now),
    })),
  );
}
