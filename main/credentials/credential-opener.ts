import { isAppError } from '../../shared/errors.ts';
import type { Database } from '../db/database.ts';
import {
  listCurrentCredentials,
  readSealedCandidate,
  readSealedCredentials,
  storeSignIn,
  type CurrentCredential,
} from '../db/repositories/credentials.ts';
import type { Log } from '../engine/ports.ts';
import {
  openCredential,
  sealCredential,
  type CredentialAddress,
  type OpenedSecret,
} from './sealed-credential.ts';

/** A tenant with the credential that this host has opened. */
export type OpenedCredential = CurrentCredential & { secret: OpenedSecret };

export interface CredentialOpener {
  /** Tenants whose credential this host has really opened: by a trial decryption in this process, not by a list. */
  openableTenantIds(): Promise<string[]>;
  /** The tenant's credential in force; null when there is none, or none that this host can open. */
  open(tenantId: string): Promise<OpenedCredential | null>;
  /** A proposed credential; null when it is gone or this host cannot open it. */
  openCandidate(candidateId: string): Promise<OpenedCredential | null>;
  /**
   * Seals the next refresh token of a sign-in to the hosts that the last one was sealed to, and stores it unless
   * another host has stored a newer one, or a person has signed in again.
   */
  storeRefreshToken(used: OpenedSignIn, refreshToken: string): Promise<void>;
}

/** The sign-in of a person as this host has opened it. */
export type OpenedSignIn = CurrentCredential & { secret: Extract<OpenedSecret, { kind: 'delegated' }> };

/** True for the sign-in of a person. */
export function isSignIn(credential: OpenedCredential): credential is OpenedSignIn {
  return credential.secret.kind === 'delegated';
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
  let trials = new Map<string, OpenedSecret | null>();

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

  const openOne = async (credential: CurrentCredential, bytes: Uint8Array): Promise<OpenedSecret | null> => {
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

  const open = async (tenantId: string): Promise<OpenedCredential | null> => {
    const [credential] = await listCurrentCredentials(database, { tenantId });
    if (credential === undefined) return null;
    await tryAll([credential]);
    const secret = trials.get(credential.sealedHash) ?? null;
    return secret === null ? null : { ...credential, secret };
  };

  return {
    open,
    async openCandidate(candidateId) {
      const proposed = await readSealedCandidate(database, candidateId);
      if (proposed === null) return null;
      const secret = await openOne(proposed.candidate, proposed.sealed);
      return secret === null ? null : { ...proposed.candidate, secret };
    },
    async storeRefreshToken(used, refreshToken) {
      for (let current: OpenedSignIn = used; ;) {
        const { account, sealedTo } = current.secret;
        const secret = { kind: 'delegated', refreshToken, account } as const;
        try {
          await storeSignIn(database, {
            credentialId: current.credentialId,
            previousHash: current.sealedHash,
            sealed: await sealCredential(addressOf(current), secret, sealedTo),
            recipients: sealedTo,
          });
          return;
        } catch (error) {
          if (!isAppError(error)) throw error;
          if (error.code === 'credential_replaced') return;
          if (error.code !== 'sign_in_rotated') throw error;
        }
        const newest = await open(used.tenantId);
        // Not renewed but sealed to other hosts: the token that was used is still the one to be replaced.
        if (newest === null || !isSignIn(newest) || newest.credentialId !== used.credentialId) return;
        if (newest.secret.refreshToken !== used.secret.refreshToken) return;
        current = newest;
      }
    },
    async openableTenantIds() {
      const credentials = await listCurrentCredentials(database, { allTenants: true });
      await tryAll(credentials);
      const current = new Set(credentials.map((credential) => credential.sealedHash));
      trials = new Map([...trials].filter(([hash]) => current.has(hash)));
      return credentials
        .filter((credential) => trials.get(credential.sealedHash) != null)
        .map((credential) => credential.tenantId);
    },
  };
}

function addressOf({ tenantId, credentialId, clientId }: CurrentCredential): CredentialAddress {
  return { tenantId, credentialId, clientId };
}
