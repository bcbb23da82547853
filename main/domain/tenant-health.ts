import type { HealthState } from '../../shared/contract/tenants.ts';

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
}

const credentialWarningMs = 14 * 24 * 3600 * 1000;

/**
 * Health is the age of the last good backup set against the age that the schedule promises, worst over the
 * enabled schedules. It is computed when read, from the database's `now`, so that an outage shows even when
 * no host is alive to write anything down.
 */
export function judgeTenantHealth(tenant: TenantFreshness, now: Date): TenantHealth {
  const none = { lastGoodSetAt: null, allowedAgeMs: null, ageMs: null };
  if (!tenant.connected) return { state: 'disconnected', ...none };
  if (tenant.schedules.length === 0) return { state: 'no_schedule', ...none };
  const enabled = tenant.schedules.filter((schedule) => schedule.enabled);
  if (enabled.length === 0) return { state: 'paused', ...none };

  const worst = enabled.map((schedule) => judgeSchedule(schedule, now)).sort((a, b) => b.ratio - a.ratio)[0]!;
  return {
    state: stateOf(worst.ratio, worst.lastGoodSetAt, credentialEndsSoon(tenant, now)),
    lastGoodSetAt: worst.lastGoodSetAt,
    allowedAgeMs: worst.allowedAgeMs,
    ageMs: worst.ageMs,
  };
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
