import { isAppError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import { TenantUnreadableError, type Log, type TenantReaderFactory } from '../engine/ports.ts';
import type { CredentialLoader } from './credential-loader.ts';
import { createGraphClient } from './graph-client.ts';
import { currentToken } from './graph-exchange.ts';
import type { GraphLimits } from './graph-limits.ts';
import { forSignedInPerson, type PolicyTypeCatalog } from './policy-type-catalog.ts';
import { createTenantReader } from './tenant-reader.ts';
import { createTenantSessions, type TenantSessions } from './tenant-session.ts';

/**
 * Opens tenants for reading with the credentials of this host. `open` signs in first, so that a refused
 * credential is found in seconds and once, not at every policy type.
 */
export function createTenantReaderFactory(options: {
  credentials: CredentialLoader;
  catalog: PolicyTypeCatalog;
  limits: GraphLimits;
  clock: Clock;
  log: Log;
  /** Shared with the access check, so that both keep one set of limits and tokens. */
  sessions?: TenantSessions;
}): TenantReaderFactory & { close(): Promise<void> } {
  const { credentials, catalog, limits, clock, log } = options;
  const sessions = options.sessions ?? createTenantSessions({ limits, clock, log });
  return {
    openableTenantIds: () => credentials.openableTenantIds(),
    open: async (tenantId, signal) => {
      try {
        const credential = await credentials.load(tenantId);
        const session = await sessions.open(credential);
        // Permissions granted since the last run are in a new token only.
        session.tokens.forget();
        await currentToken(session, signal);
        return createTenantReader({
          client: createGraphClient(session),
          catalog: credential.kind === 'delegated' ? forSignedInPerson(catalog) : catalog,
          clock,
          limits,
          cloud: session.cloud.name,
          tenantParameters: { organizationId: credential.tenantGuid },
        });
      } catch (error) {
        if (!isAppError(error)) throw error;
        throw new TenantUnreadableError(unreadableReason(error.code), error.message, { cause: error });
      }
    },
    close: () => sessions.close(),
  };
}

function unreadableReason(code: string): TenantUnreadableError['reason'] {
  return code === 'certificate_invalid' ? 'auth_certificate_rejected' : 'internal';
}
