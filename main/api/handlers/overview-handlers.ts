import type { z } from 'zod';
import { type HealthState, healthStates } from '../../../shared/contract/tenants.ts';
import { instantFromMs, utcMinute } from '../../../shared/model/instant.ts';
import { runReasons, type RunReason } from '../../../shared/model/reasons.ts';
import { type RunState, runStateSentences } from '../../../shared/model/run-states.ts';
import type { contract } from '../../../shared/contract/index.ts';
import {
  type FleetDay,
  listHostOverviews,
  listTroubledRuns,
  readFleetDays,
  tallyRuns,
  type TroubledRuns,
} from '../../db/repositories/fleet.ts';
import { hostOfflineAfterSeconds } from '../../db/repositories/hosts.ts';
import { listRuns } from '../../db/repositories/runs.ts';
import { listScheduleOverviews, type ScheduleOverview } from '../../db/repositories/schedule-overviews.ts';
import { readDatabaseTime } from '../../db/repositories/schedules.ts';
import { listTenants, type Tenant } from '../../db/repositories/tenants.ts';
import { healthOfTenant } from '../../domain/tenant-health.ts';
import type { Handlers } from '../router.ts';
import { runRow } from './run-handlers.ts';

type OverviewInput = z.input<(typeof contract)['overview.get']['output']>;

/** Without a tick for this long nothing is dispatched. */
const silentAfterMs = 120_000;
const upcomingMs = 2 * 3_600_000;

/** Worst first: the state of a day that a person has to know about. */
const severity: readonly RunState[] = [
  'failed',
  'interrupted',
  'missed',
  'partial',
  'skipped',
  'cancelled',
  'running',
  'queued',
  'succeeded',
];

export const overviewHandlers: Pick<Handlers, 'overview.get' | 'status.get'> = {
  'overview.get': async ({ session }, { tenantId }) => {
    const sql = session.database;
    const scope = tenantId === null ? ({ allTenants: true } as const) : { tenantId };
    const [tenants, schedules, tally, fleet, troubled, hosts, active, now] = await Promise.all([
      listTenants(sql),
      listScheduleOverviews(sql, { tenantId, scheduleId: null }),
      tallyRuns(sql, tenantId),
      readFleetDays(sql, tenantId),
      listTroubledRuns(sql, tenantId),
      listHostOverviews(sql, hostOfflineAfterSeconds),
      listRuns(sql, scope, { states: ['queued', 'running'] }, { cursor: null, limit: 50 }),
      readDatabaseTime(sql),
    ]);
    const shownTenants = tenants.filter((tenant) => tenantId === null || tenant.tenantId === tenantId);
    return {
      health: tallyHealth(shownTenants, schedules, now),
      runs24h: tally.states,
      missedSlots24h: tally.missedSlots,
      hostsAlive: hosts.filter((host) => host.online).length,
      attention: troubled.map(attentionRow),
      fleet: {
        days: fleet.days,
        tenants: shownTenants.map((tenant) => ({
          tenantId: tenant.tenantId,
          tenantName: tenant.name,
          worst: fleet.days.map((day) => worstOf(fleet.cells, tenant.tenantId, day)),
        })),
      },
      upcoming: upcomingSlots(schedules, now),
      running: active.rows.map(runRow),
    };
  },

  'status.get': async ({ session, clock }) => {
    const askedMs = clock.monotonicMs();
    const now = await readDatabaseTime(session.database);
    const databaseLatencyMs = clock.monotonicMs() - askedMs;
    const hosts = await listHostOverviews(session.database, hostOfflineAfterSeconds);
    const ticks = hosts.flatMap((host) => (host.lastTickAt === null ? [] : [host.lastTickAt.getTime()]));
    const lastTickMs = ticks.length === 0 ? null : Math.max(...ticks);
    const lastTickAt = hosts.find((host) => host.lastTickAt?.getTime() === lastTickMs)?.lastTickAt ?? null;
    const dispatching = lastTickMs !== null && now.getTime() - lastTickMs < silentAfterMs;
    const nextMinute = instantFromMs(utcMinute(now).getTime() + 60_000);
    return {
      databaseLatencyMs,
      databaseNow: now.toISOString(),
      hostsAlive: hosts.filter((host) => host.online).length,
      lastTickAt: lastTickAt?.toISOString() ?? null,
      dispatching,
      nextTickAt: dispatching ? nextMinute.toISOString() : null,
    };
  },
};

function tallyHealth(
  tenants: readonly Tenant[],
  schedules: readonly ScheduleOverview[],
  now: Date,
): Record<HealthState, number> {
  const tally = Object.fromEntries(healthStates.map((state) => [state, 0])) as Record<HealthState, number>;
  const byTenant = Map.groupBy(schedules, (schedule) => schedule.tenantId);
  for (const tenant of tenants)
    tally[healthOfTenant(tenant, byTenant.get(tenant.tenantId) ?? [], now).state] += 1;
  return tally;
}

function attentionRow(trouble: TroubledRuns): OverviewInput['attention'][number] {
  const reason = trouble.reason === null ? undefined : runReasons[trouble.reason as RunReason];
  const critical = trouble.state === 'failed' || trouble.state === 'interrupted';
  return {
    severity: critical ? 'critical' : 'warning',
    tenantId: trouble.tenantId,
    tenantName: trouble.tenantName,
    code: trouble.reason ?? trouble.state,
    sentence: reason === undefined ? runStateSentences[trouble.state] : reason.sentence,
    count: trouble.runs,
    runId: trouble.newestRunId,
  };
}

function worstOf(cells: readonly FleetDay[], tenantId: string, day: string): RunState | null {
  const states = cells.find((cell) => cell.tenantId === tenantId && cell.day === day)?.states ?? [];
  return severity.find((state) => states.includes(state)) ?? null;
}

function upcomingSlots(schedules: readonly ScheduleOverview[], now: Date): OverviewInput['upcoming'] {
  const untilMs = now.getTime() + upcomingMs;
  return schedules
    .flatMap((schedule) =>
      schedule.nextSlotAt === null ? [] : [{ ...schedule, nextSlotAt: schedule.nextSlotAt }],
    )
    .filter((schedule) => schedule.nextSlotAt.getTime() <= untilMs)
    .sort((a, b) => a.nextSlotAt.getTime() - b.nextSlotAt.getTime())
    .slice(0, 50)
    .map((schedule) => ({
      tenantId: schedule.tenantId,
      tenantName: schedule.tenantName,
      scheduleId: schedule.scheduleId,
      scheduleName: schedule.name,
      slotAt: schedule.nextSlotAt.toISOString(),
    }));
}
