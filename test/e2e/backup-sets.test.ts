import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { getRun } from '../../main/db/repositories/runs.ts';
import { type ConsoleWorld, keepScreenshot, openConsoleWorld, type Theme } from './console-fixture.ts';
import { writeExport } from '../import/write-export.ts';
import { readZip } from '../support/read-zip.ts';
import { BackupSetsPage } from './pages/backup-sets-page.ts';

/** Text that a page must show and never obey. */
const hostileName = `<img src=x onerror="document.title='owned'"> \u202Egnp.exe\u202C`;
const script = 'Write-Host "<script>document.title=\'owned\'</script> needle-in-a-script"\n';
const canary = 'CANARY-secret-of-the-tenant';
const types = { profiles: 'deviceConfigurations', scripts: 'deviceManagementScripts' } as const;
const custom = '#microsoft.graph.windows10CustomConfiguration';
const ids = {
  hostile: '11111111-0000-4000-8000-000000000001',
  long: '11111111-0000-4000-8000-000000000002',
  large: '11111111-0000-4000-8000-000000000003',
  wide: '11111111-0000-4000-8000-000000000004',
  gone: '11111111-0000-4000-8000-000000000005',
  script: '11111111-0000-4000-8000-000000000006',
};

let world: ConsoleWorld;
let tenantId: string;
let first: string;
let second: string;

const profile = (id: string, displayName: string, more: object) => ({
  '@odata.type': custom,
  id,
  displayName,
  ...more,
});

/** Plants what no tenant should hold, backs it up, changes some of it and backs it up again. */
beforeAll(async () => {
  world = await openConsoleWorld({ tenants: 2, objects: 60 });
  const { control, tenants } = world.simulator;
  const { name } = tenants[0]!;
  const put = (id: string, displayName: string, more: object) =>
    control.putObject(name, types.profiles, profile(id, displayName, more) as never);
  put(ids.hostile, hostileName, { description: '\u0000 <b>bold</b> \u200B\u2066', __proto__: null });
  put(ids.long, 'Long strings', { description: `<script>${'y'.repeat(1_000_000)}</script>` });
  put(ids.large, 'Fifty megabytes', { description: 'z'.repeat(50_000_000) });
  put(ids.wide, 'Many settings', {
    omaSettings: Array.from({ length: 2000 }, (_, n) => ({
      displayName: `Setting ${n}`,
      omaUri: `./Vendor/${n}`,
      value: n,
    })),
  });
  put(ids.gone, 'Soon removed', { description: 'the last words', wifiPassword: canary });
  control.putObject(name, types.scripts, {
    id: ids.script,
    displayName: 'Clean up',
    fileName: 'clean.ps1',
    scriptContent: Buffer.from(script).toString('base64'),
  });
  tenantId = world.tenants[0]!.tenantId;
  first = await backUp(0);
  control.changeObject(name, types.profiles, ids.hostile, { description: 'a new description' });
  control.changeObject(name, types.scripts, ids.script, { fileName: 'cleaner.ps1' });
  control.removeObject(name, types.profiles, ids.gone);
  second = await backUp(0);
  await backUp(1);
}, 180_000);
afterAll(() => world?.close());

async function backUp(index: number): Promise<string> {
  const { scheduleId, tenantId: of } = world.tenants[index]!;
  const runId = await world.run(scheduleId);
  const run = await getRun(world.database, { tenantId: of }, runId);
  if (run?.backupSetId == null) throw new Error(`The run ended ${run?.state} without a set.`);
  return run.backupSetId;
}

const sumOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const opened: BackupSetsPage[] = [];
afterEach(async ({ task }) => {
  for (const { page } of opened.splice(0)) {
    if (task.result?.state === 'fail') await keepScreenshot(page, task.name.replaceAll(/[^a-z0-9]+/gi, '-'));
    await page.context().close();
  }
});

/** A page at an address; values are written as the address bar shows them. */
async function open(
  search: Record<string, string> = {},
  options: { theme?: Theme; width?: number; height?: number } = {},
): Promise<BackupSetsPage> {
  const query = Object.entries(search)
    .map(([key, value]) => `${key}=${encodeURIComponent(JSON.stringify(value))}`)
    .join('&');
  const page = new BackupSetsPage(await world.open({ ...options, path: `/backup-sets?${query}` }));
  opened.push(page);
  return page;
}

const inSet = (set: string, more: Record<string, string> = {}) => ({ set, setTenant: tenantId, ...more });
const item = (id: string) => inSet(second, { setType: types.profiles, setItem: id });

describe('backup sets', () => {
  it('stand by month with size, changes, verification and the date of their removal', async () => {
    const page = await open({ tenantId });
    const row = page.rows('Backup sets').nth(1);
    await row.getByText('Not verified yet').waitFor();
    expect(await row.innerText()).toMatch(/ \/ /);
    await page.page.getByRole('navigation', { name: 'Months' }).getByRole('button').nth(1).click();
    await page.page.waitForURL(/month=/);
    expect(await page.rows('Backup sets').count()).toBe(3);
  });

  it('are browsed, searched in and compared by keyboard alone', { timeout: 60_000 }, async () => {
    const page = await open({ tenantId });
    const { keyboard } = page.page;
    await page.rows('Backup sets').nth(1).focus();
    await keyboard.press('Enter');
    const drawer = await page.drawer();
    await drawer.getByRole('button', { name: 'Windows platform scripts' }).focus();
    await keyboard.press('Enter');
    await page.rows('Items').filter({ hasText: 'Clean up' }).first().focus();
    await keyboard.press('Enter');
    const tree = drawer.getByRole('tree');
    await tree.getByRole('treeitem').first().focus();
    await keyboard.press('ArrowDown');
    await keyboard.press('ArrowDown');
    await drawer.getByRole('region', { name: 'Selected setting' }).getByText(/^\//).waitFor();
    await drawer.getByRole('tab', { name: 'Settings' }).focus();
    await keyboard.press('ArrowRight');
    await keyboard.press('ArrowRight');
    await keyboard.press('Enter');
    await drawer.getByText('needle-in-a-script').waitFor();
    await drawer.getByRole('tab', { name: 'Compare' }).focus();
    await keyboard.press('Enter');
    await drawer.getByRole('listbox', { name: 'Changed items' }).waitFor();
    await drawer.getByRole('tab', { name: 'Compare' }).focus();
    // The item that was open has changed too, and is the last of them.
    await drawer.getByText('/fileName').waitFor();
    await keyboard.press('Shift+N');
    await drawer.getByText('Removed: this is its last version').waitFor();
    await drawer.getByText('"the last words"').waitFor();
    await keyboard.press('Shift+N');
    await drawer.getByText('a new description').waitFor();
    await keyboard.press('n');
    await drawer.getByText('Removed: this is its last version').waitFor();
    await keyboard.press('Escape');
    await drawer.waitFor({ state: 'detached' });
  });

  it('tell the history of an item and what changed in each version', async () => {
    const page = await open(inSet(second, { setType: types.scripts, setItem: ids.script }));
    const drawer = await page.drawer();
    await drawer.getByRole('tab', { name: 'History' }).click();
    const history = drawer.getByRole('list', { name: 'History of this item' });
    await history.getByText('Changed', { exact: true }).waitFor();
    expect(await history.getByRole('listitem').count()).toBe(2);
    await history.getByRole('button', { name: 'Show what changed' }).click();
    await drawer.getByText('/fileName').waitFor();
    await drawer.getByText('cleaner.ps1').waitFor();
  });

  it('are searched by setting and script, never by the value of a secret', async () => {
    const page = await open({ tenantId });
    await page.search('needle-in-a-SCRIPT');
    await page.rows('Items found').filter({ hasText: 'Clean up' }).waitFor();
    await page.search(canary);
    await page.page.getByRole('heading', { name: 'Nothing matches' }).waitFor();
    await page.search('a new description');
    await page.rows('Items found').nth(1).click();
    await (await page.drawer()).getByRole('tree').getByText('a new description').waitFor();
  });

  it('are verified, pinned with a reason, and say when they would go without the pin', async () => {
    const page = await open(inSet(first));
    const drawer = await page.drawer();
    await drawer.getByRole('button', { name: 'Verify set' }).click();
    await drawer.getByText(/^Verified: all \d+ items are what was sealed\. Root/).waitFor();
    await drawer.getByText(/^Verified \d/).waitFor();
    await drawer.getByLabel('Reason for the pin').fill('before the change');
    await drawer.getByRole('button', { name: 'Pin set' }).click();
    await drawer.getByText(/: before the change$/).waitFor();
    await drawer.getByText(/^Without its pin it goes on /).waitFor();
    await drawer.getByRole('button', { name: 'Unpin set' }).click();
    await drawer.getByRole('button', { name: 'Pin set' }).waitFor();
  });

  it('are saved as a ZIP whose hashes hold, an item and a comparison as a file', async () => {
    const page = await open(inSet(second, { setType: types.scripts, setItem: ids.script }));
    const drawer = await page.drawer();
    await drawer.getByText('TenantKeep does not restore').waitFor();
    const zip = await page.save(drawer.getByRole('button', { name: 'Export set as ZIP' }));
    const entries = await readZip(await zip.path());
    const { items } = JSON.parse(entries.get('manifest.json')!.toString('utf8')) as {
      items: { file: string; hash: string }[];
    };
    expect(items.length).toBeGreaterThan(40);
    for (const each of items) {
      expect([each.file, sumOf(entries.get(each.file)!)]).toEqual([each.file, each.hash]);
    }
    const saved = await page.save(drawer.getByRole('button', { name: 'Export item' }));
    expect(saved.suggestedFilename()).toMatch(/^Clean-up_.*\.json$/);
    await drawer.getByRole('tab', { name: 'Compare' }).click();
    const markdown = await page.save(drawer.getByRole('button', { name: 'Export as Markdown' }));
    expect(await readFile(await markdown.path(), 'utf8')).toContain('cleaner.ps1');
    const rows = await world.database.query<{ action: string }>(
      `select action from app.audit_events where action in ('set.exported', 'item.exported') and tenant_id = $1`,
      [tenantId],
    );
    expect(rows.map((row) => row.action).sort()).toEqual(['item.exported', 'set.exported', 'set.exported']);
  });

  it('of two tenants are compared by name', async () => {
    const page = await open(inSet(second, { setTab: 'compare', compareTenant: world.tenants[1]!.tenantId }));
    const drawer = await page.drawer();
    await drawer.getByText('Items of two tenants are paired by name').waitFor();
    await drawer.getByText(/^\+ [\d,]+ added, ~ [\d,]+ changed/).waitFor();
  });

  it('hold back what the role does not allow, and say which role does', async () => {
    const { login } = await world.test.asTechnician('Anna');
    const setRole = (role: string) =>
      world.test.superuser.query(
        `update app.tenant_memberships set role = $3 from app.technicians t
          where t.id = technician_id and t.db_role = $1 and tenant_id = $2`,
        [login, tenantId, role],
      );
    await setRole('reader');
    try {
      const page = await open(inSet(second));
      for (const name of ['Verify set', 'Pin set']) {
        const button = (await page.drawer()).getByRole('button', { name });
        await button.and(page.page.locator('[aria-disabled=true]')).waitFor();
      }
    } finally {
      await setRole('owner');
    }
  });

  it('are imported from other tools, say what they prove, and are compared and deleted', async () => {
    const page = await open({ tenantId, setOrigin: 'import' });
    await page.page.getByText('tenantkeep backup-sets import FOLDER').waitFor();
    const samples = await mkdtemp(join(tmpdir(), 'tenantkeep-exports-'));
    await world.importFolder(tenantId, await writeExport('intune-management', samples));
    await rm(samples, { recursive: true });
    const row = page.rows('Backup sets').nth(1);
    await row.getByText('Imported', { exact: true }).waitFor();
    await row.getByText('IntuneManagement').waitFor();
    await row.click();
    const drawer = await page.drawer();
    await drawer.getByText(/Nothing proves that it is complete/).waitFor();
    expect(await drawer.getByRole('button', { name: 'Pin set' }).count()).toBe(0);
    await drawer.getByRole('tab', { name: 'Coverage' }).click();
    await drawer.getByText('MigrationTable.json').waitFor();
    await drawer.getByRole('tab', { name: 'Compare' }).click();
    await drawer.getByText(/what it lacks may never have been exported/).waitFor();
    await drawer.getByRole('tab', { name: 'Search' }).click();
    await drawer.getByLabel('Name, id, setting or value').fill('allowrealtimemonitoring');
    await drawer.getByRole('button', { name: 'Search sets' }).click();
    await page.rows('Items found').filter({ hasText: 'Windows - Defender' }).first().waitFor();
    await drawer.getByRole('button', { name: 'Verify set' }).click();
    await drawer.getByText(/are what was imported\. Root .* outside of the chain/).waitFor();
    await drawer.getByRole('button', { name: 'Delete import' }).click();
    const dialog = page.page.getByRole('dialog', { name: 'Delete this import' });
    await dialog.getByRole('button', { name: 'Delete import' }).click();
    await drawer.waitFor({ state: 'detached' });
    expect(await world.test.superuser.query('select 1 from app.imported_sets')).toEqual([]);
  });
});

describe('hostile content', () => {
  it.each([
    ['1024 × 700', 1024, 700],
    ['1280 × 800 at 200 %', 640, 400],
  ])('is shown as text and breaks no layout at %s', { timeout: 60_000 }, async (_what, width, height) => {
    const page = await open(item(ids.hostile), { width, height });
    const drawer = await page.drawer();
    await drawer.getByRole('tree').getByText('a new description').waitFor();
    await drawer.getByRole('heading', { name: '<img src=x' }).waitFor();
    for (const [id, shown] of [
      [ids.long, 'yyyy'],
      [ids.wide, '2,000 values'],
    ] as const) {
      await page.show(item(id));
      await drawer.getByRole('tree').getByText(shown).first().waitFor();
      expect(await page.fitsSideways()).toBe(true);
    }
    await page.show(inSet(second, { setType: types.profiles }));
    await page.rows('Items').filter({ hasText: '<img src=x' }).waitFor();
    expect(await page.page.locator('[role=dialog] img, [role=dialog] b, [role=dialog] script').count()).toBe(
      0,
    );
    expect(await drawer.innerText()).not.toMatch(/[\u202E\u2066\u200B]/);
    expect(await page.fitsSideways()).toBe(true);
    expect(await page.page.title()).toBe('TenantKeep');
  });

  it('of fifty megabytes is read in pieces, and the page stays usable', { timeout: 60_000 }, async () => {
    const page = await open(item(ids.large));
    const drawer = await page.drawer();
    await drawer.getByText(/too many for a tree/).waitFor({ timeout: 30_000 });
    await drawer.getByRole('tab', { name: 'Raw text' }).click();
    await drawer.getByText(/^Characters 1 to 65,536 of 50,/).waitFor();
    await drawer.getByRole('button', { name: 'Later' }).click();
    await drawer.getByText(/^Characters 65,537 to 131,072 of 50,/).waitFor();
    expect((await page.page.evaluate(() => document.body.innerText.length)) < 1_000_000).toBe(true);
    await drawer.getByRole('tab', { name: 'Coverage' }).click();
    await drawer.getByText(/policy types are complete/).waitFor({ timeout: 2_000 });
  });
});

describe('accessibility', () => {
  it.each([
    ['light', undefined],
    ['dark', ['color-contrast']],
    ['high-contrast', ['color-contrast']],
  ] as const)('axe finds nothing serious in a set, %s', { timeout: 180_000 }, async (theme, rules) => {
    const page = await open(item(ids.hostile), { theme });
    const drawer = await page.drawer();
    const findings: string[] = [];
    const screens = [
      ['an item', item(ids.hostile), 'Copy path'],
      ['items', inSet(second, { setType: types.profiles }), 'Long strings'],
      ['coverage', inSet(second, { setTab: 'coverage' }), 'Not offered by Microsoft Graph'],
      [
        'a comparison',
        inSet(second, { setTab: 'compare', setType: types.profiles, setItem: ids.hostile }),
        'Next change',
      ],
      [
        'a search',
        inSet(second, { setTab: 'search', find: 'description' }),
        'policy types of 1 tenant searched',
      ],
    ] as const;
    // Only contrast depends on the theme: what has colours of its own is looked at again.
    for (const [name, search, settled] of rules === undefined
      ? screens
      : [screens[0], screens[2], screens[3]]) {
      await page.show(search);
      await drawer.getByText(settled).first().waitFor();
      const found = await page.seriousFindings(rules === undefined ? undefined : [...rules]);
      findings.push(...found.map((finding) => `${name}: ${finding}`));
    }
    expect(findings).toEqual([]);
  });
});
