import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readOperationFigures } from '../../main/db/repositories/operation-figures.ts';
import type { EngineState } from '../../main/engine/engine.ts';
import { createMetrics } from '../../main/service-health/metrics.ts';
import { silentLog } from '../support/silent-log.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const engine: EngineState = {
  phase: 'running',
  instanceId: randomUUID(),
  runs: [{ runId: 'a', tenantId: 'b', attempt: 1 }],
  openableTenantIds: ['b', 'c'],
  clockOffset: { offsetMs: -1_500, errorMs: 4 },
  outdated: false,
  ticks: 7,
  lastTickError: null,
};

function figure(text: string, name: string): number | undefined {
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}

describe('metrics', () => {
  it('are figures of this service and, under the login of the host, of the whole workspace', async () => {
    const { db } = await database.asHost();
    const tenantId = await database.addTenant('Contoso CANARYname');
    const scheduleId = randomUUID();
    await database.superuser.query(
      `insert into app.backup_schedules (id, tenant_id, name, enabled, cadence, time_zone, spec, next_slot_at, computed_with)
       values ($1, $2, 'Nightly', true, '{"kind":"daily","times":["02:00"]}', 'UTC', '{}',
               date_trunc('minute', app.db_now()) - interval '10 minutes', 'test')`,
      [scheduleId, tenantId],
    );
    const metrics = createMetrics({
      version: '1.2.3',
      judge: () => ({ state: 'well', sentence: '' }),
      engine: () => engine,
      figures: () => readOperationFigures(db),
      log: silentLog,
    });
    const { contentType, text } = await metrics();
    expect(contentType).toContain('text/plain; version=0.0.4');
    expect(text).toContain('tenantkeep_info{version="1.2.3"} 1');
    expect(figure(text, 'tenantkeep_service_state{state="well"}')).toBe(1);
    expect(figure(text, 'tenantkeep_service_state{state="waiting"}')).toBe(0);
    expect(figure(text, 'tenantkeep_ticks_total')).toBe(7);
    expect(figure(text, 'tenantkeep_runs_held')).toBe(1);
    expect(figure(text, 'tenantkeep_openable_tenants')).toBe(2);
    expect(figure(text, 'tenantkeep_clock_offset_seconds')).toBe(-1.5);
    expect(figure(text, 'tenantkeep_database_up')).toBe(1);
    expect(figure(text, 'tenantkeep_schedules_overdue')).toBe(1);
    expect(figure(text, 'tenantkeep_runs{state="failed"}')).toBe(0);
    expect(figure(text, 'tenantkeep_hosts_alive')).toBe(0);
    expect(figure(text, 'process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(text).not.toContain('CANARYname');
    expect(figure((await metrics()).text, 'tenantkeep_ticks_total')).toBe(7);
  });

  it('leave out what the database does not answer, instead of repeating what is old', async () => {
    const { db } = await database.asHost();
    let away = false;
    const metrics = createMetrics({
      version: '1.2.3',
      judge: () => ({ state: 'troubled', sentence: '' }),
      engine: () => null,
      figures: () => (away ? Promise.reject(new Error('away')) : readOperationFigures(db)),
      log: silentLog,
    });
    expect(figure((await metrics()).text, 'tenantkeep_oldest_queued_seconds')).toBe(0);
    away = true;
    const { text } = await metrics();
    expect(figure(text, 'tenantkeep_database_up')).toBe(0);
    expect(figure(text, 'tenantkeep_oldest_queued_seconds')).toBeUndefined();
    expect(figure(text, 'tenantkeep_runs{state="queued"}')).toBeUndefined();
    away = false;
    expect(figure((await metrics()).text, 'tenantkeep_oldest_queued_seconds')).toBe(0);
  });
});
