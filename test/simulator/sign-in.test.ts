import { randomUUID, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenRefusals } from '../../main/simulator/token-errors.ts';
import type { SimulatedTenantAccess, Simulator } from '../../main/simulator/start-simulator.ts';
import { confidentialClient, openSimulator, signIn } from './simulator-fixture.ts';

let simulator: Simulator;
let tenant: SimulatedTenantAccess;

beforeAll(async () => {
  simulator = await openSimulator({ tenants: 1, objects: 5 });
  tenant = simulator.tenants[0]!;
});
afterAll(() => simulator.close());

function claimsOf(token: string): any {
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
}

async function askForToken(fields: Record<string, string>, tenantGuid = tenant.tenantGuid) {
  const answer = await fetch(`${simulator.loginUrl}/${tenantGuid}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: tenant.clientId,
      grant_type: 'client_credentials',
      scope: `${simulator.graphUrl}/.default`,
      ...fields,
    }),
  });
  const text = await answer.text();
  return { status: answer.status, text, json: text.endsWith('}') ? JSON.parse(text) : null };
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function assertion(changes: Record<string, unknown> = {}): Record<string, string> {
  const seconds = Math.floor(Date.now() / 1000);
  const thumbprint = Buffer.from(tenant.certificate.thumbprintSha256, 'hex').toString('base64url');
  const signed = `${encode({ alg: 'RS256', typ: 'JWT', 'x5t#S256': thumbprint })}.${encode({
    aud: `${simulator.loginUrl}/${tenant.tenantGuid}/oauth2/v2.0/token`,
    iss: tenant.clientId,
    sub: tenant.clientId,
    jti: randomUUID(),
    nbf: seconds,
    exp: seconds + 300,
    ...changes,
  })}`;
  const signature = sign('sha256', Buffer.from(signed), tenant.certificate.privateKeyPem);
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: `${signed}.${signature.toString('base64url')}`,
  };
}

describe('the token endpoint', () => {
  it.each(['secret', 'certificate'] as const)('gives msal-node a token for a %s', async (credential) => {
    const claims = claimsOf(await signIn(simulator, tenant, credential));
    expect(claims).toMatchObject({ aud: simulator.graphUrl, appid: tenant.clientId, tid: tenant.tenantGuid });
    expect(claims.roles).toContain('DeviceManagementConfiguration.Read.All');
    expect(claims.exp - claims.iat).toBe(3599);
  });

  it('refuses a wrong secret, and an expired one in other words', async () => {
    const wrong = await askForToken({ client_secret: 'guess' });
    expect(wrong).toMatchObject({ status: 401, json: { error: 'invalid_client', error_codes: [7000215] } });
    expect(wrong.json.error_description).toMatch(
      /^AADSTS7000215: .*\r\nTrace ID: .*\r\nCorrelation ID: .*\r\nTimestamp: /,
    );
    const expired = await askForToken({ client_secret: `expired-${tenant.clientSecret}` });
    expect(expired.json.error_codes).toEqual([7000222]);
    expect((await askForToken({})).json.error_codes).toEqual([7000218]);
  });

  it('refuses unknown apps and tenants', async () => {
    const app = await askForToken({ client_id: randomUUID(), client_secret: tenant.clientSecret });
    expect(app).toMatchObject({ status: 400, json: { error: 'unauthorized_client', error_codes: [700016] } });
    const other = await askForToken({ client_secret: tenant.clientSecret }, randomUUID());
    expect(other).toMatchObject({ status: 400, json: { error: 'invalid_request', error_codes: [90002] } });
  });

  it('takes an assertion once, in its time, for this endpoint, with its own signature', async () => {
    const once = assertion();
    expect((await askForToken(once)).status).toBe(200);
    expect((await askForToken(once)).json.error_codes).toEqual([50012]);
    const late = assertion({ exp: 1_000 });
    expect((await askForToken(late)).json.error_codes).toEqual([700024]);
    expect((await askForToken(assertion({ aud: 'https://elsewhere.example' }))).json.error_codes).toEqual([
      50012,
    ]);
    const forged = assertion();
    forged.client_assertion = forged.client_assertion!.replace(/\.[^.]+$/, '.AAAA');
    expect((await askForToken(forged)).json.error_codes).toEqual([700027]);
  });

  it.each(Object.entries(tokenRefusals))('plays %s once and goes on', async (name, refusal) => {
    simulator.control.setFault({ name, count: 1 });
    const refused = await askForToken({ client_secret: tenant.clientSecret });
    expect(refused.status).toBe(refusal.status);
    expect(refused.json).toMatchObject({ error: refusal.error, error_codes: [refusal.aadsts] });
    expect((await askForToken({ client_secret: tenant.clientSecret })).status).toBe(200);
  });

  it('plays malformed, short-lived and empty tokens', async () => {
    simulator.control.setFault({ name: 'token-malformed', count: 1 });
    const malformed = await askForToken({ client_secret: tenant.clientSecret });
    expect(malformed).toMatchObject({ status: 200, json: null });
    simulator.control.setFault('token-short=seconds:60,count:1');
    expect((await askForToken({ client_secret: tenant.clientSecret })).json.expires_in).toBe(60);
    simulator.control.setFault('token-no-roles=count:1');
    const empty = await askForToken({ client_secret: tenant.clientSecret });
    expect(claimsOf(empty.json.access_token).roles).toBeUndefined();
  });

  it('gives msal-node an error that it can read', async () => {
    simulator.control.setFault('token-app-not-found=count:1');
    const client = confidentialClient(simulator, tenant, 'secret');
    await expect(
      client.acquireTokenByClientCredential({ scopes: [`${simulator.graphUrl}/.default`] }),
    ).rejects.toMatchObject({ errorCode: 'unauthorized_client', errorNo: 700016 });
  });

  it('sends an administrator back with consent or refusal', async () => {
    const query = new URLSearchParams({
      client_id: tenant.clientId,
      redirect_uri: 'http://localhost:1/back',
      state: 's 1',
    });
    const url = `${simulator.loginUrl}/${tenant.tenantGuid}/adminconsent?${query}`;
    expect(await (await fetch(url)).text()).toContain('Permissions requested');
    const accepted = await fetch(`${url}&decision=accept`, { redirect: 'manual' });
    const target = new URL(accepted.headers.get('location')!);
    expect(Object.fromEntries(target.searchParams)).toEqual({
      state: 's 1',
      admin_consent: 'True',
      tenant: tenant.tenantGuid,
    });
    const refused = await fetch(`${url}&decision=cancel`, { redirect: 'manual' });
    expect(refused.headers.get('location')).toContain('error=permission_denied');
  });
});
