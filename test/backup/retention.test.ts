import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planRetentionOfSchedule } from '../../main/engine/backup/apply-retention.ts';
import { sweepContent } from '../../main/engine/backup/sweep-content.ts';
import { verifyBackupSets } from '../../main/engine/backup/verify.ts';
import { listBackupSets } from '../../main/db/repositories/backup-sets.ts';
import { pruneBackupSets } from '../../main/db/repositories/retention.ts';
import {
  createBackupFixture,
  policy,
  policyType,
  type BackupFixture,
  type ScriptedTenant,
} from './backup-fixture.ts';

const types = ['alpha', 'beta'].map((key) => policyType(key));

const round = (number: number, betaBroken = false): ScriptedTenant =>
  new Map([
    ['alpha', { items: [policy('a1', { description: `round ${number}` }), policy('a2')] }],
    [
      'beta',
      betaBroken
        ? {
            items: [],
            reading: { outcome: 'incomplete' as const, reason: 'throttled_out' as const, expected: null },
          }
        : { items: [policy('b1', { description: `round ${number}` })] },
    ],
  ]);

describe('retention', () => {
  let fixture: BackupFixture;
  beforeAll(async () => {
    fixture = await createBackupFixture(types);
  });
  afterAll(async () => fixture?.close());

  const sequences = async (scheduleId: string): Promise<number[]> =>
    (await listBackupSets(fixture.db, fixture.tenantId, { scheduleId })).map((set) => set.sequence);

  it('keeps the last sets, audits each that goes, sweeps what nobody needs, and the chain still verifies', async () => {
    const scheduleId = await fixture.addSchedule();
    const retention = { keepLast: 2 };
    for (let number = 0; number < 4; number += 1) {
      await fixture.run(round(number), { retention }, { scheduleId, sweepSafetyAgeHours: 0 });
    }
    expect(await sequences(scheduleId)).toEqual([3, 4]);
    expect(await fixture.count('pruned_backup_sets')).toBe(2);
    const events = await fixture.test.superuser.query<{ action: string; target_id: string; actor: string }>(
      `select action, target_id, actor from app.audit_events where action = 'set.pruned' order by sequence`,
    );
    expect(events).toHaveLength(2);
    // a1 and b1 in rounds 2 and 3, and a2.
    expect(await fixture.count('payloads')).toBe(5);
    expect(await verifyBackupSets(fixture.db, fixture.tenantId)).toMatchObject({
      setsVerified: 2,
      damages: [],
    });
    const runs = await fixture.test.superuser.query(
      `select 1 from app.backup_runs where state = 'succeeded'`,
    );
    expect(runs).toHaveLength(4);
  });

  it('never drops the newest complete copy of a type, neither by plan nor by hand', async () => {
    const scheduleId = await fixture.addSchedule();
    const retention = { keepLast: 1 };
    const good = await fixture.run(round(10), { retention }, { scheduleId });
    for (let number = 11; number < 14; number += 1) {
      await fixture.run(round(number, true), { retention }, { scheduleId });
    }
    const left = await listBackupSets(fixture.db, fixture.tenantId, { scheduleId });
    expect(left.map((set) => set.id)).toContain(good.backupSetId);
    expect(left).toHaveLength(2);
    await expect(
      fixture.db.transaction((tx) => pruneBackupSets(tx, fixture.tenantId, scheduleId, [good.backupSetId!])),
    ).rejects.toMatchObject({ code: 'TK112' });
    await expect(
      fixture.db.transaction((tx) => pruneBackupSets(tx, fixture.tenantId, scheduleId, [left.at(-1)!.id])),
    ).rejects.toMatchObject({ code: 'TK112' });
  });

  it('keeps a pinned set; only the right roles pin and unpin', async () => {
    const scheduleId = await fixture.addSchedule();
    const retention = { keepLast: 1 };
    const first = await fixture.run(round(20), { retention }, { scheduleId });
    const reader = await fixture.test.asTechnician('rita', 'reader', fixture.tenantId);
    const operator = await fixture.test.asTechnician('otto', 'operator', fixture.tenantId);
    const manager = await fixture.test.asTechnician('mara', 'manager', fixture.tenantId);
    const stranger = await fixture.test.asTechnician(
      'sven',
      'owner',
      await fixture.test.addTenant('Fabrikam'),
    );
    const pin = `select app.pin_set($1, 'before the migration')`;
    await expect(reader.db.query(pin, [first.backupSetId])).rejects.toMatchObject({ code: '42501' });
    await expect(stranger.db.query(pin, [first.backupSetId])).rejects.toMatchObject({ code: 'TK113' });
    await operator.db.query(pin, [first.backupSetId]);
    await fixture.run(round(21), { retention }, { scheduleId });
    expect(
      (await listBackupSets(fixture.db, fixture.tenantId, { scheduleId })).map((set) => set.id),
    ).toContain(first.backupSetId);
    const plan = await planRetentionOfSchedule(
      fixture.db,
      { tenantId: fixture.tenantId, scheduleId },
      retention,
    );
    expect(plan.kept.get(first.backupSetId!)).toEqual(['pinned']);
    await expect(operator.db.query(`select app.unpin_set($1)`, [first.backupSetId])).rejects.toMatchObject({
      code: '42501',
    });
    await manager.db.query(`select app.unpin_set($1)`, [first.backupSetId]);
    await fixture.run(round(22), { retention }, { scheduleId });
    expect(await listBackupSets(fixture.db, fixture.tenantId, { scheduleId })).toHaveLength(1);
    const actions = await fixture.test.superuser.query<{ action: string }>(
      `select action from app.audit_events where target_id = $1 order by sequence`,
      [first.backupSetId],
    );
    expect(actions.map((row) => row.action)).toEqual(['set.pinned', 'set.unpinned', 'set.pruned']);
  });

  it('spares young content, and everything while a run of the tenant is writing', async () => {
    const scheduleId = await fixture.addSchedule();
    await fixture.run(round(30), { retention: { keepLast: 1 } }, { scheduleId });
    await fixture.run(round(31), { retention: { keepLast: 1 } }, { scheduleId });
    const payloads = await fixture.count('payloads');
    expect(await sweepContent(fixture.db, fixture.tenantId, 24)).toMatchObject({ payloads: 0, manifests: 0 });
    const lease = await fixture.startRun({ policyTypes: 'all', retention: { keepLast: 1 } }, { scheduleId });
    await lease.fenced(async (tx) => {
      const { holdOffSweep } = await import('../../main/db/repositories/stored-content.ts');
      await holdOffSweep(tx, fixture.tenantId);
      expect(await sweepContent(fixture.db, fixture.tenantId, 0)).toBeNull();
    });
    expect(await fixture.count('payloads')).toBe(payloads);
    expect((await sweepContent(fixture.db, fixture.tenantId, 0))!.payloads).toBeGreaterThan(0);
    expect((await verifyBackupSets(fixture.db, fixture.tenantId)).damages).toEqual([]);
    await fixture.test.superuser.query(`delete from app.backup_runs where id = $1`, [lease.runId]);
  });

  it('lets neither hosts nor technicians touch a sealed set', async () => {
    const technician = await fixture.test.asTechnician('olga', 'owner', fixture.tenantId);
    for (const db of [fixture.db, technician.db]) {
      for (const statement of [
        `update app.backup_sets set items = 0`,
        `delete from app.backup_sets`,
        `delete from app.run_types`,
        `delete from app.payloads`,
        `delete from app.manifests`,
        `update app.payloads set bytes = ''`,
      ]) {
        await expect(db.query(statement)).rejects.toMatchObject({ code: '42501' });
      }
    }
    for (const statement of [
      `update app.run_types set captured = captured + 1`,
      `insert into app.run_types (run_id, policy_type, tenant_id, attempt, outcome, reason)
       select run_id, 'smuggled', tenant_id, 1, 'incomplete', 'x' from app.backup_sets limit 1`,
    ]) {
      await expect(fixture.db.query(statement)).rejects.toMatchObject({ code: 'TK111' });
    }
    await expect(technician.db.query(`select * from app.sealed_secrets`)).rejects.toMatchObject({
      code: '42501',
    });
    const owner = await fixture.test.asOwner();
    await expect(owner.db.query(`update app.backup_sets set items = items + 1`)).rejects.toMatchObject({
      code: 'TK111',
    });
  });

  it('shows a technician the sets of the own tenants only', async () => {
    const stranger = await fixture.test.asTechnician('sven');
    for (const table of [
      'payloads',
      'manifests',
      'policies',
      'run_types',
      'backup_sets',
      'backup_set_parts',
      'backup_set_heads',
      'pruned_backup_sets',
    ]) {
      expect({ table, rows: await stranger.db.query(`select 1 from app.${table}`) }).toEqual({
        table,
        rows: [],
      });
    }
    const reader = await fixture.test.asTechnician('rita');
    expect(await reader.db.query(`select 1 from app.backup_sets`)).not.toEqual([]);
  });
});
