import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ConsoleWorld, keepScreenshot, openConsoleWorld, type Theme } from './console-fixture.ts';
import { ConsolePage } from './pages/console-page.ts';
import { SchedulesPage } from './pages/schedules-page.ts';

let world: ConsoleWorld;
beforeAll(async () => {
  world = await openConsoleWorld();
}, 120_000);
afterAll(() => world?.close());

const opened: ConsolePage[] = [];
afterEach(async ({ task }) => {
  for (const { page } of opened.splice(0)) {
    if (task.result?.state === 'fail')
      await keepScreenshot(page, task.name.replaceAll(/[^a-z0-9]+/gi, '-').slice(0, 80));
    await page.context().close();
  }
});

async function open(options: Parameters<ConsoleWorld['open']>[0] = {}): Promise<ConsolePage> {
  const page = new ConsolePage(await world.open(options));
  opened.push(page);
  return page;
}

/** The routes as the router knows them: a page that is added is looked at without anybody thinking of it. */
const paths = [
  ...readFileSync(new URL('../../renderer/app/routes.tsx', import.meta.url), 'utf8').matchAll(
    /path: '([^']+)'/g,
  ),
].map(([, path]) => path!);

const themes: readonly [Theme, string[] | undefined][] = [
  ['light', undefined],
  // Only contrast depends on the theme.
  ['dark', ['color-contrast']],
  ['high-contrast', ['color-contrast']],
];

const palette = (page: ConsolePage) => page.page.getByRole('dialog', { name: 'Command palette' });

describe('every route', { timeout: 240_000 }, () => {
  it('is found in the sources', () =>
    expect(paths).toEqual(expect.arrayContaining(['/', '/runs', '/settings'])));

  it.each(themes)('has no serious finding of axe in the %s theme', async (theme, rules) => {
    const page = await open({ theme });
    const findings: string[] = [];
    for (const path of paths) {
      await page.page.evaluate((hash) => (location.hash = hash), path);
      await page.page.getByRole('heading', { level: 2 }).first().waitFor();
      await expect.poll(() => page.page.locator('main [class*="fui-Skeleton"]').count()).toBe(0);
      findings.push(...(await page.seriousFindings(rules)).map((finding) => `${path}: ${finding}`));
    }
    await page.page.keyboard.press('Control+k');
    await palette(page).waitFor();
    findings.push(...(await page.seriousFindings(rules)).map((finding) => `palette: ${finding}`));
    await page.page.keyboard.press('Escape');
    await page.page.getByRole('button', { name: 'Keys' }).click();
    await page.page.getByRole('dialog', { name: 'Keys' }).waitFor();
    findings.push(...(await page.seriousFindings(rules)).map((finding) => `keys: ${finding}`));
    expect(findings).toEqual([]);
  });

  it('fits a window of 1024 × 700, and one of half the size for 200 %, without moving things', async () => {
    const page = await open();
    for (const [width, height] of [
      [1024, 700],
      [512, 350],
    ] as const) {
      await page.page.setViewportSize({ width, height });
      for (const path of paths) {
        await page.page.evaluate((hash) => (location.hash = hash), path);
        await page.page.getByRole('heading', { level: 2 }).first().waitFor();
        expect([path, width, await page.fitsSideways()]).toEqual([path, width, true]);
      }
    }
    const slow = await page.page.evaluate(
      () =>
        document.getAnimations().filter((animation) => Number(animation.effect?.getTiming().duration) > 1)
          .length,
    );
    expect(slow).toBe(0);
  });
});

describe('the keyboard', { timeout: 60_000 }, () => {
  it('goes to every page with G and its letter', async () => {
    const page = await open();
    for (const [letter, name] of [
      ['t', 'Tenants'],
      ['s', 'Schedules'],
      ['r', 'Runs'],
      ['b', 'Backup sets'],
      ['a', 'Audit'],
      [',', 'Settings'],
      ['o', 'Overview'],
    ] as const) {
      await page.page.keyboard.press('g');
      await page.page.keyboard.press(letter);
      await page.page.getByRole('heading', { level: 2, name, exact: true }).waitFor();
    }
  });

  it('starts a run from the palette, whose words may come in any order', async () => {
    const page = await open();
    const { name } = world.tenants[1]!;
    await page.page.keyboard.press('Control+k');
    await palette(page).waitFor();
    await page.page.keyboard.type(`${name.split(' ')[0]} run now`);
    await palette(page).getByRole('option').first().filter({ hasText: 'Run now: Nightly' }).waitFor();
    await page.page.keyboard.press('Enter');
    await palette(page).waitFor({ state: 'hidden' });
    await expect.poll(() => page.page.url()).toContain('run=');
    const [count] = await world.test.superuser.query<{ runs: number }>(
      `select count(*)::int as runs from app.backup_runs where tenant_id = $1 and trigger = 'manual'`,
      [world.tenants[1]!.tenantId],
    );
    expect(count!.runs).toBe(1);
  });

  it('asks for a second Enter before something that ends work, and forgets it at another letter', async () => {
    const page = await open();
    await page.page.keyboard.press('Control+k');
    await page.page.keyboard.type('sign out');
    await page.page.keyboard.press('Enter');
    await palette(page).getByText('Press Enter again: Sign out.').waitFor();
    await page.page.keyboard.type('x');
    await page.page.keyboard.press('Backspace');
    await palette(page).getByText('Press Enter again').waitFor({ state: 'hidden' });
    await page.page.keyboard.press('Escape');
    await page.page.getByRole('heading', { level: 2, name: 'Overview' }).waitFor();
  });

  it('gives the focus back to where the palette was called from', async () => {
    const page = await open();
    const link = page.page.getByRole('link', { name: 'Audit' });
    await link.focus();
    await page.page.keyboard.press('Control+k');
    await palette(page).waitFor();
    await page.page.keyboard.press('Escape');
    await expect.poll(() => link.evaluate((element) => element === document.activeElement)).toBe(true);
  });

  it('takes single letters for text in a field, and for nothing once they are switched off', async () => {
    const page = await open();
    await page.page.getByRole('combobox', { name: 'Tenant' }).focus();
    await page.page.keyboard.press('?');
    await page.page.keyboard.press('Escape');
    expect(await page.page.getByRole('dialog').count()).toBe(0);
    await page.page.locator('main').focus();
    await page.page.keyboard.press('?');
    const keys = page.page.getByRole('dialog', { name: 'Keys' });
    await keys.getByText('Open the command palette').waitFor();
    await keys.getByRole('switch').uncheck();
    await page.page.keyboard.press('Escape');
    await keys.waitFor({ state: 'hidden' });
    await page.page.keyboard.press('g');
    await page.page.keyboard.press('r');
    await page.page.keyboard.press('?');
    expect(await page.page.getByRole('dialog').count()).toBe(0);
    await page.page.getByRole('heading', { level: 2, name: 'Overview' }).waitFor();
  });

  it('scopes the pages to a tenant that is found by a part of its name, and offers it again as recent', async () => {
    const page = await open();
    const { name, tenantId } = world.tenants[2]!;
    await page.page.keyboard.press('Alt+t');
    // A word from within the name.
    await page.page.keyboard.type(name.split(' ').at(-1)!.toLowerCase());
    await page.page.getByRole('option', { name }).waitFor();
    await expect.poll(() => page.page.getByRole('listbox').getByRole('option').count()).toBe(1);
    await page.page.keyboard.press('ArrowDown');
    await page.page.keyboard.press('Enter');
    await expect.poll(() => page.page.url()).toContain(tenantId);
    await page.page.getByRole('combobox', { name: 'Tenant' }).click();
    await page.page.getByRole('group', { name: 'Recent' }).getByRole('option', { name }).waitFor();
    // Typing alone chooses nothing.
    await page.page.keyboard.type('nobody');
    await page.page.getByRole('option', { name: 'No tenant has this in its name.' }).waitFor();
    await page.page.keyboard.press('Escape');
    await expect.poll(() => page.page.getByRole('combobox', { name: 'Tenant' }).inputValue()).toBe(name);
    expect(page.page.url()).toContain(tenantId);
  });
});

describe('an address', { timeout: 60_000 }, () => {
  it('with a damaged value shows the page without it and says so', async () => {
    const page = await open({ path: '/runs?state=%22nonsense%22' });
    await page.page.getByRole('heading', { level: 2, name: 'Runs' }).waitFor();
    await page.page.getByText('It was left out: state.').waitFor();
    await page.page.getByRole('button', { name: /^Dismiss: A part of the address/ }).click();
    await page.page.getByText('It was left out: state.').waitFor({ state: 'hidden' });
  });
});

describe('a degraded state', { timeout: 90_000 }, () => {
  it('of a database that is away: lists stay with their time, edits are refused, typed text stays', async () => {
    const page = new SchedulesPage(await world.open({ path: '/schedules' }));
    opened.push(page);
    await page.shown('Nightly').waitFor();
    const editor = await page.newSchedule();
    await editor.tenant.selectOption({ index: 1 });
    await editor.name.fill('Typed before the outage');
    await editor.nextSlots.getByRole('listitem').first().waitFor();
    const { drawer } = editor;
    world.line.set('refuse');
    await drawer.getByRole('button', { name: 'Save schedule' }).click();
    await drawer.getByText('The database server cannot be reached').first().waitFor();
    const bar = page.page.locator('main').getByText('The database does not answer.');
    await bar.waitFor({ timeout: 40_000 });
    await page.page.getByText(/What is shown is as of \d/).waitFor();
    expect(await editor.name.inputValue()).toBe('Typed before the outage');
    expect(await page.page.locator('main').innerText()).toContain('Nightly');
    world.line.set('pass');
    await bar.waitFor({ state: 'hidden', timeout: 40_000 });
    await editor.save();
    await page.rows('Schedules').filter({ hasText: 'Typed before the outage' }).waitFor();
  });

  it('of a role that is taken away: the open view closes within five seconds and says why', async () => {
    const { tenantId, name } = world.tenants[2]!;
    const page = await open({ path: `/?tenantId=%22${tenantId}%22` });
    await expect.poll(() => page.page.getByRole('combobox', { name: 'Tenant' }).inputValue()).toBe(name);
    await world.test.superuser.query(`delete from app.tenant_memberships where tenant_id = $1`, [tenantId]);
    const takenAt = performance.now();
    await expect.poll(() => page.page.url(), { timeout: 10_000 }).not.toContain(tenantId);
    expect(performance.now() - takenAt).toBeLessThan(6_500);
    await page.page.getByText(`Your role in ${name} was taken away.`).first().waitFor();
    await page.page.getByRole('button', { name: /^Notices, \d+ new$/ }).click();
    await page.page.getByRole('listitem').filter({ hasText: 'was taken away' }).first().waitFor();
  });

  it('of nobody who dispatches: a red bar on every page', async () => {
    await world.stopHost();
    await world.test.superuser.query(
      `update app.host_instances set last_tick_at = app.db_now() - interval '5 minutes'`,
    );
    const page = await open();
    for (const path of paths) {
      await page.page.evaluate((hash) => (location.hash = hash), path);
      await page.page.getByText('No host is dispatching.').waitFor();
    }
  });
});
