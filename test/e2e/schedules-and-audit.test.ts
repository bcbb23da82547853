import { readFile } from 'node:fs/promises';
import type { Download } from 'playwright';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { addSchedule } from '../../main/engine/change-schedule.ts';
import { getSchedule } from '../../main/db/repositories/schedules.ts';
import { type ConsoleWorld, keepScreenshot, openConsoleWorld, type Theme } from './console-fixture.ts';
import { SchedulesPage } from './pages/schedules-page.ts';

let world: ConsoleWorld;
/** A tenant with four schedules at the same minute besides the one that every tenant has. */
let crowded: ConsoleWorld['tenants'][number];
const crowd = ['Compliance', 'Apps', 'Scripts', 'Entra'] as const;

beforeAll(async () => {
  world = await openConsoleWorld();
  crowded = world.tenants[0]!;
  for (const name of crowd) {
    await addSchedule(world.database, {
      tenantId: crowded.tenantId,
      name,
      cadence: { kind: 'daily', times: ['03:00'] },
      timeZone: 'Europe/Berlin',
      spec: { policyTypes: 'core', retention: { keepLast: 5 } },
    });
  }
  await world.run(crowded.scheduleId);
}, 120_000);
afterAll(() => world?.close());

const opened: SchedulesPage[] = [];
afterEach(async ({ task }) => {
  for (const { page } of opened.splice(0)) {
    if (task.result?.state === 'fail') {
      await keepScreenshot(page, task.name.replaceAll(/[^a-z0-9]+/gi, '-'));
    }
    await page.context().close();
  }
});

async function open(options: Parameters<ConsoleWorld['open']>[0] = {}): Promise<SchedulesPage> {
  const page = new SchedulesPage(await world.open(options));
  opened.push(page);
  return page;
}

const inCrowd = (more = '') => `/schedules?tenantId=%22${crowded.tenantId}%22${more}`;
const stored = async (name: string) => {
  const [row] = await world.test.superuser.query<{ id: string }>(
    `select id from app.backup_schedules where tenant_id = $1 and name = $2 and deleted_at is null`,
    [crowded.tenantId, name],
  );
  return (await getSchedule(world.database, crowded.tenantId, row!.id))!;
};

describe('a list', () => {
  it('fits a window of 1280, and shows the columns that a person chose by keyboard', async () => {
    const page = await open({ path: '/schedules', width: 1280, height: 800 });
    const grid = page.page.getByRole('grid', { name: 'Schedules' });
    const header = (name: string) => grid.getByRole('columnheader', { name, exact: true });
    await header('Health').waitFor();
    expect(await grid.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
    const { keyboard } = page.page;
    await page.page.getByRole('button', { name: 'Columns' }).press('Enter');
    const item = page.page.getByRole('menuitemcheckbox', { name: 'Health' });
    await item.press('Space');
    await header('Health').waitFor({ state: 'detached' });
    expect(await page.seriousFindings()).toEqual([]);
    await keyboard.press('Escape');
    await page.page.reload();
    await header('Name').waitFor();
    expect(await header('Health').count()).toBe(0);
  });

  it('goes to the next and previous row while a detail is open, and not under a dialog', async () => {
    const page = await open({ path: '/tenants' });
    await page.rows('Tenants').filter({ hasText: crowded.name }).press('Enter');
    await page.drawer();
    const { keyboard } = page.page;
    const first = await page.inAddress('tenant');
    await keyboard.press(']');
    await expect.poll(() => page.inAddress('tenant')).not.toBe(first);
    await page.drawer();
    await keyboard.press('[');
    await expect.poll(() => page.inAddress('tenant')).toBe(first);
    await page.page.getByRole('button', { name: 'Disconnect tenant' }).click();
    await page.page.getByRole('dialog', { name: /^Disconnect/ }).waitFor();
    await page.page.getByRole('button', { name: 'Keep tenant connected' }).focus();
    await keyboard.press(']');
    await page.page.getByRole('dialog', { name: /^Disconnect/ }).waitFor();
    expect(await page.inAddress('tenant')).toBe(first);
  });

  it('of unprotected tenants holds all that the figure of the overview counts', async () => {
    const page = await open({ path: '/' });
    await page.page.getByRole('link', { name: /Unprotected$/ }).click();
    expect(await page.inAddress('healths')).toBe('["unprotected","never_backed_up"]');
    const health = page.page.getByRole('combobox', { name: 'Health' });
    expect(await health.locator('option:checked').innerText()).toBe('Unprotected or Never backed up');
    await health.selectOption('protected');
    await expect.poll(() => page.inAddress('healths')).toBeNull();
  });

  it('of policy types tells how fresh each is', async () => {
    const page = await open({ path: '/freshness' });
    // Trouble stands first: nothing of this tenant was ever read.
    const rows = page.rows('Freshness');
    await rows.filter({ hasText: world.tenants[1]!.name }).filter({ hasText: 'Never' }).first().waitFor();
    await page.page.getByRole('combobox', { name: 'State' }).selectOption('fresh');
    await rows.filter({ hasText: crowded.name }).first().waitFor();
    expect(await rows.filter({ hasText: world.tenants[1]!.name }).count()).toBe(0);
    expect(await page.seriousFindings()).toEqual([]);
  });
});

describe('many schedules', () => {
  it('are chosen by keyboard, paused until a date with a reason, and given back by Undo', async () => {
    const page = await open({ path: inCrowd('&q=%22%22') });
    const rows = page.rows('Schedules');
    await rows.filter({ hasText: 'Apps' }).focus();
    const { keyboard } = page.page;
    // Two keys before the next frame, as a held key on a slow computer.
    await page.page.evaluate(() => {
      for (const key of ['j', 'j'])
        document.activeElement!.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    });
    expect(await page.page.evaluate(() => document.activeElement!.textContent)).toContain('Entra');
    await keyboard.press('k');
    await keyboard.press('k');
    await keyboard.press('Space');
    await keyboard.press('j');
    await keyboard.press('Shift+Space');
    const bar = page.page.getByRole('region', { name: 'Selected schedules' });
    await bar.getByText('2 schedules selected').waitFor();
    await bar.getByRole('button', { name: 'Resume: 0 of 2, leaves out 2 not paused' }).waitFor();
    await bar.getByRole('button', { name: /^Pause: 2 of 2/ }).press('Enter');
    const dialog = page.page.getByRole('dialog', { name: 'Pause 2 schedules' });
    await dialog.getByLabel('Reason').fill('Move of the office');
    await dialog.getByLabel('By itself, at a date').check();
    await dialog.getByLabel(/End of the pause/).fill('2099-01-02T08:00');
    await dialog.getByLabel('Reason').press('Enter');
    await page.shown('Paused 2 schedules.').waitFor();
    expect(await stored('Apps')).toMatchObject({
      enabled: false,
      pauseReason: 'Move of the office',
      resumeAt: new Date('2099-01-02T07:00:00Z'),
    });
    await page.page.getByRole('button', { name: 'Undo' }).click();
    await page.shown('Resumed again 2 schedules.').waitFor();
    expect(await stored('Apps')).toMatchObject({ enabled: true, resumeAt: null });
  });

  it('say which of them a change left as they were', async () => {
    const page = await open({ path: inCrowd() });
    await page.rows('Schedules').filter({ hasText: 'Scripts' }).getByRole('checkbox').check();
    await page.rows('Schedules').filter({ hasText: 'Entra' }).getByRole('checkbox').check();
    // Somebody else is quicker with one of them, and this page has not heard of it.
    await page.page.route('**/api', async (route) => {
      if (route.request().postData()!.includes('schedules.bulk-retention')) {
        const entra = await stored('Entra');
        await world.test.superuser.query(
          `update app.backup_schedules set spec_version = spec_version + 1 where id = $1`,
          [entra.scheduleId],
        );
      }
      await route.continue();
    });
    await page.page.getByRole('button', { name: /^Change retention: 2 of 2/ }).click();
    const dialog = page.page.getByRole('dialog', { name: 'Change retention of 2 schedules' });
    await dialog.getByLabel('Keep the last backup sets').fill('12');
    await dialog.getByRole('button', { name: 'Change 2 schedules' }).click();
    await page.shown('Retention changed for 1 schedule. 1 stayed as they were:').waitFor();
    await page.shown(`Entra of ${crowded.name}: Somebody else changed the schedule meanwhile.`).waitFor();
    expect((await stored('Scripts')).spec.retention).toEqual({ keepLast: 12 });
    expect((await stored('Entra')).spec.retention).toEqual({ keepLast: 5 });
  });

  it('that start together are spread, seen before they are saved', async () => {
    const apps = await stored('Apps');
    const page = await open({ path: inCrowd(`&schedule=%22${apps.scheduleId}%22`) });
    const editor = await page.drawer();
    await editor.getByText(/^4 schedules of this tenant start at 03:00/).waitFor();
    await editor.getByRole('button', { name: 'Spread schedules' }).click();
    const dialog = page.page.getByRole('dialog', { name: 'Spread schedules of this tenant' });
    const moves = dialog.getByRole('region', { name: 'Proposed minutes' }).getByRole('row');
    await moves.nth(4).waitFor();
    expect(await moves.count()).toBe(5);
    expect(await moves.filter({ hasText: 'The schedule in the editor' }).innerText()).toMatch(
      /03:00\s+0[34]:\d\d/,
    );
    expect((await stored('Scripts')).cadence).toEqual({ kind: 'daily', times: ['03:00'] });
    await dialog.getByRole('button', { name: 'Move 4 schedules' }).click();
    await dialog.waitFor({ state: 'detached' });
    const times = await Promise.all(
      ['Compliance', 'Scripts', 'Entra'].map(async (name) => (await stored(name)).cadence),
    );
    expect(new Set(times.map((cadence) => JSON.stringify(cadence))).size).toBe(3);
    // The one in the editor is saved with the editor.
    expect((await stored('Apps')).cadence).toEqual({ kind: 'daily', times: ['03:00'] });
    await editor.getByRole('button', { name: 'Save schedule' }).click();
    await editor.waitFor({ state: 'detached' });
    expect((await stored('Apps')).cadence).not.toEqual({ kind: 'daily', times: ['03:00'] });
  });
});

describe('a schedule', () => {
  it('is found by words in the address, and its letters do what its buttons do', async () => {
    const page = await open({ path: '/schedules?q=comp' });
    const rows = page.rows('Schedules');
    await rows.filter({ hasText: 'Compliance' }).waitFor();
    expect(await rows.count()).toBe(2);
    await page.page.keyboard.press('n');
    await page.page.getByRole('dialog', { name: 'New schedule' }).waitFor();
    await page.page.keyboard.press('Escape');
    await page.page.getByRole('dialog').waitFor({ state: 'detached' });
    await rows.filter({ hasText: 'Compliance' }).focus();
    await page.page.keyboard.press('p');
    const dialog = page.page.getByRole('dialog', { name: 'Pause Compliance' });
    await dialog.getByLabel('Reason').fill('By letter');
    await page.page.keyboard.press('Enter');
    await page.shown('Paused: By letter').waitFor();
    await rows.filter({ hasText: 'Compliance' }).focus();
    await page.page.keyboard.press('p');
    await page.shown('Resumed 1 schedule.').waitFor();
    await rows.filter({ hasText: 'Compliance' }).focus();
    await page.page.keyboard.press('e');
    await page.page.getByRole('dialog', { name: 'Edit Compliance' }).waitFor();
  });

  it('asks for a zone of its own, and keeps what is typed when the zone is none', async () => {
    const page = await open({ path: '/schedules?schedule=new' });
    const editor = await page.drawer();
    expect(await editor.getByLabel('Time zone').inputValue()).toBe('');
    await editor.getByLabel('Time zone').pressSequentially('Berlin');
    await editor.getByText('The time zone is not a known IANA zone.').waitFor();
    expect(await editor.getByRole('button', { name: 'Save schedule' }).isDisabled()).toBe(true);
    await page.page.getByRole('option', { name: /Europe\/Berlin/ }).click();
    expect(await editor.getByLabel('Time zone').inputValue()).toBe('Europe/Berlin');
  });
});

describe('the audit log', () => {
  it('is asked by a query with completion, which is the same as its pills, and opens an event by its address', async () => {
    const page = await open({ path: '/audit' });
    const box = page.page.getByRole('combobox', { name: 'Query' });
    await page.rows('Audit events').nth(1).waitFor();
    await box.pressSequentially('act');
    await page.page.getByRole('option', { name: 'action:' }).click();
    await box.pressSequentially('schedule.created');
    await box.press('Enter');
    const pills = page.page.getByRole('group', { name: 'Filters' });
    await pills.getByText('action:schedule.created', { exact: true }).waitFor();
    const rows = page.rows('Audit events');
    await rows.filter({ hasText: 'set.sealed' }).waitFor({ state: 'detached' });
    await rows.filter({ hasText: 'schedule.created' }).first().waitFor();
    await pills.getByRole('button', { name: 'Exclude action:schedule.created' }).click();
    await rows.filter({ hasText: 'schedule.created' }).first().waitFor({ state: 'detached' });
    expect(await box.inputValue()).toBe('-action:schedule.created');
    await pills.getByRole('button', { name: 'Clear filters' }).click();
    await rows.filter({ hasText: 'schedule.created' }).first().click();
    const drawer = await page.drawer();
    await drawer.getByRole('table', { name: 'Before and after' }).getByText('Europe/Berlin').waitFor();
    expect(page.page.url()).toContain('event=');
    await page.page.reload();
    await (await page.drawer()).getByText('Previous hash').waitFor();
  });

  it('keeps a view for oneself and says when nothing matches', async () => {
    const page = await open({ path: '/audit?q=outcome:denied%20nobody-did-this' });
    await page.shown('Nothing matches').waitFor();
    await page.page.getByRole('button', { name: 'Views' }).click();
    await page.page.getByRole('menuitem', { name: 'Save view' }).click();
    const dialog = page.page.getByRole('dialog', { name: 'Save view' });
    await dialog.getByLabel('Name of the view').fill('Nobody');
    await page.page.keyboard.press('Enter');
    await page.page.getByRole('button', { name: 'Views: Nobody' }).waitFor();
    await page.page.getByRole('button', { name: 'Clear filters' }).first().click();
    await page.rows('Audit events').nth(1).waitFor();
    await page.page.getByRole('button', { name: 'Views', exact: true }).click();
    await page.page.getByRole('menuitem', { name: 'Nobody (mine)' }).click();
    await page.shown('Nothing matches').waitFor();
  });

  it('goes to a CSV in four clicks, with exactly the events in sight', async () => {
    const page = await open({ path: inCrowd().replace('/schedules', '/audit') });
    const downloads: Download[] = [];
    page.page.on('download', (download) => downloads.push(download));
    // Clicks: a count that goes into the query, the export, its form.
    await page.page.getByLabel('Counts').click();
    await page.page.getByRole('button', { name: /^Only action schedule.created/ }).click();
    await page.page.getByRole('button', { name: 'Export events' }).click();
    const dialog = page.page.getByRole('dialog', { name: 'Export events' });
    await dialog.getByText(/^5 events, about [\d.]+ KiB/).waitFor();
    await dialog.getByRole('button', { name: 'Export CSV' }).click();
    await page.shown('5 events are in audit-').waitFor();
    await expect.poll(() => downloads.length).toBe(2);
    // Two downloads that begin together are told of in either order.
    const saved = async (ending: string): Promise<string> => {
      const download = downloads.find((one) => one.suggestedFilename().endsWith(ending));
      return await readFile(await download!.path(), 'utf8');
    };
    const csv = await saved('.csv');
    expect(csv.trimEnd().split('\r\n')).toHaveLength(6);
    const manifest = await saved('.json');
    expect(JSON.parse(manifest)).toMatchObject({ rows: 5, filter: { query: 'action:schedule.created' } });
  });

  it('is checked from its first event to its head', async () => {
    const page = await open({ path: inCrowd().replace('/schedules', '/audit') });
    await page.page.getByRole('button', { name: 'Check integrity' }).click();
    await page.shown('Verified 1 to').waitFor();
  });
});

describe('accessibility', () => {
  const themes: readonly [Theme, string[] | undefined][] = [
    ['light', undefined],
    ['dark', ['color-contrast']],
    ['high-contrast', ['color-contrast']],
  ];
  it.each(themes)(
    'axe finds nothing serious with everything open, %s',
    { timeout: 180_000 },
    async (theme, rules) => {
      const page = await open({ path: inCrowd(), theme });
      const findings: string[] = [];
      await page.rows('Schedules').nth(1).getByRole('checkbox').check();
      findings.push(...(await page.seriousFindings(rules)));
      await page.page.getByRole('button', { name: /^Pause: 1 of 1/ }).click();
      await page.page.getByRole('dialog').waitFor();
      findings.push(...(await page.seriousFindings(rules)));
      await page.page.keyboard.press('Escape');
      await page.page.evaluate(() => (location.hash = '/audit?q=action:run.%20-outcome:denied'));
      await page.page.getByLabel('Counts').click();
      await page.page.getByRole('region', { name: 'Counts' }).getByText('matching events').waitFor();
      findings.push(...(await page.seriousFindings(rules)));
      await page.page.getByRole('button', { name: 'Export events' }).click();
      await page.page.getByRole('dialog').waitFor();
      findings.push(...(await page.seriousFindings(rules)));
      expect(findings).toEqual([]);
    },
  );
});
