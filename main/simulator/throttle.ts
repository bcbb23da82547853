import type { Clock } from '../clock.ts';
import type { ThrottleGroup } from '../domain/policy-types/policy-type.ts';

/** How many requests (or resource units) a scope may spend in a window. */
export interface ThrottleLimit {
  limit: number;
  windowMs: number;
}

/** Microsoft's published limits; each may be replaced for an experiment. */
export interface ThrottleLimits {
  app: ThrottleLimit;
  intuneAppTenant: ThrottleLimit;
  intuneTenant: ThrottleLimit;
  intuneDevicesAppTenant: ThrottleLimit;
  intuneDevicesTenant: ThrottleLimit;
  cloudPcAppTenant: ThrottleLimit;
  conditionalAccessTenant: ThrottleLimit;
  directorySmall: ThrottleLimit;
  directoryMedium: ThrottleLimit;
  directoryLarge: ThrottleLimit;
  directoryApp: ThrottleLimit;
}

/** Microsoft Graph throttling-limits page; the Windows 365 figure is not published and stands for "plenty". */
export const publishedLimits: ThrottleLimits = {
  app: { limit: 2000, windowMs: 1000 },
  intuneAppTenant: { limit: 1000, windowMs: 20_000 },
  intuneTenant: { limit: 2000, windowMs: 20_000 },
  intuneDevicesAppTenant: { limit: 2000, windowMs: 20_000 },
  intuneDevicesTenant: { limit: 4000, windowMs: 20_000 },
  cloudPcAppTenant: { limit: 1000, windowMs: 20_000 },
  conditionalAccessTenant: { limit: 1, windowMs: 1000 },
  directorySmall: { limit: 3500, windowMs: 10_000 },
  directoryMedium: { limit: 5000, windowMs: 10_000 },
  directoryLarge: { limit: 8000, windowMs: 10_000 },
  directoryApp: { limit: 150_000, windowMs: 20_000 },
};

export interface ThrottleVerdict {
  allowed: boolean;
  /** Which scope was exhausted, for `x-ms-throttle-scope`. */
  scope: string;
  /** Seconds until a request would pass. */
  retryAfterSeconds: number;
  /** Conditional access answers 429 without Retry-After. */
  tellsRetryAfter: boolean;
  /** Share of the fullest scope that is spent, 0 to 1.8. */
  usage: number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/**
 * Token buckets for each scope of Graph's limits. Refused requests are charged too, as Graph does, down to a
 * debt of a fifth of the window, so a client that hammers waits longer.
 */
export class Throttle {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();
  limits: ThrottleLimits;
  enabled = true;

  constructor(clock: Clock, limits: ThrottleLimits) {
    this.#clock = clock;
    this.limits = limits;
  }

  /** Charges one request of `units` to every scope it counts against. */
  charge(request: {
    clientId: string;
    tenantGuid: string;
    users: number;
    group: ThrottleGroup;
    units: number;
  }): ThrottleVerdict {
    const free: ThrottleVerdict = {
      allowed: true,
      scope: '',
      retryAfterSeconds: 0,
      tellsRetryAfter: true,
      usage: 0,
    };
    if (!this.enabled) return free;
    const { clientId, tenantGuid, group } = request;
    const pair = `${clientId}/${tenantGuid}`;
    const scopes: [string, ThrottleLimit, number][] = [[`Application/${clientId}`, this.limits.app, 1]];
    if (group === 'intune') {
      scopes.push([`Application_Tenant/${pair}/intune`, this.limits.intuneAppTenant, 1]);
      scopes.push([`Tenant/${tenantGuid}/intune`, this.limits.intuneTenant, 1]);
    } else if (group === 'intuneDevices') {
      scopes.push([`Application_Tenant/${pair}/devices`, this.limits.intuneDevicesAppTenant, 1]);
      scopes.push([`Tenant/${tenantGuid}/devices`, this.limits.intuneDevicesTenant, 1]);
    } else if (group === 'cloudPc') {
      scopes.push([`Application_Tenant/${pair}/cloudPc`, this.limits.cloudPcAppTenant, 1]);
    } else if (group === 'conditionalAccess') {
      scopes.push([`Tenant/${tenantGuid}/conditionalAccess`, this.limits.conditionalAccessTenant, 1]);
    } else {
      const size =
        request.users < 50
          ? this.limits.directorySmall
          : request.users <= 500
            ? this.limits.directoryMedium
            : this.limits.directoryLarge;
      scopes.push([`Application_Tenant/${pair}/directory`, size, request.units]);
      scopes.push([`Application/${clientId}/directory`, this.limits.directoryApp, request.units]);
    }
    let verdict = free;
    for (const [scope, limit, cost] of scopes) {
      const bucket = this.#refill(scope, limit);
      const capacity = limit.limit;
      // Five per cent of grace: a client that keeps to one a second must not fail on its timer's jitter.
      const isAllowed = bucket.tokens >= cost * 0.95;
      const missing = Math.max(0, cost - bucket.tokens);
      bucket.tokens = Math.max(bucket.tokens - cost, -capacity / 5);
      const usage = Math.min(1.8, (capacity - bucket.tokens) / capacity);
      if (!isAllowed && verdict.allowed) {
        verdict = {
          allowed: false,
          scope,
          retryAfterSeconds: Math.max(1, Math.ceil((missing * limit.windowMs) / capacity / 1000)),
          tellsRetryAfter: group !== 'conditionalAccess',
          usage,
        };
      } else if (verdict.allowed && usage > verdict.usage) {
        verdict = { ...verdict, usage };
      }
    }
    return verdict;
  }

  #refill(scope: string, limit: ThrottleLimit): Bucket {
    const nowMs = this.#clock.monotonicMs();
    const bucket = this.#buckets.get(scope);
    if (bucket === undefined) {
      const fresh = { tokens: limit.limit, atMs: nowMs };
      this.#buckets.set(scope, fresh);
      return fresh;
    }
    const gained = ((nowMs - bucket.atMs) * limit.limit) / limit.windowMs;
    bucket.tokens = Math.min(limit.limit, bucket.tokens + gained);
    bucket.atMs = nowMs;
    return bucket;
  }
}

/** Resource units of a directory request (Microsoft Graph throttling limits, identity and access). */
export function resourceUnits(path: string, query: URLSearchParams): number {
  const base = /getByIds$|\/members$/.test(path) ? 3 : /^\/(applications|users)(\/|$)/.test(path) ? 2 : 1;
  const top = Number(query.get('$top') ?? '100');
  return Math.max(
    1,
    base - (query.has('$select') ? 1 : 0) + (query.has('$expand') ? 1 : 0) - (top < 20 ? 1 : 0),
  );
}
