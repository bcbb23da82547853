import { stringify } from 'lossless-json';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../main/clock.ts';
import { findPolicyType, policyTypes, resolveSelection } from '../../main/domain/policy-types/registry.ts';
import type { CapturedItem, ReadEvent, TypeReading } from '../../main/engine/ports.ts';
import { checkAccess } from '../../main/graph/access-check.ts';
import type { TenantCredential } from '../../main/graph/credential-loader.ts';
import { graphLimits } from '../../main/graph/graph-limits.ts';
import { registeredPolicyTypes } from '../../main/graph/policy-type-catalog.ts';
import { createTenantReaderFactory } from '../../main/graph/tenant-reader-factory.ts';
import type { Simulator } from '../../main/simulator/start-simulator.ts';
import { startReadOnlySimulator } from '../support/read-only-simulator.ts';
import { silentLog } from './support/reading.ts';

let simulator: Simulator;

beforeAll(async () => {
  // Windows 365 and the others are limited as published; waiting for them is not what is shown here.
  simulator = await startReadOnlySimulator({ tenants: 1, objects: 300, throttle: false, seed: 7 });
});

afterAll(async () => {
  await simulator.close();
});

/** Types for which Microsoft publishes no application permission: an app is refused. */
const refusedToApps = policyTypes.filter((type) => type.permission === null).map((type) => type.key);
const core = resolveSelection('core')
  .known.map((type) => type.key)
  .filter((key) => !refusedToApps.includes(key));

/** What the registry asks to read of an object. */
function expected(typeKey: string, document: object): object {
  const type = findPolicyType(typeKey)!;
  const unread = new Set(
    type.children.filter((child) => child.notRead !== undefined).map(({ name }) => name),
  );
  const selected = type.listQuery.select?.split(',');
  const entries = Object.entries(plain(document) as object).filter(
    ([name]) => !unread.has(name) && (selected === undefined || selected.includes(name)),
  );
  return Object.fromEntries(entries);
}

/** A document as plain JSON, without what only describes the answer. */
function plain(document: object): unknown {
  return JSON.parse(stringify(document)!, (key, value: unknown) =>
    /^@odata\.(context|etag|count)$|^@microsoft|@odata\.(context|count)$/.test(key) ? undefined : value,
  );
}

const signal = new AbortController().signal;
const limits = graphLimits({
  rates: { ...graphLimits().rates, conditionalAccess: { limit: 100, windowMs: 1000 } },
});

function credential(kind: 'secret' | 'certificate' = 'secret'): TenantCredential {
  const tenant = simulator.tenants[0]!;
  const cloud = {
    name: 'custom' as const,
    graphUrl: simulator.graphUrl,
    loginUrl: simulator.loginUrl,
    ca: simulator.caPem,
  };
  const base = { tenantGuid: tenant.tenantGuid, clientId: tenant.clientId, cloud };
  return kind === 'secret'
    ? { ...base, kind, secret: tenant.clientSecret }
    : {
        ...base,
        kind,
        certificatePem: tenant.certificate.certificatePem,
        privateKeyPem: tenant.certificate.privateKeyPem,
      };
}

async function readAll(
  keys: readonly string[],
  kind: 'secret' | 'certificate' = 'secret',
): Promise<{ readings: TypeReading[]; items: CapturedItem[]; events: ReadEvent[] }> {
  const factory = createTenantReaderFactory({
    credentials: {
      openableTenantIds: () => Promise.resolve(['t']),
      load: () => Promise.resolve(credential(kind)),
    },
    catalog: registeredPolicyTypes,
    limits,
    clock: systemClock,
    log: silentLog,
  });
  try {
    const reader = await factory.open('t', signal);
    const items: CapturedItem[] = [];
    const events: ReadEvent[] = [];
    const readings = await reader.read(
      keys,
      {
        item: (item) => {
          items.push(item);
          return Promise.resolve();
        },
        event: (event) => events.push(event),
        progress: () => undefined,
      },
      signal,
    );
    return { readings, items, events };
  } finally {
    await factory.close();
  }
}

const check = (changes: Partial<TenantCredential>) =>
  checkAccess({
    credential: { ...credential(), ...changes } as TenantCredential,
    catalog: registeredPolicyTypes,
    clock: systemClock,
    log: silentLog,
    signal,
    limits: { ...limits, tokenAttempts: 1 },
  });

describe('against the simulator', () => {
  it('reads every policy type whole, as the tenant holds it', async () => {
    const { readings, items } = await readAll(policyTypes.map((type) => type.key));
    const others = readings.filter((reading) => reading.outcome !== 'complete');
    expect(others.map((reading) => [reading.typeKey, reading.outcome, reading.reason])).toEqual(
      refusedToApps.map((key) => [key, 'not_available', 'signed_in_only']),
    );
    for (const { typeKey } of readings.filter((reading) => reading.outcome === 'complete')) {
      const held = simulator.control.objects(simulator.tenants[0]!.name, typeKey);
      const captured = items.filter((item) => item.typeKey === typeKey);
      const byId = new Map(captured.map((item) => [item.graphId, plain(item.document)]));
      expect([typeKey, captured.length]).toEqual([typeKey, held.length]);
      for (const object of held) {
        // A singleton without an id of its own stands under its type's key.
        const document = byId.get(object.id) ?? byId.get(typeKey);
        expect(document, `${typeKey} ${object.id}`).toMatchObject(expected(typeKey, object.document));
      }
    }
  });

  it('needs at most a tenth more requests than the least for the core types', async () => {
    const least = simulator.control.leastReads(simulator.tenants[0]!.name, core);
    simulator.control.resetCounters();
    const { readings } = await readAll(core);
    const counters = simulator.control.readCounters();
    expect(readings.every((reading) => reading.outcome === 'complete')).toBe(true);
    expect(counters.violations).toEqual([]);
    expect(counters.tokenRequests).toBe(1);
    expect(counters.reads).toBeLessThanOrEqual(1.1 * least.reads);
    expect(counters.roundTrips).toBeLessThanOrEqual(1.3 * least.roundTrips);
  });

  it('reads on with tokens that live one second', async () => {
    simulator.control.setTokenLifetime(1);
    simulator.control.setLatency(100);
    try {
      simulator.control.resetCounters();
      const { readings } = await readAll(core, 'certificate');
      expect(readings.every((reading) => reading.outcome === 'complete')).toBe(true);
      expect(simulator.control.readCounters().tokenRequests).toBeGreaterThan(1);
    } finally {
      simulator.control.setTokenLifetime(3599);
      simulator.control.setLatency(0);
    }
  });

  it('shows in a matrix what the app may read', async () => {
    const tenant = simulator.tenants[0]!;
    const permission = 'DeviceManagementServiceConfig.Read.All';
    simulator.control.revokePermission(tenant.name, permission);
    simulator.control.setUnavailable(tenant.name, 'conditionalAccessPolicies', 'notLicensed');
    try {
      const access = await checkAccess({
        credential: credential(),
        catalog: registeredPolicyTypes,
        clock: systemClock,
        log: silentLog,
        signal,
        limits,
      });
      const denied = access.types
        .filter((type) => type.state === 'permission_missing')
        .map((type) => type.typeKey);
      const expected = simulator.control
        .deniedTypes(tenant.name)
        .filter((key) => !refusedToApps.includes(key));
      expect(denied.sort()).toEqual(expected.sort());
      expect(access.types.find((type) => type.typeKey === 'conditionalAccessPolicies')!.state).toBe(
        'not_licensed',
      );
      expect(access.missingPermissions).toContain(permission);
      expect(access.grantedRoles).not.toContain(permission);
      expect(access.types.filter((type) => type.state === 'unknown').map((type) => type.typeKey)).toEqual([]);
    } finally {
      simulator.control.grantPermission(tenant.name, permission);
      simulator.control.setUnavailable(tenant.name, 'conditionalAccessPolicies', null);
    }
  });

  it('says in one sentence why a tenant cannot be checked', async () => {
    await expect(check({ secret: 'wrong' } as Partial<TenantCredential>)).rejects.toMatchObject({
      code: 'auth_secret_expired',
      message: expect.stringContaining('AADSTS7000215') as string,
    });
    const { graphUrl, loginUrl } = simulator;
    await expect(check({ cloud: { name: 'custom', graphUrl, loginUrl } })).rejects.toMatchObject({
      code: 'graph_unavailable',
      message: expect.stringContaining('not trusted') as string,
    });
    const elsewhere = {
      name: 'custom' as const,
      graphUrl,
      loginUrl: 'https://127.0.0.1:9',
      ca: simulator.caPem,
    };
    await expect(check({ cloud: elsewhere })).rejects.toMatchObject({ code: 'graph_unavailable' });
    await expect(check({ cloud: { ...elsewhere, loginUrl: 'http://127.0.0.1:9' } })).rejects.toMatchObject({
      code: 'cloud_address_invalid',
    });
  });
});
