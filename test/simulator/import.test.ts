import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { policyTypes } from '../../main/domain/policy-types/registry.ts';
import { importPolicies } from '../../main/simulator/import/import-policies.ts';
import { buildRoutes } from '../../main/simulator/routes.ts';
import type { Simulator } from '../../main/simulator/start-simulator.ts';
import { openSimulator, rawClient, readAll } from './simulator-fixture.ts';

const routes = buildRoutes(policyTypes);
let folder: string;
let simulator: Simulator | null = null;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'simulator-import-'));
});
afterEach(async () => {
  await simulator?.close();
  simulator = null;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function put(name: string, content: unknown, encoding: 'utf8' | 'utf16le' | 'utf16be' = 'utf8') {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  await mkdir(join(folder, name, '..'), { recursive: true });
  const marked = Buffer.from(`\ufeff${text}`, 'utf16le');
  await writeFile(
    join(folder, name),
    encoding === 'utf8' ? text : encoding === 'utf16le' ? marked : marked.swap16(),
  );
}

const script = { '@odata.type': '#microsoft.graph.deviceManagementScript', displayName: 'Drives' };
const beta = 'https://graph.microsoft.com/beta/$metadata#deviceManagement';

describe('importing a folder', () => {
  it('reads UTF-8 and both kinds of UTF-16, single objects, arrays, lists and wrapped objects', async () => {
    await put('a/one.json', { ...script, id: 'äöü' });
    await put('a/deep/two.json', { ...script, id: 'two' }, 'utf16le');
    await put('three.JSON', { ...script, id: 'three' }, 'utf16be');
    await put('marked.json', `\ufeff${JSON.stringify({ ...script, id: 'marked' })}`);
    await put('array.json', [
      { ...script, id: 'four' },
      { ...script, id: 'five' },
    ]);
    await put('list.json', {
      '@odata.context': `${beta}/deviceShellScripts`,
      value: [{ id: 'six', displayName: 'x' }],
    });
    await put('wrapped.json', { filters: [{ displayName: 'F', platform: 'iOS', rule: '(x)' }] });
    const { tenant, report } = await importPolicies(folder, routes);
    expect(report.notPlaced).toEqual([]);
    expect(report).toMatchObject({ files: 7, found: 8 });
    const ids = (path: string) => (tenant.collections.get(path) ?? []).map((object) => object.id).toSorted();
    expect(ids('/deviceManagement/deviceManagementScripts')).toEqual([
      'five',
      'four',
      'marked',
      'three',
      'two',
      'äöü',
    ]);
    expect(ids('/deviceManagement/deviceShellScripts')).toEqual(['six']);
    expect(ids('/deviceManagement/assignmentFilters')).toHaveLength(1);
  });

  it('gives missing and taken ids new ones, the same in every run', async () => {
    await put('a.json', script);
    await put('b.json', { ...script, id: 'same', description: '1' });
    await put('c.json', { ...script, id: 'same', description: '2' });
    await put('d.json', { ...script, id: 'same', description: '1' });
    const first = await importPolicies(folder, routes);
    const second = await importPolicies(folder, routes);
    expect(first.report.placed.map((placed) => placed.newId)).toEqual([true, false, true]);
    expect(first.report.repeated).toEqual([{ file: 'd.json', at: '', id: 'same' }]);
    expect(second.report).toEqual(first.report);
  });

  it('says of each thing that it could not place why not', async () => {
    await put('broken.json', '{"a":');
    await put('binary.json', Buffer.from([0xc3, 0x28]).toString('latin1'));
    await put('stranger.json', { '@odata.type': '#microsoft.graph.spaceship', name: 'x' });
    await put('elsewhere.json', { '@odata.context': `${beta}/inventoryPolicies/$entity`, id: '1' });
    await put('child.json', {
      '@odata.context': `${beta}/intents('gone')/assignments`,
      value: [{ id: '1' }],
    });
    await put('empty.json', []);
    const { report } = await importPolicies(folder, routes);
    expect(report.placed).toEqual([]);
    const reasons = Object.fromEntries(report.notPlaced.map((each) => [each.file, each.reason]));
    expect(reasons['broken.json']).toMatch(/^not JSON/);
    expect(reasons['stranger.json']).toContain('unknown @odata.type #microsoft.graph.spaceship');
    expect(reasons['elsewhere.json']).toBe('no policy type reads /deviceManagement/inventoryPolicies');
    expect(reasons['child.json']).toContain('not in the folder');
    expect(reasons['empty.json']).toBe('an empty list');
    expect(Object.keys(reasons)).toHaveLength(6);
  });

  it('serves children from inside an object at their own paths, and numbers as they were', async () => {
    await put(
      'policy.json',
      `{"@odata.type":"#microsoft.graph.deviceManagementConfigurationPolicy","id":"p","name":"n","settingCount":9,
        "priority":1.50,"big":12345678901234567890,
        "settings@odata.context":"x","settings":[{"id":"0","settingInstance":{"settingDefinitionId":"a"}}],
        "assignments":[{"id":"p_g","target":{"@odata.type":"#microsoft.graph.groupAssignmentTarget","groupId":"g1"}}]}`,
    );
    await put('admx/Edge.json', [
      { 'definition@odata.bind': "…('1')", enabled: true, presentationValues: [{ value: 'x' }] },
    ]);
    simulator = await openSimulator({ importDirectory: folder });
    const client = await rawClient(simulator);
    const base = '/beta/deviceManagement/configurationPolicies/p';
    const item = await client.get(base);
    expect(item.text).toContain('"priority":1.50,"big":12345678901234567890');
    expect(item.json.settings).toBeUndefined();
    expect(item.json.settingCount).toBe(1);
    expect((await client.get(`${base}/settings`)).json.value[0].settingInstance).toEqual({
      settingDefinitionId: 'a',
    });
    expect((await client.get(`${base}/assignments`)).json.value[0].id).toBe('p_g');
    const templates = await readAll(client, '/beta/deviceManagement/groupPolicyConfigurations');
    expect(templates.rows[0].displayName).toBe('Edge');
    const admx = `/beta/deviceManagement/groupPolicyConfigurations/${templates.rows[0].id}`;
    const [value] = (await client.get(`${admx}/definitionValues`)).json.value;
    expect(value.enabled).toBe(true);
    const shown = await client.get(`${admx}/definitionValues/${value.id}/presentationValues`);
    expect(shown.json.value).toEqual([{ value: 'x' }]);
    const named = await client.send('POST', '/v1.0/directoryObjects/getByIds', { ids: ['g1'] });
    expect(named.json.value[0].displayName).toBe('Imported group g1');
  });

  it('refuses a folder that is not there', async () => {
    await expect(importPolicies(join(folder, 'nowhere'), routes)).rejects.toMatchObject({
      code: 'simulator_import_unreadable',
    });
  });
});

// Real exports lie beside the project in the workshop, not in it.
const realPolicies = join(import.meta.dirname, '../../../shared/graph/policies');
const hasRealPolicies = existsSync(realPolicies);
if (!hasRealPolicies) {
  process.stdout.write('Skipped: the folder of real policy files is not on this machine.\n');
}

describe.skipIf(!hasRealPolicies)('importing 249 real files', () => {
  it('places all but the few that no policy type reads', async () => {
    const { tenant, report } = await importPolicies(realPolicies, routes);
    expect(report.files).toBe(249);
    expect(report.placed.length + report.repeated.length + report.notPlaced.length).toBe(report.found);
    expect(report.placed.length).toBeGreaterThanOrEqual(274);
    const reasons = Map.groupBy(report.notPlaced, (each) => each.reason.replace(/".*?" of /, ''));
    expect(Object.fromEntries([...reasons].map(([reason, all]) => [reason, all.length]))).toEqual({
      'no policy type reads /deviceManagement/inventoryPolicies': 1,
      'no policy type reads /deviceManagement/groupPolicyDefinitions': 4,
      'a row of assignments whose object /deviceManagement/windowsAutopilotDeploymentProfiles is not in the folder': 6,
    });
    const served = [...tenant.collections.values()].reduce((sum, objects) => sum + objects.length, 0);
    expect(served).toBe(report.placed.filter((placed) => placed.by !== 'parent').length);
  });
});
