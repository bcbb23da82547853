import type { FreshnessState } from '../../shared/contract/freshness.ts';

/** What an enabled schedule promises for one policy type of its tenant. */
export interface TypePromise {
  tenantId: string;
  typeKey: string;
  allowedAgeMs: number;
  /** Since when it is promised. */
  since: Date;
}

/** What is known of one policy type of a tenant. */
export interface TypeCapture {
  /** End of the newest complete reading that a backup set still holds; null while there is none. */
  lastCompleteAt: Date | null;
  /** The newest run that asked for it found that the tenant does not have it. */
  notAvailable: boolean;
}

export interface TypeFreshness extends TypePromise {
  state: FreshnessState;
  lastCompleteAt: Date | null;
  /** Null while there is no complete capture. */
  ageMs: number | null;
}

/** What a schedule promises: every policy type that it asks for, no older than its allowed age. */
export interface PromisingSchedule {
  tenantId: string;
  enabled: boolean;
  createdAt: Date;
  allowedAgeMs: number;
  typeKeys: readonly string[];
}

/**
 * The promises of enabled schedules, each policy type of a tenant once. Where several schedules ask for the same
 * type the shortest age counts: that is the promise somebody relies on.
 */
export function promisesOf(schedules: readonly PromisingSchedule[]): TypePromise[] {
  const promises = new Map<string, TypePromise>();
  for (const { tenantId, enabled, createdAt, allowedAgeMs, typeKeys } of schedules) {
    if (!enabled) continue;
    for (const typeKey of typeKeys) {
      const key = `${tenantId} ${typeKey}`;
      const known = promises.get(key);
      if (known !== undefined && known.allowedAgeMs <= allowedAgeMs) continue;
      promises.set(key, { tenantId, typeKey, allowedAgeMs, since: createdAt });
    }
  }
  return [...promises.values()];
}

/** The age of the last complete capture against the promise; a type never captured is given its first allowed age. */
export function judgeFreshness(promise: TypePromise, capture: TypeCapture, now: Date): TypeFreshness {
  const { lastCompleteAt } = capture;
  const elapsedMs = Math.max(0, now.getTime() - (lastCompleteAt ?? promise.since).getTime());
  return {
    ...promise,
    lastCompleteAt,
    ageMs: lastCompleteAt === null ? null : elapsedMs,
    state: stateOf(capture, elapsedMs > promise.allowedAgeMs),
  };
}

function stateOf({ lastCompleteAt, notAvailable }: TypeCapture, isLate: boolean): FreshnessState {
  if (notAvailable) return 'not_available';
  if (lastCompleteAt === null) return isLate ? 'never_captured' : 'awaited';
  return isLate ? 'late' : 'fresh';
}

/** The worst has the lowest rank. */
const ranks: Readonly<Record<FreshnessState, number>> = {
  never_captured: 0,
  late: 1,
  awaited: 2,
  fresh: 3,
  not_available: 4,
};

/** For sorting, worst first: by state, then by the part of the allowed age that is used up. */
export function compareFreshness(a: TypeFreshness, b: TypeFreshness): number {
  return ranks[a.state] - ranks[b.state] || usedUp(b) - usedUp(a);
}

function usedUp({ ageMs, allowedAgeMs }: TypeFreshness): number {
  return (ageMs ?? 0) / allowedAgeMs;
}
