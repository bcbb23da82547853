import {
  type FreshnessReport,
  type FreshnessRow,
  type FreshnessState,
  freshnessStates,
} from '../../shared/contract/freshness.ts';
import { runReasons, type RunReason, typeReasons, type TypeReason } from '../../shared/model/reasons.ts';
import { runStateSentences } from '../../shared/model/run-states.ts';
import type { Sql } from '../db/database.ts';
import {
  type CaptureRow,
  listPromisingSchedules,
  type PromisingScheduleRow,
  readCaptures,
} from '../db/repositories/freshness.ts';
import { readDatabaseTime } from '../db/repositories/schedules.ts';
import { listTenants, type Tenant } from '../db/repositories/tenants.ts';
import { compareFreshness, judgeFreshness, promisesOf, type TypeFreshness } from '../domain/freshness.ts';
import { findPolicyType, resolveSelection } from '../domain/policy-types/registry.ts';
import { allowedAgeMs } from '../domain/tenant-health.ts';

/**
 * Tenant × policy type: the age of the last complete capture against the promised age, worst first, over what the
 * login may see. Disconnected tenants are past and stand nowhere in it.
 */
export async function readFreshnessReport(sql: Sql, tenantId: string | null): Promise<FreshnessReport> {
  const [tenants, schedules, now] = await Promise.all([
    listTenants(sql),
    listPromisingSchedules(sql, tenantId),
    readDatabaseTime(sql),
  ]);
  const reported = tenants.filter(
    (tenant) => tenant.state === 'connected' && (tenantId === null || tenant.tenantId === tenantId),
  );
  const byId = new Map(reported.map((tenant) => [tenant.tenantId, tenant]));
  const ages = agesOf(now);
  const promises = promisesOf(
    schedules
      .filter((schedule) => byId.has(schedule.tenantId))
      .map((schedule) => ({
        ...schedule,
        allowedAgeMs: ages(schedule, byId.get(schedule.tenantId)!),
        typeKeys: keysOf(schedule),
      })),
  );
  const captures = await readCaptures(sql, promises);
  const judged = promises.map((promise, index) => {
    const capture = captures[index]!;
    const notAvailable = capture.outcome === 'not_available';
    return { capture, freshness: judgeFreshness(promise, { ...capture, notAvailable }, now) };
  });
  const rows = judged
    .map(({ capture, freshness }) => ({ freshness, row: rowOf(freshness, capture, byId) }))
    .sort(
      (a, b) =>
        compareFreshness(a.freshness, b.freshness) ||
        a.row.tenantName.localeCompare(b.row.tenantName) ||
        a.row.typeName.localeCompare(b.row.typeName),
    )
    .map(({ row }) => row);
  const counts = Object.fromEntries(freshnessStates.map((state) => [state, 0])) as Record<
    FreshnessState,
    number
  >;
  for (const row of rows) counts[row.state] += 1;
  return { at: now.toISOString(), rows, counts, unpromised: unpromisedOf(reported, schedules) };
}

/** Allowed ages; hundreds of schedules share a few cadences, and the longest gap of each is found once. */
function agesOf(now: Date): (schedule: PromisingScheduleRow, tenant: Tenant) => number {
  const known = new Map<string, number>();
  return (schedule, tenant) => {
    const { cadence, timeZone, spec } = schedule;
    const key = JSON.stringify([cadence, timeZone, spec.alerts?.allowedAgeMinutes, tenant.allowedAgeMinutes]);
    const age = known.get(key) ?? allowedAgeMs(schedule, now, tenant.allowedAgeMinutes);
    known.set(key, age);
    return age;
  };
}

/** What a schedule asks for; keys that this version does not know are part of the promise, and never captured. */
function keysOf({ spec }: PromisingScheduleRow): string[] {
  const { known, unknown } = resolveSelection(spec.policyTypes);
  return [...known.map((type) => type.key), ...unknown];
}

function rowOf(
  freshness: TypeFreshness,
  capture: CaptureRow,
  tenants: ReadonlyMap<string, Tenant>,
): FreshnessRow {
  const { tenantId, typeKey, state, lastCompleteAt, ageMs, allowedAgeMs: allowed } = freshness;
  return {
    tenantId,
    tenantName: tenants.get(tenantId)!.name,
    typeKey,
    typeName: findPolicyType(typeKey)?.displayName ?? typeKey,
    state,
    lastCompleteAt: lastCompleteAt?.toISOString() ?? null,
    ageMs,
    allowedAgeMs: allowed,
    reason: reasonOf(state, capture),
  };
}

/** Why the last attempt brought no complete copy, in one sentence; null where it did. */
function reasonOf(state: FreshnessState, capture: CaptureRow): string | null {
  const { outcome, typeReason, runState, runReason } = capture;
  if (outcome === 'complete') return state === 'late' ? 'No run has read it since.' : null;
  if (outcome !== null) {
    return typeReasons[typeReason as TypeReason]?.sentence ?? `The last attempt ended ${outcome}.`;
  }
  if (runState === null) return 'No run of its schedule has ended yet.';
  if (runState === 'succeeded' || runState === 'partial') {
    return 'The last run did not ask for it; it joined the schedule later.';
  }
  return runReasons[runReason as RunReason]?.sentence ?? runStateSentences[runState];
}

function unpromisedOf(
  tenants: readonly Tenant[],
  schedules: readonly PromisingScheduleRow[],
): FreshnessReport['unpromised'] {
  const all = new Set(schedules.map((schedule) => schedule.tenantId));
  const enabled = new Set(schedules.filter((each) => each.enabled).map((each) => each.tenantId));
  return tenants
    .filter((tenant) => !enabled.has(tenant.tenantId))
    .map((tenant) => ({
      tenantId: tenant.tenantId,
      tenantName: tenant.name,
      sentence: all.has(tenant.tenantId)
        ? 'All schedules of this tenant are paused.'
        : 'Nothing is scheduled for this tenant.',
    }));
}
