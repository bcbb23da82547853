import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FreshnessReport } from '../../shared/contract/freshness.ts';
import { freshnessCsv } from '../../main/reports/freshness-csv.ts';
import { freshnessHtml } from '../../main/reports/freshness-html.ts';
import { readFreshnessReport } from '../../main/reports/freshness-report.ts';
import { createTestDatabase, type TestClock, type TestDatabase } from '../support/database.ts';

/** What a report says is told by runs and sets, so they are planted row by row here. */
const now = new Date('2026-11-24T12:00:00Z');
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000).toISOString();
/** An hour's promise for each type of the schedule. */
const spec = (policyTypes: readonly string[]) => ({
  policyTypes,
  retention: { keepLast: 5 },
  alerts: { allowedAgeMinutes: 60 },
});

type Outcome = readonly [outcome: 'complete' | 'incomplete' | 'not_available', reason?: string];

let test: TestDatabase;
let clock: TestClock;
let contoso: string;
let fabrikam: string;
let quiet: string;
const sequences = new Map<string, number>();

beforeAll(async () => {
  test = await createTestDatabase();
  clock = await test.replaceClock(now);
  contoso = await test.addTenant('Contoso');
  fabrikam = await test.addTenant('=cmd|"/c calc" <script>alert(1)</script>');
  quiet = await test.addTenant('Quiet & Co');
});
afterAll(() => test.close());

async function addSchedule(tenantId: string, types: readonly string[], createdHoursAgo = 500) {
  const [row] = await test.superuser.query<{ id: string }>(
    `insert into app.backup_schedules (tenant_id, name, cadence, time_zone, spec, computed_with, created_at)
     values ($1, $2, '{"kind":"daily","times":["02:00"]}', 'UTC', $3, 'test', $4) returning id`,
    [tenantId, randomUUID(), JSON.stringify(spec(types)), hoursAgo(createdHoursAgo)],
  );
  return row!.id;
}

/** A run that ended so many hours ago; with `sealed`, its set. */
async function plantRun(
  tenantId: string,
  scheduleId: string,
  endedHoursAgo: number,
  types: Record<string, Outcome>,
  run: { state?: string; reason?: string | null; sealed?: boolean } = {},
): Promise<void> {
  const { state = 'partial', reason = null, sealed = true } = run;
  const at = hoursAgo(endedHoursAgo);
  const setId = sealed ? randomUUID() : null;
  const sequence = (sequences.get(tenantId) ?? 0) + 1;
  await test.superuser.transaction(async (tx) => {
    await tx.query(`set local session_replication_role = replica`);
    const [{ id: runId }] = (await tx.query<{ id: string }>(
      `insert into app.backup_runs (tenant_id, schedule_id, trigger, state, reason, spec, spec_version, created_at,
                                    finished_at, backup_set_id)
       values ($1, $2, 'manual', $3, $4, '{}', 1, $5, $5, $6) returning id`,
      [tenantId, scheduleId, state, reason, at, setId],
    )) as [{ id: string }];
    for (const [typeKey, [outcome, typeReason = null]] of Object.entries(types)) {
      await tx.query(
        `insert into app.run_types (run_id, tenant_id, policy_type, attempt, outcome, reason, manifest_sha256,
                                    read_ended_at) values ($1, $2, $3, 1, $4, $5, $6, $7)`,
        [runId, tenantId, typeKey, outcome, typeReason, Buffer.alloc(32), at],
      );
    }
    if (setId === null) return;
    sequences.set(tenantId, sequence);
    await tx.query(
      `insert into app.backup_sets (id, tenant_id, run_id, schedule_id, sequence, sealed_at, lease_token, complete,
              items, added, changed, removed, new_bytes, previous_set_id, previous_root_sha256, root_sha256, part_checks)
       values ($1, $2, $3, $4, $5, $6, 1, false, 0, 0, 0, 0, 0, $7, $8, $9, '{}')`,
      [
        setId,
        tenantId,
        runId,
        scheduleId,
        sequence,
        at,
        sequence === 1 ? null : randomUUID(),
        sequence === 1 ? null : Buffer.alloc(32),
        Buffer.alloc(32),
      ],
    );
  });
}

const brief = (report: FreshnessReport) =>
  report.rows.map((row) => [
    row.typeKey,
    row.state,
    row.ageMs === null ? null : row.ageMs / 3_600_000,
    row.reason,
  ]);

describe('the freshness report', () => {
  it('measures each type by its own last complete copy, and says why the last attempt brought none', async () => {
    const scheduleId = await addSchedule(contoso, [
      'namedLocations',
      'deviceCompliancePolicies',
      'conditionalAccessPolicies',
      'authorizationPolicy',
      'vppTokens',
      'typeOfTomorrow',
    ]);
    await plantRun(contoso, scheduleId, 30, {
      namedLocations: ['complete'],
      deviceCompliancePolicies: ['complete'],
      conditionalAccessPolicies: ['incomplete', 'permission_missing'],
    });
    await plantRun(contoso, scheduleId, 0.5, {
      namedLocations: ['complete'],
      deviceCompliancePolicies: ['incomplete', 'page_guard'],
      conditionalAccessPolicies: ['incomplete', 'permission_missing'],
      vppTokens: ['not_available', 'not_licensed'],
    });
    expect(brief(await readFreshnessReport(test.superuser, contoso))).toEqual([
      [
        'authorizationPolicy',
        'never_captured',
        null,
        'The last run did not ask for it; it joined the schedule later.',
      ],
      [
        'conditionalAccessPolicies',
        'never_captured',
        null,
        'The app lacks a permission for this policy type.',
      ],
      [
        'typeOfTomorrow',
        'never_captured',
        null,
        'The last run did not ask for it; it joined the schedule later.',
      ],
      [
        'deviceCompliancePolicies',
        'late',
        30,
        'The service repeated a page or sent more pages than allowed.',
      ],
      ['namedLocations', 'fresh', 0.5, null],
      ['vppTokens', 'not_available', null, 'The tenant has no licence for this feature.'],
    ]);
  });

  it('names the reason of the run where that ended before it read anything', async () => {
    const scheduleId = await addSchedule(fabrikam, ['namedLocations', 'vppTokens'], 0.5);
    await plantRun(fabrikam, scheduleId, 5, { namedLocations: ['complete'] });
    await plantRun(fabrikam, scheduleId, 1, {}, { state: 'failed', reason: 'auth_blocked', sealed: false });
    const reason = 'Conditional access or a disabled app registration blocks the sign-in.';
    expect(brief(await readFreshnessReport(test.superuser, fabrikam))).toEqual([
      ['namedLocations', 'late', 5, reason],
      ['vppTokens', 'awaited', null, reason],
    ]);
  });

  it('does not count a copy whose set is gone', async () => {
    const tenantId = await test.addTenant('Pruned');
    const scheduleId = await addSchedule(tenantId, ['namedLocations']);
    await plantRun(
      tenantId,
      scheduleId,
      0.5,
      { namedLocations: ['complete'] },
      { sealed: false, state: 'failed' },
    );
    const report = await readFreshnessReport(test.superuser, tenantId);
    expect(report.rows[0]).toMatchObject({ state: 'never_captured', lastCompleteAt: null });
  });

  it('names tenants without a promise, and shows nobody more than their own tenants', async () => {
    const reader = await test.asTechnician('reader', 'reader', contoso);
    await test.asTechnician('reader', 'reader', quiet);
    const report = await readFreshnessReport(reader.db, null);
    expect(new Set(report.rows.map((row) => row.tenantName))).toEqual(new Set(['Contoso']));
    expect(report.unpromised).toEqual([
      { tenantId: quiet, tenantName: 'Quiet & Co', sentence: 'Nothing is scheduled for this tenant.' },
    ]);
    expect(report.counts).toEqual({ never_captured: 3, late: 1, awaited: 0, fresh: 1, not_available: 1 });
    expect(report.at).toBe((await clock.now()).toISOString());
    expect((await readFreshnessReport(reader.db, fabrikam)).rows).toEqual([]);
  });

  it('is written for spreadsheets and for print without giving a tenant’s name any power', async () => {
    const report = await readFreshnessReport(test.superuser, null);
    const csv = freshnessCsv(report).split('\r\n');
    expect(csv).toHaveLength(1 + report.rows.length + report.unpromised.length + 1);
    expect(csv[0]).toMatch(/^\ufeff"tenant","tenant_id","policy_type"/);
    expect(csv.filter((line) => line.includes('calc'))[0]).toMatch(/^"'=cmd\|""\/c calc"" <script>/);
    const html = freshnessHtml(report);
    expect(html).not.toContain('<script');
    expect(html).toContain('=cmd|&quot;/c calc&quot; &lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html).toContain('Quiet &amp; Co');
    expect(html).toContain('@media print');
    expect(html).not.toMatch(/(?:src|href|url)\s*[=(]/);
    const single = freshnessHtml(await readFreshnessReport(test.superuser, contoso));
    expect(single).toContain('<title>Backup freshness of Contoso</title>');
    expect(single).not.toContain('Quiet');
  });
});
