import { Temporal } from 'temporal-polyfill';
import type { RetentionRule } from '../../shared/model/run-spec.ts';

/** A backup set as retention sees it. All sets of one call belong to one schedule. */
export interface RetentionSet {
  id: string;
  /** Grows with time; per tenant. */
  sequence: number;
  sealedAt: Date;
  /** Every policy type asked for was complete or not available. */
  complete: boolean;
  pinned: boolean;
  /** Policy types of which this set holds a complete copy. */
  completeTypes: readonly string[];
}

type KeepReason = 'last' | 'daily' | 'weekly' | 'monthly' | 'pinned' | 'newest' | 'newest_complete_copy';

export interface RetentionPlan {
  /** Why each kept set is kept. */
  kept: Map<string, KeepReason[]>;
  /** Sets that go, oldest first. */
  pruned: string[];
}

/**
 * Which sets of a schedule stay and which go. Pure, so that a preview and the removal cannot differ.
 *
 * A set stays while any rule wants it: it is among the last `keepLast`; it stands for one of the last `daily`
 * days, `weekly` ISO weeks or `monthly` months that have a set (the newest complete set of the period, or the
 * newest when none is complete; periods are those of `timeZone`); it is pinned; it is the newest of all; or it
 * holds the newest complete copy of at least one policy type.
 */
export function planRetention(
  sets: readonly RetentionSet[],
  rule: RetentionRule,
  timeZone: string,
): RetentionPlan {
  const newestFirst = sets.toSorted((a, b) => b.sequence - a.sequence);
  const kept = new Map<string, KeepReason[]>();
  const keep = (set: RetentionSet, reason: KeepReason) => {
    const reasons = kept.get(set.id);
    if (reasons) reasons.push(reason);
    else kept.set(set.id, [reason]);
  };
  newestFirst.forEach((set, index) => {
    if (index === 0) keep(set, 'newest');
    if (index < rule.keepLast) keep(set, 'last');
    if (set.pinned) keep(set, 'pinned');
  });
  for (const set of newestCompleteCopies(newestFirst)) keep(set, 'newest_complete_copy');
  for (const [reason, periods] of [
    ['daily', rule.daily ?? 0],
    ['weekly', rule.weekly ?? 0],
    ['monthly', rule.monthly ?? 0],
  ] as const) {
    for (const set of representatives(newestFirst, periods, (at) => periodOf(at, reason, timeZone))) {
      keep(set, reason);
    }
  }
  return {
    kept,
    pruned: newestFirst
      .filter((set) => !kept.has(set.id))
      .map((set) => set.id)
      .reverse(),
  };
}

function newestCompleteCopies(newestFirst: readonly RetentionSet[]): Set<RetentionSet> {
  const seen = new Set<string>();
  const holders = new Set<RetentionSet>();
  for (const set of newestFirst) {
    for (const type of set.completeTypes) {
      if (seen.has(type)) continue;
      seen.add(type);
      holders.add(set);
    }
  }
  return holders;
}

function representatives(
  newestFirst: readonly RetentionSet[],
  periods: number,
  periodOf: (at: Date) => string,
): RetentionSet[] {
  const chosen = new Map<string, RetentionSet>();
  if (periods === 0) return [];
  for (const set of newestFirst) {
    const period = periodOf(set.sealedAt);
    const standing = chosen.get(period);
    if (!standing) {
      if (chosen.size === periods) break;
      chosen.set(period, set);
    } else if (!standing.complete && set.complete) {
      chosen.set(period, set);
    }
  }
  return [...chosen.values()];
}

function periodOf(at: Date, kind: 'daily' | 'weekly' | 'monthly', timeZone: string): string {
  const local = Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timeZone);
  if (kind === 'daily') return local.toPlainDate().toString();
  return kind === 'weekly' ? `${local.yearOfWeek}-W${local.weekOfYear}` : `${local.year}-${local.month}`;
}
