import { AppError } from '../../shared/errors.ts';
import type { Sql } from '../db/database.ts';
import { listSchedules, type Schedule } from '../db/repositories/schedules.ts';
import { listTenants, type Tenant } from '../db/repositories/tenants.ts';

/**
 * The one thing that `given` names: an id or a part of it from its beginning (8 characters at least), else a
 * name, regardless of case, else the beginning of a name. Throws `<noun>_not_found`, or `name_ambiguous` with
 * the candidates.
 */
export function findOne<Thing>(
  things: readonly Thing[],
  given: string,
  what: {
    noun: string;
    code: string;
    id(thing: Thing): string;
    name(thing: Thing): string;
    listCommand: string;
  },
): Thing {
  const wanted = given.trim().toLowerCase();
  const passes = [
    (thing: Thing) => what.id(thing).toLowerCase() === wanted,
    (thing: Thing) => what.name(thing).toLowerCase() === wanted,
    (thing: Thing) => wanted.length >= 8 && what.id(thing).toLowerCase().startsWith(wanted),
    (thing: Thing) => wanted !== '' && what.name(thing).toLowerCase().startsWith(wanted),
  ];
  for (const matches of passes) {
    const found = things.filter(matches);
    if (found.length === 1) return found[0]!;
    if (found.length > 1) {
      const candidates = found
        .slice(0, 10)
        .map((thing) => `${what.name(thing)} (${what.id(thing)})`)
        .join(', ');
      throw new AppError(
        'name_ambiguous',
        `"${given}" fits several ${what.noun}s: ${candidates}${found.length > 10 ? ', …' : ''}.`,
        { nextStep: 'Give the id or the whole name.' },
      );
    }
  }
  throw new AppError(
    `${what.code}_not_found`,
    `There is no ${what.noun} "${given}" that this login can see.`,
    {
      nextStep: `Run "tenantkeep ${what.listCommand}" to see what there is.`,
    },
  );
}

/** The tenant of that name or id. A disconnected one is found only by its id or where no connected one fits. */
export async function findTenant(sql: Sql, given: string): Promise<Tenant> {
  const what = {
    noun: 'tenant',
    code: 'tenant',
    id: (tenant: Tenant) => tenant.tenantId,
    name: (tenant: Tenant) => tenant.name,
    listCommand: 'tenants list',
  };
  const tenants = await listTenants(sql);
  const byEntraId = tenants.filter((tenant) => tenant.entraTenantId === given.trim().toLowerCase());
  if (byEntraId.length === 1) return byEntraId[0]!;
  const connected = tenants.filter((tenant) => tenant.state === 'connected');
  try {
    return findOne(connected, given, what);
  } catch (error) {
    if (error instanceof AppError && error.code === 'tenant_not_found') return findOne(tenants, given, what);
    throw error;
  }
}

/** The tenant's schedule of that name or id. */
export async function findSchedule(sql: Sql, tenant: Tenant, given: string): Promise<Schedule> {
  return findOne(await listSchedules(sql, tenant.tenantId), given, {
    noun: 'schedule',
    code: 'schedule',
    id: (schedule) => schedule.scheduleId,
    name: (schedule) => schedule.name,
    listCommand: 'schedules list',
  });
}
