import type { PublicClientApplication } from '@azure/msal-node';
import type { Clock } from '../clock.ts';
import { graphScope, type CloudEndpoints } from './clouds.ts';
import type { RefreshTokenStore, StoredRefreshToken, TenantCredential } from './credential-loader.ts';
import type { TokenNetwork } from './token-network.ts';

type DelegatedCredential = Extract<TenantCredential, { kind: 'delegated' }>;

/** The stored refresh token could not be read or replaced: a fault of ours, not of the login host's. */
export class RefreshTokenStoreError extends Error {
  override readonly name = 'RefreshTokenStoreError';
}

/** How often, and how long after one another, a refused refresh token is compared with what is stored. */
const lookAgain = { times: 4, everyMs: 500 };

/**
 * msal-node's public client for one tenant. A new one for each sign-in: it keeps tokens in its memory, where they
 * would outlive the wish to forget them.
 */
export async function openPublicApplication(options: {
  clientId: string;
  tenantGuid: string;
  cloud: CloudEndpoints;
  network: TokenNetwork;
}): Promise<PublicClientApplication> {
  const { clientId, tenantGuid, cloud, network } = options;
  // Loaded at the first sign-in: a start has no use for it.
  const msal = await import('@azure/msal-node');
  return new msal.PublicClientApplication({
    auth: {
      clientId,
      authority: `${cloud.loginUrl}/${tenantGuid}`,
      knownAuthorities: [new URL(cloud.loginUrl).host],
    },
    system: {
      networkClient: network,
      disableInternalRetries: true,
      loggerOptions: { loggerCallback: () => undefined, piiLoggingEnabled: false },
    },
  });
}

/**
 * An access token for what a person consented to, by the stored refresh token; the one that comes with it takes its
 * place. Several hosts do this with one sign-in: who is refused looks whether another host has stored a newer
 * refresh token, and goes on with that one. Never asks a person for anything. Throws msal-node's error, or
 * `RefreshTokenStoreError` with the store's error as its cause.
 */
export async function refreshAccessToken(options: {
  credential: DelegatedCredential;
  cloud: CloudEndpoints;
  network: TokenNetwork;
  clock: Clock;
}): Promise<string> {
  const { credential, cloud, network, clock } = options;
  const { clientId, tenantGuid } = credential;
  const refreshTokens = markingFailures(credential.refreshTokens);
  let stored = await refreshTokens.read();
  for (;;) {
    try {
      const application = await openPublicApplication({ clientId, tenantGuid, cloud, network });
      const result = await application.acquireTokenByRefreshToken({
        scopes: [graphScope(cloud)],
        refreshToken: stored.refreshToken,
      });
      if (!result?.accessToken) throw new TypeError('The login host gave no token.');
      const next = network.exchange.kind === 'granted' ? network.exchange.refreshToken : null;
      if (next !== null && next !== stored.refreshToken) await refreshTokens.replace(stored, next);
      return result.accessToken;
    } catch (error) {
      const isRefused =
        network.exchange.kind === 'refused' && network.exchange.refusal.error === 'invalid_grant';
      const newer = isRefused ? await newerThan(stored.refreshToken, refreshTokens, clock) : null;
      if (newer === null) throw error;
      stored = newer;
    }
  }
}

/** What another host stored since, waiting a moment for one that is about to. */
async function newerThan(
  refusedToken: string,
  refreshTokens: RefreshTokenStore,
  clock: Clock,
): Promise<StoredRefreshToken | null> {
  for (let look = 1; ; look += 1) {
    const stored = await refreshTokens.read();
    if (stored.refreshToken !== refusedToken) return stored;
    if (look === lookAgain.times) return null;
    await clock.sleep(lookAgain.everyMs);
  }
}

async function marked<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new RefreshTokenStoreError('the store of the sign-in failed', { cause: error });
  }
}

function markingFailures(store: RefreshTokenStore): RefreshTokenStore {
  return {
    read: () => marked(store.read()),
    replace: (used, next) => marked(store.replace(used, next)),
  };
}
