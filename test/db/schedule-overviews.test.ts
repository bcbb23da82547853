import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listScheduleOverviews } from '../../main/db/repositories/schedule-overviews.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/** What makes a set good is told by the sets themselves, so they are planted row by row here. */
let database: TestDatabase;
let tenantId: string;
let scheduleId: string;
let sequence = 0;
let previousSetId: string | null = null;

beforeAll(async () => {
  database = await createTestDatabase();
  tenantId = await database.addTenant('Contoso');
  const [row] = await database.superuser.query<{ id: string }>(
    `insert into app.backup_schedules (tenant_id, name, cadence, time_zone, spec, computed_with)
     values ($1, 'nightly', '{"kind":"daily","times":["02:00"]}', 'UTC', '{}', 'test') returning id`,
    [tenantId],
  );
  scheduleId = row!.id;
});

afterAll(() => database.close());

/** Seals a set whose types have these outcomes; answers when it was sealed. */
async function plantSet(outcomes: Record<string, 'complete' | 'incomplete'>): Promise<string> {
  sequence += 1;
  const setId = randomUUID();
  const sealedAt = `2026-11-01T0${sequence}:00:00.000Z`;
  await database.superuser.transaction(async (tx) => {
    await tx.query(`set local session_replication_role = replica`);
    const [run] = await tx.query<{ id: string }>(
      `insert into app.backup_runs (tenant_id, schedule_id, trigger, state, spec, spec_version, attempt, finished_at,
                                    backup_set_id)
       values ($1, $2, 'manual', 'partial', '{}', 1, 1, $3, $4) returning id`,
      [tenantId, scheduleId, sealedAt, setId],
    );
    for (const [typeKey, outcome] of Object.entries(outcomes)) {
      await tx.query(
        `insert into app.run_types (run_id, tenant_id, policy_type, attempt, outcome, reason, manifest_sha256)
         values ($1, $2, $3, 1, $4, $5, $6)`,
        [
          run!.id,
          tenantId,
          typeKey,
          outcome,
          outcome === 'complete' ? null : 'item_failed',
          Buffer.alloc(32),
        ],
      );
    }
    const [columns] = await tx.query<{ names: string }>(
      `select string_agg(column_name, ',') as names from information_schema.columns
        where table_schema = 'app' and table_name = 'backup_sets' and is_nullable = 'NO' and column_default is null`,
    );
    const values: Record<string, unknown> = {
      id: setId,
      tenant_id: tenantId,
      run_id: run!.id,
      schedule_id: scheduleId,
      sequence,
      sealed_at: sealedAt,
      lease_token: 1,
      complete: Object.values(outcomes).every((outcome) => outcome === 'complete'),
      items: 0,
      added: 0,
      changed: 0,
      removed: 0,
      new_bytes: 0,
      root_sha256: Buffer.alloc(32),
      part_checks: '{}',
      previous_set_id: previousSetId,
      previous_root_sha256: previousSetId === null ? null : Buffer.alloc(32),
    };
    const names = ['id', 'previous_set_id', 'previous_root_sha256', ...columns!.names.split(',')];
    await tx.query(
      `insert into app.backup_sets (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
      names.map((name) => values[name]),
    );
  });
  previousSetId = setId;
  return sealedAt;
}

async function lastGoodSetAt(): Promise<string | undefined> {
  const [schedule] = await listScheduleOverviews(database.superuser, { tenantId, scheduleId });
  return schedule!.lastGoodSetAt?.toISOString();
}

describe('the newest good set of a schedule', () => {
  it('is none, a complete one, or a partial one that lost nothing', async () => {
    expect(await lastGoodSetAt()).toBeUndefined();
    // A type that never could be read does not make every set of the tenant a bad one.
    const first = await plantSet({ scripts: 'complete', apps: 'incomplete' });
    expect(await lastGoodSetAt()).toBe(first);
    const second = await plantSet({ scripts: 'complete', apps: 'complete' });
    expect(await lastGoodSetAt()).toBe(second);
    await plantSet({ scripts: 'complete', apps: 'incomplete' });
    expect(await lastGoodSetAt()).toBe(second);
    const fourth = await plantSet({ scripts: 'complete', apps: 'complete' });
    expect(await lastGoodSetAt()).toBe(fourth);
  });
});
