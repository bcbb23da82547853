import { readFile } from 'node:fs/promises';
import type { Download } from 'playwright';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { getRun } from '../../main/db/repositories/runs.ts';
import { getSchedule } from '../../main/db/repositories/schedules.ts';
import { changeSchedule } from '../../main/engine/change-schedule.ts';
import { type ConsoleWorld, keepScreenshot, openConsoleWorld, type Theme } from './console-fixture.ts';
import { ConsolePage } from './pages/console-page.ts';
import { SchedulesPage } from './pages/schedules-page.ts';

let world: ConsoleWorld;
/** The tenant whose consent lacks a permission: its runs are partial. */
let partial: ConsoleWorld['tenants'][number];
let partialRunId: string;
let partialSetId: string;

beforeAll(async () => {
  world = await openConsoleWorld();
  partial = world.tenants[2]!;
  partialRunId = await world.run(partial.scheduleId);
  const run = await getRun(world.database, { tenantId: partial.tenantId }, partialRunId);
  partialSetId = run!.backupSetId!;
  await world.run(world.tenants[0]!.scheduleId);
}, 120_000);
afterAll(() => world?.close());

const opened: ConsolePage[] = [];
afterEach(async ({ task }) => {
  for (const { page } of opened.splice(0)) {
    if (task.result?.state === 'fail') {
      await keepScreenshot(page, task.name.replaceAll(/[^a-z0-9]+/gi, '-'));
    }
    await page.context().close();
  }
});

async function open<P extends ConsolePage>(
  Kind: new (page: ConsolePage['page']) => P,
  options: Parameters<ConsoleWorld['open']>[0] = {},
): Promise<P> {
  const page = new Kind(await world.open(options));
  opened.push(page);
  return page;
}

const themes: readonly Theme[] = ['light', 'dark', 'high-contrast'];

/** Every screen and every drawer, with what stands there once it has loaded. */
const screens = (): readonly [name: string, path: string, settled: string][] => [
  ['overview', '/', 'Last fourteen days'],
  ['tenants', '/tenants', partial.name],
  ['a tenant', `/tenants?tenant=%22${partial.tenantId}%22`, 'Entra tenant id'],
  ['schedules', '/schedules', 'Nightly'],
  ['a new schedule', '/schedules?schedule=new', 'Save schedule'],
  ['a schedule', `/schedules?schedule=%22${partial.scheduleId}%22`, 'Keep the last backup sets'],
  ['runs', '/runs', 'Partial'],
  ['a run', `/runs?run=%22${partialRunId}%22&runTenant=%22${partial.tenantId}%22`, 'Lease history'],
  [
    'outcomes by policy type',
    `/runs?view=matrix&runSchedule=%22${partial.scheduleId}%22`,
    'policy types with trouble first',
  ],
  ['backup sets', '/backup-sets', partial.name],
  ['a backup set', `/backup-sets?set=%22${partialSetId}%22&setTenant=%22${partial.tenantId}%22`, 'Root hash'],
  ['audit', '/audit', 'tenant.connected'],
  ['hosts', '/settings/hosts', 'Last beat'],
  ['technicians', '/settings/technicians', 'Database login'],
  ['a new technician', '/settings/technicians?technician=new', 'Create login'],
  ['database', '/settings/database', 'Row security'],
  ['retention', '/settings/retention', 'Workspace default'],
  ['appearance', '/settings/appearance', 'Row height'],
  ['diagnostics', '/settings/diagnostics', 'Secrets'],
  ['about', '/settings/about', 'libraries ship with TenantKeep'],
];

it('asks no update feed from the console, and shows the command that does', async () => {
  const page = await open(ConsolePage);
  await page.page.evaluate(() => (location.hash = '/settings/about'));
  await page.shown('tenantkeep updates check').waitFor();
  expect(await page.page.getByRole('button', { name: 'Check for updates' }).count()).toBe(0);
});

describe('accessibility', () => {
  // Plain pages are looked at in shell.test.ts, drawers of a page beside the other tests of that page.
  it.each(themes)('axe finds nothing serious while a technician is invited, %s', async (theme) => {
    const page = await open(ConsolePage, { theme });
    await page.page.evaluate((hash) => (location.hash = hash), '/settings/technicians?technician=new');
    await page.shown('Create login').waitFor();
    expect(await page.seriousFindings(undefined)).toEqual([]);
  });

  it.each([
    ['1024 × 700', 1024, 700],
    ['1280 × 800 at 200 %', 640, 400],
  ])('no screen sticks out sideways at %s', { timeout: 60_000 }, async (_what, width, height) => {
    const page = await open(ConsolePage, { width, height });
    for (const [name, path, settled] of screens()) {
      await page.page.evaluate((hash) => (location.hash = hash), path);
      await page.shown(settled).waitFor();
      expect([name, await page.fitsSideways()]).toEqual([name, true]);
    }
  });

  it('a schedule is made, opened and closed by keyboard alone', { timeout: 60_000 }, async () => {
    const page = await open(SchedulesPage);
    const { keyboard } = page.page;
    await keyboard.press('g');
    await keyboard.press('s');
    await page.page.getByRole('heading', { level: 2, name: 'Schedules' }).waitFor();
    await page.page.getByRole('button', { name: 'New schedule' }).focus();
    await keyboard.press('Enter');
    const drawer = await page.drawer();
    await drawer.getByLabel('Tenant').focus();
    await keyboard.type(world.tenants[1]!.name);
    await keyboard.press('Tab');
    await keyboard.press('Control+a');
    await keyboard.type('By keyboard');
    await keyboard.press('Enter');
    await drawer.waitFor({ state: 'detached' });
    const row = page.rows('Schedules').filter({ hasText: 'By keyboard' });
    await row.focus();
    await keyboard.press('Enter');
    await (await page.drawer()).getByText('Edit By keyboard').waitFor();
    await keyboard.press('Escape');
    await page.page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'row');
  });
});

describe('a technician', () => {
  it('makes a first schedule in less than a minute, and sees its next slots and clock changes', async () => {
    const page = await open(SchedulesPage, { path: '/schedules' });
    const startedMs = performance.now();
    const editor = await page.newSchedule();
    await editor.tenant.selectOption(world.tenants[1]!.name);
    await editor.name.fill('Every night');
    await editor.times.fill('02:30');
    await editor.timeZone.fill('Europe/Berlin');
    await editor.nextSlots.getByText(/does not exist|happens twice/).waitFor();
    expect(await editor.nextSlots.getByRole('listitem').count()).toBe(10);
    await editor.save();
    await page.rows('Schedules').filter({ hasText: 'Every night' }).waitFor();
    expect(performance.now() - startedMs).toBeLessThan(60_000);
  });

  it(
    'starts a run, follows it without reloading, and finds its backup set',
    { timeout: 60_000 },
    async () => {
      const page = await open(SchedulesPage, { path: '/schedules' });
      await page.page.getByRole('button', { name: `Run now: Nightly of ${partial.name}` }).click();
      const drawer = await page.drawer();
      await drawer.getByText(/^Partial: /).waitFor({ timeout: 45_000 });
      await drawer.getByRole('link', { name: 'Open set' }).click();
      const set = await page.drawer();
      await set.getByText('Root hash').waitFor();
      await set.getByRole('button', { name: 'Verify set' }).click();
      await set.getByText(/^Verified: all \d+ items/).waitFor();
      await set.getByRole('tab', { name: 'Compare' }).click();
      await set.getByRole('heading', { name: 'Nothing changed' }).waitFor();
      await set.getByRole('tab', { name: 'Coverage' }).click();
      await set
        .getByText(/^incomplete$/i)
        .first()
        .waitFor();
    },
  );

  it('saves the audit log as CSV with its manifest in at most four clicks', async () => {
    const page = await open(ConsolePage);
    const downloads: Download[] = [];
    page.page.on('download', (download) => downloads.push(download));
    await page.go('Audit');
    await page.page.getByRole('button', { name: 'Export events' }).click();
    await page.page.getByRole('button', { name: 'Export CSV' }).click();
    const said = page.page.getByText(/events are in audit-.*\.csv; its manifest lies beside it/);
    await said.waitFor();
    await expect.poll(() => downloads.length).toBe(2);
    const csv = await readFile(await downloads[0]!.path(), 'utf8');
    const manifest = JSON.parse(await readFile(await downloads[1]!.path(), 'utf8')) as { rows: number };
    expect(csv).toContain('tenant.connected');
    expect(csv.trimEnd().split('\n').length - 1).toBe(manifest.rows);
    await page.page.getByRole('button', { name: 'Refresh' }).click();
    await page.rows('Audit events').filter({ hasText: 'audit.exported' }).first().waitFor();
  });

  it('checks the integrity of the audit log of a tenant', async () => {
    const page = await open(ConsolePage, { path: `/audit?tenantId=%22${partial.tenantId}%22` });
    await page.page.getByRole('button', { name: 'Check integrity' }).click();
    await page.page.getByText(/^Verified 1 to \d+, head/).waitFor();
  });

  it('loses nothing when an editor with changes is closed by mistake', async () => {
    const page = await open(SchedulesPage, { path: '/schedules' });
    const editor = await page.edit('Nightly');
    await editor.name.fill('Nightly, renamed');
    await page.page.keyboard.press('Escape');
    const question = page.page.getByRole('button', { name: 'Keep editing' });
    await question.click();
    // The next Esc is for the editor, so the question has to be gone with its last movement.
    await question.waitFor({ state: 'detached' });
    expect(await editor.name.inputValue()).toBe('Nightly, renamed');
    await page.page.keyboard.press('Escape');
    await page.page.getByRole('button', { name: 'Discard changes' }).click();
    await editor.drawer.waitFor({ state: 'detached' });
  });

  it('is told when somebody else changed the schedule that is being edited', async () => {
    const page = await open(SchedulesPage, {
      path: `/schedules?schedule=%22${world.tenants[0]!.scheduleId}%22`,
    });
    const editor = page.page.getByRole('dialog');
    await editor.getByLabel('Name').fill('Mine');
    const { tenantId, scheduleId } = world.tenants[0]!;
    const stored = await getSchedule(world.database, tenantId, scheduleId);
    await changeSchedule(world.database, tenantId, scheduleId, {
      expectedVersion: stored!.version,
      name: 'Theirs',
    });
    await editor.getByText('Somebody changed this schedule meanwhile.').waitFor();
    expect(await editor.getByLabel('Name').inputValue()).toBe('Mine');
    await editor.getByRole('button', { name: 'Take theirs: Name' }).click();
    expect(await editor.getByLabel('Name').inputValue()).toBe('Theirs');
    await editor.getByText('Somebody changed this schedule meanwhile.').waitFor({ state: 'detached' });
    await editor.getByRole('button', { name: 'Save schedule' }).click();
    await editor.waitFor({ state: 'detached' });
  });
});

describe('what a page says when there is nothing to show', () => {
  it('keeps nothing yet and nothing matches apart', async () => {
    const page = await open(ConsolePage, { path: '/runs?state=failed' });
    await page.page.getByText('Nothing matches').waitFor();
    await page.page.getByRole('button', { name: 'Clear filters' }).click();
    await page.rows('Runs').nth(1).waitFor();
  });

  it('says what failed and offers another try, then recovers', async () => {
    const page = await open(ConsolePage);
    let broken = true;
    await page.page.route('**/api', async (route) =>
      broken && route.request().postData()!.includes('runs.list') ? route.abort() : route.continue(),
    );
    await page.go('Runs');
    await page.page.getByText('Cannot load').waitFor({ timeout: 20_000 });
    broken = false;
    await page.page.getByRole('button', { name: 'Retry' }).click();
    await page.rows('Runs').nth(1).waitFor();
  });

  it('says on every page when the service does not answer', async () => {
    const page = await open(ConsolePage);
    await page.page.route('**/api', (route) => route.abort());
    await page.page.getByRole('navigation').getByRole('link', { name: 'Audit' }).click();
    await page.page.reload();
    await page.page.getByText('Cannot load').waitFor({ timeout: 20_000 });
  });

  it('holds back what the role does not allow, and says which role does', async () => {
    const login = (await world.test.asTechnician('Anna')).login;
    await world.test.superuser.query(
      `update app.tenant_memberships set role = 'reader' from app.technicians t
        where t.id = technician_id and t.db_role = $1 and tenant_id = $2`,
      [login, world.tenants[1]!.tenantId],
    );
    const page = await open(ConsolePage, { path: '/schedules' });
    const button = page.page
      .getByRole('button', { name: new RegExp(`^Run now: .* of ${world.tenants[1]!.name}`) })
      .first();
    await button.focus();
    await page.page
      .getByRole('tooltip')
      .filter({ hasText: 'This needs the role operator in the tenant.', visible: true })
      .waitFor();
    expect(await button.getAttribute('aria-disabled')).toBe('true');
  });
});

describe('hostile content', () => {
  it('of names is shown as text, and breaks no layout', { timeout: 60_000 }, async () => {
    const hostile = `<img src=x onerror="document.title='owned'"> \u202Egnp.exe\u202C <b>bold</b>`;
    const { tenantId } = world.tenants[1]!;
    await world.test.superuser.query(`update app.tenants set name = $2 where id = $1`, [tenantId, hostile]);
    const page = await open(ConsolePage, { width: 1024, height: 700 });
    for (const name of ['Tenants', 'Schedules', 'Overview']) {
      await page.go(name);
      await page.shown('<img src=x').waitFor();
      expect(await page.page.locator('main img, main b').count()).toBe(0);
      expect(await page.fitsSideways()).toBe(true);
    }
    expect(await page.page.title()).toBe('TenantKeep');
    expect(await page.page.locator('main').innerText()).not.toContain('\u202E');
  });

  it('of a name with a million characters stays usable', async () => {
    const page = await open(ConsolePage);
    const name = '<script>'.repeat(125_000);
    await page.page.route('**/api', async (route) => {
      if (!route.request().postData()!.includes('runs.list')) return await route.continue();
      const response = await route.fetch();
      const answer = (await response.json()) as { value: { rows: { tenantName: string }[] } };
      for (const row of answer.value.rows) row.tenantName = name;
      await route.fulfill({ json: answer });
    });
    await page.go('Runs');
    await page.shown('<script><script>').waitFor();
    expect(await page.fitsSideways()).toBe(true);
    await page.go('Audit');
  });
});
