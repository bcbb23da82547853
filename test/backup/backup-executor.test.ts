import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TenantUnreadableError } from '../../main/engine/ports.ts';
import { parseJson } from '../../main/snapshot/parse-json.ts';
import type { JsonObject, JsonValue } from '../../main/snapshot/json-value.ts';
import { verifyBackupSets } from '../../main/engine/backup/verify.ts';
import {
  createBackupFixture,
  policy,
  policyType,
  scriptedReader,
  type BackupFixture,
  type ScriptedTenant,
} from './backup-fixture.ts';

const three: ScriptedTenant = new Map([
  ['alpha', { items: [policy('a1'), policy('a2'), policy('a3')] }],
  ['beta', { items: [policy('b1'), policy('b2')] }],
  ['gamma', { items: [] }],
]);
const types = ['alpha', 'beta', 'gamma'].map((key) => policyType(key));

describe('a backup run', () => {
  let fixture: BackupFixture;
  beforeAll(async () => {
    fixture = await createBackupFixture(types);
  });
  afterAll(async () => fixture?.close());

  const fresh = async (): Promise<BackupFixture & { scheduleId: string }> => ({
    ...fixture,
    scheduleId: await fixture.addSchedule(),
  });

  it('seals a set that verifies, and a second unchanged run adds no payload and no manifest', async () => {
    const { scheduleId } = await fresh();
    const first = await fixture.run(three, {}, { scheduleId });
    expect(first.completion).toMatchObject({
      state: 'succeeded',
      counts: { items: 5, added: 5, changed: 0, removed: 0, types: { complete: 3 } },
    });
    expect(first.completion.counts.newBytes).toBeGreaterThan(0);
    const before = [await fixture.count('payloads'), await fixture.count('manifests')];
    const second = await fixture.run(three, {}, { scheduleId });
    expect(second.completion.counts).toMatchObject({
      items: 5,
      added: 0,
      changed: 0,
      removed: 0,
      newBytes: 0,
    });
    expect([await fixture.count('payloads'), await fixture.count('manifests')]).toEqual(before);
    const report = await verifyBackupSets(fixture.db, fixture.tenantId, {
      setIds: [first.backupSetId!, second.backupSetId!],
    });
    expect(report).toMatchObject({ setsVerified: 2, damages: [] });
  });

  it('adds no payload when only volatile values or the order of set-like arrays changed', async () => {
    const { scheduleId } = await fresh();
    await fixture.run(three, {}, { scheduleId });
    const payloads = await fixture.count('payloads');
    const manifests = await fixture.count('manifests');
    const reordered: ScriptedTenant = new Map(
      [...three].map(([key, { items }]) => [
        key,
        {
          items: items!.map((item) => ({
            ...item,
            roleScopeTagIds: (item['roleScopeTagIds'] as JsonValue[]).toReversed(),
            assignments: (item['assignments'] as JsonValue[]).toReversed(),
          })),
        },
      ]),
    );
    const run = await fixture.run(reordered, {}, { scheduleId });
    expect(run.completion.counts).toMatchObject({ added: 0, changed: 0, removed: 0, newBytes: 0 });
    expect([await fixture.count('payloads'), await fixture.count('manifests')]).toEqual([
      payloads,
      manifests,
    ]);
    const ticked: ScriptedTenant = new Map(
      [...three].map(([key, { items }]) => [
        key,
        { items: items!.map((item) => ({ ...item, lastModifiedDateTime: '2026-02-02T00:00:00Z' })) },
      ]),
    );
    const later = await fixture.run(ticked, {}, { scheduleId });
    expect(later.completion.counts).toMatchObject({ added: 0, changed: 0, removed: 0 });
    expect(await fixture.count('payloads')).toBe(payloads);
  });

  it('counts added, changed and removed objects, and keeps id, name and last version of deleted ones', async () => {
    const { scheduleId } = await fresh();
    await fixture.run(three, {}, { scheduleId });
    const changed: ScriptedTenant = new Map([
      ['alpha', { items: [policy('a1', { description: 'new' }), policy('a3'), policy('a4')] }],
      ['beta', { items: [policy('b1'), policy('b2')] }],
      ['gamma', { items: [] }],
    ]);
    const run = await fixture.run(changed, {}, { scheduleId });
    expect(run.completion.counts).toMatchObject({ items: 5, added: 1, changed: 1, removed: 1 });
    const rows = await fixture.db.query<{ graph_id: string; name: string; deleted: boolean }>(
      `select graph_id, name, deleted_at is not null as deleted from app.policies
        where tenant_id = $1 and policy_type = 'alpha' order by graph_id`,
      [fixture.tenantId],
    );
    expect(rows).toEqual([
      { graph_id: 'a1', name: 'Policy a1', deleted: false },
      { graph_id: 'a2', name: 'Policy a2', deleted: true },
      { graph_id: 'a3', name: 'Policy a3', deleted: false },
      { graph_id: 'a4', name: 'Policy a4', deleted: false },
    ]);
    const back = await fixture.run(three, {}, { scheduleId });
    expect(back.completion.counts).toMatchObject({ added: 1, changed: 1, removed: 1 });
  });

  it('infers no deletion from an incomplete listing and reports the run as partial', async () => {
    const { scheduleId } = await fresh();
    await fixture.run(three, {}, { scheduleId });
    const broken: ScriptedTenant = new Map(three);
    broken.set('alpha', {
      items: [policy('a1')],
      reading: { outcome: 'incomplete', reason: 'list_broken', expected: 3, captured: 1 },
    });
    const run = await fixture.run(broken, {}, { scheduleId });
    expect(run.completion).toMatchObject({
      state: 'partial',
      counts: { types: { complete: 2, incomplete: 1 }, removed: 0 },
    });
    const deleted = await fixture.db.query(
      `select 1 from app.policies where policy_type = 'alpha' and deleted_at is not null and graph_id in ('a2', 'a3')`,
    );
    expect(deleted).toEqual([]);
    const whole = await fixture.run(three, {}, { scheduleId });
    expect(whole.completion.counts).toMatchObject({ added: 0, changed: 0, removed: 0 });
  });

  it('makes an unknown policy type an outcome of a partial run', async () => {
    const { scheduleId } = await fresh();
    const run = await fixture.run(three, { policyTypes: ['alpha', 'fromTheFuture'] }, { scheduleId });
    expect(run.completion).toMatchObject({
      state: 'partial',
      counts: { types: { complete: 1, unknown: 1 } },
    });
    const [row] = await fixture.db.query(
      `select outcome, reason from app.run_types where run_id = $1 and policy_type = 'fromTheFuture'`,
      [run.runId],
    );
    expect(row).toEqual({ outcome: 'unknown_type', reason: 'type_unknown' });
  });

  it('succeeds with a type that is not available', async () => {
    const { scheduleId } = await fresh();
    const tenant: ScriptedTenant = new Map(three);
    tenant.set('gamma', { reading: { outcome: 'not_available', reason: 'not_licensed', expected: null } });
    const run = await fixture.run(tenant, {}, { scheduleId });
    expect(run.completion).toMatchObject({
      state: 'succeeded',
      counts: { types: { complete: 2, notAvailable: 1 } },
    });
  });

  it('gives no tick to a reader that claims more than it handed over', async () => {
    const { scheduleId } = await fresh();
    const tenant: ScriptedTenant = new Map(three);
    tenant.set('alpha', { items: [policy('a1')], reading: { captured: 2, expected: 2 } });
    const run = await fixture.run(tenant, {}, { scheduleId });
    expect(run.completion.state).toBe('partial');
    const [row] = await fixture.db.query(
      `select outcome, reason, captured from app.run_types where run_id = $1 and policy_type = 'alpha'`,
      [run.runId],
    );
    expect(row).toEqual({ outcome: 'incomplete', reason: 'count_mismatch', captured: 1 });
  });

  it('ends as failed with the tenant’s reason when the tenant cannot be opened', async () => {
    const { scheduleId } = await fresh();
    const lease = await fixture.startRun({ policyTypes: 'all', retention: { keepLast: 3 } }, { scheduleId });
    const executor = fixture.executor({
      openableTenantIds: async () => [],
      open: async () => {
        throw new TenantUnreadableError('auth_secret_expired', 'AADSTS7000222');
      },
    });
    const completion = await executor.execute(lease);
    expect(completion).toMatchObject({
      state: 'failed',
      reason: 'auth_secret_expired',
      counts: { types: { notAttempted: 3 } },
    });
    await fixture.finish(lease, completion);
  });

  it('keeps what was finished when the sign-in ends in the middle', async () => {
    const { scheduleId } = await fresh();
    const tenant: ScriptedTenant = new Map(three);
    tenant.set('beta', { throws: new TenantUnreadableError('auth_blocked', 'blocked') });
    const run = await fixture.run(tenant, {}, { scheduleId, groupConcurrency: 1 });
    expect(run.completion).toMatchObject({
      state: 'partial',
      reason: 'auth_blocked',
      counts: { types: { complete: 1, notAttempted: 2 } },
    });
  });

  it('lets one broken reader spoil its own types only', async () => {
    const { scheduleId } = await fresh();
    const tenant: ScriptedTenant = new Map(three);
    tenant.set('beta', { items: [policy('b1')], throws: new TypeError('a bug') });
    const run = await fixture.run(tenant, {}, { scheduleId });
    expect(run.completion).toMatchObject({
      state: 'partial',
      counts: { types: { complete: 2, incomplete: 1 } },
    });
  });

  it('fails only the object that cannot be kept', async () => {
    const { scheduleId } = await fresh();
    const tenant: ScriptedTenant = new Map(three);
    let deep: JsonValue = 'bottom';
    for (let depth = 0; depth < 10_000; depth += 1) deep = [deep];
    tenant.set('alpha', {
      items: [
        policy('a1'),
        policy('deep', { deep }),
        policy('big', { body: 'x'.repeat(300_000) }),
        policy('a\0'),
        policy('a2'),
      ],
    });
    const run = await fixture.run(tenant, {}, { scheduleId, maxItemBytes: 200_000 });
    const [row] = await fixture.db.query<{ failed_items: { reason: string }[] }>(
      `select outcome, reason, captured, failed, failed_items from app.run_types where run_id = $1 and policy_type = 'alpha'`,
      [run.runId],
    );
    expect(row).toMatchObject({ outcome: 'incomplete', reason: 'item_failed', captured: 2, failed: 3 });
    expect(row!.failed_items.map((item) => item.reason)).toEqual([
      'response_invalid',
      'response_too_large',
      'response_invalid',
    ]);
    expect(run.completion.counts.types).toMatchObject({ complete: 2, incomplete: 1 });
  });

  it('stores hostile documents byte for byte', async () => {
    const { scheduleId } = await fresh();
    const text = `{"id":"h1","displayName":"nul \\u0000 half \\ud800","__proto__":{"polluted":true},"constructor":"x",
      "big":12345678901234567890.10,"base64":"${'QUJD'.repeat(1_250_000)}"}`;
    const tenant: ScriptedTenant = new Map(three);
    tenant.set('alpha', { items: [parseJson(text) as JsonObject] });
    const run = await fixture.run(tenant, {}, { scheduleId });
    expect(run.completion.state).toBe('succeeded');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    const report = await verifyBackupSets(fixture.db, fixture.tenantId, { setIds: [run.backupSetId!] });
    expect(report.damages).toEqual([]);
  });

  it('goes on after a crash from the types that the first attempt finished', async () => {
    const { scheduleId } = await fresh();
    const lease = await fixture.startRun({ policyTypes: 'all', retention: { keepLast: 3 } }, { scheduleId });
    const crash = new Error('power cut');
    const dying: ScriptedTenant = new Map(three);
    let late: RunLeaseLike | null = null;
    dying.set('beta', {
      before: () => {
        late = lease;
        throw crash;
      },
    });
    const fenced: typeof lease.fenced = (work) => alive.fenced(work);
    const alive = { ...lease };
    // From the moment of the crash nothing of the first attempt reaches the database any more.
    Object.assign(lease, { fenced: (work: never) => (late ? Promise.reject(crash) : fenced(work)) });
    await expect(
      fixture.executor(scriptedReader(dying), { groupConcurrency: 1 }).execute(lease),
    ).rejects.toBe(crash);
    const second = await fixture.secondAttempt(lease);
    const reader = scriptedReader(three);
    const completion = await fixture.executor(reader).execute(second);
    expect(reader.asked.sort()).toEqual(['beta', 'gamma']);
    expect(completion).toMatchObject({ state: 'succeeded', counts: { items: 5, types: { complete: 3 } } });
    await expect(fixture.finish({ ...lease, fenced }, completion)).rejects.toThrow('lost');
    const setId = await fixture.finish(second, completion);
    const [part] = await fixture.db.query<{ attempt: number }>(
      `select attempt from app.run_types where run_id = $1 and policy_type = 'alpha'`,
      [lease.runId],
    );
    expect(part!.attempt).toBe(1);
    expect((await verifyBackupSets(fixture.db, fixture.tenantId, { setIds: [setId!] })).damages).toEqual([]);
  });

  it('writes nothing after its lease is gone', async () => {
    const { scheduleId } = await fresh();
    const lease = await fixture.startRun({ policyTypes: 'all', retention: { keepLast: 3 } }, { scheduleId });
    const tenant: ScriptedTenant = new Map([['alpha', { items: [policy('never-written')] }]]);
    tenant.get('alpha')!.before = async () => {
      await fixture.secondAttempt(lease);
    };
    await expect(fixture.executor(scriptedReader(tenant)).execute(lease)).rejects.toThrow('lost');
    const rows = await fixture.db.query(`select 1 from app.policies where graph_id = 'never-written'`);
    expect(rows).toEqual([]);
    await fixture.test.superuser.query(`delete from app.backup_runs where id = $1`, [lease.runId]);
  });

  it('keeps the names behind the ids of assignments, and marks those that cannot be resolved', async () => {
    const { scheduleId } = await fresh();
    const group = 'aaaaaaaa-0000-4000-8000-000000000001';
    const reader = scriptedReader(
      three,
      new Map([[group, { kind: 'group', name: 'All staff', detail: {} }]]),
    );
    const run = await fixture.run(three, {}, { scheduleId, reader });
    const again = await fixture.run(
      three,
      {},
      { scheduleId, reader: scriptedReader(three, new Error('down')) },
    );
    expect(again.completion.state).toBe('succeeded');
    expect(again.events.map((event) => event.code)).toContain('references_unresolved');
    const { readBackupSet } = await import('../../main/db/repositories/backup-sets.ts');
    const { readContent } = await import('../../main/db/repositories/stored-content.ts');
    const { readReferences } = await import('../../main/snapshot/manifest.ts');
    const { unpackBytes } = await import('../../main/snapshot/stored-bytes.ts');
    const set = await readBackupSet(fixture.db, fixture.tenantId, run.backupSetId!);
    const rows = await readContent(fixture.db, 'manifests', fixture.tenantId, [set!.references!]);
    const references = readReferences(await unpackBytes(rows.get(set!.references!)!));
    expect(references.find((entry) => entry.id === group)).toMatchObject({
      name: 'All staff',
      resolved: true,
    });
    expect(references.find((entry) => entry.id === 'aaaaaaaa-0000-4000-8000-000000000002')).toMatchObject({
      name: null,
      resolved: false,
    });
  });

  it('names filters, scope tags and locations also where the run does not hold them itself', async () => {
    const { scheduleId } = await fresh();
    const filterId = 'bbbbbbbb-0000-4000-8000-000000000001';
    const tenant: ScriptedTenant = new Map([
      [
        'alpha',
        {
          items: [
            policy('with-filter', {
              roleScopeTagIds: ['7'],
              assignments: [{ target: { deviceAndAppManagementAssignmentFilterId: filterId } }],
            }),
          ],
        },
      ],
      [
        'assignmentFilters',
        { items: [policy(filterId, { rule: '(device.model -eq "X")', displayName: 'Laptops only' })] },
      ],
      ['roleScopeTags', { items: [policy('7', { displayName: 'Branch' })] }],
      ['namedLocations', { items: [] }],
    ]);
    const run = await fixture.run(tenant, { policyTypes: ['alpha'] }, { scheduleId });
    const { readBackupSet } = await import('../../main/db/repositories/backup-sets.ts');
    const { readContent } = await import('../../main/db/repositories/stored-content.ts');
    const { readReferences } = await import('../../main/snapshot/manifest.ts');
    const { unpackBytes } = await import('../../main/snapshot/stored-bytes.ts');
    const set = await readBackupSet(fixture.db, fixture.tenantId, run.backupSetId!);
    expect(set!.items).toBe(1);
    const rows = await readContent(fixture.db, 'manifests', fixture.tenantId, [set!.references!]);
    const references = readReferences(await unpackBytes(rows.get(set!.references!)!));
    expect(references.find((entry) => entry.id === filterId)).toMatchObject({
      kind: 'assignmentFilters',
      name: 'Laptops only',
      detail: { rule: '(device.model -eq "X")' },
    });
    expect(references.find((entry) => entry.id === '7')).toMatchObject({
      kind: 'roleScopeTags',
      name: 'Branch',
    });
  });

  it('keeps a secret out of every row but the sealed one', async () => {
    const { scheduleId } = await fresh();
    const canary = 'CANARY-wifi-9d1f';
    const tenant: ScriptedTenant = new Map(three);
    tenant.set('alpha', {
      items: [policy('w1', { wifiPassword: canary }), policy('w2', { adminPassword: canary })],
    });
    const first = await fixture.run(tenant, {}, { scheduleId });
    expect(await fixture.count('sealed_secrets')).toBe(1);
    const same = await fixture.run(tenant, {}, { scheduleId });
    expect(same.completion.counts).toMatchObject({ changed: 0, newBytes: 0 });
    tenant.set('alpha', {
      items: [policy('w1', { wifiPassword: `${canary}2` }), policy('w2', { adminPassword: canary })],
    });
    const changed = await fixture.run(tenant, {}, { scheduleId });
    expect(changed.completion.counts.changed).toBe(1);
    expect(JSON.stringify([first, same, changed])).not.toContain(canary);
    const { gunzipSync } = await import('node:zlib');
    const rows = await fixture.test.superuser.query<{ bytes: Uint8Array }>(
      `select bytes from app.payloads union all select bytes from app.manifests`,
    );
    for (const row of rows) expect(gunzipSync(row.bytes).includes(canary)).toBe(false);
  });

  it('stores each object once when two schedules of a tenant run at the same time', async () => {
    const many: ScriptedTenant = new Map(
      types.map(({ key }) => [
        key,
        { items: Array.from({ length: 700 }, (_, index) => policy(`parallel-${key}-${index}`)) },
      ]),
    );
    const payloads = await fixture.count('payloads');
    const schedules = await Promise.all([
      fixture.addSchedule(),
      fixture.addSchedule(),
      fixture.addSchedule(),
    ]);
    const runs = await Promise.all(schedules.map((scheduleId) => fixture.run(many, {}, { scheduleId })));
    expect(runs.map((run) => run.completion.state)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    expect((await fixture.count('payloads')) - payloads).toBe(2100);
    const report = await verifyBackupSets(fixture.db, fixture.tenantId, {
      setIds: runs.map((run) => run.backupSetId!),
    });
    expect(report).toMatchObject({ setsVerified: 3, damages: [] });
  });

  it('reports a full disk as such', async () => {
    const { scheduleId } = await fresh();
    const lease = await fixture.startRun({ policyTypes: 'all', retention: { keepLast: 3 } }, { scheduleId });
    const full = Object.assign(new Error('could not extend file'), { code: '53100' });
    Object.assign(lease, { fenced: () => Promise.reject(full) });
    const completion = await fixture.executor(scriptedReader(three)).execute(lease);
    expect(completion).toMatchObject({ state: 'failed', reason: 'storage_full' });
    expect(completion.seal).toBeUndefined();
    await fixture.test.superuser.query(`delete from app.backup_runs where id = $1`, [lease.runId]);
  });
});

interface RunLeaseLike {
  readonly runId: string;
}
