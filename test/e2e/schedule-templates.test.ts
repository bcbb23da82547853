import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { saveTemplate } from '../../main/engine/apply-template.ts';
import { changeSchedule } from '../../main/engine/change-schedule.ts';
import { type ConsoleWorld, keepScreenshot, openConsoleWorld, type Theme } from './console-fixture.ts';
import { SchedulesPage } from './pages/schedules-page.ts';

let world: ConsoleWorld;
beforeAll(async () => {
  world = await openConsoleWorld();
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

const path = '/schedules/templates';
const tagged = () => world.tenants.slice(1, 3);
const schedulesOf = (tenantId: string) =>
  world.test.superuser.query<{ id: string; version: number; linked: boolean; spec: object }>(
    `select id, spec_version as version, template_id is not null as linked, spec
       from app.backup_schedules where tenant_id = $1 and name = 'Weekly' and deleted_at is null`,
    [tenantId],
  );

describe('schedule templates', () => {
  it('are defined once, previewed, and applied to every tenant with the tag', async () => {
    await world.test.superuser.query(`update app.tenants set tags = '{gold}' where id = any($1)`, [
      tagged().map(({ tenantId }) => tenantId),
    ]);
    const page = await open({ path });
    await page.shown('No templates yet').waitFor();
    await page.page.keyboard.press('n');
    const editor = await page.drawer();
    await editor.getByText('Choose a time zone.').waitFor();
    await editor.getByLabel('Tags').fill('gold');
    await editor.getByLabel('Name').fill('Weekly');
    await editor.getByLabel('Cadence').selectOption({ label: 'Daily' });
    await editor.getByLabel('Times').fill('23:30');
    await editor.getByLabel('Time zone').pressSequentially('Berlin');
    await page.page.getByRole('option', { name: /Europe\/Berlin/ }).click();
    await editor.getByLabel('Spread, in minutes').fill('90');
    await editor.getByRole('button', { name: 'Save template' }).click();
    // Refused by the service; what is typed stays.
    await editor.getByText('With this cadence the starts can be spread over at most 30 minutes.').waitFor();
    await editor.getByLabel('Spread, in minutes').fill('30');
    await page.page.keyboard.press('Control+S');
    await editor.waitFor({ state: 'detached' });

    const row = page.rows('Schedule templates').filter({ hasText: 'Weekly' });
    await row.getByRole('link', { name: '2 tenants of Weekly: Missing' }).waitFor();
    await row.focus();
    await page.page.keyboard.press('a');
    const dialog = page.page.getByRole('dialog', { name: 'Apply Weekly' });
    await dialog.getByText('New schedule: 2').waitFor();
    for (const { name } of tagged()) {
      await dialog
        .getByRole('row', { name: new RegExp(`${name} New schedule Every day at 23:[345]`) })
        .waitFor();
    }
    await dialog.getByRole('button', { name: 'Apply to 2 tenants' }).press('Enter');
    await page.shown('Applied to 2 tenants.').waitFor();
    await row.getByRole('link', { name: '2 tenants of Weekly: As the template' }).waitFor();
    for (const { tenantId } of tagged()) {
      expect(await schedulesOf(tenantId)).toMatchObject([{ version: 1, linked: true }]);
    }
  });

  it('show what was changed in a tenant, and bring it back', async () => {
    const [first] = tagged();
    const [schedule] = await schedulesOf(first!.tenantId);
    await changeSchedule(world.database, first!.tenantId, schedule!.id, {
      spec: { policyTypes: 'all', retention: { keepLast: 30 } },
    });
    const page = await open({ path: '/schedules?q=weekly', width: 1600 });
    const badge = page.page.getByRole('link', { name: 'Weekly, differs from the template' });
    await badge.click();
    await page.page.getByRole('heading', { level: 2, name: 'Schedule templates' }).waitFor();
    const drawer = await page.drawer();
    const differences = drawer.getByRole('table', { name: 'What differs' });
    await differences.getByRole('row', { name: 'Policy types core types all known types' }).waitFor();
    await drawer.getByRole('button', { name: 'Bring back to the template' }).click();
    const dialog = page.page.getByRole('dialog', { name: 'Bring back to the template' });
    await dialog.getByText('Policy types: all known types, template: core types').waitFor();
    await dialog.getByRole('button', { name: 'Apply to 1 tenant' }).click();
    await page.shown('Applied to 1 tenant.').waitFor();
    expect(await schedulesOf(first!.tenantId)).toMatchObject([{ version: 3, spec: { policyTypes: 'core' } }]);
    await page.page.getByRole('combobox', { name: 'State' }).selectOption({ label: 'Not as the template' });
    await page.shown('Nothing matches').waitFor();
    await page.page.getByRole('button', { name: 'Clear filters' }).waitFor();
    expect(page.page.url()).not.toContain('standing=');
  });

  it('let a tenant go that lost the tag, and say what stays when one is removed', async () => {
    const [first, second] = tagged();
    await world.test.superuser.query(`update app.tenants set tags = '{}' where id = $1`, [second!.tenantId]);
    const page = await open({ path: `${path}?templateTab=drift` });
    const row = page.rows('Drift').filter({ hasText: second!.name });
    await row.getByText('No longer covered').waitFor();
    await row.focus();
    await page.page.keyboard.press('Space');
    await page.page.getByRole('button', { name: 'Bring back to the template: 0 of 1' }).waitFor();
    await page.page.getByRole('button', { name: 'Detach: 1 of 1' }).click();
    const detach = page.page.getByRole('dialog', { name: 'Detach 1 schedule' });
    await detach.getByRole('button', { name: 'Detach 1 schedule' }).click();
    await page.shown('Detached the schedule of 1 tenant.').waitFor();
    expect(await schedulesOf(second!.tenantId)).toMatchObject([{ version: 1, linked: false }]);

    await page.page.getByRole('tab', { name: 'Templates' }).click();
    const editor = await page.openRow('Schedule templates', 'Weekly');
    await editor.getByRole('button', { name: 'Remove template' }).click();
    const remove = page.page.getByRole('dialog', { name: 'Remove Weekly' });
    await remove.getByText('1 schedule stays as it is and is detached.').waitFor();
    await remove.getByRole('button', { name: 'Remove template' }).click();
    await page.shown('No templates yet').waitFor();
    expect(await schedulesOf(first!.tenantId)).toMatchObject([{ linked: false }]);
  });

  it('are the administrators’ to change, and say so to everybody else', async () => {
    const { tenantId } = tagged()[0]!;
    const reader = await world.test.asTechnician('template reader', 'reader', tenantId);
    const page = new SchedulesPage(await world.openAs(reader.login, { path }));
    opened.push(page);
    await page.shown('No templates yet').waitFor();
    const button = page.page.getByRole('button', { name: 'New template' }).first();
    expect(await button.getAttribute('aria-disabled')).toBe('true');
    expect(await button.getAttribute('title')).toBe('This needs a workspace administrator.');
    // An administrator without any role in a tenant has this page, though no schedules.
    const { login } = await world.test.asTechnician('template administrator', 'administrator');
    const other = new SchedulesPage(await world.openAs(login, { path }));
    opened.push(other);
    await other.page.getByRole('button', { name: 'New template' }).first().click();
    await (await other.drawer()).getByRole('button', { name: 'Save template' }).waitFor();
  });

  it.each<[Theme, string[] | undefined]>([
    ['light', undefined],
    ['dark', ['color-contrast']],
    ['high-contrast', ['color-contrast']],
  ])('axe finds nothing serious, %s', { timeout: 180_000 }, async (theme, rules) => {
    const { tenantId, name } = tagged()[0]!;
    await world.test.superuser.query(`update app.tenants set tags = '{gold}' where id = $1`, [tenantId]);
    const templateId = await saveTemplate(world.database, null, {
      name: `Seen ${theme}`,
      cadence: { kind: 'daily', times: ['04:00'] },
      timeZone: 'Europe/Berlin',
      spec: { policyTypes: 'core', retention: { keepLast: 5 } },
      tags: ['gold'],
      spreadMinutes: 30,
    });
    const page = await open({ path: `${path}?q=${theme}`, theme });
    const findings: string[] = [];
    await page.page.getByRole('button', { name: `Apply Seen ${theme}` }).click();
    await page.page.getByRole('dialog').getByText('New schedule: 1').waitFor();
    findings.push(...(await page.seriousFindings(rules)));
    await page.page.keyboard.press('Escape');
    await page.page.getByRole('dialog').waitFor({ state: 'detached' });
    findings.push(...(await page.seriousFindings(rules)));
    await page.openRow('Schedule templates', theme);
    findings.push(...(await page.seriousFindings(rules)));
    await page.page.evaluate(
      (hash) => (location.hash = hash),
      `${path}?templateTab=drift&ofTemplate=%22${templateId}%22&driftOf=%22${templateId}_${tenantId}%22`,
    );
    await page.page.getByRole('dialog', { name: `Seen ${theme} in ${name}` }).waitFor();
    findings.push(...(await page.seriousFindings(rules)));
    await page.page.keyboard.press('Escape');
    await page.page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.rows('Drift').nth(1).getByRole('checkbox').check();
    findings.push(...(await page.seriousFindings(rules)));
    expect(findings).toEqual([]);
  });
});
