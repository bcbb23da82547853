import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { NodeAuthOptions } from '@azure/msal-node';
import { AppError } from '../../shared/errors.ts';
import type { RunReason } from '../../shared/model/reasons.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../engine/ports.ts';
import { graphScope, type CloudEndpoints } from './clouds.ts';
import type { TenantCredential } from './credential-loader.ts';
import { refreshAccessToken, RefreshTokenStoreError } from './delegated-tokens.ts';
import type { GraphLimits } from './graph-limits.ts';
import { TransportError, type HttpTransport } from './http-transport.ts';
import { retryAfterMs } from './retry-after.ts';
import { judgeTokenRefusal, type SignInVerdict } from './token-errors.ts';
import { TokenNetwork } from './token-network.ts';

/** The app cannot sign in to the tenant. The message is for a technician and holds no description of Entra's. */
export class SignInError extends AppError {
  readonly reason: RunReason;
  /** AADSTS number, null where the login host gave none. */
  readonly aadsts: number | null;
  constructor(verdict: Omit<SignInVerdict, 'isTransient' | 'holdMs'>, cause?: unknown) {
    super(
      verdict.reason === 'internal' ? 'sign_in_failed' : verdict.reason,
      verdict.aadsts === null ? verdict.sentence : `${verdict.sentence} (AADSTS${verdict.aadsts})`,
      { nextStep: verdict.nextStep, details: { aadsts: verdict.aadsts }, cause },
    );
    this.reason = verdict.reason;
    this.aadsts = verdict.aadsts;
  }
}

/** Access tokens for one app, or for one person who signed in through it, in one tenant. */
export interface TokenSource {
  /** A token that lives long enough for a request; asked for before each one. Throws `SignInError`. */
  token(signal?: AbortSignal): Promise<string>;
  /**
   * A token newer than the one that Graph refused. Many callers with one refused token cause one request.
   * Throws `SignInError`.
   */
  renew(refusedToken: string, signal?: AbortSignal): Promise<string>;
  /** Forgets the token and an ordinary refusal, so that the next one knows of what was granted since. */
  forget(): void;
  /** Permissions in the newest token, the app's or the person's; null before the first, or where the token is opaque. */
  grantedRoles(): readonly string[] | null;
}

type AppCredential = Exclude<TenantCredential, { kind: 'delegated' }>;

interface HeldToken {
  value: string;
  takenMonotonicMs: number;
  takenWallMs: number;
  usableMs: number;
  roles: readonly string[] | null;
}

/**
 * Opens a token source over msal-node's confidential client, or over a sealed sign-in of a person. Tokens live in memory only. msal-node's own cache
 * renews five minutes early, which for short-lived tokens means at every call, so the source keeps the token
 * itself and asks msal-node only when one is needed.
 * Throws `AppError` `certificate_invalid` when the certificate or its key cannot be used.
 */
export function openTokenSource(options: {
  credential: TenantCredential;
  cloud: CloudEndpoints;
  transport: HttpTransport;
  limits: GraphLimits;
  clock: Clock;
  log: Log;
}): TokenSource {
  const { credential, cloud, limits, clock, log } = options;
  const network = new TokenNetwork(options.transport, limits);
  const ask =
    credential.kind === 'delegated'
      ? () => refreshAccessToken({ credential, cloud, network, clock })
      : askForApp(credential, cloud, network);
  let held: HeldToken | null = null;
  let pending: Promise<HeldToken> | null = null;
  let refusal: { error: SignInError; untilMs: number; isHeld: boolean } | null = null;

  const isUsable = (token: HeldToken): boolean =>
    // Either clock may say that it is over: the wall clock jumps, the monotonic one may stand still in sleep.
    clock.monotonicMs() - token.takenMonotonicMs < token.usableMs &&
    clock.wallMs() - token.takenWallMs < token.usableMs;

  async function acquireOnce(): Promise<HeldToken> {
    const takenMonotonicMs = clock.monotonicMs();
    const takenWallMs = clock.wallMs();
    const value = await ask();
    const lifeMs = network.exchange.kind === 'granted' ? network.exchange.expiresInSeconds * 1000 : 0;
    return {
      value,
      takenMonotonicMs,
      takenWallMs,
      usableMs: Math.max(lifeMs - limits.tokenRenewalMs, lifeMs * 0.8),
      roles: permissionsOf(value),
    };
  }

  async function acquire(): Promise<HeldToken> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await acquireOnce();
      } catch (error) {
        if (error instanceof RefreshTokenStoreError) throw error.cause;
        const verdict = judgeSignIn(error, network, credential.kind, cloud);
        if (!verdict.isTransient || attempt >= limits.tokenAttempts) {
          const failure = new SignInError(verdict, withoutDescription(error));
          const holdMs = verdict.isTransient ? 0 : (verdict.holdMs ?? limits.refusalHoldMs);
          refusal = {
            error: failure,
            untilMs: clock.monotonicMs() + holdMs,
            isHeld: verdict.holdMs !== null,
          };
          throw failure;
        }
        const asked = network.exchange.kind === 'refused' ? network.exchange.retryAfter : null;
        const waitMs = Math.min(
          retryAfterMs(asked, clock.wallMs(), limits) ?? limits.backoffBaseMs * 2 ** (attempt - 1),
          limits.backoffCapMs,
        );
        log.info({ attempt, waitMs, aadsts: verdict.aadsts }, 'The login host gave no token; trying again');
        await clock.sleep(waitMs);
      }
    }
  }

  /** One request at a time; a caller that gives up does not end it for the others. */
  async function fresh(signal: AbortSignal | undefined): Promise<string> {
    if (refusal !== null && clock.monotonicMs() < refusal.untilMs) throw refusal.error;
    pending ??= acquire()
      .then((token) => {
        held = token;
        refusal = null;
        return token;
      })
      .finally(() => {
        pending = null;
      });
    return (await unlessAborted(pending, signal)).value;
  }

  return {
    token: async (signal) => {
      signal?.throwIfAborted();
      return held !== null && isUsable(held) ? held.value : fresh(signal);
    },
    renew: async (refusedToken, signal) => {
      signal?.throwIfAborted();
      if (held !== null && held.value !== refusedToken && isUsable(held)) return held.value;
      return fresh(signal);
    },
    forget: () => {
      held = null;
      // Where Entra says that it was asked too often, only time helps.
      if (refusal?.isHeld !== true) refusal = null;
    },
    grantedRoles: () => held?.roles ?? null,
  };
}

/**
 * The permissions of an access token: of an app (`roles` claim) or of a person (`scp`); null when it is not a
 * readable JWT. For explaining only: access is what Graph grants.
 */
export function permissionsOf(accessToken: string): readonly string[] | null {
  const part = accessToken.split('.')[1];
  if (part === undefined) return null;
  try {
    const claims: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    if (typeof claims !== 'object' || claims === null) return null;
    const { roles, scp } = claims as { roles?: unknown; scp?: unknown };
    if (typeof scp === 'string') return scp.split(' ').filter((permission) => permission !== '');
    return Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [];
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Asks for a token of the app itself, with its secret or certificate. */
function askForApp(
  credential: AppCredential,
  cloud: CloudEndpoints,
  network: TokenNetwork,
): () => Promise<string> {
  const authentication = clientAuthentication(credential);
  return async () => {
    const { ConfidentialClientApplication } = await import('@azure/msal-node');
    // A new client each time: it would send its last signed assertion again, whose id must be used once, and
    // for a minute after 429 and 5xx it would answer from memory.
    const application = new ConfidentialClientApplication({
      auth: {
        clientId: credential.clientId,
        authority: `${cloud.loginUrl}/${credential.tenantGuid}`,
        // Known with its port, a host is not looked up at login.microsoftonline.com (instance discovery).
        knownAuthorities: [new URL(cloud.loginUrl).host],
        ...authentication,
      },
      system: {
        networkClient: network,
        disableInternalRetries: true,
        loggerOptions: { loggerCallback: () => undefined, piiLoggingEnabled: false },
      },
    });
    const result = await application.acquireTokenByClientCredential({
      scopes: [graphScope(cloud)],
      skipCache: true,
    });
    if (!result?.accessToken) throw new TypeError('The login host gave no token.');
    return result.accessToken;
  };
}

function clientAuthentication(
  credential: AppCredential,
): Pick<NodeAuthOptions, 'clientSecret' | 'clientCertificate'> {
  if (credential.kind === 'secret') return { clientSecret: credential.secret };
  const { certificatePem, privateKeyPem } = credential;
  try {
    const certificate = new X509Certificate(certificatePem);
    const key = createPrivateKey(privateKeyPem);
    if (!certificate.checkPrivateKey(key)) throw new TypeError('key and certificate differ');
    return {
      clientCertificate: {
        thumbprintSha256: certificate.fingerprint256.replaceAll(':', ''),
        privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
      },
    };
  } catch {
    // The cause is left out on purpose: OpenSSL's messages can quote the input.
    throw new AppError(
      'certificate_invalid',
      'The certificate and the private key of this tenant are not a usable pair of PEM texts.',
      { nextStep: 'Give the certificate and its unencrypted private key, both as PEM.' },
    );
  }
}

/** What a failed exchange with the login host means, for whatever kind of credential. */
export function judgeSignIn(
  error: unknown,
  network: TokenNetwork,
  kind: TenantCredential['kind'],
  cloud: CloudEndpoints,
): SignInVerdict {
  const exchange = network.exchange;
  if (exchange.kind === 'refused') return judgeTokenRefusal(exchange.refusal, kind);
  const host = new URL(cloud.loginUrl).host;
  const unavailable: SignInVerdict = {
    isTransient: true,
    reason: 'graph_unavailable',
    sentence: `The login host ${host} did not answer as a login host.`,
    nextStep: 'Check the network and the login address, then try again.',
    aadsts: null,
    holdMs: null,
  };
  const failure = exchange.kind === 'failed' ? exchange.error : error;
  if (!(failure instanceof TransportError)) return unavailable;
  return {
    ...unavailable,
    // A certificate that is not trusted does not get better by asking again.
    isTransient: failure.fault !== 'untrusted',
    sentence: failure.message,
    nextStep:
      failure.fault === 'untrusted'
        ? 'Give the right CA file for this cloud, or check for a proxy that replaces certificates.'
        : 'Check the network, the proxy and the address, then try again.',
  };
}

/** msal-node's errors quote the endpoint's description, which names app and tenant: only the kind is kept. */
export function withoutDescription(error: unknown): unknown {
  if (error instanceof TransportError) return error;
  return new Error(error instanceof Error ? error.name : 'unknown');
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
