import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../main/clock.ts';
import type { TenantCredential } from '../../main/graph/credential-loader.ts';
import { graphLimits } from '../../main/graph/graph-limits.ts';
import { openHttpTransport, type HttpTransport } from '../../main/graph/http-transport.ts';
import { openTokenSource, SignInError, type TokenSource } from '../../main/graph/token-source.ts';
import { createCertificateAuthority } from '../../main/simulator/certificate-authority.ts';
import { silentLog } from './support/reading.ts';
import { createVirtualClock, type VirtualClock } from './support/virtual-clock.ts';

const tenantGuid = '6f1e0c9a-1d2b-4c3d-8e4f-5a6b7c8d9e0f';
const clientId = '0b7c1f6e-90aa-4b43-8a21-3d2c1b0a9f8e';
const canary = 'canary-secret-4711';
const authority = createCertificateAuthority(systemClock.wallMs());
const otherAuthority = createCertificateAuthority(systemClock.wallMs());
const serverPair = authority.issueServer();
const clientPair = authority.issueClient('App');
const otherPair = authority.issueClient('Other');

interface TokenAnswer {
  status: number;
  body: unknown;
  raw?: string;
  headers?: Record<string, string>;
  hang?: boolean;
}

let server: Server;
let loginUrl: string;
let requests: { path: string; form: URLSearchParams }[];
let answerToken: (number: number) => TokenAnswer;
let clock: VirtualClock;
let transport: HttpTransport;

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

const granted = (number: number, expiresIn = 3599, roles: string[] = ['Policy.Read.All']): TokenAnswer => {
  return {
    status: 200,
    body: {
      token_type: 'Bearer',
      expires_in: expiresIn,
      ext_expires_in: expiresIn,
      access_token: `${part({ alg: 'RS256' })}.${part({ roles, number })}.c2ln`,
    },
  };
};

beforeEach(async () => {
  requests = [];
  answerToken = (number) => granted(number);
  clock = createVirtualClock();
  server = createServer(
    { key: serverPair.privateKeyPem, cert: serverPair.certificatePem },
    (request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const path = request.url ?? '';
        requests.push({ path, form: new URLSearchParams(Buffer.concat(pieces).toString('utf8')) });
        const base = `${loginUrl}/${tenantGuid}`;
        const answer: TokenAnswer = path.includes('openid-configuration')
          ? {
              status: 200,
              body: {
                issuer: `${base}/v2.0`,
                token_endpoint: `${base}/oauth2/v2.0/token`,
                authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
                end_session_endpoint: `${base}/oauth2/v2.0/logout`,
                jwks_uri: `${base}/discovery/v2.0/keys`,
              },
            }
          : answerToken(tokenRequests().length);
        if (answer.hang) return;
        response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
        response.end(answer.raw ?? JSON.stringify(answer.body));
      });
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  loginUrl = `https://localhost:${(server.address() as AddressInfo).port}`;
  transport = openHttpTransport({ ca: authority.caPem, limits: graphLimits(), clock });
});

afterEach(async () => {
  await transport.close();
  server.closeAllConnections();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
});

const tokenRequests = () => requests.filter((request) => request.path.includes('/oauth2/v2.0/token'));

function open(
  credential: Partial<TenantCredential> & { kind?: 'secret' | 'certificate' } = {},
  over: HttpTransport = transport,
): TokenSource {
  const base = {
    tenantGuid,
    clientId,
    cloud: { name: 'custom' as const, graphUrl: 'https://graph.test', loginUrl },
  };
  const whole = { ...base, kind: 'secret', secret: canary, ...credential } as TenantCredential;
  const cloud = { name: 'custom' as const, graphUrl: 'https://graph.test', loginUrl, ca: null };
  return openTokenSource({
    credential: whole,
    cloud,
    transport: over,
    limits: graphLimits(),
    clock,
    log: silentLog,
  });
}

const refused = (status: number, error: string, code: number): TokenAnswer => ({
  status,
  body: {
    error,
    error_description: `AADSTS${code}: The app '${clientId}' in tenant '${tenantGuid}' is refused.\r\nTrace ID: 1`,
    error_codes: [code],
  },
});

describe('granting', () => {
  it('signs in with a secret at the custom host alone', async () => {
    const source = open();
    const token = await source.token();
    expect(token).toContain('.');
    expect(source.grantedRoles()).toEqual(['Policy.Read.All']);
    const [request] = tokenRequests();
    expect(request!.path.split('?')[0]).toBe(`/${tenantGuid}/oauth2/v2.0/token`);
    expect(request!.form.get('client_secret')).toBe(canary);
    expect(request!.form.get('grant_type')).toBe('client_credentials');
    expect(request!.form.get('scope')).toContain('https://graph.test/.default');
    // Nothing but discovery below the tenant and the token: no instance discovery, here or at Microsoft.
    expect(new Set(requests.map((seen) => seen.path.split('?')[0]))).toEqual(
      new Set([`/${tenantGuid}/v2.0/.well-known/openid-configuration`, `/${tenantGuid}/oauth2/v2.0/token`]),
    );
  });

  it('signs in with a certificate named by its SHA-256 thumbprint', async () => {
    await open({
      kind: 'certificate',
      certificatePem: clientPair.certificatePem,
      privateKeyPem: clientPair.privateKeyPem,
    }).token();
    const { form } = tokenRequests()[0]!;
    expect(form.get('client_secret')).toBeNull();
    const header = JSON.parse(
      Buffer.from(form.get('client_assertion')!.split('.')[0]!, 'base64url').toString(),
    ) as Record<string, string>;
    const named = Buffer.from(header['x5t#S256']!, 'base64url').toString('hex').toUpperCase();
    expect(named).toBe(clientPair.thumbprintSha256);
  });

  it('asks once for many at the same time, and again only near the end', async () => {
    const source = open();
    const tokens = await Promise.all(Array.from({ length: 20 }, () => source.token()));
    expect(new Set(tokens).size).toBe(1);
    expect(tokenRequests()).toHaveLength(1);
    clock.advance(3200 * 1000);
    await source.token();
    expect(tokenRequests()).toHaveLength(1);
    clock.advance(200 * 1000);
    expect(await source.token()).not.toBe(tokens[0]);
    expect(tokenRequests()).toHaveLength(2);
  });

  it('keeps tokens of one minute for most of that minute', async () => {
    answerToken = (number) => granted(number, 60);
    const source = open();
    await source.token();
    clock.advance(40_000);
    await source.token();
    expect(tokenRequests()).toHaveLength(1);
    clock.advance(10_000);
    await source.token();
    expect(tokenRequests()).toHaveLength(2);
  });

  it('renews once for many that hold the same refused token', async () => {
    const source = open();
    const old = await source.token();
    const renewed = await Promise.all(Array.from({ length: 10 }, () => source.renew(old)));
    expect(new Set(renewed).size).toBe(1);
    expect(renewed[0]).not.toBe(old);
    expect(await source.renew(old)).toBe(renewed[0]);
    expect(tokenRequests()).toHaveLength(2);
  });
});

describe('refusing', () => {
  it.each([
    [401, 'invalid_client', 7000222, 'auth_secret_expired'],
    [401, 'invalid_client', 7000215, 'auth_secret_expired'],
    [401, 'invalid_client', 700027, 'auth_certificate_rejected'],
    [401, 'invalid_client', 50012, 'auth_certificate_rejected'],
    [401, 'invalid_client', 700030, 'auth_certificate_rejected'],
    [401, 'invalid_client', 700024, 'auth_certificate_rejected'],
    [401, 'invalid_client', 7000218, 'internal'],
    [401, 'invalid_client', 7000216, 'internal'],
    [400, 'unauthorized_client', 700016, 'auth_consent_missing'],
    [401, 'invalid_client', 7000229, 'auth_consent_missing'],
    [400, 'unauthorized_client', 7000112, 'auth_blocked'],
    [400, 'invalid_request', 90002, 'auth_consent_missing'],
    [400, 'invalid_request', 90038, 'auth_consent_missing'],
    [400, 'invalid_grant', 65001, 'auth_consent_missing'],
    [400, 'invalid_grant', 53003, 'auth_blocked'],
    [401, 'unauthorized_client', 530032, 'auth_blocked'],
    [400, 'invalid_grant', 50196, 'graph_unavailable'],
    [401, 'invalid_client', 7999999, 'auth_secret_expired'],
    [400, 'invalid_grant', 7999998, 'auth_blocked'],
  ])('%i %s AADSTS%i is %s, told once and without the description', async (status, error, code, reason) => {
    answerToken = () => refused(status, error, code);
    const source = open();
    const failure = await source.token().catch((caught: unknown) => caught);
    expect(failure).toBeInstanceOf(SignInError);
    expect(failure).toMatchObject({ reason, aadsts: code });
    const told = `${(failure as Error).message} ${String((failure as Error).cause)} ${JSON.stringify(failure)}`;
    expect(told).toContain(`AADSTS${code}`);
    for (const hidden of [tenantGuid, clientId, canary, 'is refused']) expect(told).not.toContain(hidden);
    // Asking over and over is what Entra refuses next: a refusal is remembered.
    await expect(source.token()).rejects.toBe(failure);
    expect(tokenRequests()).toHaveLength(1);
  });

  it.each([90006, 90012, 90024, 90033, 90055, 90090])('AADSTS%i passes: it is tried again', async (code) => {
    answerToken = (number) => (number < 3 ? refused(503, 'temporarily_unavailable', code) : granted(number));
    await open().token();
    expect(tokenRequests()).toHaveLength(3);
    expect(clock.sleeps).toEqual([1000, 2000]);
  });

  it('honours Retry-After of the login host', async () => {
    answerToken = (number) =>
      number < 2
        ? { ...refused(429, 'temporarily_unavailable', 90055), headers: { 'Retry-After': '9' } }
        : granted(number);
    await open().token();
    expect(clock.sleeps).toEqual([9000]);
  });

  it('gives a login host up that answers HTML', async () => {
    answerToken = () => ({ status: 200, body: null, raw: '<html>portal</html>' });
    await expect(open().token()).rejects.toMatchObject({ reason: 'graph_unavailable' });
  });

  it('lets a new try through after the hold, and after forgetting', async () => {
    answerToken = (number) => (number === 1 ? refused(400, 'unauthorized_client', 700016) : granted(number));
    const source = open();
    await expect(source.token()).rejects.toBeInstanceOf(SignInError);
    source.forget();
    await source.token();
    expect(tokenRequests()).toHaveLength(2);
  });
});

describe('hosts that cannot be trusted or reached', () => {
  it('says which certificate is not trusted, at once', async () => {
    const wrong = openHttpTransport({ ca: otherAuthority.caPem, limits: graphLimits(), clock });
    const failure = await open({}, wrong)
      .token()
      .catch((caught: unknown) => caught);
    expect(failure).toMatchObject({
      code: 'graph_unavailable',
      message: `The certificate of ${new URL(loginUrl).host} is not trusted by this computer.`,
      nextStep: expect.stringContaining('CA file') as string,
    });
    expect(clock.sleeps).toEqual([]);
    await wrong.close();
  });

  it('says which host does not answer', async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    await expect(open().token()).rejects.toMatchObject({
      code: 'graph_unavailable',
      message: `The host ${new URL(loginUrl).host} could not be reached.`,
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  it('refuses a certificate and a key that do not belong together', () => {
    expect(() =>
      open({
        kind: 'certificate',
        certificatePem: clientPair.certificatePem,
        privateKeyPem: otherPair.privateKeyPem,
      }),
    ).toThrow('not a usable pair');
    expect(() => open({ kind: 'certificate', certificatePem: canary, privateKeyPem: canary })).toThrow(
      'not a usable pair',
    );
  });
});
