import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '../../main/clock.ts';
import { systemClock } from '../../main/clock.ts';
import { policyTypes } from '../../main/domain/policy-types/registry.ts';
import { callSimulator } from '../../main/simulator/call-simulator.ts';
import { runSimulator } from '../../main/simulator/process.ts';
import { parseLatency, startSimulator } from '../../main/simulator/start-simulator.ts';
import type { Simulator } from '../../main/simulator/start-simulator.ts';
import { Throttle, publishedLimits, resourceUnits } from '../../main/simulator/throttle.ts';
import { openSimulator, rawClient, readAll } from './simulator-fixture.ts';

const coreKeys = policyTypes.filter((type) => type.priority === 'core').map((type) => type.key);

/** The stable content of each tenant's core objects, by type and id. */
function contentsOf(simulator: Simulator): Map<string, string>[] {
  return simulator.tenants.map((tenant) => {
    const all = new Map<string, string>();
    for (const key of coreKeys) {
      for (const { id, document } of simulator.control.objects(tenant.name, key)) {
        const { lastModifiedDateTime: _date, version: _version, ...rest } = document;
        all.set(`${key}/${id}`, JSON.stringify(rest));
      }
    }
    return all;
  });
}

async function contentsOfSeed(seed: number): Promise<string> {
  const simulator = await startSimulator({ tenants: 2, objects: 300, seed });
  const all = simulator.tenants.map((tenant) => [
    tenant.tenantGuid,
    tenant.clientSecret,
    policyTypes.map((type) => simulator.control.objects(tenant.name, type.key)),
  ]);
  await simulator.close();
  return JSON.stringify(all);
}

function charge(throttle: Throttle, group: 'intune' | 'conditionalAccess' | 'directory', more = {}) {
  return throttle.charge({ clientId: 'app', tenantGuid: 'tenant', users: 10, group, units: 1, ...more });
}

describe('demo tenants', () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await openSimulator();
  });
  afterAll(() => simulator.close());

  it('are three with 120 to 400 objects, one of them short of a permission and a licence', () => {
    expect(simulator.tenants.map((tenant) => tenant.name)).toEqual([
      'Alder & Finch Dental',
      'Brightwater Logistics',
      'Copperfield Academy',
    ]);
    for (const tenant of simulator.tenants) {
      expect(tenant.objects).toBeGreaterThanOrEqual(120);
      expect(tenant.objects).toBeLessThanOrEqual(400);
    }
    const [first, second, third] = simulator.tenants.map((tenant) =>
      simulator.control.deniedTypes(tenant.name),
    );
    const never = policyTypes.filter(
      (type) => type.permission === null && type.acceptedPermissions.length === 0,
    );
    expect(first).toEqual(never.map((type) => type.key));
    expect(second).toEqual(first);
    expect(third!.length).toBeGreaterThan(first!.length);
    expect(third).toContain('windowsAutopilotDeploymentProfiles');
  });

  it('hold objects of every type', () => {
    const [tenant] = simulator.tenants;
    // A tenant of this size holds every list; a shared list may lack one of its kinds.
    const empty = policyTypes
      .filter((type) => !type.split && simulator.control.objects(tenant!.name, type.key).length === 0)
      .map((type) => type.key);
    expect(empty).toEqual([]);
  });

  it('refer to groups that can be named', async () => {
    const client = await rawClient(simulator);
    const ids = new Set<string>();
    for (const type of policyTypes) {
      const text = JSON.stringify(simulator.control.objects(simulator.tenants[0]!.name, type.key));
      for (const match of text.matchAll(/"groupId":"([^"]+)"/g)) ids.add(match[1]!);
    }
    const named = await client.send('POST', '/v1.0/directoryObjects/getByIds', { ids: [...ids] });
    expect(ids.size).toBeGreaterThan(5);
    expect(named.json.value).toHaveLength(ids.size);
  });

  it('change by known numbers in a round, one tenant not at all', () => {
    for (const round of [1, 2]) {
      const before = contentsOf(simulator);
      const summaries = simulator.control.applyRound(round);
      const after = contentsOf(simulator);
      for (const [index, summary] of summaries.entries()) {
        const was = before[index]!;
        const is = after[index]!;
        expect({
          tenant: simulator.tenants[index]!.name,
          added: [...is.keys()].filter((key) => !was.has(key)).length,
          removed: [...was.keys()].filter((key) => !is.has(key)).length,
          changed: [...is].filter(([key, text]) => was.has(key) && was.get(key) !== text).length,
        }).toEqual(summary);
      }
      expect(summaries.map(({ added, changed, removed }) => added + changed + removed > 0)).toEqual([
        true,
        false,
        true,
      ]);
    }
  });

  it('touch only volatile values when asked to', () => {
    const [tenant] = simulator.tenants;
    const stable = () =>
      simulator.control
        .objects(tenant!.name, 'deviceCompliancePolicies')
        .map(({ document: { lastModifiedDateTime: _date, version: _version, ...rest } }) => rest);
    const before = stable();
    expect(simulator.control.touchVolatile(tenant!.name, 'deviceCompliancePolicies')).toBeGreaterThan(5);
    expect(stable()).toEqual(before);
  });
});

describe('a simulator', () => {
  it('makes the same tenants from the same seed, and others from another', async () => {
    const first = await contentsOfSeed(7);
    expect(await contentsOfSeed(7)).toBe(first);
    expect(await contentsOfSeed(8)).not.toBe(first);
  });

  it('knows the least reads of a backup: what a plain reader of the contracts needs', async () => {
    const simulator = await openSimulator({ tenants: 1, objects: 200, throttle: false });
    const tenant = simulator.tenants[0]!;
    const keys = ['deviceManagementScripts', 'deviceCategories', 'groupPolicyConfigurations'];
    const client = await rawClient(simulator);
    simulator.control.resetCounters();
    for (const type of policyTypes.filter((each) => keys.includes(each.key))) {
      for (const row of (await readAll(client, `/beta${type.listPath}`)).rows) {
        const item = `/beta${type.listPath}/${row.id}`;
        if (type.detailGetRequired) await client.get(item);
        for (const child of type.children) {
          if (child.importance !== 'required' || child.forEach) continue;
          const below = await readAll(client, `${item}/${child.name}`);
          if (child.name !== 'definitionValues') continue;
          for (const value of below.rows)
            await client.get(`${item}/definitionValues/${value.id}/presentationValues`);
        }
      }
    }
    const { reads, violations } = simulator.control.readCounters();
    expect(simulator.control.leastReads(tenant.name, keys).requiredReads).toBe(reads);
    expect(violations).toEqual([]);
    await simulator.close();
  });

  it('runs as a process would: files to connect with, steered over the line, gone on abort', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'simulator-'));
    const stop = new AbortController();
    const { ready, finished } = await runSimulator({ directory, tenants: 1, objects: 150 }, stop.signal);
    const [tenant] = ready.tenants;
    expect(await readFile(ready.caFile!, 'utf8')).toBe(ready.caPem);
    expect(await readFile(tenant!.secretFile!, 'utf8')).toBe(tenant!.clientSecret);
    expect((await stat(tenant!.privateKeyFile!)).mode & 0o077).toBe(0);
    const counters = await callSimulator(ready, 'readCounters');
    expect(counters.reads).toBe(0);
    const added = await callSimulator(ready, 'addObjects', tenant!.name, 'deviceCategories', 3);
    expect(added).toHaveLength(3);
    await expect(callSimulator(ready, 'addObjects', 'nobody', 'deviceCategories')).rejects.toMatchObject({
      code: 'simulator_refused',
    });
    await expect(callSimulator({ ...ready, controlKey: 'x' }, 'readCounters')).rejects.toThrow(/refused/);
    stop.abort();
    await finished;
    await expect(callSimulator(ready, 'readCounters')).rejects.toThrow(/ECONNREFUSED|closed|hang up/);
    await rm(directory, { recursive: true });
  });

  it('says when its port is taken', async () => {
    const first = await startSimulator({ tenants: 1, objects: 1 });
    const port = Number(new URL(first.graphUrl).port);
    await expect(startSimulator({ tenants: 1, objects: 1, port })).rejects.toMatchObject({
      code: 'simulator_port_taken',
    });
    await first.close();
  });

  it('reads latencies as people write them', () => {
    expect(parseLatency('100±50')).toEqual({ meanMs: 100, spreadMs: 50 });
    expect(parseLatency('100+-50')).toEqual({ meanMs: 100, spreadMs: 50 });
    expect(parseLatency('20')).toEqual({ meanMs: 20, spreadMs: 0 });
    expect(() => parseLatency('soon')).toThrow(/not a latency/);
  });
});

describe('throttling', () => {
  let nowMs = 0;
  const clock: Clock = { ...systemClock, monotonicMs: () => nowMs };
  it('lets 1,000 Intune requests in 20 seconds pass for an app in a tenant', () => {
    const throttle = new Throttle(clock, publishedLimits);
    for (let count = 0; count < 1000; count++) expect(charge(throttle, 'intune').allowed).toBe(true);
    const refused = charge(throttle, 'intune');
    expect(refused).toMatchObject({ allowed: false, tellsRetryAfter: true });
    expect(charge(throttle, 'intune', { tenantGuid: 'other' }).allowed).toBe(true);
    nowMs += 2000;
    expect(charge(throttle, 'intune').allowed).toBe(true);
  });

  it('counts conditional access per tenant over all apps, and keeps silent about when', () => {
    const throttle = new Throttle(clock, publishedLimits);
    expect(charge(throttle, 'conditionalAccess').allowed).toBe(true);
    const refused = charge(throttle, 'conditionalAccess', { clientId: 'another' });
    expect(refused).toMatchObject({ allowed: false, tellsRetryAfter: false });
    nowMs += 1200;
    expect(charge(throttle, 'conditionalAccess').allowed).toBe(true);
  });

  it('charges the directory in resource units by size of tenant', () => {
    const throttle = new Throttle(clock, publishedLimits);
    expect(charge(throttle, 'directory', { units: 3500 }).allowed).toBe(true);
    expect(charge(throttle, 'directory').allowed).toBe(false);
    expect(charge(throttle, 'directory', { tenantGuid: 'large', users: 900, units: 8000 }).allowed).toBe(
      true,
    );
    expect(resourceUnits('/directoryObjects/getByIds', new URLSearchParams())).toBe(3);
    expect(resourceUnits('/applications', new URLSearchParams('$select=id&$top=5'))).toBe(1);
    expect(resourceUnits('/groups', new URLSearchParams('$expand=members'))).toBe(2);
  });

  it('shows on the line as 429', async () => {
    const simulator = await openSimulator({ tenants: 1, objects: 150 });
    const client = await rawClient(simulator);
    const statuses = [];
    for (let count = 0; count < 3; count++) {
      statuses.push(await client.get('/beta/identity/conditionalAccess/policies'));
    }
    expect(statuses.map(({ status }) => status)).toContain(429);
    const refused = statuses.find(({ status }) => status === 429)!;
    expect(refused.headers.get('retry-after')).toBeNull();
    expect(refused.headers.get('x-ms-throttle-scope')).toContain('conditionalAccess');
    simulator.control.setThrottle({ intuneAppTenant: { limit: 1, windowMs: 20_000 } });
    await client.get('/beta/deviceManagement/intents');
    const intune = await client.get('/beta/deviceManagement/intents');
    expect(Number(intune.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(JSON.parse(intune.json.error.message).HttpHeaders).toBe('{}');
    await simulator.close();
  });
});
