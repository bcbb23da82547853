import type { AuthenticationResult } from '@azure/msal-node';
import { randomBytes } from 'node:crypto';
import { AppError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import { graphScope, resolveCloud, type CloudChoice } from './clouds.ts';
import { openPublicApplication } from './delegated-tokens.ts';
import { graphLimits } from './graph-limits.ts';
import { openHttpTransport } from './http-transport.ts';
import { listenForSignIn, signInDeclined } from './sign-in-listener.ts';
import { TokenNetwork } from './token-network.ts';
import { judgeSignIn, SignInError, withoutDescription } from './token-source.ts';

/** What a sign-in left behind: to be sealed, never shown. */
export interface PersonSignIn {
  /** User name of the person, such as `anna@contoso.example`. */
  account: string;
  refreshToken: string;
}

/** Where a person signs in, and what ends the wait. */
export interface SignInPlace {
  tenantGuid: string;
  clientId: string;
  cloud: CloudChoice;
  clock: Clock;
  signal: AbortSignal;
}

/**
 * Signs a person in on whatever device they like: `show` is given the address and the code to type there. Throws
 * `AppError` `sign_in_cancelled`, `sign_in_code_expired`, `sign_in_declined`, `sign_in_other_tenant`,
 * `sign_in_not_lasting`, or `SignInError`.
 */
export async function signInWithDeviceCode(
  place: SignInPlace,
  show: (prompt: { url: string; code: string; minutes: number }) => void,
): Promise<PersonSignIn> {
  return signIn(place, async ({ application, scopes }) => {
    const request = {
      scopes,
      deviceCodeCallback: (answer: { verificationUri: string; userCode: string; expiresIn: number }) =>
        show({
          url: answer.verificationUri,
          code: answer.userCode,
          minutes: Math.max(1, Math.round(answer.expiresIn / 60)),
        }),
      cancel: false,
    };
    return unlessCancelled(application.acquireTokenByDeviceCode(request), place.signal, () => {
      request.cancel = true;
    });
  });
}

/**
 * Signs a person in through the browser of this computer (authorization code with PKCE, RFC 7636 and RFC 8252): the
 * browser comes back to an address that only this computer can reach. `show` is given the address to open, which
 * also opens it. Throws as `signInWithDeviceCode` does, and `sign_in_timed_out` after `timeoutMs`.
 */
export async function signInWithBrowser(
  place: SignInPlace,
  show: (url: string) => void,
  timeoutMs = 300_000,
): Promise<PersonSignIn> {
  return signIn(place, async ({ application, scopes }) => {
    const { CryptoProvider } = await import('@azure/msal-node');
    const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
    const state = randomBytes(24).toString('base64url');
    const nonce = randomBytes(24).toString('base64url');
    const listener = await listenForSignIn(state);
    const timeUp = new AbortController();
    try {
      const { redirectUri } = listener;
      const url = await application.getAuthCodeUrl({
        scopes,
        redirectUri,
        codeChallenge: challenge,
        codeChallengeMethod: 'S256',
        state,
        nonce,
        prompt: 'select_account',
        responseMode: 'query',
      });
      show(url);
      const code = await unlessCancelled(
        Promise.race([listener.code, tooLate(place.clock, timeoutMs, timeUp.signal)]),
        place.signal,
      );
      return await application.acquireTokenByCode({
        code,
        scopes,
        redirectUri,
        codeVerifier: verifier,
        nonce,
      });
    } finally {
      timeUp.abort();
      await listener.close();
    }
  });
}

type Application = Awaited<ReturnType<typeof openPublicApplication>>;

async function signIn(
  place: SignInPlace,
  acquire: (parts: { application: Application; scopes: string[] }) => Promise<AuthenticationResult | null>,
): Promise<PersonSignIn> {
  const { tenantGuid, clientId, clock } = place;
  place.signal.throwIfAborted();
  const cloud = await resolveCloud(place.cloud);
  const limits = graphLimits();
  const transport = openHttpTransport({ ca: cloud.ca, limits, clock });
  const network = new TokenNetwork(transport, limits);
  try {
    const application = await openPublicApplication({ tenantGuid, clientId, cloud, network });
    const result = await acquire({ application, scopes: [graphScope(cloud)] });
    const refreshToken = network.exchange.kind === 'granted' ? network.exchange.refreshToken : null;
    if (!result || refreshToken === null) {
      throw new AppError('sign_in_not_lasting', 'Microsoft Entra gave a sign-in that ends within the hour.', {
        nextStep: 'Allow the app the permission offline_access, or use a certificate.',
      });
    }
    if (result.tenantId.toLowerCase() !== tenantGuid.toLowerCase()) {
      throw new AppError('sign_in_other_tenant', 'The person signed in to another tenant.', {
        nextStep: 'Sign in with an account of the tenant that is to be connected.',
      });
    }
    return { account: result.account?.username ?? '', refreshToken };
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw describeFailure(error, network, cloud);
  } finally {
    await transport.close();
  }
}

function describeFailure(
  error: unknown,
  network: TokenNetwork,
  cloud: Parameters<typeof judgeSignIn>[3],
): AppError {
  const refused = network.exchange.kind === 'refused' ? network.exchange.refusal.error : null;
  const code = (error as { errorCode?: unknown }).errorCode;
  if (refused === 'expired_token' || code === 'device_code_expired') {
    return new AppError('sign_in_code_expired', 'The code ran out before anybody signed in with it.', {
      nextStep: 'Run the command again and use the new code in time.',
    });
  }
  if (refused === 'authorization_declined') return signInDeclined();
  return new SignInError(judgeSignIn(error, network, 'delegated', cloud), withoutDescription(error));
}

async function tooLate(clock: Clock, timeoutMs: number, signal: AbortSignal): Promise<never> {
  await clock.sleep(timeoutMs, signal);
  throw new AppError('sign_in_timed_out', 'Nobody signed in in time.', {
    nextStep: 'Run the command again and sign in within a few minutes.',
  });
}

async function unlessCancelled<T>(
  work: Promise<T>,
  signal: AbortSignal,
  cancel: () => void = () => undefined,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => {
      cancel();
      reject(
        new AppError('sign_in_cancelled', 'The sign-in was cancelled; nothing was stored.', {
          nextStep: 'Run the command again to sign in.',
        }),
      );
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
