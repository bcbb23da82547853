import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBackupSet } from '../../main/db/repositories/backup-sets.ts';
import { exportBackupSet, exportBackupSetAsZip } from '../../main/engine/backup/export.ts';
import { exportNames, fileSlug } from '../../main/engine/backup/export-names.ts';
import { createBackupFixture, policy, policyType, type BackupFixture } from './backup-fixture.ts';
import { readZip } from '../support/read-zip.ts';

const hostileNames = [
  '../../etc/passwd',
  'CON',
  'nul.txt',
  'a/b\\c:d*e?f"g<h>i|j',
  'trailing. ',
  '🙂'.repeat(50),
  'ملف عربي',
  'x'.repeat(300),
  'Straße Ünïcode',
  '',
  'same',
  'SAME',
];

describe('the export of a backup set', () => {
  let fixture: BackupFixture;
  let directory: string;
  let setId: string;
  beforeAll(async () => {
    fixture = await createBackupFixture([policyType('alpha'), policyType('beta')]);
    directory = await mkdtemp(join(tmpdir(), 'tenantkeep-export-'));
    const run = await fixture.run(
      new Map([
        [
          'alpha',
          { items: hostileNames.map((displayName, index) => policy(`id-${index}`, { displayName })) },
        ],
        ['beta', { items: [policy('b/1', { wifiPassword: 'CANARY-export' }), policy('B/1')] }],
      ]),
    );
    setId = run.backupSetId!;
  });
  afterAll(async () => {
    await fixture?.close();
    await rm(directory, { recursive: true, force: true });
  });

  const source = () => ({ tenantId: fixture.tenantId, setId });

  it('comes as one ZIP whose files have the hashes that its manifest names', async () => {
    const file = join(directory, 'set.zip');
    let told = 0;
    const report = await exportBackupSetAsZip(fixture.db, source(), file, {
      onProgress: (done, of) => {
        told = done;
        expect(done).toBeLessThanOrEqual(of);
      },
    });
    expect(told).toBe(report.objects);
    const entries = await readZip(file);
    const sums = entries.get('SHA256SUMS')!.toString('utf8').trimEnd().split('\n');
    expect(sums).toHaveLength(entries.size - 1);
    for (const line of sums) {
      const [hash, name] = line.split('  ') as [string, string];
      expect([name, createHash('sha256').update(entries.get(name)!).digest('hex')]).toEqual([name, hash]);
    }
    const manifest = JSON.parse(entries.get('manifest.json')!.toString('utf8')) as {
      items: { file: string; hash: string }[];
    };
    expect(manifest.items).toHaveLength(report.objects);
    for (const item of manifest.items) {
      expect(createHash('sha256').update(entries.get(item.file)!).digest('hex')).toBe(item.hash);
    }
    expect(createHash('sha256').update(entries.get('_verify/root.json')!).digest('hex')).toBe(
      report.rootHash,
    );
    expect(Buffer.concat([...entries.values()]).includes('CANARY')).toBe(false);
  });

  it('leaves nothing behind when a ZIP is cancelled or cannot be written', async () => {
    const before = await readdir(directory);
    const cancelled = new AbortController();
    await expect(
      exportBackupSetAsZip(fixture.db, source(), join(directory, 'cancelled.zip'), {
        signal: cancelled.signal,
        onProgress: (done) => done > 2 && cancelled.abort(new Error('enough')),
      }),
    ).rejects.toThrow('enough');
    await expect(
      exportBackupSetAsZip(fixture.db, source(), join(directory, 'nowhere', 'set.zip')),
    ).rejects.toMatchObject({ code: 'export_not_writable' });
    expect(await readdir(directory)).toEqual(before);
  });

  it('writes one file an object whose sha256sum is the stored hash, and a chain of hashes up to the root', async () => {
    const out = join(directory, 'whole');
    const report = await exportBackupSet(fixture.db, source(), out);
    expect(report).toMatchObject({ objects: hostileNames.length + 2, directory: out });
    const manifest = JSON.parse(await readFile(join(out, 'manifest.json'), 'utf8'));
    expect(manifest.items).toHaveLength(hostileNames.length + 2);
    const sha256 = async (file: string) =>
      createHash('sha256')
        .update(await readFile(join(out, file)))
        .digest('hex');
    for (const item of manifest.items) {
      expect(await sha256(item.file)).toBe(item.hash);
      const stored = JSON.parse(await readFile(join(out, item.file), 'utf8'));
      expect(stored.id).toBe(item.id);
      expect(item.volatile).toEqual({ '/lastModifiedDateTime': '2026-01-01T00:00:00Z' });
    }
    const set = await readBackupSet(fixture.db, fixture.tenantId, setId);
    expect(await sha256('_verify/root.json')).toBe(set!.root);
    const root = JSON.parse(await readFile(join(out, '_verify/root.json'), 'utf8'));
    for (const part of root.parts) {
      expect(await sha256(`_verify/manifests/${part.type}.json`)).toBe(part.manifest);
    }
    expect(await sha256('_verify/references.json')).toBe(root.references);
    const sums = execFileSync('sha256sum', ['--check', '--quiet', '--strict', 'SHA256SUMS'], {
      cwd: out,
      encoding: 'utf8',
    });
    expect(sums).toBe('');
  });

  it('puts no secret into any file', async () => {
    const out = join(directory, 'secrets');
    await exportBackupSet(fixture.db, source(), out);
    const files = await readdir(out, { recursive: true, withFileTypes: true });
    for (const file of files.filter((entry) => entry.isFile())) {
      expect(await readFile(join(file.parentPath, file.name), 'utf8')).not.toContain('CANARY-export');
    }
  });

  it('refuses a directory that exists, a set that does not, and leaves nothing behind', async () => {
    const out = join(directory, 'there');
    await writeFile(out, 'mine');
    await expect(exportBackupSet(fixture.db, source(), out)).rejects.toMatchObject({
      code: 'export_directory_exists',
    });
    await expect(
      exportBackupSet(
        fixture.db,
        { tenantId: await fixture.test.addTenant('Other'), setId },
        join(directory, 'no'),
      ),
    ).rejects.toMatchObject({ code: 'backup_set_unknown' });
    await expect(exportBackupSet(fixture.db, source(), join(out, 'below a file'))).rejects.toMatchObject({
      code: 'export_not_writable',
    });
    expect((await readdir(directory)).filter((name) => name.includes('partial') || name === 'no')).toEqual(
      [],
    );
  });

  it('fails cleanly when the stored bytes are damaged', async () => {
    const rollback = new Error('rollback');
    await expect(
      fixture.test.superuser.transaction(async (tx) => {
        await tx.query(`set local session_replication_role = replica`);
        await tx.query(`update app.payloads set bytes = '\\x00'`);
        await expect(exportBackupSet(tx, source(), join(directory, 'damaged'))).rejects.toMatchObject({
          code: 'stored_bytes_damaged',
        });
        throw rollback;
      }),
    ).rejects.toBe(rollback);
    expect((await readdir(directory)).filter((name) => name.includes('damaged'))).toEqual([]);
  });
});

const hash = (text: string) => createHash('sha256').update(text).digest('hex');

describe('names of exported files', () => {
  it('are safe on Windows, short, and different even where case is ignored', () => {
    const items = hostileNames.flatMap((name, index) => [
      { id: `a${index}`, name },
      { id: `A${index}`, name },
      { id: `a${index}/`, name },
      { id: `${'x'.repeat(400)}${index}`, name },
    ]);
    const names = exportNames(items, hash);
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(items.length);
    for (const name of names) {
      expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]*\.json$/);
      expect(name.length).toBeLessThan(200);
      expect(name.split('.')[0]).not.toMatch(/^(con|nul|prn|aux|com\d|lpt\d)$/i);
    }
  });

  it('keep what can be read', () => {
    expect(fileSlug('Win 11 – Bitlocker (Pilot)')).toBe('Win-11-Bitlocker-Pilot');
    expect(fileSlug('Straße Ünïcode')).toBe('Stra-e-Unicode');
    expect(fileSlug('🙂')).toBe('unnamed');
  });
});
