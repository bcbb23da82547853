import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../main/clock.ts';
import { policyTypes } from '../../main/domain/policy-types/registry.ts';
import { checkAccess } from '../../main/graph/access-check.ts';
import { resolveCloud } from '../../main/graph/clouds.ts';
import type {
  RefreshTokenStore,
  StoredRefreshToken,
  TenantCredential,
} from '../../main/graph/credential-loader.ts';
import { graphLimits } from '../../main/graph/graph-limits.ts';
import { openHttpTransport, type HttpTransport } from '../../main/graph/http-transport.ts';
import {
  signInWithBrowser,
  signInWithDeviceCode,
  type PersonSignIn,
  type SignInPlace,
} from '../../main/graph/person-sign-in.ts';
import { registeredPolicyTypes } from '../../main/graph/policy-type-catalog.ts';
import { openTokenSource, type TokenSource } from '../../main/graph/token-source.ts';
import type { Simulator } from '../../main/simulator/start-simulator.ts';
import { openSimulator } from '../simulator/simulator-fixture.ts';
import { silentLog } from './support/reading.ts';

let simulator: Simulator;
let transport: HttpTransport;
const limits = graphLimits();

beforeAll(async () => {
  simulator = await openSimulator({ tenants: 2, objects: 40, throttle: false });
  transport = openHttpTransport({ ca: simulator.caPem, limits, clock: systemClock });
});
afterAll(async () => {
  await transport.close();
  await simulator.close();
});
beforeEach(() => {
  simulator.control.setSignIns({ strictRotation: false, deviceCodeSeconds: 900, pollSeconds: 1 });
  simulator.control.clearFaults();
  for (const { name } of simulator.tenants) {
    simulator.control.endSignIns(name, null);
    simulator.control.setPublicClient(name, true);
  }
});

function place(signal = new AbortController().signal): SignInPlace & { cloud: { name: 'custom' } } {
  const { tenantGuid, clientId } = simulator.tenants[0]!;
  const { graphUrl, loginUrl, caPem } = simulator;
  const cloud = { name: 'custom' as const, graphUrl, loginUrl, ca: caPem };
  return { tenantGuid, clientId, cloud, clock: systemClock, signal };
}

/** What the person does on the page of the code. */
async function decide(prompt: { url: string; code: string }, decision: 'accept' | 'decline'): Promise<void> {
  const answer = await fetch(`${prompt.url}?user_code=${prompt.code}&decision=${decision}`);
  expect(await answer.text()).toContain('You may close this window');
}

const withCode = (
  act: (prompt: { url: string; code: string; minutes: number }) => unknown,
  signal?: AbortSignal,
): Promise<PersonSignIn> => signInWithDeviceCode(place(signal), (prompt) => void act(prompt));

describe('a device code', () => {
  it('waits until the person has signed in somewhere else', async () => {
    const asked = simulator.control.readCounters();
    let minutes = 0;
    const signIn = await withCode(async (prompt) => {
      minutes = prompt.minutes;
      // Only after the first refusal "pending" does the person act.
      await expect
        .poll(() => simulator.control.readCounters().tokenRequests - asked.tokenRequests)
        .toBeGreaterThan(0);
      await decide(prompt, 'accept');
    });
    expect(minutes).toBe(15);
    expect(signIn.account).toMatch(/^anna\.tester@/);
    expect(simulator.control.issuedRefreshTokens()).toContain(signIn.refreshToken);
  });

  it('that is declined ends the wait', async () => {
    await expect(withCode((prompt) => decide(prompt, 'decline'))).rejects.toMatchObject({
      code: 'sign_in_declined',
    });
  });

  it('that nobody uses in time says so', async () => {
    simulator.control.setSignIns({ deviceCodeSeconds: 1 });
    await expect(withCode(() => undefined)).rejects.toMatchObject({
      code: 'sign_in_code_expired',
      message: 'The code ran out before anybody signed in with it.',
    });
  });

  it('can be cancelled while it waits', async () => {
    const stop = new AbortController();
    await expect(withCode(() => stop.abort(), stop.signal)).rejects.toMatchObject({
      code: 'sign_in_cancelled',
    });
  });

  it('names the setting of the app registration that forbids it', async () => {
    simulator.control.setPublicClient(simulator.tenants[0]!.name, false);
    await expect(withCode((prompt) => decide(prompt, 'accept'))).rejects.toMatchObject({
      code: 'auth_consent_missing',
      nextStep: expect.stringContaining('Allow public client flows'),
    });
  });
});

describe('the browser of this computer', () => {
  it('comes back with a code that only this program can redeem', async () => {
    let address = new URL('http://nowhere');
    let lastPage = '';
    const signIn = await signInWithBrowser(place(), (url) => {
      address = new URL(url);
      void fetch(url).then(async (answer) => {
        lastPage = await answer.text();
      });
    });
    expect(signIn.account).toMatch(/^anna\.tester@/);
    expect(address.searchParams.get('code_challenge_method')).toBe('S256');
    expect(address.searchParams.get('redirect_uri')).toMatch(/^http:\/\/localhost:\d+$/);
    await expect.poll(() => lastPage).toContain('Signed in');
  });

  it('is told nothing by pages that guess: another state, path or host name changes nothing', async () => {
    const signIn = await signInWithBrowser(place(), (url) => {
      const { searchParams } = new URL(url);
      const back = searchParams.get('redirect_uri')!;
      const state = searchParams.get('state')!;
      void (async () => {
        for (const wrong of [
          `${back}/?code=stolen&state=guess`,
          `${back}/other?code=stolen&state=${state}`,
          `${back.replace('localhost', '127.0.0.1')}/?code=stolen&state=${state}`,
        ]) {
          expect((await fetch(wrong)).status).toBe(404);
        }
        await fetch(url);
      })();
    });
    expect(signIn.refreshToken).not.toBe('');
  });

  it('may be refused, cancelled, or left alone', async () => {
    const refused = signInWithBrowser(place(), (url) => {
      const { searchParams } = new URL(url);
      void fetch(
        `${searchParams.get('redirect_uri')}/?error=access_denied&state=${searchParams.get('state')}`,
      );
    });
    await expect(refused).rejects.toMatchObject({ code: 'sign_in_declined' });
    const stop = new AbortController();
    await expect(signInWithBrowser(place(stop.signal), () => stop.abort())).rejects.toMatchObject({
      code: 'sign_in_cancelled',
    });
    await expect(signInWithBrowser(place(), () => undefined, 50)).rejects.toMatchObject({
      code: 'sign_in_timed_out',
    });
  });

  it('gets nothing for a code without its verifier', async () => {
    const { tenantGuid, clientId } = simulator.tenants[0]!;
    const query = new URLSearchParams({
      client_id: clientId,
      response_type: 'code',
      redirect_uri: 'http://localhost:1',
      code_challenge: 'c',
      code_challenge_method: 'S256',
    });
    const page = await fetch(`${simulator.loginUrl}/${tenantGuid}/oauth2/v2.0/authorize?${query}`, {
      redirect: 'manual',
    });
    const code = new URL(page.headers.get('location')!).searchParams.get('code')!;
    const answer = await fetch(`${simulator.loginUrl}/${tenantGuid}/oauth2/v2.0/token`, {
      method: 'POST',
      body: new URLSearchParams({
        client_id: clientId,
        grant_type: 'authorization_code',
        scope: `${simulator.graphUrl}/.default`,
        redirect_uri: 'http://localhost:1',
        code,
        code_verifier: 'guess',
      }),
    });
    expect(await answer.json()).toMatchObject({ error: 'invalid_grant' });
  });
});

/** A store that several token sources share, as hosts share a row. */
function sharedStore(first: string): RefreshTokenStore & { current(): string; replaced: string[] } {
  let version = 0;
  let current = first;
  const replaced: string[] = [];
  return {
    replaced,
    current: () => current,
    read: () => Promise.resolve({ refreshToken: current, version: String(version) }),
    replace: (used: StoredRefreshToken, next) => {
      if (used.version === String(version)) {
        replaced.push(used.refreshToken);
        version += 1;
        current = next;
      }
      return Promise.resolve();
    },
  };
}

const signedIn = () => withCode((prompt) => decide(prompt, 'accept'));

async function open(store: RefreshTokenStore): Promise<TokenSource> {
  const { tenantGuid, clientId, cloud } = place();
  return openTokenSource({
    credential: { kind: 'delegated', signInId: 's', refreshTokens: store, tenantGuid, clientId, cloud },
    cloud: await resolveCloud(cloud),
    transport,
    limits,
    clock: systemClock,
    log: silentLog,
  });
}

describe('tokens of a person', () => {
  it('carry scopes and renew the refresh token with every use', async () => {
    const store = sharedStore((await signedIn()).refreshToken);
    const tokens = await open(store);
    const first = await tokens.token();
    expect(JSON.parse(Buffer.from(first.split('.')[1]!, 'base64url').toString())).toMatchObject({
      idtyp: 'user',
      scp: expect.stringContaining('DeviceManagementConfiguration.Read.All'),
    });
    expect(tokens.grantedRoles()).toContain('DeviceManagementConfiguration.Read.All');
    expect(await tokens.token()).toBe(first);
    await tokens.renew(first);
    expect(store.replaced).toHaveLength(2);
    expect(new Set([...store.replaced, store.current()]).size).toBe(3);
  });

  it('of several hosts with one sign-in all come, also where a used refresh token dies', async () => {
    simulator.control.setSignIns({ strictRotation: true });
    const store = sharedStore((await signedIn()).refreshToken);
    const hosts = await Promise.all([open(store), open(store), open(store)]);
    for (let round = 1; round <= 3; round += 1) {
      for (const host of hosts) host.forget();
      const tokens = await Promise.all(hosts.map((host) => host.token()));
      expect(new Set(tokens).size).toBe(3);
    }
  });

  it.each([
    ['token-sign-in-ended', 'revoked'],
    ['token-interaction-required', 'second factor'],
  ])('are refused after %s, with a reason and what to do', async (refusal, words) => {
    const store = sharedStore((await signedIn()).refreshToken);
    simulator.control.endSignIns(simulator.tenants[0]!.name, refusal);
    await expect((await open(store)).token()).rejects.toMatchObject({
      code: 'auth_sign_in_ended',
      message: expect.stringContaining(words),
      nextStep: expect.stringContaining('Sign in again'),
    });
    expect(store.replaced).toEqual([]);
  });

  it('are not confused with a store that fails', async () => {
    const store = sharedStore((await signedIn()).refreshToken);
    const broken = { ...store, replace: () => Promise.reject(new Error('the database is gone')) };
    await expect((await open(broken)).token()).rejects.toThrow('the database is gone');
  });
});

const checkPersonalTypes = (credential: TenantCredential) =>
  checkAccess({
    credential,
    catalog: registeredPolicyTypes,
    typeKeys: policyTypes.filter((type) => type.permission === null).map((type) => type.key),
    clock: systemClock,
    log: silentLog,
    signal: new AbortController().signal,
    limits,
  });

const statesOf = async (credential: TenantCredential) => [
  ...new Set((await checkPersonalTypes(credential)).types.map(({ state }) => state)),
];

describe('what a person may read', () => {
  it('includes the types that Graph gives to no app', async () => {
    const { tenantGuid, clientId, cloud } = place();
    const address = { tenantGuid, clientId, cloud };
    const refreshTokens = sharedStore((await signedIn()).refreshToken);
    const secret = simulator.tenants[0]!.clientSecret;
    expect(await statesOf({ ...address, kind: 'secret', secret })).toEqual(['signed_in_only']);
    expect(await statesOf({ ...address, kind: 'delegated', signInId: 's', refreshTokens })).toEqual([
      'readable',
    ]);
    // Refused to the person, it is a missing permission and no absence.
    simulator.control.setFault('app-only-refused');
    expect(await statesOf({ ...address, kind: 'delegated', signInId: 't', refreshTokens })).toEqual([
      'permission_missing',
    ]);
  });
});
