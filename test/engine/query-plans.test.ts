import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimRuns } from '../../main/db/sql/claim-runs.sql.ts';
import { expireQueuedRuns } from '../../main/db/sql/expire-queued-runs.sql.ts';
import { insertDueRuns } from '../../main/db/sql/insert-due-runs.sql.ts';
import { lockDueSchedules } from '../../main/db/sql/lock-due-schedules.sql.ts';
import { reapRuns } from '../../main/db/sql/reap-runs.sql.ts';
import { createTestDatabase, type TestDatabase, type TestHost } from '../support/database.ts';

/**
 * The statements of every tick, on 5,000 schedules and 40,000 ended runs of which almost nothing is due: each
 * must find its rows by its own partial index, as a host under row-level security, with the product's clock.
 */
let test: TestDatabase;
let host: TestHost;
let tenantId: string;

beforeAll(async () => {
  test = await createTestDatabase();
  host = await test.asHost();
  tenantId = await test.addTenant('Contoso');
  await test.superuser.query(
    `insert into app.backup_schedules (tenant_id, name, cadence, time_zone, spec, next_slot_at, computed_with)
     select $1, 'schedule ' || g, '{}', 'Etc/UTC', '{}',
            date_trunc('minute', app.db_now(), 'UTC') + case when g <= 20 then interval '0' else g * interval '1 minute' end, 'x'
       from generate_series(1, 5000) g`,
    [tenantId],
  );
  await test.superuser.query(
    `insert into app.backup_runs (tenant_id, schedule_id, trigger, state, reason, spec, spec_version, finished_at)
     select s.tenant_id, s.id, 'manual', 'cancelled', 'by_user', '{}', 1, app.db_now()
       from app.backup_schedules s, generate_series(1, 8)`,
  );
  await test.superuser.query(
    `insert into app.backup_runs (tenant_id, schedule_id, trigger, state, spec, spec_version, start_deadline_at)
     select s.tenant_id, s.id, 'manual', 'queued', '{}', 1, app.db_now() + interval '15 minutes'
       from app.backup_schedules s limit 10`,
  );
  await test.superuser.query('analyze');
});
afterAll(() => test.close());

/** Indexes and sequentially read tables of the plan that a host gets. */
async function plan(
  statement: string,
  parameters: unknown[],
): Promise<{ indexes: string[]; scanned: string[] }> {
  const rows = await host.db.query<{ 'QUERY PLAN': unknown }>(
    `explain (format json) ${statement}`,
    parameters,
  );
  const indexes: string[] = [];
  const scanned: string[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit);
    else if (typeof node === 'object' && node !== null) {
      const fields = node as Record<string, unknown>;
      if (typeof fields['Index Name'] === 'string') indexes.push(fields['Index Name']);
      if (fields['Node Type'] === 'Seq Scan') scanned.push(String(fields['Relation Name']));
      Object.values(fields).forEach(visit);
    }
  };
  visit(rows[0]!['QUERY PLAN']);
  return { indexes, scanned };
}

describe('the plans of a tick', () => {
  it('find due schedules by the due index', async () => {
    const { indexes, scanned } = await plan(lockDueSchedules, [1, 1000, [], null]);
    expect(indexes).toContain('backup_schedules_due');
    expect(scanned).not.toContain('backup_schedules');
  });

  it('find an active run of a due schedule by the index of active runs', async () => {
    const id = [randomUUID()];
    const at = ['2026-11-24T02:00:00Z'];
    const { indexes, scanned } = await plan(insertDueRuns, [
      id,
      at,
      at,
      id,
      at,
      ['run'],
      [null],
      [null],
      [null],
    ]);
    expect(indexes).toContain('backup_runs_active');
    expect(scanned).not.toContain('backup_runs');
  });

  it('find queued runs by the queue index', async () => {
    const claim = await plan(claimRuns, [randomUUID(), [tenantId], 4, 1, null]);
    expect(claim.indexes).toContain('backup_runs_queue');
    expect(claim.scanned).not.toContain('backup_runs');
    const expire = await plan(expireQueuedRuns, [1]);
    expect(expire.indexes).toContain('backup_runs_queue');
    expect(expire.scanned).not.toContain('backup_runs');
  });

  it('find running runs by the index of running runs', async () => {
    const { indexes, scanned } = await plan(reapRuns, [1]);
    expect(indexes).toContain('backup_runs_running');
    expect(scanned).not.toContain('backup_runs');
  });
});
