import { MikroORM, UnderscoreNamingStrategy } from '@mikro-orm/postgresql';
import type { Log } from '../engine/ports.ts';
import { HostEntity } from './entities/host.ts';
import { TechnicianEntity, TenantMembershipEntity } from './entities/technician.ts';
import { TenantEntity } from './entities/tenant.ts';

/** Every entity of the product; a new one is added here. */
export const entities = [TenantEntity, TechnicianEntity, TenantMembershipEntity, HostEntity];

/**
 * The ORM for one login, with a small pool of its own: it sets type parsers on its pool and must never see a
 * pool replaced under it, so it does not share the one of `openDatabase`. Reads only; each unit of work is a
 * `fork()`. Row-level security holds as for any statement of that login.
 */
export async function openOrm(options: {
  url: string;
  applicationName: string;
  log?: Log;
}): Promise<MikroORM> {
  return MikroORM.init({
    clientUrl: options.url,
    schema: 'app',
    entities,
    namingStrategy: UnderscoreNamingStrategy,
    // The global manager would mix the identity maps of unrelated calls.
    allowGlobalContext: false,
    // Nothing is looked up before the first use.
    ensureDatabase: false,
    pool: { min: 0, max: 2, idleTimeoutMillis: 30_000 },
    driverOptions: {
      application_name: options.applicationName,
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
    },
    logger: (message) => options.log?.warn({}, `ORM: ${message}`),
    colors: false,
  });
}
