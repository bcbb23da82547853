import type { Clock } from '../../../main/clock.ts';
import type { ThrottleGroup } from '../../../main/domain/policy-types/policy-type.ts';
import { policyTypes } from '../../../main/domain/policy-types/registry.ts';
import type { TenantReader } from '../../../main/engine/ports.ts';
import { resolveCloud } from '../../../main/graph/clouds.ts';
import type { TenantCredential } from '../../../main/graph/credential-loader.ts';
import { createGraphClient } from '../../../main/graph/graph-client.ts';
import { graphLimits, type GraphLimits } from '../../../main/graph/graph-limits.ts';
import {
  openHttpTransport,
  type HttpTransport,
  type TransportAnswer,
} from '../../../main/graph/http-transport.ts';
import { createAppLimiter } from '../../../main/graph/limiter.ts';
import { registeredPolicyTypes } from '../../../main/graph/policy-type-catalog.ts';
import { createTenantReader } from '../../../main/graph/tenant-reader.ts';
import { openTokenSource } from '../../../main/graph/token-source.ts';
import type { Simulator } from '../../../main/simulator/start-simulator.ts';
import { silentLog } from '../../support/silent-log.ts';

export interface WatchedGraph {
  reader: TenantReader;
  /** Reads that Graph counts, members of batches one by one. */
  sentReads: number;
  refusedReads: number;
  /** Requests that left before the time that an earlier refusal of their throttle group had named. */
  early: { path: string; byMs: number }[];
  close(): Promise<void>;
}

/**
 * The real client over a simulated tenant, with an eye on the line: it holds every request against the refusals
 * that had come in by then, by its own reading of Retry-After.
 */
export async function watchGraph(
  simulator: Simulator,
  clock: Clock,
  changes: Partial<GraphLimits>,
): Promise<WatchedGraph> {
  const tenant = simulator.tenants[0]!;
  const { graphUrl, loginUrl, caPem } = simulator;
  const credential: TenantCredential = {
    tenantGuid: tenant.tenantGuid,
    clientId: tenant.clientId,
    kind: 'secret',
    secret: tenant.clientSecret,
    cloud: { name: 'custom', graphUrl, loginUrl, ca: caPem },
  };
  const limits = graphLimits(changes);
  const cloud = await resolveCloud(credential.cloud);
  const line = openHttpTransport({ ca: cloud.ca, limits, clock });
  const blocks: { group: ThrottleGroup; fromMs: number; untilMs: number }[] = [];
  const watched: WatchedGraph = {
    reader: undefined as unknown as TenantReader,
    sentReads: 0,
    refusedReads: 0,
    early: [],
    close: () => line.close(),
  };
  const transport: HttpTransport = {
    close: () => line.close(),
    send: async (request) => {
      const paths = readPaths(request.url, request.body);
      const group = groupOf(paths[0] ?? '');
      const nowMs = clock.monotonicMs();
      // What leaves in the instant in which a refusal comes in had been given leave before.
      const block = blocks.find(
        (each) => each.group === group && nowMs > each.fromMs && nowMs < each.untilMs - 0.5,
      );
      if (block) watched.early.push({ path: paths[0]!, byMs: block.untilMs - nowMs });
      watched.sentReads += paths.length;
      const answer = await line.send(request);
      for (const retryAfterMs of refusals(answer)) {
        watched.refusedReads += 1;
        if (retryAfterMs === null) continue;
        const fromMs = clock.monotonicMs();
        blocks.push({ group, fromMs, untilMs: fromMs + retryAfterMs(clock.wallMs()) });
      }
      return answer;
    },
  };
  // Tokens go past the watch: only Graph refuses with Retry-After here.
  const tokens = openTokenSource({ credential, cloud, transport: line, limits, clock, log: silentLog });
  const client = createGraphClient({
    cloud,
    tokens,
    transport,
    limiter: createAppLimiter({ limits, clock, random: () => 0 }).tenant('watched'),
    limits,
    clock,
    log: silentLog,
    random: () => 0,
    standing: { unreachableInARow: 0, refusedFreshTokens: 0 },
  });
  watched.reader = createTenantReader({
    client,
    catalog: registeredPolicyTypes,
    clock,
    limits,
    cloud: cloud.name,
    tenantParameters: { organizationId: tenant.tenantGuid },
  });
  return watched;
}

function readPaths(url: URL, body: string | undefined): string[] {
  if (!url.pathname.endsWith('/$batch')) return [url.pathname.replace(/^\/(beta|v1\.0)/, '')];
  return (JSON.parse(body!) as { requests: { url: string }[] }).requests.map((request) => request.url);
}

function groupOf(path: string): ThrottleGroup {
  const plain = path.split('?')[0]!;
  const owner = policyTypes
    .filter((type) => `${plain}/`.startsWith(`${type.listPath.split('{')[0]!.replace(/\/$/, '')}/`))
    .toSorted((left, right) => right.listPath.length - left.listPath.length)[0];
  return owner?.throttleGroup ?? 'intune';
}

type Wait = ((wallMs: number) => number) | null;

/** The waits that an answer asks for: one for each refusal in it, null where no time is named. */
function refusals(answer: TransportAnswer): Wait[] {
  if (answer.status === 429) return [waitOf(answer.headers['retry-after'])];
  if (answer.status !== 200 || !answer.headers['content-type']?.includes('json')) return [];
  const text = Buffer.from(answer.body).toString('utf8');
  if (!text.includes('"responses"') || !text.includes('429')) return [];
  const { responses = [] } = JSON.parse(text) as {
    responses?: { status: number; headers?: Record<string, string> }[];
  };
  return responses
    .filter((response) => response.status === 429)
    .map(({ headers = {} }) => waitOf(headers['Retry-After'] ?? headers['retry-after']));
}

/** Its own reading of the header (RFC 9110, section 10.2.3, and decimals as Graph has sent them). */
function waitOf(header: string | undefined): Wait {
  if (header === undefined) return null;
  const seconds = Number(header);
  return Number.isFinite(seconds)
    ? () => seconds * 1000
    : (wallMs) => Math.max(0, Date.parse(header) - wallMs);
}
