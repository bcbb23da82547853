import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { verifyAuditChain } from '../../main/audit/verify-chain.ts';
import { pruneOldRecords } from '../../main/engine/prune-old-records.ts';
import { instantFromIso } from '../../shared/model/instant.ts';
import { createTestDatabase, type TestDatabase, type TestHost } from '../support/database.ts';
import { addSchedule } from './scheduling-fixture.ts';

/** What only grows goes after its time, and what people may still ask for stays. */
let test: TestDatabase;
let host: TestHost;
let tenantId: string;
const limits = { keepRunEventsDays: 90, keepHostInstancesDays: 90 };

beforeAll(async () => {
  test = await createTestDatabase();
  await test.replaceClock(instantFromIso('2026-11-24T02:00:00Z'));
  host = await test.asHost();
  tenantId = await test.addTenant('Contoso');
});
afterAll(() => test.close());

async function addRun(scheduleId: string, state: 'failed' | 'queued', slot: string): Promise<string> {
  const [row] = await test.superuser.query<{ id: string }>(
    `insert into app.backup_runs (tenant_id, schedule_id, trigger, slot_at, state, spec, spec_version, finished_at, start_deadline_at)
     values ($1, $2, 'scheduled', $3, $4, '{}', 1, $5, $6) returning id`,
    [tenantId, scheduleId, slot, state, state === 'failed' ? slot : null, slot],
  );
  return row!.id;
}
const addEvent = (runId: string, at: string) =>
  test.superuser.query(
    `insert into app.run_events (run_id, tenant_id, attempt, at, level, code, message) values ($1, $2, 1, $3, 'info', 'page_read', 'A page.')`,
    [runId, tenantId, at],
  );
async function addInstance(lastSeen: string): Promise<string> {
  const id = randomUUID();
  await test.superuser.query(
    `insert into app.host_instances (id, host_id, name, kind, app_version, engine_level, state, last_seen_at)
     values ($1, $2, 'a host', 'service', '1.0.0', 1, 'running', $3)`,
    [id, host.hostId, lastSeen],
  );
  return id;
}
const count = async (table: string) =>
  (await test.superuser.query<{ rows: number }>(`select count(*)::int as rows from app.${table}`))[0]!.rows;

it('removes old events of ended runs and old process starts that no run names, and says so in the audit', async () => {
  const schedule = await addSchedule(test, tenantId, { nextSlotAt: null, enabled: false });
  const ended = await addRun(schedule, 'failed', '2026-06-01T02:00:00Z');
  const active = await addRun(schedule, 'queued', '2026-06-01T02:15:00Z');
  await addEvent(ended, '2026-06-01T02:00:01Z');
  await addEvent(ended, '2026-06-01T02:00:02Z');
  await addEvent(active, '2026-06-01T02:15:01Z');
  await addEvent(ended, '2026-09-01T00:00:00Z');
  const working = await addInstance('2026-06-01T02:00:00Z');
  await addInstance('2026-06-01T02:00:00Z');
  await addInstance('2026-11-01T02:00:00Z');
  await test.superuser.query(
    `insert into app.run_attempts (run_id, attempt, tenant_id, lease_token, instance_id, started_at, ended_at, outcome)
     values ($1, 1, $2, 1, $3, '2026-06-01T02:00:00Z', '2026-06-01T02:00:30Z', 'failed')`,
    [ended, tenantId, working],
  );

  expect(await pruneOldRecords({ database: host.db, limits })).toEqual({ runEvents: 2, hostInstances: 1 });
  expect(await pruneOldRecords({ database: host.db, limits })).toEqual({ runEvents: 0, hostInstances: 0 });

  expect(await count('run_events')).toBe(2);
  expect(await count('host_instances')).toBe(2);
  expect(await count('backup_runs')).toBe(2);
  const audited = await test.superuser.query<{ action: string; tenant_id: string | null; after: object }>(
    `select action, tenant_id, after - 'before' as after from app.audit_events where action ~ 'pruned' order by action`,
  );
  expect(audited).toEqual([
    { action: 'host_instances.pruned', tenant_id: null, after: { instances: 1 } },
    { action: 'run_events.pruned', tenant_id: tenantId, after: { events: 2 } },
  ]);
  expect((await verifyAuditChain(test.superuser, tenantId)).firstBroken).toBeNull();
});

it('keeps thirty days whatever it is asked for, and is refused to technicians', async () => {
  const before = await count('run_events');
  const schedule = await addSchedule(test, tenantId, { nextSlotAt: null, enabled: false });
  const run = await addRun(schedule, 'failed', '2026-11-10T02:00:00Z');
  await addEvent(run, '2026-11-10T02:00:00Z');
  await pruneOldRecords({ database: host.db, limits: { keepRunEventsDays: 0, keepHostInstancesDays: 0 } });
  expect(await count('run_events')).toBeGreaterThan(before - 2);
  expect(await test.superuser.query(`select 1 from app.run_events where run_id = $1`, [run])).toHaveLength(1);
  const technician = await test.asTechnician('manager', 'manager', tenantId);
  await expect(
    technician.db.query(`select app.prune_old_records(interval '90 days', interval '90 days', 10)`),
  ).rejects.toMatchObject({ code: '42501' });
});
