import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { requestRun } from '../../main/db/repositories/runs.ts';
import { seedRuns } from '../support/seed-runs.ts';
import { type ConsoleWorld, keepScreenshot, openConsoleWorld, type Theme } from './console-fixture.ts';
import { RunsPage } from './pages/runs-page.ts';

let world: ConsoleWorld;
/** The tenant whose consent lacks a permission: its runs are partial. */
let partial: ConsoleWorld['tenants'][number];
let partialRunId: string;

beforeAll(async () => {
  world = await openConsoleWorld();
  partial = world.tenants[2]!;
  await seedRuns(world.test.superuser, {
    scheduleIds: world.tenants.map((tenant) => tenant.scheduleId),
    runs: 600,
    days: 14,
  });
  partialRunId = await world.run(partial.scheduleId);
}, 120_000);
afterAll(() => world?.close());

const opened: RunsPage[] = [];
afterEach(async ({ task }) => {
  for (const { page } of opened.splice(0)) {
    if (task.result?.state === 'fail') {
      await keepScreenshot(page, task.name.replaceAll(/[^a-z0-9]+/gi, '-'));
    }
    await page.context().close();
  }
});

async function open(path: string, options: Parameters<ConsoleWorld['open']>[0] = {}): Promise<RunsPage> {
  const page = new RunsPage(await world.open({ ...options, path }));
  opened.push(page);
  return page;
}

const views = (): readonly [name: string, path: string, settled: string][] => [
  ['overview', '/', 'Credentials ending within 30 days'],
  ['list', '/runs?period=7d&state=%5B%22failed%22%2C%22partial%22%5D', 'State: Failed'],
  ['timeline', '/runs?view=timeline', 'Tenant ▸ schedule'],
  ['timeline as a table', '/runs?view=timeline&asTable=true', 'Schedule or host'],
  ['matrix', `/runs?view=matrix&runSchedule=%22${partial.scheduleId}%22`, 'Fails since'],
  ['run', `/runs?run=%22${partialRunId}%22&runTenant=%22${partial.tenantId}%22`, 'Lease history'],
];

const themes: readonly [Theme, string[] | undefined][] = [
  ['light', undefined],
  ['dark', ['color-contrast']],
  ['high-contrast', ['color-contrast']],
];

describe('the views of runs', () => {
  it.each(themes)('have nothing serious for axe, %s', { timeout: 180_000 }, async (theme, rules) => {
    const page = await open('/', { theme });
    const findings: string[] = [];
    for (const [name, path, settled] of views()) {
      await page.page.evaluate((hash) => (location.hash = hash), path);
      await page.shown(settled).waitFor();
      findings.push(...(await page.seriousFindings(rules)).map((finding) => `${name}: ${finding}`));
    }
    expect(findings).toEqual([]);
  });

  it.each([
    ['1024 × 700', 1024, 700],
    ['1280 × 800 at 200 %', 640, 400],
  ])('stick out sideways nowhere at %s', { timeout: 60_000 }, async (_what, width, height) => {
    const page = await open('/', { width, height });
    for (const [name, path, settled] of views()) {
      await page.page.evaluate((hash) => (location.hash = hash), path);
      await page.shown(settled).waitFor();
      expect([name, await page.fitsSideways()]).toEqual([name, true]);
    }
  });
});

describe('a technician', () => {
  it('is told in three clicks why last night failed, down to the permission', async () => {
    const page = await open('/');
    const attention = page.page.getByRole('region', { name: 'Needs attention' });
    const row = attention.getByRole('listitem').filter({ hasText: partial.name });
    await row.getByRole('link', { name: /^Open run/ }).click();
    const drawer = await page.drawer();
    await drawer.getByText(/^Partial: \d+ of \d+ policy types are incomplete/).waitFor();
    const first = drawer.getByRole('row').nth(1);
    expect(await first.innerText()).toMatch(/Missing permission:\s*\w+\.Read\.All/);
    expect(await first.innerText()).toMatch(/Grant the named permission/);
    await first.getByRole('button', { name: /^Details of/ }).click();
    await first.getByText('Last complete capture').waitFor();
    await first.getByRole('button', { name: /^Copy the Graph request id/ }).waitFor();
  });

  it('filters the list, sees the filters as pills in the address, and takes them away', async () => {
    const page = await open('/runs');
    await page.filter('State', 'Failed');
    await page.filter('Reason', 'Microsoft Graph or the sign-in service could not be reached.');
    expect(await page.pills.count()).toBe(2);
    expect(await page.inAddress('reason')).toBe('graph_unavailable');
    await expect
      .poll(async () => new Set(await page.page.locator('[role=gridcell]:first-child').allInnerTexts()))
      .toEqual(new Set(['Failed']));
    await page.page.reload();
    await page.pills.first().waitFor();
    await page.pills.first().click();
    await page.pills.first().click();
    await expect.poll(() => page.pills.count()).toBe(0);
    await page.filter('Trouble in policy type', 'Terms and conditions');
    await expect.poll(() => page.rows('Runs').count()).toBe(2);
  });

  it('reads on undisturbed while runs come, and brings them in when it suits', async () => {
    const page = await open('/runs');
    const first = page.rows('Runs').nth(1);
    await first.waitFor();
    const before = await first.innerText();
    await requestRun(world.database, world.tenants[1]!.scheduleId);
    const pill = page.page.getByRole('button', { name: '1 new run' });
    await pill.waitFor();
    expect(await first.innerText()).toBe(before);
    await pill.click();
    await expect.poll(async () => await first.innerText()).toContain(world.tenants[1]!.name);
    // The row in sight goes on by itself to its end.
    await expect.poll(async () => await first.innerText(), { timeout: 40_000 }).toMatch(/Succeeded|Partial/);
  }, 60_000);

  it('zooms and moves the timeline by keys, and finds the same in its table', async () => {
    const page = await open('/runs?view=timeline&period=7d');
    await page.bars.first().waitFor();
    const many = await page.bars.count();
    await page.timeline.focus();
    const { keyboard } = page.page;
    for (const key of ['+', '+', '+', 'ArrowLeft']) await keyboard.press(key);
    await expect.poll(() => page.inAddress('from')).not.toBeNull();
    await expect.poll(() => page.bars.count()).toBeLessThan(many);
    const near = await page.inAddress('from');
    await keyboard.press('-');
    await expect.poll(() => page.inAddress('from')).not.toBe(near);
    await keyboard.press('0');
    await expect.poll(() => page.bars.count()).toBeGreaterThan(20);
    await page.page.getByRole('switch', { name: 'As table' }).click();
    const table = page.page.getByRole('grid', { name: 'Timeline of runs as a table' });
    expect(Number(await table.getAttribute('aria-rowcount'))).toBeGreaterThan(40);
    await table.getByRole('row').nth(1).focus();
    await keyboard.press('ArrowDown');
    await keyboard.press('Enter');
    await expect
      .poll(() => page.inAddress('run').then(async (run) => run ?? page.inAddress('from')))
      .not.toBeNull();
  });

  it('chooses a period by dragging, and sees what a bar holds', async () => {
    const page = await open('/runs?view=timeline&period=14d');
    await page.bars.first().waitFor();
    const merged = page.page.locator('[data-count]').first();
    await merged.hover();
    const card = page.page.getByRole('group', { name: 'Runs of this bar' });
    await card.getByRole('listitem').first().waitFor();
    expect(await card.getByRole('listitem').count()).toBeGreaterThan(1);
    await page.page.mouse.move(10, 10);
    const box = (await page.timeline.boundingBox())!;
    await page.page.mouse.move(box.x + 500, box.y + 120);
    await page.page.mouse.down();
    await page.page.mouse.move(box.x + 700, box.y + 120, { steps: 5 });
    await page.page.mouse.up();
    const span = async () =>
      Date.parse((await page.inAddress('to')) ?? '') - Date.parse((await page.inAddress('from')) ?? '');
    await expect.poll(span).toBeGreaterThan(86_400_000);
    expect(await span()).toBeLessThan(6 * 86_400_000);
  });

  it('sees which policy type fails since when, and opens a cell', async () => {
    const page = await open(`/runs?view=matrix&runSchedule=%22${partial.scheduleId}%22`);
    const worst = page.matrix.getByRole('row').nth(1);
    await worst.waitFor();
    expect(await worst.getByRole('cell').last().innerText()).toMatch(/2026|20\d\d/);
    await worst.getByRole('button', { name: 'Incomplete' }).last().focus();
    await page.page.keyboard.press('Enter');
    const cell = page.page.getByRole('dialog');
    await cell.getByText('Missing permission:').waitFor();
    await page.page.keyboard.press('Escape');
    await page.matrix.getByRole('columnheader').nth(1).getByRole('link').click();
    await (await page.drawer()).getByText(/^Partial: /).waitFor();
  });

  it('retries the failed types alone, and gets a whole set', { timeout: 60_000 }, async () => {
    const page = await open(`/runs?run=%22${partialRunId}%22&runTenant=%22${partial.tenantId}%22`);
    const drawer = await page.drawer();
    await drawer.getByRole('button', { name: 'Retry failed types' }).click();
    await drawer.getByRole('button', { name: 'Open run' }).click();
    await drawer.getByText('retries the failed types of this run').waitFor();
    await drawer.getByText(/^Partial: 5 of 77/).waitFor({ timeout: 40_000 });
    await drawer
      .getByText(/Taken over from the run before/)
      .first()
      .waitFor();
    await drawer.getByText(/keeping 72 finished policy types/).waitFor();
  });

  it('looks at a support bundle before copying it', async () => {
    const page = await open(`/runs?run=%22${partialRunId}%22&runTenant=%22${partial.tenantId}%22`);
    await (await page.drawer()).getByRole('button', { name: 'Copy support bundle' }).click();
    const text = page.page.getByLabel('What is copied');
    await text.waitFor();
    const bundle = JSON.parse(await text.inputValue()) as {
      run: { id: string };
      types: unknown[];
      events: unknown[];
    };
    expect(bundle.run.id).toBe(partialRunId);
    expect(bundle.types).toHaveLength(77);
    const [row] = await world.test.superuser.query<{ made: number }>(
      `select count(*)::int as made from app.audit_events where action = 'run.support_bundle_made' and target_id = $1`,
      [partialRunId],
    );
    expect(row!.made).toBe(1);
  });

  it('snoozes a row with a reason, sees it put aside, and brings it back', async () => {
    const page = await open('/');
    const attention = page.page.getByRole('region', { name: 'Needs attention' });
    const row = attention.getByRole('listitem').filter({ hasText: partial.name });
    await row.getByRole('button', { name: /^Snooze/ }).click();
    const dialog = page.page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('The customer grants it on Monday');
    await dialog.getByRole('button', { name: 'Snooze row' }).click();
    await attention.getByRole('button', { name: '1 snoozed' }).click();
    await attention.getByText('The customer grants it on Monday').waitFor();
    await attention.getByRole('button', { name: 'End snooze' }).click();
    await attention.getByRole('button', { name: '1 snoozed' }).waitFor({ state: 'detached' });
    await row.getByRole('link', { name: /^Open run/ }).waitFor();
  });

  it('walks the fleet map by keyboard and opens the runs of a day', async () => {
    const page = await open('/');
    const map = page.page.getByRole('region', { name: 'Last fourteen days' });
    await map.getByRole('row').nth(1).getByRole('link').last().focus();
    await page.page.keyboard.press('ArrowDown');
    await page.page.keyboard.press('ArrowLeft');
    await page.page.keyboard.press('Enter');
    await page.page.getByRole('heading', { level: 2, name: 'Runs' }).waitFor();
    await page.pills.nth(1).waitFor();
    await page.rows('Runs').nth(1).waitFor();
    expect(await page.inAddress('tenantId')).toBe(world.tenants[1]!.tenantId);
  });
});
