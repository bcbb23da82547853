import { connect } from 'node:tls';
import { Agent, request } from 'undici';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { faultCatalogue, parseFault } from '../../main/simulator/faults.ts';
import type { Simulator } from '../../main/simulator/start-simulator.ts';
import { openSimulator, rawClient, readAll, signIn } from './simulator-fixture.ts';
import type { RawClient } from './simulator-fixture.ts';

let simulator: Simulator;
let client: RawClient;
let tenant: string;
const path = '/beta/deviceManagement/deviceCategories';
const tried = new Set<string>();

beforeAll(async () => {
  simulator = await openSimulator({ tenants: 1, objects: 400, throttle: false });
  tenant = simulator.tenants[0]!.name;
  client = await rawClient(simulator);
});
beforeEach(() => simulator.control.setCount(tenant, 'deviceCategories', 5));
afterEach(() => simulator.control.clearFaults());
afterAll(() => simulator.close());

function set(text: string): void {
  tried.add(parseFault(text).name);
  simulator.control.setFault(text);
}

async function statuses(times: number): Promise<number[]> {
  const all: number[] = [];
  for (let time = 0; time < times; time++) all.push((await client.get(path)).status);
  return all;
}

describe('faults in place of an answer', () => {
  it.each([
    ['throttle=retryAfter:315', 429, 'TooManyRequests'],
    ['server-error=status:504', 504, 'UnknownError'],
    ['intune-error=levels:1', 403, 'Forbidden'],
    ['intune-error=levels:2', 403, 'UnknownError'],
    ['empty-code', 500, ''],
    ['error-in-success', 200, 'InternalServerError'],
    ['token-expired', 401, 'InvalidAuthenticationToken'],
    ['claims-challenge', 401, 'InvalidAuthenticationToken'],
    ['no-route', 400, 'BadRequest'],
    ['bad-request=code:invalidQueryOption', 400, 'invalidQueryOption'],
    ['not-applicable', 400, 'BadRequest'],
    ['permission-missing=scopes:A.Read+B.Read', 403, 'Forbidden'],
    ['authorization-denied', 403, 'Authorization_RequestDenied'],
    ['app-only-refused', 403, 'UnknownError'],
    ['licence-missing', 403, 'accessDenied'],
    ['premium-missing', 400, 'AadPremiumLicenseRequired'],
    ['not-found', 404, 'ResourceNotFound'],
    ['gone', 410, 'Gone'],
  ])('%s', async (fault, status, code) => {
    set(fault);
    const answer = await client.get(path);
    expect(answer.status).toBe(status);
    expect(answer.json.error.code).toBe(code);
  });

  it('html and empty bodies', async () => {
    set('html-error');
    expect((await client.get(path)).headers.get('content-type')).toContain('text/html');
    simulator.control.clearFaults();
    set('empty-error');
    expect(await client.get(path)).toMatchObject({ status: 502, text: '' });
  });

  it('nests an Intune error twice', async () => {
    set('intune-error=levels:2');
    const { json } = await client.get(path);
    const outer = JSON.parse(json.error.message);
    expect(outer.ErrorCode).toBe('Forbidden');
    expect(JSON.parse(outer.Message).Message).toContain('Activity ID');
  });

  it.each([
    ['5', '5'],
    ['0.249', '0.249'],
    ['none', null],
  ])('Retry-After %s', async (setting, header) => {
    set(`throttle=retryAfter:${setting}`);
    expect((await client.get(path)).headers.get('retry-after')).toBe(header);
  });

  it('Retry-After as a date', async () => {
    set('throttle=retryAfter:date,seconds:30');
    const header = (await client.get(path)).headers.get('retry-after')!;
    expect(Date.parse(header)).toBeGreaterThan(Date.now() + 20_000);
  });

  it.each([
    ['generic', 'TooManyRequests'],
    ['intune', 'TooManyRequests'],
    ['activity', 'activityLimitReached'],
    ['unknown', 'UnknownError'],
  ])('429 with a body of kind %s', async (kind, code) => {
    set(`throttle=body:${kind}`);
    expect((await client.get(path)).json.error.code).toBe(code);
  });

  it('429 of Intune with JSON as its message', async () => {
    set('throttle=body:intune,retryAfter:none');
    const inner = JSON.parse((await client.get(path)).json.error.message);
    expect(inner).toMatchObject({ RetryAfter: null, HttpHeaders: '{}' });
  });
});

describe('faults of pages', () => {
  it('small, empty, doubled and moving pages', async () => {
    set('page-size=rows:2');
    expect((await readAll(client, path)).pages).toBe(3);
    set('empty-page');
    expect((await client.get(path)).json).toMatchObject({ value: [], '@odata.nextLink': expect.any(String) });
    expect((await readAll(client, path)).rows).toHaveLength(5);
    set('duplicate-row');
    expect((await readAll(client, path)).rows).toHaveLength(8);
    simulator.control.clearFaults();
    set('page-size=rows:2');
    set('moving-row');
    expect((await readAll(client, path)).rows).toHaveLength(7);
  });

  it('links that repeat, never end, or lead elsewhere', async () => {
    set('page-size=rows:2');
    set('repeated-link');
    const first = await client.get(path);
    const second = await client.get(first.json['@odata.nextLink']);
    expect(second.json['@odata.nextLink']).toBe(first.json['@odata.nextLink']);
    simulator.control.clearFaults();
    set('endless-pages');
    const links = new Set<string>();
    for (let next = path; links.size < 8;) {
      const { json } = await client.get(next);
      next = json['@odata.nextLink'];
      links.add(next);
    }
    simulator.control.clearFaults();
    set('page-size=rows:2');
    set('foreign-link=host:graph.attacker.example');
    expect((await client.get(path)).json['@odata.nextLink']).toContain(
      'https://graph.attacker.example/beta/',
    );
  });

  it.each([
    ['page-lost', 504],
    ['link-gone', 410],
  ])('%s breaks a list in the middle', async (fault, status) => {
    set('page-size=rows:2');
    set(fault);
    const first = await client.get(path);
    expect(first.status).toBe(200);
    expect((await client.get(first.json['@odata.nextLink'])).status).toBe(status);
  });

  it('rows missing while the count is whole, wrong counts, no value', async () => {
    set('missing-rows=rows:2,path:/groups');
    const headers = { ConsistencyLevel: 'eventual' };
    const groups = await client.get('/v1.0/groups?$count=true', headers);
    expect(groups.json['@odata.count'] - groups.json.value.length).toBe(2);
    simulator.control.clearFaults();
    set('wrong-count');
    const wrong = await client.get('/v1.0/groups?$count=true', headers);
    expect(wrong.json['@odata.count'] - wrong.json.value.length).toBe(1);
    set('no-value');
    expect((await client.get(path)).json.value).toBeUndefined();
  });

  it('rows that are huge, or hold an enumeration member that is new', async () => {
    set('large-row=kilobytes:900');
    expect((await client.get(path)).text.length).toBeGreaterThan(900_000);
    simulator.control.clearFaults();
    set('new-enum-member');
    const platforms = async (headers: Record<string, string>) =>
      (await client.get('/beta/deviceManagement/configurationPolicies', headers)).json.value[0].platforms;
    expect(await platforms({})).toBe('unknownFutureValue');
    expect(await platforms({ Prefer: 'include-unknown-enum-members' })).toBe('windowsHolographic12');
  });

  it('types and families that nobody knows', async () => {
    set('unknown-type=path:/deviceManagement/deviceConfigurations');
    const configurations = await client.get('/beta/deviceManagement/deviceConfigurations');
    expect(configurations.json.value[0]['@odata.type']).toBe('#microsoft.graph.quantumConfiguration');
    set('unknown-family');
    const policies = await client.get('/beta/deviceManagement/configurationPolicies');
    expect(policies.json.value[0].templateReference.templateFamily).toBe('endpointSecurityQuantumShield');
  });
});

describe('faults of items, batches and tenants', () => {
  it('items that vanish or differ after the list', async () => {
    const [category] = (await client.get(path)).json.value;
    set('list-item-mismatch');
    expect((await client.get(`${path}/${category.id}`)).json.description).not.toBe(category.description);
    set('deleted-after-list');
    expect((await client.get(`${path}/${category.id}`)).status).toBe(404);
  });

  it('batches: shuffled, throttled inside, with items lost or doubled, or failing whole', async () => {
    const urls = Array.from({ length: 20 }, () => '/deviceManagement/deviceCategories');
    const ids = async () => (await client.batch(urls)).json.responses.map((item: any) => Number(item.id));
    set('batch-shuffle');
    const order = await ids();
    expect(order).not.toEqual(order.toSorted((a: number, b: number) => a - b));
    expect(new Set(order).size).toBe(20);
    set('batch-lost-item');
    expect(await ids()).toHaveLength(19);
    simulator.control.clearFaults();
    set('batch-doubled-item');
    expect(await ids()).toHaveLength(21);
    simulator.control.clearFaults();
    set('batch-throttle=retryAfter:0.249');
    const throttled = (await client.batch(urls)).json.responses.filter((item: any) => item.status === 429);
    expect(throttled.length).toBeGreaterThan(3);
    expect(throttled[0].headers['Retry-After']).toBe('0.249');
    simulator.control.clearFaults();
    set('batch-error=status:429');
    expect((await client.batch(urls)).status).toBe(429);
  });

  it('malformed batches', async () => {
    const send = async (requests: unknown) =>
      (await client.send('POST', '/beta/$batch', { requests })).status;
    const item = { id: '1', method: 'GET', url: '/deviceManagement/intents' };
    expect(await send([])).toBe(400);
    expect(await send([item, { ...item }])).toBe(400);
    expect(await send(Array.from({ length: 21 }, (_, index) => ({ ...item, id: String(index) })))).toBe(400);
    expect(await send([{ ...item, url: `${simulator.graphUrl}/beta/deviceManagement/intents` }])).toBe(400);
    const serial = await client.send('POST', '/beta/$batch', {
      requests: [
        { ...item, url: '/nowhere' },
        { ...item, id: '2', dependsOn: ['1'] },
      ],
    });
    expect(serial.json.responses.map((each: any) => each.status)).toEqual([400, 424]);
  });

  it('tenants without licences, singletons or a scope', async () => {
    const status = async (url: string) => (await client.get(url)).status;
    set('no-intune');
    expect(await status(path)).toBe(400);
    simulator.control.clearFaults();
    set('no-premium');
    const roles = await client.get("/v1.0/policies/roleManagementPolicies?$filter=scopeId eq '/'");
    expect(roles.json.error.code).toBe('AadPremiumLicenseRequired');
    set('not-licensed=path:/deviceManagement/deviceCategories');
    expect(await status(path)).toBe(403);
    simulator.control.clearFaults();
    set('singleton-absent');
    expect(await status('/beta/deviceManagement/applePushNotificationCertificate')).toBe(404);
    set('scope-missing=permission:DeviceManagementConfiguration.Read.All');
    expect(await status('/beta/deviceManagement/intents')).toBe(403);
  });
});

describe('faults of the line', () => {
  it('text that is not JSON', async () => {
    set('not-json');
    expect(await client.get(path)).toMatchObject({ status: 200, json: null });
  });

  it.each(['truncated', 'reset', 'broken-gzip'])('%s fails the read', async (fault) => {
    set(fault);
    await expect(client.get('/beta/deviceManagement/configurationPolicies')).rejects.toThrow();
  });

  it('hang gives no answer while the client waits', async () => {
    set('hang=ms:60000');
    const token = await signIn(simulator, simulator.tenants[0]!);
    const agent = new Agent({ connect: { ca: simulator.caPem }, headersTimeout: 1 });
    const read = request(simulator.graphUrl + path, {
      dispatcher: agent,
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(200),
    });
    await expect(read).rejects.toThrow();
    await agent.destroy();
  });

  it('slow answers arrive', async () => {
    set('slow=ms:1');
    expect((await client.get(path)).status).toBe(200);
  });
});

describe('fault settings', () => {
  it('limit a fault by path, tenant, count and skipped matches', async () => {
    set('gone=path:/deviceManagement/deviceCategories,after:1,count:2');
    expect(await statuses(4)).toEqual([200, 410, 410, 200]);
    simulator.control.clearFaults();
    set('gone=tenant:nobody');
    expect(await statuses(1)).toEqual([200]);
    set('gone=path:/deviceManagement/device');
    expect(await statuses(1)).toEqual([200]);
    set('gone=path:/deviceManagement/device*');
    expect(await statuses(1)).toEqual([410]);
  });

  it('are refused in plain words when they make no sense', () => {
    expect(() => parseFault('gremlin')).toThrow(/no fault called "gremlin"/);
    expect(() => parseFault('gone=count:many')).toThrow(/must be a number/);
    expect(() => parseFault('gone=count')).toThrow(/not key:value/);
  });

  it('strangers cannot steer', async () => {
    const answer = await fetch(`${simulator.graphUrl}/_simulator/readCounters`, { method: 'POST' });
    expect(answer.status).toBe(401);
    const socket = connect({ port: Number(new URL(simulator.graphUrl).port), host: '127.0.0.1' });
    await expect(
      new Promise((resolve, reject) => {
        socket.once('secureConnect', resolve);
        socket.once('error', reject);
      }),
    ).resolves.toBeUndefined();
    socket.destroy();
  });

  it('every fault of a Graph answer is tried in this file', () => {
    const graphFaults = Object.entries(faultCatalogue)
      .filter(([, fault]) => fault.point !== 'token')
      .map(([name]) => name);
    expect(graphFaults.filter((name) => !tried.has(name))).toEqual([]);
  });
});
