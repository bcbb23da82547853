import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Log } from '../engine/ports.ts';
import { resolveCloud, type CloudEndpoints } from './clouds.ts';
import type { TenantCredential } from './credential-loader.ts';
import type { GraphSession } from './graph-exchange.ts';
import type { GraphLimits } from './graph-limits.ts';
import { openHttpTransport, type HttpTransport } from './http-transport.ts';
import { createAppLimiter, type AppLimiter } from './limiter.ts';
import { openTokenSource, type TokenSource } from './token-source.ts';

/** Opens sessions of tenants; connections, tokens and limits are shared by all sessions it opened. */
export interface TenantSessions {
  /**
   * A session with this credential. Sends nothing yet. Throws `AppError` for an unusable cloud address, CA file
   * or certificate.
   */
  open(credential: TenantCredential): Promise<GraphSession>;
  /** Closes all connections; requests under way fail. */
  close(): Promise<void>;
}

/** Keeps one limiter per app, one token source per credential and one transport per set of CAs. */
export function createTenantSessions(options: {
  limits: GraphLimits;
  clock: Clock;
  log: Log;
  random?: () => number;
}): TenantSessions {
  const { limits, clock, log } = options;
  const random = options.random ?? Math.random;
  const transports = new Map<string, HttpTransport>();
  const limiters = new Map<string, AppLimiter>();
  const tokenSources = new Map<string, { fingerprint: string; tokens: TokenSource }>();

  const transportOf = (cloud: CloudEndpoints): HttpTransport => {
    const key = cloud.ca ?? '';
    let transport = transports.get(key);
    if (transport === undefined) {
      transport = openHttpTransport({ ca: cloud.ca, limits, clock });
      transports.set(key, transport);
    }
    return transport;
  };

  const tokensOf = (credential: TenantCredential, cloud: CloudEndpoints): TokenSource => {
    const key = `${cloud.loginUrl} ${credential.tenantGuid} ${credential.clientId}`;
    const fingerprint = fingerprintOf(credential, cloud);
    const known = tokenSources.get(key);
    // A new secret must not go on with the token, or the refusal, of the old one.
    if (known?.fingerprint === fingerprint) return known.tokens;
    const transport = transportOf(cloud);
    const tokens = openTokenSource({ credential, cloud, transport, limits, clock, log });
    tokenSources.set(key, { fingerprint, tokens });
    return tokens;
  };

  return {
    open: async (credential) => {
      const cloud = await resolveCloud(credential.cloud);
      let limiter = limiters.get(credential.clientId);
      if (limiter === undefined) {
        limiter = createAppLimiter({ limits, clock, random });
        limiters.set(credential.clientId, limiter);
      }
      return {
        cloud,
        tokens: tokensOf(credential, cloud),
        transport: transportOf(cloud),
        limiter: limiter.tenant(`${cloud.graphUrl} ${credential.tenantGuid}`),
        limits,
        clock,
        log,
        random,
        standing: { unreachableInARow: 0, refusedFreshTokens: 0 },
      };
    },
    close: async () => {
      await Promise.all([...transports.values()].map((transport) => transport.close()));
      transports.clear();
    },
  };
}

function fingerprintOf(credential: TenantCredential, cloud: CloudEndpoints): string {
  return createHash('sha256')
    .update(`${credential.kind} ${cloud.ca ?? ''} ${cloud.graphUrl} ${proofOf(credential)}`)
    .digest('hex');
}

function proofOf(credential: TenantCredential): string {
  switch (credential.kind) {
    case 'secret':
      return credential.secret;
    case 'certificate':
      return credential.certificatePem + credential.privateKeyPem;
    case 'delegated':
      return credential.signInId;
  }
}
