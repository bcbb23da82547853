import type { z } from 'zod';
import type { tenantRowSchema } from '../../../shared/contract/tenants.ts';
import { AppError } from '../../../shared/errors.ts';
import type { Sql } from '../../db/database.ts';
import { listScheduleOverviews, type ScheduleOverview } from '../../db/repositories/schedule-overviews.ts';
import { readDatabaseTime } from '../../db/repositories/schedules.ts';
import {
  editTenant,
  getTenant,
  listTenants,
  setAllowedAge,
  type Tenant,
} from '../../db/repositories/tenants.ts';
import { healthOfTenant, healthSentence, type TenantHealth } from '../../domain/tenant-health.ts';
import type { Handlers } from '../router.ts';

type TenantRowInput = z.input<typeof tenantRowSchema>;

/** A verdict as rows carry it: the word with the figures behind it. */
export function healthRow(health: TenantHealth): TenantRowInput['health'] {
  return {
    state: health.state,
    sentence: healthSentence(health),
    lastGoodSetAt: health.lastGoodSetAt?.toISOString() ?? null,
    allowedAgeMinutes: health.allowedAgeMs === null ? null : Math.round(health.allowedAgeMs / 60_000),
  };
}

function tenantRow(tenant: Tenant, schedules: readonly ScheduleOverview[], now: Date): TenantRowInput {
  const health = healthOfTenant(tenant, schedules, now);
  return {
    id: tenant.tenantId,
    name: tenant.name,
    entraTenantId: tenant.entraTenantId,
    cloud: tenant.cloud,
    tags: tenant.tags,
    connected: tenant.state === 'connected',
    health: healthRow(health),
    credential:
      tenant.credentialKind === null
        ? null
        : { kind: tenant.credentialKind, expiresAt: tenant.credentialExpiresAt?.toISOString() ?? null },
    schedules: schedules.length,
    myRole: tenant.myRole,
    ownAllowedAgeMinutes: tenant.allowedAgeMinutes,
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
  'tenants.edit': async ({ session }, { tenantId, name, tags, allowedAgeMinutes }) => {
    await session.database.transaction(async (tx) => {
      await editTenant(tx, tenantId, name, tags);
      if (allowedAgeMinutes !== undefined) await setAllowedAge(tx, tenantId, allowedAgeMinutes);
    });
    return await tenantRowOf(session.database, tenantId);
  },
};
