import type { z } from 'zod';
import type { contract } from '../../shared/contract/index.ts';
import { instantFromIso, instantFromMs } from '../../shared/model/instant.ts';
import { runReasons, type RunReason } from '../../shared/model/reasons.ts';
import { runStateSentences } from '../../shared/model/run-states.ts';
import type { Snooze } from '../db/repositories/attention.ts';
import type { HostOverview, TroubledSchedule } from '../db/repositories/fleet.ts';
import type { Tenant } from '../db/repositories/tenants.ts';

type Overview = z.input<(typeof contract)['overview.get']['output']>;
type Row = Overview['attention'][number];

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** As in the health of a tenant: a credential that ends sooner puts it at risk. */
const credentialWarningMs = 14 * dayMs;
const weights: Readonly<Record<Row['severity'], number>> = { critical: 5, warning: 1 };

/**
 * What needs somebody, worst first by severity × age; one row a tenant and code. What somebody put aside is
 * answered apart, so that it is out of the way and not out of sight.
 */
export function attentionRows(facts: {
  tenants: readonly Tenant[];
  troubled: readonly TroubledSchedule[];
  hosts: readonly HostOverview[];
  snoozes: readonly Snooze[];
  now: Date;
}): Pick<Overview, 'attention' | 'snoozed'> {
  const { tenants, troubled, hosts, snoozes, now } = facts;
  const rows = [
    ...hostRows(hosts),
    ...tenants.flatMap((tenant) => credentialRows(tenant, now)),
    ...mergedRows(troubled.map(scheduleRow)),
  ].sort((a, b) => urgency(b, now) - urgency(a, now));
  const snoozeOf = (row: Row) =>
    snoozes.find((snooze) => snooze.tenantId === row.tenantId && snooze.code === row.code);
  return {
    attention: rows.filter((row) => snoozeOf(row) === undefined),
    snoozed: rows.flatMap((row) => {
      const snooze = snoozeOf(row);
      if (snooze === undefined) return [];
      return [{ ...row, reason: snooze.reason, until: snooze.until.toISOString(), by: snooze.by }];
    }),
  };
}

function urgency(row: Row, now: Date): number {
  const ageMs = row.since === null ? 0 : now.getTime() - instantFromIso(row.since).getTime();
  return weights[row.severity] * Math.max(hourMs, ageMs);
}

function hostRows(hosts: readonly HostOverview[]): Row[] {
  if (hosts.length === 0 || hosts.some((host) => host.online)) return [];
  const seen = hosts.flatMap((host) => (host.lastSeenAt === null ? [] : [host.lastSeenAt.getTime()]));
  return [
    {
      severity: 'critical',
      tenantId: null,
      tenantName: null,
      code: 'no_host_alive',
      sentence: 'No host is alive: slots that fall due meanwhile are recorded as missed.',
      since: seen.length === 0 ? null : instantFromMs(Math.max(...seen)).toISOString(),
      count: 1,
      runId: null,
      action: 'start_host',
    },
  ];
}

function credentialRows(tenant: Tenant, now: Date): Row[] {
  const { tenantId, name, state, credentialKind, credentialExpiresAt } = tenant;
  if (state !== 'connected') return [];
  const row = (severity: Row['severity'], code: string, sentence: string, since: Date | null): Row[] => [
    {
      severity,
      tenantId,
      tenantName: name,
      code,
      sentence,
      since: since?.toISOString() ?? null,
      count: 1,
      runId: null,
      action: 'reconnect',
    },
  ];
  if (credentialKind === null) {
    return row('critical', 'credential_none', 'No credential: no host can read this tenant.', null);
  }
  if (credentialExpiresAt === null) return [];
  const leftMs = credentialExpiresAt.getTime() - now.getTime();
  if (leftMs <= 0) {
    return row('critical', 'credential_ended', 'The credential has ended.', credentialExpiresAt);
  }
  if (leftMs > credentialWarningMs) return [];
  const days = Math.ceil(leftMs / dayMs);
  return row(
    'warning',
    'credential_ending',
    `The credential ends in ${days === 1 ? 'a day' : `${days} days`}.`,
    null,
  );
}

function scheduleRow(trouble: TroubledSchedule): Row {
  const { state, reason, missingPermissions } = trouble;
  const permissionMissing = state === 'partial' && missingPermissions.length > 0;
  return {
    severity: state === 'failed' || state === 'interrupted' ? 'critical' : 'warning',
    tenantId: trouble.tenantId,
    tenantName: trouble.tenantName,
    code: permissionMissing ? 'permission_missing' : (reason ?? state),
    sentence: sentenceOf(trouble),
    since: trouble.since.toISOString(),
    count: trouble.runs,
    runId: trouble.newestRunId,
    action: actionOf(reason, permissionMissing),
  };
}

function sentenceOf({ state, reason, troubledTypes, missingPermissions }: TroubledSchedule): string {
  if (state === 'partial') {
    const types = troubledTypes === 1 ? '1 policy type is' : `${troubledTypes} policy types are`;
    const permissions = missingPermissions.length === 0 ? '' : ` Missing: ${missingPermissions.join(', ')}.`;
    return `${types} incomplete or unknown.${permissions}`;
  }
  const known = reason === null ? undefined : runReasons[reason as RunReason];
  return known === undefined ? runStateSentences[state] : known.sentence;
}

function actionOf(reason: string | null, permissionMissing: boolean): Row['action'] {
  if (permissionMissing) return 'grant_permission';
  if (reason?.startsWith('auth_') === true) return 'reconnect';
  return reason === 'no_host' || reason === 'late' ? 'start_host' : 'open_run';
}

/** Several schedules of a tenant with the same trouble: one row, the oldest beginning, all their runs. */
function mergedRows(rows: readonly Row[]): Row[] {
  return [...Map.groupBy(rows, (row) => `${row.tenantId} ${row.code}`).values()].map((same) => ({
    ...same[0]!,
    count: same.reduce((sum, row) => sum + row.count, 0),
    since: same.map((row) => row.since).reduce((a, b) => (a! < b! ? a : b)),
  }));
}
