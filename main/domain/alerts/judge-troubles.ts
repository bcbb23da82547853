import type { AlertCause, AlertSeverity } from '../../../shared/model/alerts.ts';
import type { RunState } from '../../../shared/model/run-states.ts';
import { healthSentence, isOverdue, type TenantHealth } from '../tenant-health.ts';

/** One lasting trouble, as it is at the moment. Its key is tenant, cause and subject. */
export interface Trouble {
  /** Null: of the workspace. */
  tenantId: string | null;
  cause: AlertCause;
  /** Tells apart several of one cause: a host, a chain. Empty where there is one of each tenant. */
  subject: string;
  severity: AlertSeverity;
  sentence: string;
  nextStep: string | null;
  /** False: it is over already, and only worth telling. */
  lasts: boolean;
}

/** What the rules look at; all of it as stored in the database at `now`. */
export interface WorkspaceFacts {
  now: Date;
  tenants: readonly TenantFacts[];
  hosts: readonly HostFacts[];
  chains: readonly ChainFacts[];
  /** A time in which no host ticked, that ended with the tick before this look; null: there was none. */
  silence: Silence | null;
}

export interface TenantFacts {
  tenantId: string;
  name: string;
  health: TenantHealth;
  credentialExpiresAt: Date | null;
  schedules: readonly {
    name: string;
    enabled: boolean;
    /** Runs that ended in a row without a usable set before an alert is raised. */
    failuresUntilAlert: number;
    /** Whether a partial run raises an alert. */
    tellsPartial: boolean;
    /** States of its runs, newest first. */
    lastRuns: readonly RunState[];
  }[];
}

export interface HostFacts {
  hostId: string;
  name: string;
  /** Its newest process never said that it stopped or sleeps. */
  shouldRun: boolean;
  lastSeenAt: Date | null;
}

export interface ChainFacts {
  tenantId: string | null;
  tenantName: string | null;
  /** Null: whole at its last check. */
  brokenSequence: string | null;
  what: string | null;
}

export interface Silence {
  from: Date;
  /** Null: it goes on. */
  to: Date | null;
  missedSlots: number;
}

const dayMs = 24 * 3_600_000;
const credentialNoticeMs = 30 * dayMs;
const credentialUrgentMs = 7 * dayMs;
/** A host that restarts or is updated is not gone. */
const goneAfterMs = 5 * 60_000;
/** A host that nobody missed for so long has been given up; its row waits to be removed. */
const forgottenAfterMs = 14 * dayMs;
/** What says nothing of whether backups work: they neither end nor continue a row of failures. */
const silentStates: ReadonlySet<RunState> = new Set(['queued', 'running', 'cancelled', 'skipped']);

/** Everything that is in trouble now, by the rules of alerts. The order is that of the facts. */
export function judgeTroubles(facts: WorkspaceFacts): Trouble[] {
  return [
    ...facts.tenants.flatMap((tenant) => troublesOfTenant(tenant, facts.now)),
    ...facts.hosts.flatMap((host) => troubleOfHost(host, facts.now)),
    ...facts.chains.flatMap(troubleOfChain),
    ...troubleOfSilence(facts.silence),
  ];
}

function troublesOfTenant(tenant: TenantFacts, now: Date): Trouble[] {
  const one = (
    cause: AlertCause,
    severity: AlertSeverity,
    sentence: string,
    nextStep: string | null,
  ): Trouble => ({
    tenantId: tenant.tenantId,
    cause,
    subject: '',
    severity,
    sentence,
    nextStep,
    lasts: true,
  });
  const troubles: Trouble[] = [];

  const { health } = tenant;
  // A credential that ends has an alert of its own, and a new schedule is given its first allowed age.
  if (health.state === 'at_risk' && isOverdue(health)) {
    troubles.push(
      one('tenant_health', 'warning', `${tenant.name} is at risk. ${healthSentence(health)}`, openRuns),
    );
  } else if (
    health.state === 'unprotected' ||
    health.state === 'never_backed_up' ||
    health.state === 'disconnected'
  ) {
    const word = {
      unprotected: 'is unprotected',
      never_backed_up: 'was never backed up',
      disconnected: 'is disconnected',
    }[health.state];
    troubles.push(
      one('tenant_health', 'critical', `${tenant.name} ${word}. ${healthSentence(health)}`, openRuns),
    );
  }

  const enabled = tenant.schedules.filter((schedule) => schedule.enabled);
  const failing = enabled.filter(
    (schedule) => failuresInARow(schedule.lastRuns) >= schedule.failuresUntilAlert,
  );
  if (failing.length > 0) {
    const most = Math.max(...failing.map((schedule) => failuresInARow(schedule.lastRuns)));
    troubles.push(
      one(
        'runs_failed',
        'critical',
        `${tenant.name}: ${list(failing.map((schedule) => schedule.name))} failed ${most}${most === 10 ? ' or more' : ''} times in a row.`,
        openRuns,
      ),
    );
  }
  const partial = enabled.filter(
    (schedule) =>
      schedule.tellsPartial && schedule.lastRuns.find((state) => !silentStates.has(state)) === 'partial',
  );
  if (partial.length > 0) {
    troubles.push(
      one(
        'run_partial',
        'warning',
        `${tenant.name}: the newest run of ${list(partial.map((schedule) => schedule.name))} is partial; at least one policy type is incomplete or unknown.`,
        'Open the run: it names each policy type and the reason.',
      ),
    );
  }

  const { credentialExpiresAt } = tenant;
  if (credentialExpiresAt !== null && health.state !== 'disconnected') {
    const leftMs = credentialExpiresAt.getTime() - now.getTime();
    if (leftMs <= credentialNoticeMs) {
      const day = credentialExpiresAt.toISOString().slice(0, 10);
      troubles.push(
        one(
          'credential_expiring',
          leftMs <= credentialUrgentMs ? 'critical' : 'warning',
          leftMs <= 0
            ? `The credential of ${tenant.name} ended on ${day}.`
            : `The credential of ${tenant.name} ends on ${day}.`,
          'Store a new credential for the tenant.',
        ),
      );
    }
  }
  return troubles;
}

const openRuns = 'Open the runs of the tenant: the newest one says what to do.';

/** Ended runs without a usable set since the last good one. A missed slot counts: nothing was backed up. */
function failuresInARow(states: readonly RunState[]): number {
  const telling = states.filter((state) => !silentStates.has(state));
  const good = telling.findIndex((state) => state === 'succeeded' || state === 'partial');
  return good === -1 ? telling.length : good;
}

function troubleOfHost(host: HostFacts, now: Date): Trouble[] {
  if (!host.shouldRun || host.lastSeenAt === null) return [];
  const silentMs = now.getTime() - host.lastSeenAt.getTime();
  if (silentMs < goneAfterMs || silentMs > forgottenAfterMs) return [];
  return [
    {
      tenantId: null,
      cause: 'host_gone',
      subject: host.hostId,
      severity: 'warning',
      sentence: `The host ${host.name} was last seen at ${utcText(host.lastSeenAt)} and did not say that it stops.`,
      nextStep: 'Start it again, or remove it from the hosts.',
      lasts: true,
    },
  ];
}

function troubleOfChain(chain: ChainFacts): Trouble[] {
  if (chain.brokenSequence === null) return [];
  return [
    {
      tenantId: chain.tenantId,
      cause: 'chain_broken',
      subject: '',
      severity: 'critical',
      sentence: `The audit chain of ${chain.tenantName ?? 'the workspace'} is broken at event ${chain.brokenSequence}: ${chain.what ?? 'it does not follow.'}`,
      nextStep: 'Run "tenantkeep audit verify", and ask who can write to the database.',
      lasts: true,
    },
  ];
}

function troubleOfSilence(silence: Silence | null): Trouble[] {
  if (silence === null) return [];
  const slots = silence.missedSlots === 1 ? '1 slot was missed' : `${silence.missedSlots} slots were missed`;
  return [
    {
      tenantId: null,
      cause: 'nothing_dispatched',
      subject: '',
      severity: 'critical',
      sentence:
        silence.to === null
          ? `No host has dispatched schedules since ${utcText(silence.from)}.`
          : `No host dispatched schedules from ${utcText(silence.from)} to ${utcText(silence.to)}; ${slots}. Hosts dispatch again.`,
      nextStep:
        silence.to === null
          ? 'Start a host with "tenantkeep service run".'
          : 'Keep a host on a machine that does not sleep.',
      lasts: silence.to === null,
    },
  ];
}

/** `2026-11-28 02:10 UTC` */
function utcText(instant: Date): string {
  return `${instant.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** At most three names, then how many more. */
function list(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length <= 3 ? shown : `${shown} and ${names.length - 3} more`;
}
