import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'lossless-json';
import { systemClock, type Clock } from '../../main/clock.ts';
import type { PolicyType } from '../../main/domain/policy-types/policy-type.ts';
import { policyTypes } from '../../main/domain/policy-types/registry.ts';
import type { CapturedItem, ReadEvent, TenantReaderFactory, TypeReading } from '../../main/engine/ports.ts';
import { graphLimits, type GraphLimits } from '../../main/graph/graph-limits.ts';
import { registeredPolicyTypes } from '../../main/graph/policy-type-catalog.ts';
import { createTenantReaderFactory } from '../../main/graph/tenant-reader-factory.ts';
import type { ExpectedObject } from '../../main/simulator/expectations.ts';
import { childKey } from '../../main/simulator/routes.ts';
import type { SimulatedTenantAccess, Simulator } from '../../main/simulator/start-simulator.ts';
import { silentLog } from '../support/silent-log.ts';

/** Sizes at which other tools have lost rows: pages of 20, 25 and 100 with one more, none, one. */
export const boundaryCounts = [0, 1, 20, 21, 25, 26, 100, 101] as const;

/**
 * The registry as the simulator serves it to a test of everything: types that Microsoft lets no app read are
 * served to ours, because what they hold has to be captured where a technician signs in.
 */
export const readableTypes: readonly PolicyType[] = policyTypes.map((type) =>
  type.permission === null
    ? { ...type, permission: 'Signed.In.Read', acceptedPermissions: ['Signed.In.Read'] }
    : type,
);

/** What a simulator answers without waiting for published limits; a test of those sets its own. */
export const unhurried: Partial<GraphLimits> = {
  rates: {
    intune: { limit: 100_000, windowMs: 1000 },
    intuneDevices: { limit: 100_000, windowMs: 1000 },
    conditionalAccess: { limit: 100_000, windowMs: 1000 },
    directory: { limit: 100_000, windowMs: 1000 },
    cloudPc: { limit: 100_000, windowMs: 1000 },
  },
  appRate: { limit: 1_000_000, windowMs: 1000 },
  batchLingerMs: 2,
};

/** Where a simulator is, in this process or another. */
export type SimulatorAddress = Pick<Simulator, 'graphUrl' | 'loginUrl' | 'caPem'>;
export type SimulatedSignIn = Pick<SimulatedTenantAccess, 'tenantGuid' | 'clientId' | 'clientSecret'>;

/** The real reader factory over simulated tenants; the tenant ids are the caller's own. */
export function simulatedReaders(
  simulator: SimulatorAddress,
  tenants: ReadonlyMap<string, SimulatedSignIn>,
  changes: Partial<GraphLimits> = unhurried,
  clock: Clock = systemClock,
): TenantReaderFactory & { close(): Promise<void> } {
  return createTenantReaderFactory({
    credentials: {
      openableTenantIds: () => Promise.resolve([...tenants.keys()]),
      load: (tenantId) => {
        const tenant = tenants.get(tenantId)!;
        return Promise.resolve({
          tenantGuid: tenant.tenantGuid,
          clientId: tenant.clientId,
          kind: 'secret',
          secret: tenant.clientSecret,
          cloud: {
            name: 'custom',
            graphUrl: simulator.graphUrl,
            loginUrl: simulator.loginUrl,
            ca: simulator.caPem,
          },
        });
      },
    },
    catalog: registeredPolicyTypes,
    limits: graphLimits(changes),
    clock,
    log: silentLog,
  });
}

export interface Capture {
  readings: TypeReading[];
  items: CapturedItem[];
  events: ReadEvent[];
}

/** Reads types of one tenant with the real client. */
export async function capture(
  readers: TenantReaderFactory,
  keys: readonly string[],
  tenantId = 'tenant',
  signal: AbortSignal = new AbortController().signal,
): Promise<Capture> {
  const reader = await readers.open(tenantId, signal);
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
}

/**
 * What differs between what a tenant holds of a type and what was captured: nothing, or sentences. Content is
 * compared, not counts: every property and every row of every child, by id where rows have one.
 */
export function differences(
  type: PolicyType,
  held: readonly ExpectedObject[],
  items: readonly CapturedItem[],
): string[] {
  const found: string[] = [];
  const captured = new Map(items.map((item) => [item.graphId, item.document]));
  if (captured.size !== items.length) found.push(`${items.length - captured.size} captured twice`);
  if (items.length !== held.length) found.push(`${held.length} held, ${items.length} captured`);
  for (const object of held) {
    // A singleton without an id of its own stands under its type's key.
    const document = captured.get(object.id) ?? (type.shape === 'singleton' ? items[0]?.document : undefined);
    if (document === undefined) {
      found.push(`${object.id} is missing`);
      continue;
    }
    const lost = firstDifference(expectedDocument(type, object.document), plain(document), '');
    if (lost !== null) found.push(`${object.id}: ${lost}`);
  }
  return found;
}

/** The part of a held object that the record asks to read. */
function expectedDocument(type: PolicyType, document: object): unknown {
  const unread = new Set(
    type.children.filter((child) => child.notRead !== undefined).map(({ name }) => name),
  );
  const selected = type.listQuery.select?.split(',');
  return plain(
    Object.fromEntries(
      Object.entries(document).filter(
        ([name]) => !unread.has(name) && (selected === undefined || selected.includes(name)),
      ),
    ),
  );
}

/** A document as plain JSON, without annotations that only describe the answer. */
function plain(document: object): unknown {
  return JSON.parse(stringify(document)!, (key, value: unknown) =>
    /^@odata\.(context|etag|count)$|^@microsoft|@odata\.(context|count)$/.test(key) ? undefined : value,
  );
}

/** The first place where `actual` lacks or changes something of `expected`; arrays are compared whole. */
function firstDifference(expected: unknown, actual: unknown, path: string): string | null {
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return `${path}: a list became ${typeof actual}`;
    if (expected.length !== actual.length) return `${path}: ${expected.length} rows became ${actual.length}`;
    const byId = new Map(actual.map((row) => [idOf(row), row]));
    const isKeyed = byId.size === actual.length && expected.every((row) => byId.has(idOf(row)));
    for (const [index, row] of expected.entries()) {
      const twin: unknown = isKeyed ? byId.get(idOf(row)) : actual[index];
      const lost = firstDifference(row, twin, `${path}[${index}]`);
      if (lost !== null) return lost;
    }
    return null;
  }
  if (typeof expected === 'object' && expected !== null) {
    if (typeof actual !== 'object' || actual === null) return `${path}: an object became ${String(actual)}`;
    for (const [name, value] of Object.entries(expected)) {
      const lost = Object.hasOwn(actual, name)
        ? firstDifference(value, (actual as Record<string, unknown>)[name], `${path}/${name}`)
        : `${path}/${name} is missing`;
      if (lost !== null) return lost;
    }
    return null;
  }
  return isDeepStrictEqual(expected, actual)
    ? null
    : `${path}: ${JSON.stringify(expected)} became ${JSON.stringify(actual)}`;
}

function idOf(row: unknown): unknown {
  return typeof row === 'object' && row !== null && 'id' in row ? row.id : undefined;
}

/** The child lists of a type that can be given a number of rows: those read by a path of their own or expanded. */
export function childLists(type: PolicyType): string[] {
  return type.children
    .filter((child) => {
      const key = childKey(type, child.path);
      return (
        child.shape === 'collection' &&
        child.notRead === undefined &&
        child.forEach === undefined &&
        key !== null &&
        key !== ''
      );
    })
    .map((child) => child.name);
}
