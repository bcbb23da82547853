import type { Clock } from '../clock.ts';
import type { ThrottleGroup } from '../domain/policy-types/policy-type.ts';
import type { GraphLimits } from './graph-limits.ts';
import { RateWindow } from './rate-window.ts';
import { waitFor, type ReadMeter, type WaitCause } from './read-meter.ts';

/** Asks for leave to send, and tells how it went. One per tenant; the app's own rate is shared by all. */
export interface TenantLimiter {
  /**
   * Resolves when one exchange that Graph counts as `count` requests may be sent; the returned function must be
   * called when its answer is in. Throws `GraphFailure` `throttled_out` when a meter's budget is spent.
   */
  enter(
    group: ThrottleGroup,
    count: number,
    meters: readonly ReadMeter[],
    signal: AbortSignal,
  ): Promise<() => void>;
  /** Graph refused: all requests of the group wait that long, or back off when no time was given. */
  throttled(group: ThrottleGroup, retryAfterMs: number | null): void;
  succeeded(group: ThrottleGroup): void;
  /** Exchanges under way in this tenant. */
  inFlight(): number;
  /**
   * Calls back each time the last exchange under way has ended, after its answer has been handled; the returned
   * function ends that.
   */
  onIdle(listener: () => void): () => void;
}

/** Makes limiters that share one app's rate; keep one of these for each client id. */
export interface AppLimiter {
  tenant(tenantGuid: string): TenantLimiter;
}

interface Gate {
  window: RateWindow;
  blockedUntilMs: number;
  cause: WaitCause;
  /** Refusals in a row without a success between. */
  strikes: number;
  inFlight: number;
  /** Exchanges allowed at once: halved by a refusal, one more for each success. */
  width: number;
}

/**
 * The limiter of one app registration. `random` (0 to 1) spreads back-off, so that hosts that were refused
 * together do not come back together.
 */
export function createAppLimiter(options: {
  limits: GraphLimits;
  clock: Clock;
  random?: () => number;
}): AppLimiter {
  const appWindow = new RateWindow(options.limits.appRate);
  const tenants = new Map<string, TenantLimiter>();
  return {
    tenant: (tenantGuid) => {
      const known = tenants.get(tenantGuid);
      if (known) return known;
      const fresh = createTenantLimiter({ random: Math.random, ...options, appWindow });
      tenants.set(tenantGuid, fresh);
      return fresh;
    },
  };
}

function createTenantLimiter(options: {
  limits: GraphLimits;
  clock: Clock;
  random: () => number;
  appWindow: RateWindow;
}): TenantLimiter {
  const { limits, clock, random, appWindow } = options;
  const gates = new Map<ThrottleGroup, Gate>();
  let inFlight = 0;
  let waiters: (() => void)[] = [];
  const idleListeners = new Set<() => void>();

  const gateOf = (group: ThrottleGroup): Gate => {
    let gate = gates.get(group);
    if (gate === undefined) {
      gate = {
        window: new RateWindow(limits.rates[group]),
        blockedUntilMs: Number.NEGATIVE_INFINITY,
        cause: 'backoff',
        strikes: 0,
        inFlight: 0,
        width: limits.concurrentRequestsPerTenant,
      };
      gates.set(group, gate);
    }
    return gate;
  };

  /** Resolves at the next release. All are woken and look again in the order they came. */
  async function nextRelease(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const abort = () => reject(signal.reason as Error);
      signal.addEventListener('abort', abort, { once: true });
      waiters.push(() => {
        signal.removeEventListener('abort', abort);
        resolve();
      });
    });
  }

  return {
    enter: async (group, count, meters, signal) => {
      const gate = gateOf(group);
      for (;;) {
        signal.throwIfAborted();
        const now = clock.monotonicMs();
        if (gate.blockedUntilMs > now) {
          await waitFor(clock, gate.blockedUntilMs - now, gate.cause, meters, signal, { group });
          continue;
        }
        if (inFlight >= limits.concurrentRequestsPerTenant || gate.inFlight >= gate.width) {
          await nextRelease(signal);
          continue;
        }
        const paceMs = Math.max(gate.window.waitMs(count, now), appWindow.waitMs(count, now));
        if (paceMs > 0) {
          await waitFor(clock, paceMs, 'pace', meters, signal, { group });
          continue;
        }
        gate.window.take(count, now);
        appWindow.take(count, now);
        gate.inFlight += 1;
        inFlight += 1;
        return () => {
          gate.inFlight -= 1;
          inFlight -= 1;
          const woken = waiters;
          waiters = [];
          for (const wake of woken) wake();
          if (inFlight > 0) return;
          setImmediate(() => {
            if (inFlight === 0) for (const listener of idleListeners) listener();
          });
        };
      }
    },
    throttled: (group, retryAfterMs) => {
      const gate = gateOf(group);
      const now = clock.monotonicMs();
      const isNew = gate.blockedUntilMs <= now;
      if (isNew) {
        // Answers to requests of one burst are one refusal, however many they are.
        gate.strikes += 1;
        gate.width = Math.max(1, Math.floor(gate.width / 2));
      }
      if (retryAfterMs === null && !isNew) return;
      const untilMs = now + (retryAfterMs ?? backoffMs(gate.strikes, limits, random));
      if (untilMs <= gate.blockedUntilMs) return;
      gate.blockedUntilMs = untilMs;
      gate.cause = retryAfterMs === null ? 'backoff' : 'retry_after';
    },
    succeeded: (group) => {
      const gate = gateOf(group);
      gate.strikes = 0;
      gate.width = Math.min(limits.concurrentRequestsPerTenant, gate.width + 1);
    },
    inFlight: () => inFlight,
    onIdle: (listener) => {
      idleListeners.add(listener);
      return () => idleListeners.delete(listener);
    },
  };
}

/** The pause before try number `tries + 1`: doubling from the base up to the cap, with up to half of it random. */
export function backoffMs(tries: number, limits: GraphLimits, random: () => number): number {
  const full = Math.min(limits.backoffCapMs, limits.backoffBaseMs * 2 ** Math.max(0, tries - 1));
  return Math.round(full * (1 + random() / 2));
}
