import type { z } from 'zod';
import type { tenantRowSchema } from '../../../shared/contract/tenants.ts';
import { AppError } from '../../../shared/errors.ts';
import type { Sql } from '../../db/database.ts';
import { listScheduleOverviews, type ScheduleOverview } from '../../db/repositories/schedule-overviews.ts';
import { readDatabaseTime } from '../../db/repositories/schedules.ts';
import { editTenant, getTenant, listTenants, type Tenant } from '../../db/repositories/tenants.ts';
import { longestGap } from '../../domain/cadence.ts';
import { judgeTenantHealth, type TenantHealth } from '../../domain/tenant-health.ts';
import type { Handlers } from '../router.ts';

type TenantRowInput = z.input<typeof tenantRowSchema>;

const hourMs = 3_600_000;

/** Health of a tenant from its schedules and credential, at the database's time. */
export function healthOf(tenant: Tenant, schedules: readonly ScheduleOverview[], now: Date): TenantHealth {
  return judgeTenantHealth(
    {
      connected: tenant.state === 'connected' && tenant.credentialKind !== null,
      credentialExpiresAt: tenant.credentialExpiresAt,
      schedules: schedules.map((schedule) => ({
        enabled: schedule.enabled,
        createdAt: schedule.createdAt,
        lastGoodSetAt: schedule.lastGoodSetAt,
        allowedAgeMs: allowedAgeMs(schedule, now),
      })),
    },
    now,
  );
}

/** Twice the longest gap between neighbouring slots; a cadence that never fires promises nothing, hence a day. */
function allowedAgeMs(schedule: ScheduleOverview, now: Date): number {
  return 2 * (longestGap(schedule.cadence, schedule.timeZone, now) ?? 12 * hourMs);
}

function hours(ms: number): string {
  return `${Math.round(ms / hourMs)} h`;
}

function healthSentence(health: TenantHealth): string {
  switch (health.state) {
    case 'disconnected':
      return 'No credential: no host can read this tenant.';
    case 'no_schedule':
      return 'Nothing is scheduled for this tenant.';
    case 'paused':
      return 'All schedules of this tenant are paused.';
    default:
      return health.ageMs === null
        ? `No good backup set yet, allowed ${hours(health.allowedAgeMs ?? 0)}.`
        : `Last good set ${hours(health.ageMs)} ago, allowed ${hours(health.allowedAgeMs ?? 0)}.`;
  }
}

function tenantRow(tenant: Tenant, schedules: readonly ScheduleOverview[], now: Date): TenantRowInput {
  const health = healthOf(tenant, schedules, now);
  return {
    id: tenant.tenantId,
    name: tenant.name,
    entraTenantId: tenant.entraTenantId,
    cloud: tenant.cloud,
    tags: tenant.tags,
    connected: tenant.state === 'connected',
    health: {
      state: health.state,
      sentence: healthSentence(health),
      lastGoodSetAt: health.lastGoodSetAt?.toISOString() ?? null,
      allowedAgeMinutes: health.allowedAgeMs === null ? null : Math.round(health.allowedAgeMs / 60_000),
    },
    credential:
      tenant.credentialKind === null
        ? null
        : { kind: tenant.credentialKind, expiresAt: tenant.credentialExpiresAt?.toISOString() ?? null },
    schedules: schedules.length,
    myRole: tenant.myRole,
  };
}

async function tenantRowOf(sql: Sql, tenantId: string): Promise<TenantRowInput> {
  const tenant = await getTenant(sql, tenantId);
  if (tenant === null) throw new AppError('tenant_not_found', 'There is no such tenant.');
  const schedules = await listScheduleOverviews(sql, { tenantId, scheduleId: null });
  return tenantRow(tenant, schedules, await readDatabaseTime(sql));
}

export const tenantHandlers: Pick<Handlers, 'tenants.list' | 'tenants.get' | 'tenants.edit'> = {
  'tenants.list': async ({ session }) => {
    const sql = session.database;
    const [tenants, schedules, now] = await Promise.all([
      listTenants(sql),
      listScheduleOverviews(sql, { tenantId: null, scheduleId: null }),
      readDatabaseTime(sql),
    ]);
    const byTenant = Map.groupBy(schedules, (schedule) => schedule.tenantId);
    return { rows: tenants.map((tenant) => tenantRow(tenant, byTenant.get(tenant.tenantId) ?? [], now)) };
  },
  'tenants.get': ({ session }, { tenantId }) => tenantRowOf(session.database, tenantId),
  'tenants.edit': async ({ session }, { tenantId, name, tags }) => {
    await editTenant(session.database, tenantId, name, tags);
    return await tenantRowOf(session.database, tenantId);
  },
};
