import type { z } from 'zod';
import { type HealthState, healthStates } from '../../../shared/contract/tenants.ts';
import { instantFromMs, utcMinute } from '../../../shared/model/instant.ts';
import type { RunState } from '../../../shared/model/run-states.ts';
import type { contract } from '../../../shared/contract/index.ts';
import {
  type FleetDay,
  listHostOverviews,
  listTroubledSchedules,
  readFleetDays,
  tallyRuns,
} from '../../db/repositories/fleet.ts';
import { hostOfflineAfterSeconds } from '../../db/repositories/hosts.ts';
import { listSnoozes } from '../../db/repositories/attention.ts';
import { statesWorstFirst } from '../../db/repositories/run-timeline.ts';
import { listRuns } from '../../db/repositories/runs.ts';
import { listScheduleOverviews, type ScheduleOverview } from '../../db/repositories/schedule-overviews.ts';
import { readDatabaseTime } from '../../db/repositories/schedules.ts';
import { listTenants, type Tenant } from '../../db/repositories/tenants.ts';
import { healthOfTenant } from '../../domain/tenant-health.ts';
import type { Handlers } from '../router.ts';
import { attentionRows } from '../attention.ts';
import { runRow } from './run-row.ts';

type OverviewInput = z.input<(typeof contract)['overview.get']['output']>;

/** Without a tick for this long nothing is dispatched. */
const silentAfterMs = 120_000;
const upcomingMs = 2 * 3_600_000;

const credentialsWithinMs = 30 * 24 * 3_600_000;

export const overviewHandlers: Pick<Handlers, 'overview.get' | 'status.get'> = {
  'overview.get': async ({ session }, { tenantId }) => {
    const sql = session.database;
    const scope = tenantId === null ? ({ allTenants: true } as const) : { tenantId };
    const [tenants, schedules, tally, fleet, troubled, hosts, active, now, snoozes] = await Promise.all([
      listTenants(sql),
      listScheduleOverviews(sql, { tenantId, scheduleId: null }),
      tallyRuns(sql, tenantId),
      readFleetDays(sql, tenantId),
      listTroubledSchedules(sql, tenantId),
      listHostOverviews(sql, hostOfflineAfterSeconds),
      listRuns(sql, scope, { states: ['queued', 'running'] }, { cursor: null, limit: 50 }),
      readDatabaseTime(sql),
      listSnoozes(sql, tenantId),
    ]);
    const shownTenants = tenants.filter((tenant) => tenantId === null || tenant.tenantId === tenantId);
    return {
      health: tallyHealth(shownTenants, schedules, now),
      runs24h: tally.states,
      missedSlots24h: tally.missedSlots,
      hostsAlive: hosts.filter((host) => host.online).length,
      ...attentionRows({ tenants: shownTenants, troubled, hosts, snoozes, now }),
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
      credentials: endingCredentials(shownTenants, now),
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

function endingCredentials(tenants: readonly Tenant[], now: Date): OverviewInput['credentials'] {
  return tenants
    .flatMap(({ tenantId, name, credentialKind, credentialExpiresAt: ends }) =>
      credentialKind === null || ends === null ? [] : [{ tenantId, name, credentialKind, ends }],
    )
    .filter(({ ends }) => ends.getTime() - now.getTime() <= credentialsWithinMs)
    .sort((a, b) => a.ends.getTime() - b.ends.getTime())
    .map(({ tenantId, name, credentialKind, ends }) => ({
      tenantId,
      tenantName: name,
      kind: credentialKind,
      expiresAt: ends.toISOString(),
    }));
}

function worstOf(cells: readonly FleetDay[], tenantId: string, day: string): RunState | null {
  const states = cells.find((cell) => cell.tenantId === tenantId && cell.day === day)?.states ?? [];
  return statesWorstFirst.find((state) => states.includes(state)) ?? null;
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
