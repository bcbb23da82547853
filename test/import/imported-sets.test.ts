import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApi } from '../../main/api/api.ts';
import type { Session } from '../../main/api/router.ts';
import { systemClock } from '../../main/clock.ts';
import { requestSetImport } from '../../main/db/repositories/imported-sets.ts';
import { findPolicyType } from '../../main/domain/policy-types/registry.ts';
import { retentionSetsOf } from '../../main/engine/backup/apply-retention.ts';
import { exportBackupSet } from '../../main/engine/backup/export.ts';
import { sweepContent } from '../../main/engine/backup/sweep-content.ts';
import { verifyBackupSets } from '../../main/engine/backup/verify.ts';
import { readExportFolder } from '../../main/engine/import/read-folder.ts';
import { storeImport } from '../../main/engine/import/store-import.ts';
import { sha256Hex } from '../../main/snapshot/sha256.ts';
import { parseJson } from '../../main/snapshot/parse-json.ts';
import type { JsonObject } from '../../main/snapshot/json-value.ts';
import type { Contract, ProcedureName } from '../../shared/contract/index.ts';
import type { InputOf, OutputOf } from '../../shared/contract/procedure.ts';
import type { ExportTool } from '../../shared/model/export-tools.ts';
import { type BackupFixture, createBackupFixture, testSecrets } from '../backup/backup-fixture.ts';
import type { TestLogin } from '../support/database.ts';
import { silentLog } from '../support/silent-log.ts';
import { type SampleExport, writeExport } from './write-export.ts';

let samples: string;
const canary = 'made-up-wifi-key-of-the-fixture';
const takenAt = new Date('2024-05-03T02:00:00Z');
const guid = (number: number) => `${String(number).padStart(8, '0')}-1111-4222-8333-444444444444`;

/** What Microsoft Graph answers for the policy that the three tools exported, with what has changed since. */
async function today(): Promise<JsonObject> {
  const bytes = await readFile(
    join(await writeExport('intune-management', samples), 'Contoso/SettingsCatalog/Windows - Defender.json'),
  );
  const exported = parseJson(new TextDecoder('utf-16le').decode(bytes)) as JsonObject;
  const served = Object.entries(exported).filter(
    ([name]) => !name.startsWith('#') && !name.includes('@odata.'),
  );
  return {
    ...Object.fromEntries(served),
    creationSource: null,
    // The scripted tenant takes its names from here.
    displayName: 'Windows - Defender',
    lastModifiedDateTime: '2026-11-01T00:00:00Z',
  };
}

describe('imported sets', () => {
  let world: BackupFixture;
  let manager: TestLogin;
  let session: Session;
  let runSet: string;
  const api = createApi({ version: 'test', clock: systemClock, log: silentLog });

  async function ask<Name extends ProcedureName>(
    name: Name,
    input: InputOf<Contract[Name]>,
  ): Promise<OutputOf<Contract[Name]>> {
    const result = await api.dispatch(session, { name, input });
    if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
    return result.value as OutputOf<Contract[Name]>;
  }

  async function importFolder(name: SampleExport, tool: ExportTool | 'auto' = 'auto') {
    const folder = await readExportFolder(await writeExport(name, samples), tool);
    const { tenantId } = world;
    const wanted = { tenantId, tool: folder.tool, folder: folder.folder, takenAt };
    const requestId = await requestSetImport(manager.db, wanted);
    return storeImport(world.db, testSecrets, { requestId, tenantId }, folder);
  }

  beforeAll(async () => {
    samples = await mkdtemp(join(tmpdir(), 'tenantkeep-exports-'));
    world = await createBackupFixture(
      ['settingsCatalogPolicies', 'deviceConfigurations'].map((key) => findPolicyType(key)!),
    );
    manager = await world.test.asTechnician('manager', 'manager', world.tenantId);
    session = { login: manager.login, database: manager.db };
    const items = [await today(), { ...(await today()), id: guid(50), name: 'Newer', displayName: 'Newer' }];
    runSet = (await world.run(new Map([['settingsCatalogPolicies', { items }]]))).backupSetId!;
  });
  afterAll(async () => {
    await world?.close();
    await rm(samples, { recursive: true, force: true });
  });

  it('is there whole, with who asked for it, and its secrets are fingerprints', async () => {
    const stored = await importFolder('intune-management');
    expect(stored).toMatchObject({ items: 8 });
    const { set, parts, leftOut, notOffered } = await ask('backup-sets.get', {
      tenantId: world.tenantId,
      backupSetId: stored.setId,
    });
    expect(set).toMatchObject({
      scheduleId: null,
      runId: null,
      seq: null,
      complete: false,
      sealedAt: takenAt.toISOString(),
      rootHash: stored.root,
      imported: {
        tool: 'IntuneManagement',
        folder: 'intune-management',
        by: manager.login,
        leftOut: 1,
        madeIds: 0,
      },
    });
    expect(new Set(parts.map((part) => part.outcome))).toEqual(new Set(['incomplete', 'unknown_type']));
    expect(parts.find((part) => part.typeKey === 'deviceConfigurations')?.sentence).toMatch(/nothing proves/);
    expect(leftOut).toEqual([{ path: 'Contoso/MigrationTable.json', reason: "the tool's table of groups" }]);
    expect(notOffered).toEqual([]);
    const item = await ask('backup-sets.item', {
      tenantId: world.tenantId,
      backupSetId: stored.setId,
      typeKey: 'deviceConfigurations',
      graphId: guid(2),
    });
    expect(item.text).toContain('(secret)');
    expect(item.text).not.toContain(canary);
    expect(await storedText(world)).not.toContain(canary);
    expect(await world.count('sealed_secrets')).toBe(1);
    const audited = await world.test.superuser.query<{ action: string; actor: string; by: string | null }>(
      `select action, actor, after ->> 'requestedBy' as by from app.audit_events
        where action like 'set.import%' order by sequence`,
    );
    expect(audited).toEqual([
      { action: 'set.import_requested', actor: manager.login, by: null },
      { action: 'set.imported', actor: expect.stringContaining('host'), by: manager.login },
    ]);
  });

  it('stands in the list at its time, by itself and among the others', async () => {
    const rows = async (origin: 'all' | 'run' | 'import') =>
      (await ask('backup-sets.list', { tenantId: world.tenantId, origin })).rows.map((row) => row.id);
    const [imported] = await rows('import');
    expect(await rows('run')).toEqual([runSet]);
    expect(await rows('all')).toEqual([runSet, imported]);
    const { months } = await ask('backup-sets.months', { tenantId: world.tenantId });
    expect(months.at(-1)).toMatchObject({ month: '2024-05', sets: 1, partial: 0 });
    const may = await ask('backup-sets.list', { tenantId: world.tenantId, month: '2024-05' });
    expect(may.rows.map((row) => row.id)).toEqual([imported]);
  });

  it('counts for nothing: not for the chain, retention, freshness or current state', async () => {
    const before = await facts(world);
    await importFolder('intune-cd');
    expect(await facts(world)).toEqual(before);
    const report = await verifyBackupSets(manager.db, world.tenantId);
    expect(report.damages).toEqual([]);
    expect(report.setsVerified).toBe(3);
    expect(await retentionSetsOf(world.db, world)).toHaveLength(1);
  });

  it('is compared with a real set by id, without what the tool wrote in its own way', async () => {
    const [imported] = (
      await ask('backup-sets.list', { tenantId: world.tenantId, origin: 'import' })
    ).rows.filter((row) => row.imported?.tool === 'IntuneManagement');
    const sets = { tenantId: world.tenantId, leftId: imported!.id, rightId: runSet };
    const comparison = await ask('backup-sets.compare', sets);
    expect(comparison).toMatchObject({
      pairedBy: 'id-or-name',
      // The Wi-Fi profile is gone by now; what the tool exported of a type counts as all of it.
      counts: { added: 1, changed: 0, removed: 1 },
    });
    expect(comparison.types).toMatchObject([
      { typeKey: 'deviceConfigurations', items: [{ name: 'Wi-Fi key', difference: 'removed' }] },
      { typeKey: 'settingsCatalogPolicies', items: [{ name: 'Newer', leftGraphId: null }] },
    ]);
    expect(comparison.notCompared).toContainEqual(
      expect.objectContaining({ typeKey: 'conditionalAccessPolicies', reason: 'only_before' }),
    );
  });

  it('is compared by name where the tool left the id out, and shows a real change', async () => {
    const changed = { ...(await today()), description: 'Changed since' };
    const later = (await world.run(new Map([['settingsCatalogPolicies', { items: [changed] }]])))
      .backupSetId!;
    const [imported] = (
      await ask('backup-sets.list', { tenantId: world.tenantId, origin: 'import' })
    ).rows.filter((row) => row.imported?.tool === 'IntuneCD');
    const sets = { tenantId: world.tenantId, leftId: imported!.id, rightId: later };
    const comparison = await ask('backup-sets.compare', sets);
    const [item] = comparison.types.find((type) => type.typeKey === 'settingsCatalogPolicies')!.items;
    expect(item).toEqual({
      name: 'Windows - Defender',
      difference: 'changed',
      leftGraphId: 'file:Settings Catalog/Windows - Defender_mdm.json',
      rightGraphId: guid(1),
    });
    const { changes } = await ask('backup-sets.compare-item', {
      ...sets,
      typeKey: 'settingsCatalogPolicies',
      leftGraphId: item!.leftGraphId,
      rightGraphId: item!.rightGraphId,
    });
    expect(changes.map(({ path, before, after }) => ({ path, before, after }))).toEqual([
      { path: '/description', before: '""', after: '"Changed since"' },
    ]);
  });

  it('compares two imports of different tools', async () => {
    const { setId } = await importFolder('intune-backup-and-restore');
    const { rows } = await ask('backup-sets.list', { tenantId: world.tenantId, origin: 'import' });
    const other = rows.find((row) => row.imported?.tool === 'IntuneManagement')!;
    const comparison = await ask('backup-sets.compare', {
      tenantId: world.tenantId,
      leftId: setId,
      rightId: other.id,
    });
    expect(comparison.types.flatMap((type) => type.items).map((item) => item.name)).toEqual(['BitLocker']);
  });

  it('is found by the search when old states are asked for', async () => {
    const { tenantId } = world;
    const search = async (sets: 'newest' | 'all', backupSetId: string | null = null) =>
      (await ask('backup-sets.search', { tenantId, sets, backupSetId, text: '7z.exe' })).rows;
    expect(await search('newest')).toEqual([]);
    const [hit] = await search('all');
    expect(hit).toMatchObject({
      seq: null,
      name: '7-Zip',
      typeKey: 'mobileApps',
      pointer: '/installCommandLine',
    });
    expect(await search('newest', hit!.backupSetId)).toHaveLength(1);
  });

  it('keeps its content from the sweep, and is verified down to a damaged byte', async () => {
    await sweepContent(world.db, world.tenantId, 0);
    const { rows } = await ask('backup-sets.list', { tenantId: world.tenantId, origin: 'import' });
    const [row] = rows;
    const verify = () => ask('backup-sets.verify', { tenantId: world.tenantId, backupSetId: row!.id });
    expect(await verify()).toMatchObject({ verified: true, items: row!.items, damages: [] });
    const list = await ask('backup-sets.list', { tenantId: world.tenantId, origin: 'import' });
    expect(list.rows[0]!.verified).toMatchObject({ by: manager.login, damages: 0 });
    await world.test.superuser.query(`update app.imported_sets set items = items + 1 where id = $1`, [
      row!.id,
    ]);
    expect((await verify()).damages).toMatchObject([
      { what: expect.stringMatching(/^The root of the import/) },
    ]);
    await world.test.superuser.query(`update app.imported_sets set items = items - 1 where id = $1`, [
      row!.id,
    ]);
  });

  it('is exported with its own root, which can be proved without the program', async () => {
    const { rows } = await ask('backup-sets.list', { tenantId: world.tenantId, origin: 'import' });
    const directory = await mkdtemp(join(tmpdir(), 'tenantkeep-import-export-'));
    try {
      const target = join(directory, 'export');
      await exportBackupSet(manager.db, { tenantId: world.tenantId, setId: rows[0]!.id }, target);
      const root = await readFile(join(target, '_verify/root.json'));
      expect(sha256Hex(root)).toBe(rows[0]!.rootHash);
      const manifest = JSON.parse(await readFile(join(target, 'manifest.json'), 'utf8')) as {
        importedSet: object;
      };
      expect(manifest.importedSet).toMatchObject({
        tool: rows[0]!.imported!.tool,
        importedBy: manager.login,
      });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  it('is made only for somebody who may, who asked lately, and with nothing left half done', async () => {
    const { tenantId } = world;
    const reader = await world.test.asTechnician('reader', 'reader', tenantId);
    const wanted = { tenantId, tool: 'IntuneCD', folder: 'x', takenAt } as const;
    await expect(requestSetImport(reader.db, wanted)).rejects.toMatchObject({ code: 'tenant_forbidden' });
    await expect(
      requestSetImport(manager.db, { ...wanted, takenAt: new Date('2999-01-01T00:00:00Z') }),
    ).rejects.toMatchObject({ code: 'import_time_invalid' });
    const folder = await readExportFolder(await writeExport('intune-cd', samples), 'auto');
    const before = await facts(world);
    const payloads = await world.count('payloads');
    const store = (requestId: string) => storeImport(world.db, testSecrets, { requestId, tenantId }, folder);
    await expect(store(guid(1))).rejects.toMatchObject({ code: 'import_not_requested' });
    const old = await requestSetImport(manager.db, wanted);
    await world.test.superuser.query(
      `update app.set_import_requests set requested_at = requested_at - interval '2 hours' where id = $1`,
      [old],
    );
    await expect(store(old)).rejects.toMatchObject({ code: 'import_not_requested' });
    const requestId = await requestSetImport(manager.db, wanted);
    const failing = { ...testSecrets, seal: () => Promise.reject(new Error('planted')) };
    await world.test.superuser.query('delete from app.payload_secrets');
    await world.test.superuser.query('delete from app.sealed_secrets');
    await expect(storeImport(world.db, failing, { requestId, tenantId }, folder)).rejects.toThrow('planted');
    expect(await world.count('payloads')).toBe(payloads);
    expect(await facts(world)).toEqual(before);
    // The request is still good for another try, once.
    await store(requestId);
    await expect(store(requestId)).rejects.toMatchObject({ code: 'import_not_requested' });
  });

  it('can be deleted, which a sealed set cannot, and then its content goes', async () => {
    const { rows } = await ask('backup-sets.list', { tenantId: world.tenantId, origin: 'import' });
    await expect(
      ask('backup-sets.delete-import', { tenantId: world.tenantId, backupSetId: runSet }),
    ).rejects.toThrow('imported_set_unknown');
    for (const row of rows) {
      await ask('backup-sets.delete-import', { tenantId: world.tenantId, backupSetId: row.id });
    }
    expect(await world.count('imported_set_parts')).toBe(0);
    await sweepContent(world.db, world.tenantId, 0);
    const kept = await verifyBackupSets(manager.db, world.tenantId);
    expect(kept).toMatchObject({ damages: [], setsVerified: 2 });
    const [gone] = await world.test.superuser.query<{ n: number }>(
      `select count(*)::int as n from app.audit_events where action = 'set.import_deleted' and before ->> 'root' is not null`,
    );
    expect(gone!.n).toBe(rows.length);
  });

  it('goes with its tenant', async () => {
    await importFolder('intune-cd');
    await world.test.superuser.query(
      `update app.tenants set state = 'deleted', disconnected_at = app.db_now() where id = $1`,
      [world.tenantId],
    );
    expect([await world.count('imported_sets'), await world.count('imported_set_parts')]).toEqual([0, 0]);
  });
});

/** What imports must leave alone. */
async function facts(world: BackupFixture): Promise<unknown> {
  const tables = [
    'backup_sets',
    'backup_set_heads',
    'policies',
    'run_types',
    'backup_runs',
    'pruned_backup_sets',
  ];
  const rows = await Promise.all(
    tables.map((table) =>
      world.test.superuser.query(
        `select md5(string_agg(t::text, '|' order by t::text)) as md5 from app.${table} t`,
      ),
    ),
  );
  return rows.flat();
}

/** All stored documents as text. */
async function storedText(world: BackupFixture): Promise<string> {
  const rows = await world.test.superuser.query<{ bytes: Buffer }>('select bytes from app.payloads');
  return rows.map(({ bytes }) => gunzipSync(bytes).toString('utf8')).join('\n');
}
