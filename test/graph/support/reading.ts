import type { ChildRead, PolicyType } from '../../../main/domain/policy-types/policy-type.ts';
import type { Clock } from '../../../main/clock.ts';
import type {
  CapturedItem,
  Log,
  PolicyReadSink,
  ReadEvent,
  TypeReading,
} from '../../../main/engine/ports.ts';
import { createGraphClient, type GraphClient } from '../../../main/graph/graph-client.ts';
import type { GraphSession } from '../../../main/graph/graph-exchange.ts';
import { graphLimits, type GraphLimits } from '../../../main/graph/graph-limits.ts';
import { openHttpTransport, type HttpTransport } from '../../../main/graph/http-transport.ts';
import { textAt } from '../../../main/graph/json-reading.ts';
import { createAppLimiter } from '../../../main/graph/limiter.ts';
import type { PolicyTypeCatalog } from '../../../main/graph/policy-type-catalog.ts';
import { createTenantReader } from '../../../main/graph/tenant-reader.ts';
import type { TokenSource } from '../../../main/graph/token-source.ts';
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts';

export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLog,
};

/** Tokens `token-1`, `token-2`, … without a login host. */
export function createTokenDouble(): TokenSource & { issued: number } {
  const double = {
    issued: 1,
    token: () => Promise.resolve(`token-${double.issued}`),
    renew: (refused: string) => {
      if (refused === `token-${double.issued}`) double.issued += 1;
      return Promise.resolve(`token-${double.issued}`);
    },
    forget: () => undefined,
    grantedRoles: () => [],
  };
  return double;
}

export interface TestSession {
  session: GraphSession;
  client: GraphClient;
  clock: VirtualClock;
  tokens: ReturnType<typeof createTokenDouble>;
  transport: HttpTransport;
  /** What left for the double, with the clock's time of leaving. */
  sent: { path: string; atMs: number }[];
}

const withoutChance = () => 0;

export function openTestSession(
  graphUrl: string,
  changes: Partial<GraphLimits> = {},
  realClock?: Clock,
): TestSession {
  const clock = createVirtualClock();
  const used = realClock ?? clock;
  const limits = graphLimits({ headersTimeoutMs: 300, bodyTimeoutMs: 300, ...changes });
  const real = openHttpTransport({ ca: null, limits, clock: used });
  const sent: TestSession['sent'] = [];
  const transport: HttpTransport = {
    close: () => real.close(),
    send: (request) => {
      sent.push({ path: request.url.pathname + request.url.search, atMs: used.monotonicMs() });
      return real.send(request);
    },
  };
  const tokens = createTokenDouble();
  const session: GraphSession = {
    cloud: { name: 'custom', graphUrl, loginUrl: graphUrl, ca: null },
    tokens,
    transport,
    limiter: createAppLimiter({ limits, clock: used, random: withoutChance }).tenant('tenant'),
    limits,
    clock: used,
    log: silentLog,
    random: withoutChance,
    standing: { unreachableInARow: 0, refusedFreshTokens: 0 },
  };
  return { session, client: createGraphClient(session), clock, tokens, transport, sent };
}

const listOf = (type: PolicyType) => `${type.apiVersion} ${type.listPath}`;

/** A catalog over a few records, with the registry's rules. */
export function catalogOf(types: readonly PolicyType[]): PolicyTypeCatalog {
  return {
    find: (key) => types.find((type) => type.key === key),
    all: () => types,
    groups: (keys) => [
      ...Map.groupBy(
        keys.flatMap((key) => types.filter((type) => type.key === key)),
        listOf,
      ).values(),
    ],
    ownerOf: (asked, row) => {
      const sharing = types.filter((type) => listOf(type) === listOf(asked[0]!));
      const owner =
        sharing.find(({ split }) => !split || split.values.includes(textAt(row, split.property) ?? '')) ??
        sharing.find(({ split }) => split?.fallback);
      return owner && asked.includes(owner) ? owner : null;
    },
    isKnownSplitValue: (_type, value) => types.some(({ split }) => split?.values.includes(value)),
  };
}

export function policyType(key: string, changes: Partial<PolicyType> = {}): PolicyType {
  return {
    key,
    displayName: key,
    category: 'Device configuration',
    priority: 'core',
    apiVersion: 'beta',
    shape: 'collection',
    listPath: `/${key}`,
    itemPath: `/${key}/{id}`,
    listQuery: {},
    detailGetRequired: false,
    children: [],
    volatileProperties: [],
    secretProperties: [],
    setLikeArrays: [],
    identityProperty: 'id',
    nameProperty: 'name',
    permission: `${key}.Read.All`,
    acceptedPermissions: [`${key}.Read.All`],
    throttleGroup: 'intune',
    knownODataTypes: [],
    unavailable: [],
    notInClouds: [],
    ...changes,
  };
}

export function childRead(typeKey: string, name: string, changes: Partial<ChildRead> = {}): ChildRead {
  return { name, path: `/${typeKey}/{id}/${name}`, shape: 'collection', importance: 'required', ...changes };
}

export interface ReadOutcome {
  readings: TypeReading[];
  items: CapturedItem[];
  events: ReadEvent[];
}

/** Reads types through a real client and gathers what the sink got. */
export async function readTypes(
  test: TestSession,
  types: readonly PolicyType[],
  options: {
    keys?: readonly string[];
    signal?: AbortSignal;
    onItem?: (item: CapturedItem) => Promise<void>;
    cloud?: 'global' | 'china';
  } = {},
): Promise<ReadOutcome> {
  const items: CapturedItem[] = [];
  const events: ReadEvent[] = [];
  const sink: PolicyReadSink = {
    item: async (item) => {
      await options.onItem?.(item);
      items.push(item);
    },
    event: (event) => events.push(event),
    progress: () => undefined,
  };
  const reader = createTenantReader({
    client: test.client,
    catalog: catalogOf(types),
    clock: test.session.clock,
    limits: test.session.limits,
    cloud: options.cloud ?? 'global',
    tenantParameters: { organizationId: 'organization-1' },
  });
  const keys = options.keys ?? types.map((type) => type.key);
  const readings = await reader.read(keys, sink, options.signal ?? new AbortController().signal);
  return { readings, items, events };
}

/** Rows `{id, name}` with ids `prefix-0` and on. */
export function rowsOf(count: number, prefix = 'row'): { id: string; name: string }[] {
  return Array.from({ length: count }, (_, index) => ({ id: `${prefix}-${index}`, name: `Name ${index}` }));
}
