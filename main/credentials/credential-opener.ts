import { isAppError } from '../../shared/errors.ts';
import type { Database } from '../db/database.ts';
import {
  listCurrentCredentials,
  readSealedCredentials,
  type CurrentCredential,
} from '../db/repositories/credentials.ts';
import type { Log } from '../engine/ports.ts';
import { openCredential, type CredentialSecret } from './sealed-credential.ts';

/** A tenant with the credential that this host has opened. */
export type OpenedCredential = CurrentCredential & { secret: CredentialSecret };

export interface CredentialOpener {
  /** Tenants whose credential this host has really opened: by a trial decryption in this process, not by a list. */
  openableTenantIds(): Promise<string[]>;
  /** The tenant's credential in force; null when there is none, or none that this host can open. */
  open(tenantId: string): Promise<OpenedCredential | null>;
}

/**
 * Opens tenants' credentials with the key of this host. Trials are remembered by the hash of the sealed bytes, so
 * that a check-in every ten seconds costs one small query, and a credential that was replaced or sealed again is
 * tried anew. `database` is the host's login.
 */
export function createCredentialOpener(options: {
  database: Database;
  identity: string;
  log: Log;
}): CredentialOpener {
  const { database, identity, log } = options;
  /** By sealed hash: the secret, or null where the trial failed. */
  let trials = new Map<string, CredentialSecret | null>();

  const tryAll = async (credentials: readonly CurrentCredential[]): Promise<void> => {
    const untried = credentials.filter((credential) => !trials.has(credential.sealedHash));
    if (untried.length === 0) return;
    const sealed = await readSealedCredentials(
      database,
      untried.map((credential) => credential.credentialId),
    );
    for (const credential of untried) {
      const bytes = sealed.get(credential.credentialId);
      // Replaced between the two queries: the next call sees the new one.
      if (bytes === undefined) continue;
      trials.set(credential.sealedHash, await openOne(credential, bytes));
    }
  };

  const openOne = async (
    credential: CurrentCredential,
    bytes: Uint8Array,
  ): Promise<CredentialSecret | null> => {
    try {
      const secret = await openCredential(bytes, credential, identity);
      if (secret === null) {
        log.warn(
          { tenantId: credential.tenantId, credentialId: credential.credentialId },
          'The credential of a tenant is not sealed to this host',
        );
      }
      return secret;
    } catch (error) {
      if (!isAppError(error)) throw error;
      log.error({ error, tenantId: credential.tenantId }, 'The credential of a tenant cannot be used');
      return null;
    }
  };

  return {
    async openableTenantIds() {
      const credentials = await listCurrentCredentials(database, { allTenants: true });
      await tryAll(credentials);
      const current = new Set(credentials.map((credential) => credential.sealedHash));
      trials = new Map([...trials].filter(([hash]) => current.has(hash)));
      return credentials
        .filter((credential) => trials.get(credential.sealedHash) != null)
        .map((credential) => credential.tenantId);
    },
    async open(tenantId) {
      const [credential] = await listCurrentCredentials(database, { tenantId });
      if (credential === undefined) return null;
      await tryAll([credential]);
      const secret = trials.get(credential.sealedHash) ?? null;
      return secret === null ? null : { ...credential, secret };
    },
  };
}
