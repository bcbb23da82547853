import type { HealthState } from '../../shared/contract/tenants.ts';
import type { Cadence } from '../../shared/model/cadence.ts';
import type { RunSpec } from '../../shared/model/run-spec.ts';
import { longestGap } from './cadence.ts';

/** What is known of one schedule when its tenant's health is judged. */
export interface ScheduleFreshness {
  enabled: boolean;
  createdAt: Date;
  /** End of the reading of the newest good backup set; null while there is none. */
  lastGoodSetAt: Date | null;
  /** How old a set may be: set by hand, or twice the longest gap between neighbouring slots. */
  allowedAgeMs: number;
}

export interface TenantFreshness {
  /** A credential exists and the last sign-in was not refused. */
  connected: boolean;
  credentialExpiresAt: Date | null;
  schedules: readonly ScheduleFreshness[];
}

export interface TenantHealth {
  state: HealthState;
  /** Of the schedule that is worst off; null where no schedule counts. */
  lastGoodSetAt: Date | null;
  allowedAgeMs: number | null;
  /** Age of the last good set; null while there is none. */
  ageMs: number | null;
  /** When the credential ends, where that is soon enough to be a risk; else null. */
  credentialEndsAt: Date | null;
}

const credentialWarningMs = 14 * 24 * 3600 * 1000;

/**
 * Health is the age of the last good backup set against the age that the schedule promises, worst over the
 * enabled schedules. It is computed when read, from the database's `now`, so that an outage shows even when
 * no host is alive to write anything down.
 */
export function judgeTenantHealth(tenant: TenantFreshness, now: Date): TenantHealth {
  const none = { lastGoodSetAt: null, allowedAgeMs: null, ageMs: null, credentialEndsAt: null };
  if (!tenant.connected) return { state: 'disconnected', ...none };
  if (tenant.schedules.length === 0) return { state: 'no_schedule', ...none };
  const enabled = tenant.schedules.filter((schedule) => schedule.enabled);
  if (enabled.length === 0) return { state: 'paused', ...none };

  const worst = enabled.map((schedule) => judgeSchedule(schedule, now)).sort((a, b) => b.ratio - a.ratio)[0]!;
  const credentialEndsAt = credentialEndsSoon(tenant, now) ? tenant.credentialExpiresAt : null;
  return {
    state: stateOf(worst.ratio, worst.lastGoodSetAt, credentialEndsAt !== null),
    lastGoodSetAt: worst.lastGoodSetAt,
    allowedAgeMs: worst.allowedAgeMs,
    ageMs: worst.ageMs,
    credentialEndsAt,
  };
}

/** True where the newest good set is older than the schedule worst off allows. */
export function isOverdue({ ageMs, allowedAgeMs }: TenantHealth): boolean {
  return ageMs !== null && allowedAgeMs !== null && ageMs > allowedAgeMs;
}

function judgeSchedule(schedule: ScheduleFreshness, now: Date) {
  // A schedule without any good set is measured from its creation: a new one gets its first allowed age.
  const since = schedule.lastGoodSetAt ?? schedule.createdAt;
  const elapsedMs = Math.max(0, now.getTime() - since.getTime());
  return {
    lastGoodSetAt: schedule.lastGoodSetAt,
    allowedAgeMs: schedule.allowedAgeMs,
    ageMs: schedule.lastGoodSetAt === null ? null : elapsedMs,
    ratio: elapsedMs / schedule.allowedAgeMs,
  };
}

function credentialEndsSoon(tenant: TenantFreshness, now: Date): boolean {
  return (
    tenant.credentialExpiresAt !== null &&
    tenant.credentialExpiresAt.getTime() - now.getTime() <= credentialWarningMs
  );
}

function stateOf(ratio: number, lastGoodSetAt: Date | null, credentialEnding: boolean): HealthState {
  if (lastGoodSetAt === null) return ratio > 1 ? 'never_backed_up' : 'at_risk';
  if (ratio > 2) return 'unprotected';
  return ratio > 1 || credentialEnding ? 'at_risk' : 'protected';
}

const hourMs = 3_600_000;

/** Health of a tenant from its schedules and credential as they are stored, at the database's time. */
export function healthOfTenant(
  tenant: {
    state: 'connected' | 'disconnected';
    credentialKind: string | null;
    /** Set by hand for the whole tenant. */
    allowedAgeMinutes?: number | null;
    credentialExpiresAt: Date | null;
  },
  schedules: readonly {
    enabled: boolean;
    createdAt: Date;
    lastGoodSetAt: Date | null;
    cadence: Cadence;
    timeZone: string;
    spec: Pick<RunSpec, 'alerts'>;
  }[],
  now: Date,
): TenantHealth {
  return judgeTenantHealth(
    {
      connected: tenant.state === 'connected' && tenant.credentialKind !== null,
      credentialExpiresAt: tenant.credentialExpiresAt,
      schedules: schedules.map((schedule) => ({
        enabled: schedule.enabled,
        createdAt: schedule.createdAt,
        lastGoodSetAt: schedule.lastGoodSetAt,
        allowedAgeMs: allowedAgeMs(schedule, now, tenant.allowedAgeMinutes ?? null),
      })),
    },
    now,
  );
}

/** How old the newest good set of a schedule may be: as set by hand, for it or its tenant, or as its cadence promises. */
export function allowedAgeMs(
  schedule: { cadence: Cadence; timeZone: string; spec: Pick<RunSpec, 'alerts'> },
  now: Date,
  ofTenantMinutes: number | null = null,
): number {
  const byHand = schedule.spec.alerts?.allowedAgeMinutes ?? ofTenantMinutes;
  return byHand === null ? promisedAgeMs(schedule.cadence, schedule.timeZone, now) : byHand * 60_000;
}

/** Twice the longest gap between neighbouring slots; a cadence that never fires promises nothing, hence a day. */
export function promisedAgeMs(cadence: Cadence, timeZone: string, now: Date): number {
  return 2 * (longestGap(cadence, timeZone, now) ?? 12 * hourMs);
}

/** The fact behind the word, for people. */
export function healthSentence(health: TenantHealth): string {
  switch (health.state) {
    case 'disconnected':
      return 'No credential: no host can read this tenant.';
    case 'no_schedule':
      return 'Nothing is scheduled for this tenant.';
    case 'paused':
      return 'All schedules of this tenant are paused.';
    default: {
      const endsOn = health.credentialEndsAt?.toISOString().slice(0, 10);
      return endsOn === undefined
        ? `${ageWords(health)}.`
        : `${ageWords(health)}; the credential ends on ${endsOn}.`;
    }
  }
}

function ageWords({ ageMs, allowedAgeMs }: TenantHealth): string {
  const allowed = `allowed ${hours(allowedAgeMs ?? 0)}`;
  return ageMs === null
    ? `No good backup set yet, ${allowed}`
    : `Last good set ${hours(ageMs)} ago, ${allowed}`;
}

function hours(ms: number): string {
  return `${Math.round(ms / hourMs)} h`;
}
