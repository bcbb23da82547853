import type { Sql } from '../db/database.ts';
import { listTenants } from '../db/repositories/tenants.ts';
import type { Log } from '../engine/ports.ts';
import { type Check, runCheck } from './check.ts';

const mostNames = 10;

/** Whether this computer's host can open every connected tenant that the caller sees. */
export function examineCredentials(
  sql: Sql,
  host: {
    /** Null where this computer is no approved host. */
    openableTenantIds(): Promise<ReadonlySet<string> | null>;
  },
  log: Log,
): Promise<Check> {
  return runCheck(
    { key: 'credentials', name: 'Credentials' },
    async () => {
      const openable = await host.openableTenantIds();
      if (openable === null) {
        return { state: 'ok', finding: 'this computer is no approved host, so it opens none' };
      }
      const connected = (await listTenants(sql)).filter((tenant) => tenant.state === 'connected');
      const closed = connected
        .filter((tenant) => !openable.has(tenant.tenantId))
        .map((tenant) => tenant.name);
      if (closed.length === 0) {
        return {
          state: 'ok',
          finding: `all ${connected.length} connected tenants can be opened by this host`,
        };
      }
      const more = closed.length > mostNames ? ` and ${closed.length - mostNames} more` : '';
      return {
        state: 'warning',
        finding: `not sealed to this host: ${closed.slice(0, mostNames).join(', ')}${more}`,
        nextStep: 'Run "tenantkeep hosts reseal" on a host that can open them.',
      };
    },
    log,
  );
}
