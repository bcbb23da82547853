import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { link, mkdir, mkdtemp, open, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readExportFolder } from '../../main/engine/import/read-folder.ts';
import type { CollectedFolder } from '../../main/engine/import/collect-objects.ts';
import { type SampleExport, writeExport } from './write-export.ts';
import { writeCanonicalJson } from '../../main/snapshot/canonical-json.ts';

let samples: string;
beforeAll(async () => {
  samples = await mkdtemp(join(tmpdir(), 'tenantkeep-exports-'));
});
afterAll(() => rm(samples, { recursive: true, force: true }));
const fixture = (name: SampleExport) => writeExport(name, samples);
const guid = (number: number) => `${String(number).padStart(8, '0')}-1111-4222-8333-444444444444`;

/** Type → name, with a mark where the id was made up. */
function overview(folder: CollectedFolder): Record<string, string[]> {
  const types = Map.groupBy(folder.objects, (object) => object.typeKey);
  return Object.fromEntries(
    [...types].map(([key, objects]) => [
      key,
      objects.map((object) => `${object.name}${object.madeId ? ' (no id)' : ''}`).toSorted(),
    ]),
  );
}

const found = (folder: CollectedFolder, name: string) =>
  folder.objects.find((object) => object.name === name)!;

describe('the layouts of the three tools', () => {
  it('reads an export of IntuneManagement, in UTF-16 below the name of the organization', async () => {
    const folder = await readExportFolder(await fixture('intune-management'), 'auto');
    expect(folder).toMatchObject({ tool: 'IntuneManagement', folder: 'intune-management', files: 10 });
    expect(overview(folder)).toEqual({
      settingsCatalogPolicies: ['Windows - Defender'],
      deviceConfigurations: ['Wi-Fi key'],
      windowsUpdateRings: ['Ring 1'],
      endpointSecurityIntents: ['BitLocker'],
      conditionalAccessPolicies: ['Require MFA'],
      iosManagedAppProtections: ['iOS basic'],
      groups: ['Sales'],
      'unknown:microsoft.graph.networkFencingManagementCondition': ['Office'],
    });
    expect(folder.leftOut).toEqual([
      { path: 'Contoso/MigrationTable.json', reason: "the tool's table of groups" },
    ]);
    expect(found(folder, 'BitLocker').document['settings']).toMatchObject([{ valueJson: 'true' }]);
  });

  it('reads an export of IntuneCD, JSON and YAML, whose ids are gone or stand in the names of files', async () => {
    const folder = await readExportFolder(await fixture('intune-cd'), 'auto');
    expect(folder.tool).toBe('IntuneCD');
    expect(overview(folder)).toEqual({
      settingsCatalogPolicies: ['Windows - Defender (no id)'],
      deviceConfigurations: ['Wi-Fi key'],
      deviceCompliancePolicies: ['Windows (no id)'],
      compliancePoliciesV2: ['Linux (no id)'],
      endpointSecurityIntents: ['BitLocker (no id)'],
      deviceManagementScripts: ['Drives (no id)'],
      assignmentFilters: ['Corporate (no id)'],
      'unknown:microsoft.graph.depIOSEnrollmentProfile': ['iPads (no id)'],
    });
    expect(found(folder, 'Wi-Fi key').id).toBe(guid(2));
    expect(found(folder, 'Corporate').id).toBe('file:Filters/Corporate.yaml');
    // PyYAML's whole numbers keep their digits, and intents have their settings where Graph has them.
    expect(writeCanonicalJson(found(folder, 'Wi-Fi key').document)).toContain('"big":12345678901234567890');
    expect(found(folder, 'BitLocker').document['settings']).toHaveLength(1);
    expect(folder.leftOut).toEqual([
      {
        path: 'Scripts/Powershell/Script Data/Drives.ps1',
        reason: 'a copy of what an object of the folder holds',
      },
    ]);
  });

  it('reads an export of IntuneBackupAndRestore with its assignments in other files', async () => {
    const folder = await readExportFolder(await fixture('intune-backup-and-restore'), 'auto');
    expect(folder.tool).toBe('IntuneBackupAndRestore');
    expect(overview(folder)).toEqual({
      deviceConfigurations: ['Wi-Fi key'],
      mobileApps: ['7-Zip'],
      settingsCatalogPolicies: ['Windows - Defender'],
      groupPolicyConfigurations: ['Edge', 'Old Edge (no id)'],
      endpointSecurityIntents: ['Disks'],
      deviceManagementScripts: ['Drives'],
    });
    expect(found(folder, 'Disks').id).toBe(guid(4));
    expect(found(folder, 'Edge').document['definitionValues']).toHaveLength(1);
    expect(found(folder, 'Wi-Fi key').document['assignments']).toMatchObject([{ id: 'a' }]);
    expect(found(folder, '7-Zip').document['assignments']).toMatchObject([{ id: 'b' }]);
    expect(folder.leftOut).toEqual([
      {
        path: `Client Apps/Assignments/${guid(77)} - Gone.json`,
        reason: 'assignments of an object that is not in the folder',
      },
      {
        path: 'Device Management Scripts/Script Content/Drives.ps1',
        reason: 'a copy of what an object of the folder holds',
      },
    ]);
  });

  it('marks OMA-URI values that a tool decrypted as the secrets that they are', async () => {
    for (const name of ['intune-management', 'intune-cd', 'intune-backup-and-restore'] as const) {
      const folder = await readExportFolder(await fixture(name), 'auto');
      expect(found(folder, 'Wi-Fi key').document['omaSettings']).toMatchObject([
        { isEncrypted: true, value: 'made-up-wifi-key-of-the-fixture' },
        { displayName: 'Level' },
      ]);
    }
  });
});

describe('a folder of a stranger', () => {
  let folder: string;
  const put = async (name: string, content: string | Uint8Array) => {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    return path;
  };
  const read = () => readExportFolder(folder, 'IntuneManagement');
  const reasons = async () =>
    Object.fromEntries((await read()).leftOut.map(({ path, reason }) => [path, reason]));

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tenantkeep-import-'));
  });
  beforeEach(async () => {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('says in one sentence why a file is not an object', async () => {
    await put('SettingsCatalog/latin1.json', Buffer.from('{"name":"\xe4"}', 'latin1'));
    await put('SettingsCatalog/cut.json', '{"name":"x"');
    await put('SettingsCatalog/deep.json', `{"name":"x","a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`);
    await put('SettingsCatalog/deep.yaml', `name: x\na: ${'['.repeat(10_000)}${']'.repeat(10_000)}`);
    await put('SettingsCatalog/bomb.yaml', bomb());
    await put('SettingsCatalog/twice.json', '{"name":"x","name":"y"}');
    await put('SettingsCatalog/empty.json', '');
    await put('SettingsCatalog/text.json', '"text"');
    await put('SettingsCatalog/list.json', '[]');
    await put('SettingsCatalog/readme.md', 'x');
    await put('loose.json', '{"a":1}');
    expect(await reasons()).toEqual({
      'SettingsCatalog/latin1.json': 'not text in UTF-8 or UTF-16',
      'SettingsCatalog/cut.json': 'not valid JSON',
      'SettingsCatalog/deep.json': 'nested too deeply',
      'SettingsCatalog/deep.yaml': 'nested too deeply',
      'SettingsCatalog/bomb.yaml': 'not valid YAML',
      'SettingsCatalog/twice.json': 'holds one key twice with different values',
      'SettingsCatalog/empty.json': 'empty',
      'SettingsCatalog/text.json': 'not an object',
      'SettingsCatalog/list.json': 'an empty list',
      'SettingsCatalog/readme.md': 'neither JSON nor YAML',
      'loose.json': 'neither its folder nor its content says what it is',
    });
  });

  it('follows no link out of the folder and waits for no pipe', async () => {
    await put('SettingsCatalog/one.json', '{"id":"1","name":"One"}');
    await symlink('/etc/passwd', join(folder, 'SettingsCatalog/passwd.json'));
    await symlink(tmpdir(), join(folder, 'elsewhere'));
    await symlink(folder, join(folder, 'SettingsCatalog/loop'));
    execFileSync('mkfifo', [join(folder, 'SettingsCatalog/pipe.json')]);
    expect(await reasons()).toEqual({
      'SettingsCatalog/passwd.json': 'a link, and links are not followed',
      elsewhere: 'a link, and links are not followed',
      'SettingsCatalog/loop': 'a link, and links are not followed',
      'SettingsCatalog/pipe.json': 'neither a file nor a folder',
    });
    expect((await read()).objects.map((object) => object.name)).toEqual(['One']);
  });

  it('reads no file of a gigabyte', async () => {
    await put('SettingsCatalog/one.json', '{"id":"1","name":"One"}');
    const huge = await open(join(folder, 'SettingsCatalog/huge.json'), 'w');
    await huge.truncate(1024 ** 3);
    await huge.close();
    expect(await reasons()).toEqual({ 'SettingsCatalog/huge.json': 'larger than 64 MB' });
  });

  it('keeps two objects with one id, and one that is there twice once', async () => {
    await put('SettingsCatalog/a.json', '{"id":"1","name":"A"}');
    const again = join(folder, 'SettingsCatalog/again.json');
    await link(join(folder, 'SettingsCatalog/a.json'), again);
    await put('SettingsCatalog/b.json', '{"id":"1","name":"B"}');
    const { objects, leftOut } = await read();
    expect(objects.map(({ id, name }) => [id, name])).toEqual([
      ['1', 'A'],
      ['file:SettingsCatalog/b.json', 'B'],
    ]);
    expect(leftOut).toEqual([
      { path: 'SettingsCatalog/again.json', reason: 'the same object as in SettingsCatalog/a.json' },
    ]);
  });

  it('takes no id of a file for one that an import made up, nor one that no table holds', async () => {
    await put('SettingsCatalog/a.json', '{"id":"file:SettingsCatalog/b.json","name":"A"}');
    await put('SettingsCatalog/b.json', '{"name":"B"}');
    await put('SettingsCatalog/c.json', String.raw`{"id":"\u0000","name":"C"}`);
    await put('SettingsCatalog/d.json', String.raw`{"id":"\ud800","name":"D\ud800"}`);
    const { objects } = await read();
    expect(objects.map(({ id, name }) => [id, name])).toEqual([
      ['file:SettingsCatalog/a.json', 'A'],
      ['file:SettingsCatalog/b.json', 'B'],
      ['file:SettingsCatalog/c.json', 'C'],
      ['file:SettingsCatalog/d.json', 'D\ufffd'],
    ]);
  });

  it('answers with the time of the newest file that an object came from', async () => {
    const one = await put('SettingsCatalog/one.json', '{"id":"1","name":"One"}');
    await put('SettingsCatalog/readme.md', 'written later');
    await utimes(one, 1_700_000_000, 1_700_000_000);
    expect((await read()).newestMs).toBe(1_700_000_000_000);
  });

  it('refuses an empty folder, one that is not there, and one of no known tool', async () => {
    await expect(read()).rejects.toMatchObject({ code: 'import_folder_empty' });
    await expect(readExportFolder(join(folder, 'nowhere'), 'auto')).rejects.toMatchObject({
      code: 'import_folder_unreadable',
    });
    await put('a/b.json', '{}');
    await expect(readExportFolder(folder, 'auto')).rejects.toMatchObject({ code: 'import_tool_unclear' });
  });
});

/** A few lines of aliases that a careless reader makes a billion words of. */
function bomb(): string {
  const lines = ['l0: &l0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 10; level += 1) {
    const former = Array(10)
      .fill(`*l${level - 1}`)
      .join(', ');
    lines.push(`l${level}: &l${level} [${former}]`);
  }
  return lines.join('\n');
}

// Real exports lie beside the project in the workshop, not in it.
const real = join(import.meta.dirname, '../../../shared/graph/policies');
if (!existsSync(real)) {
  process.stdout.write('Skipped: the folder of real policy files is not on this machine.\n');
}

describe.skipIf(!existsSync(real))('a folder of real policies beside the project', () => {
  it('places nearly every file, and names the others', async () => {
    const folder = await readExportFolder(real, 'IntuneManagement');
    const read = folder.objects.length + folder.leftOut.length;
    expect(folder.files).toBeGreaterThan(240);
    expect(folder.objects.length / read).toBeGreaterThan(0.8);
    expect(new Set(folder.objects.map((object) => `${object.typeKey} ${object.id}`)).size).toBe(
      folder.objects.length,
    );
  });
});
