import type { ThrottleGroup } from '../domain/policy-types/policy-type.ts';

/** At most `limit` requests in any window of `windowMs` milliseconds. */
export interface RequestRate {
  limit: number;
  windowMs: number;
}

/** Every number of the Graph client in one place. Times in milliseconds, sizes in bytes. */
export interface GraphLimits {
  /** Requests of one app to one tenant, by throttle group. */
  rates: Readonly<Record<ThrottleGroup, RequestRate>>;
  /** Requests of one app over all tenants and groups. */
  appRate: RequestRate;
  /** HTTP requests to Graph under way at once, for each tenant. */
  concurrentRequestsPerTenant: number;
  /** Sockets to one host. */
  connectionsPerHost: number;
  /** Requests in one $batch; Graph takes 20. */
  batchSize: number;
  /** How long a batch that is not full waits for company while other requests are under way. */
  batchLingerMs: number;
  /** Ids in one getByIds request; Graph takes 1,000. */
  idsPerRequest: number;
  connectTimeoutMs: number;
  /** From sending until the answer's headers: Graph gives up after 15 s to 100 s by itself. */
  headersTimeoutMs: number;
  /** Between two pieces of a body. */
  bodyTimeoutMs: number;
  /** One whole exchange, so that a trickle ends too. */
  exchangeTimeoutMs: number;
  /** One answer, after decompression. */
  maxResponseBytes: number;
  /** Sends of one request that fail for passing reasons (5xx, reset, hang, damaged answers). */
  maxAttempts: number;
  backoffBaseMs: number;
  backoffCapMs: number;
  /** Bounds for what Retry-After may ask. */
  retryAfterFloorMs: number;
  retryAfterCapMs: number;
  /** What the service may make one read wait in all before it is given up as `throttled_out`. */
  waitBudgetMs: number;
  /** Waits longer than this are told as events. */
  reportWaitsOverMs: number;
  /** Pages of one list. */
  maxPages: number;
  /** Items of one tenant that are between list and sink at once. */
  itemsInFlight: number;
  /** A token is renewed this long before it ends, or after four fifths of its life if that is shorter. */
  tokenRenewalMs: number;
  /** One token request. */
  tokenTimeoutMs: number;
  /** Sends of one token request that fail for passing reasons. */
  tokenAttempts: number;
  /** How long a refused sign-in is not tried again: asking over and over is itself refused (AADSTS50196). */
  refusalHoldMs: number;
}

/**
 * Published limits (Microsoft Graph, service-specific throttling limits); those of Windows 365 are not
 * published and stand for the same as Intune's. A window is a little longer than the published one because
 * requests are counted where they arrive, not where they leave.
 */
export const defaultGraphLimits: GraphLimits = {
  rates: {
    intune: { limit: 1000, windowMs: 20_500 },
    intuneDevices: { limit: 2000, windowMs: 20_500 },
    conditionalAccess: { limit: 1, windowMs: 1050 },
    directory: { limit: 1000, windowMs: 10_250 },
    cloudPc: { limit: 1000, windowMs: 20_500 },
  },
  appRate: { limit: 2000, windowMs: 1050 },
  concurrentRequestsPerTenant: 8,
  connectionsPerHost: 128,
  batchSize: 20,
  batchLingerMs: 100,
  idsPerRequest: 1000,
  connectTimeoutMs: 15_000,
  headersTimeoutMs: 120_000,
  bodyTimeoutMs: 60_000,
  exchangeTimeoutMs: 300_000,
  maxResponseBytes: 64 * 1024 * 1024,
  maxAttempts: 4,
  backoffBaseMs: 1000,
  backoffCapMs: 30_000,
  retryAfterFloorMs: 1000,
  retryAfterCapMs: 600_000,
  waitBudgetMs: 600_000,
  reportWaitsOverMs: 2000,
  maxPages: 2000,
  itemsInFlight: 400,
  tokenRenewalMs: 300_000,
  tokenTimeoutMs: 15_000,
  tokenAttempts: 3,
  refusalHoldMs: 60_000,
};

/** The defaults with some numbers replaced. */
export function graphLimits(changes: Partial<GraphLimits> = {}): GraphLimits {
  return { ...defaultGraphLimits, ...changes };
}
