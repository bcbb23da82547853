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
    for (const set of representatives(newestFirst, periods, (of) => periodOfSet(of, reason, timeZone))) {
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

export interface RetentionPreview {
  /** Sets that the rule keeps of those there are now. */
  kept: number;
  /** Sets that the next successful run would remove, oldest first. */
  removedNext: RetentionSet[];
  /** The set that goes first once more successful runs follow; null when nothing goes within a long time. */
  nextToGo: RetentionSet | null;
}

/**
 * What a rule would do to the sets, told before it is saved: the same plan as the removal, made as if successful runs
 * followed at the given instants (each complete for every policy type that any set has complete).
 */
export function previewRetention(
  sets: readonly RetentionSet[],
  rule: RetentionRule,
  timeZone: string,
  comingRuns: readonly Date[],
): RetentionPreview {
  const completeTypes = [...new Set(sets.flatMap((set) => set.completeTypes))];
  const known = new Map(sets.map((set) => [set.id, set]));
  const newest = Math.max(0, ...sets.map((set) => set.sequence));
  const coming = comingRuns.map((sealedAt, index) => {
    const sequence = newest + index + 1;
    return { id: `run ${sequence}`, sequence, sealedAt, complete: true, pinned: false, completeTypes };
  });
  const goneAfter = (runs: number): RetentionSet[] =>
    planRetention([...sets, ...coming.slice(0, runs)], rule, timeZone).pruned.flatMap(
      (id) => known.get(id) ?? [],
    );
  const removedNext = goneAfter(Math.min(1, coming.length));
  const kept = sets.length - removedNext.length;
  if (removedNext.length > 0) return { kept, removedNext, nextToGo: removedNext[0]! };
  // What goes once never comes back, so the first run that takes one is found by halving.
  let [stays, goes] = [1, coming.length];
  if (goneAfter(goes).length === 0) return { kept, removedNext, nextToGo: null };
  while (goes - stays > 1) {
    const middle = (stays + goes) >> 1;
    if (goneAfter(middle).length > 0) goes = middle;
    else stays = middle;
  }
  return { kept, removedNext, nextToGo: goneAfter(goes)[0]! };
}

/** Slots that a forecast looks ahead at most: two years of a daily schedule, a month of an hourly one. */
const longestForecast = 750;

/**
 * When each set would go if every future slot sealed a complete set like the newest ones: the very plan of `planRetention`,
 * played forward. A set that is missing from the answer stays for as long as the forecast looks: it is pinned, holds
 * the newest complete copy of a type that is not captured any more, or no slot is left that could push it out.
 */
export function forecastRemovals(
  sets: readonly RetentionSet[],
  rule: RetentionRule,
  timeZone: string,
  futureSlots: Iterable<Date>,
): Map<string, Date> {
  const removals = new Map<string, Date>();
  const newestFirst = sets.toSorted((a, b) => b.sequence - a.sequence);
  const newest = newestFirst[0];
  if (newest === undefined) return removals;
  const newestComplete = newestFirst.find((set) => set.complete) ?? newest;
  const completeTypes = [...new Set([...newest.completeTypes, ...newestComplete.completeTypes])];
  let open = sets.filter((set) => !set.pinned).length;
  let standing = [...sets];
  let step = 0;
  for (const slot of futureSlots) {
    if (open === 0 || step === longestForecast) break;
    step += 1;
    standing.push({
      ...newest,
      id: `future ${step}`,
      sequence: newest.sequence + step,
      sealedAt: slot,
      complete: true,
      pinned: false,
      completeTypes,
    });
    const { kept, pruned } = planRetention(standing, rule, timeZone);
    standing = standing.filter((set) => kept.has(set.id));
    for (const id of pruned) {
      if (id.startsWith('future ')) continue;
      removals.set(id, slot);
      open -= 1;
    }
  }
  return removals;
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
  periodOf: (set: RetentionSet) => string,
): RetentionSet[] {
  const chosen = new Map<string, RetentionSet>();
  if (periods === 0) return [];
  for (const set of newestFirst) {
    const period = periodOf(set);
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

/** Zone arithmetic is most of the cost of a plan, and a forecast makes hundreds of plans of the same sets. */
const periods = new WeakMap<RetentionSet, Map<string, string>>();

function periodOfSet(set: RetentionSet, kind: 'daily' | 'weekly' | 'monthly', timeZone: string): string {
  const key = `${kind} ${timeZone}`;
  let known = periods.get(set);
  if (!known) periods.set(set, (known = new Map()));
  let period = known.get(key);
  if (period === undefined) known.set(key, (period = periodOf(set.sealedAt, kind, timeZone)));
  return period;
}

function periodOf(at: Date, kind: 'daily' | 'weekly' | 'monthly', timeZone: string): string {
  const local = Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timeZone);
  if (kind === 'daily') return local.toPlainDate().toString();
  return kind === 'weekly' ? `${local.yearOfWeek}-W${local.weekOfYear}` : `${local.year}-${local.month}`;
}
