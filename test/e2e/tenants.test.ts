import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eraseBatch } from '../../main/db/repositories/deleted-tenants.ts';
import { startHttpReceiver } from '../alerts/receivers.ts';
import { eventually } from '../engine/scheduling-fixture.ts';
import { type ConsoleWorld, keepScreenshot, openConsoleWorld, type Theme } from './console-fixture.ts';
import { TenantsPage } from './pages/tenants-page.ts';

/** One workspace from its first start on; the cases go on from each other, as a person's first day does. */
let world: ConsoleWorld;
/** Its consent lacks a permission, and it has no licence for one type. */
let lacking: ConsoleWorld['simulator']['tenants'][number];
const missing = 'DeviceManagementServiceConfig.Read.All';

beforeAll(async () => {
  world = await openConsoleWorld({ connected: false });
  lacking = world.simulator.tenants[2]!;
}, 120_000);
afterAll(() => world?.close());

const opened: TenantsPage[] = [];
afterEach(async ({ task }) => {
  for (const { page } of opened.splice(0)) {
    if (task.result?.state === 'fail') {
      await keepScreenshot(page, task.name.replaceAll(/[^a-z0-9]+/gi, '-'));
    }
    await page.context().close();
  }
});

async function open(options: Parameters<ConsoleWorld['open']>[0] = {}): Promise<TenantsPage> {
  const page = new TenantsPage(await world.open(options));
  await page.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  opened.push(page);
  return page;
}

async function openTenant(tab = 'summary'): Promise<TenantsPage> {
  const [row] = await world.test.superuser.query<{ id: string }>(`select id from app.tenants`);
  const page = await open({ path: `/tenants?tenant=%22${row!.id}%22&tenantTab=%22${tab}%22` });
  await page.drawer();
  return page;
}

/** Presses Tab until the element has the focus. */
async function tabTo(page: TenantsPage, name: string): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    const focused = await page.page.evaluate(() => {
      const element = document.activeElement;
      return element?.getAttribute('aria-label') ?? element?.textContent ?? '';
    });
    if (focused === name) return;
    await page.page.keyboard.press('Tab');
  }
  throw new Error(`Tab never came to ${name}`);
}

const themes: readonly [Theme, string[] | undefined][] = [
  ['light', undefined],
  ['dark', ['color-contrast']],
  ['high-contrast', ['color-contrast']],
];

describe('the first start', () => {
  it('opens the wizard, which the keyboard alone goes through', { timeout: 60_000 }, async () => {
    const page = await open();
    const { keyboard } = page.page;
    await page.page.getByRole('heading', { name: 'Set up TenantKeep' }).waitFor();
    await page.shown('Data lies on this computer').waitFor();
    await page.shown('Row security').waitFor();
    for (const next of ['Schema', 'Who you are']) {
      await tabTo(page, 'Next');
      await keyboard.press('Enter');
      await page.page.getByRole('heading', { level: 3, name: next }).waitFor();
    }
    // Without the name the way does not go on.
    await tabTo(page, 'Next');
    await keyboard.press('Enter');
    const name = page.page.getByRole('checkbox', { name: 'I am Anna' });
    for (let presses = 0; presses < 4; presses += 1) {
      if (await name.evaluate((box) => box === document.activeElement)) break;
      await keyboard.press('Shift+Tab');
    }
    await keyboard.press('Space');
    expect(await name.isChecked()).toBe(true);
    await tabTo(page, 'Next');
    await keyboard.press('Enter');
    await page.shown('This computer is the host').waitFor();
    await tabTo(page, 'Next');
    await keyboard.press('Enter');
    await page.page.getByRole('heading', { level: 3, name: 'First tenant' }).waitFor();
    // It goes on where it was left.
    await page.page.reload();
    await page.page.getByRole('heading', { level: 3, name: 'First tenant' }).waitFor();
    await page.page.getByRole('button', { name: 'Connect one later' }).click();
    await page.page.getByRole('heading', { level: 2, name: 'Overview' }).waitFor();
    await page.shown('First steps').waitFor();
    // Once is enough.
    await page.page.reload();
    await page.shown('First steps').waitFor();
  });
});

describe('connecting a tenant', () => {
  it('says at each field what is wrong, and loses nothing by mistake', { timeout: 60_000 }, async () => {
    const page = await open({ path: '/tenants' });
    await page.shown('No tenants yet').waitFor();
    const drawer = await page.openConnect();
    await drawer.getByText('Only one host can open the credential').waitFor();
    await drawer.getByLabel('Name').fill('x'.repeat(1_000_000));
    await drawer.getByLabel('Entra tenant id').fill('<b>contoso</b>');
    await drawer.getByRole('button', { name: 'Connect tenant' }).click();
    await drawer.getByText('A name has at most 200 characters.').waitFor();
    await drawer.getByText('A GUID such as').first().waitFor();
    await page.page.keyboard.press('Escape');
    await page.page.getByText('The changes are not saved').waitFor();
    await page.page.getByRole('button', { name: 'Keep editing' }).click();
    expect((await drawer.getByLabel('Name').inputValue()).length).toBe(1_000_000);
  });

  it('checks access at once and names the permission that lacks', { timeout: 60_000 }, async () => {
    const page = await open({ path: '/tenants' });
    const drawer = await page.openConnect();
    await drawer.getByText('no write permission is ever requested').waitFor();
    await drawer.getByLabel('Name').fill(lacking.name);
    await page.fillAddress(drawer, world.simulator, lacking);
    await drawer.getByRole('button', { name: 'Connect tenant' }).click();
    await drawer.getByRole('heading', { name: new RegExp(`readable; .*${missing}`) }).waitFor();
    await drawer.getByText('1 not licensed').waitFor();
    const first = drawer.getByRole('table', { name: 'Access by policy type' }).getByRole('row').nth(1);
    expect(await first.textContent()).toContain('Permission missing');
    await drawer.getByRole('button', { name: 'Copy permissions' }).last().click();
    await eventually(async () => (await page.clipboard()) === missing, 'the list is copied');
    await drawer.getByRole('button', { name: 'Copy consent link' }).last().click();
    await eventually(async () => (await page.clipboard()).includes('/adminconsent?client_id='), 'the link');
    await drawer.getByRole('button', { name: 'Open tenant' }).click();
    await page.shown('Can be opened by').waitFor();
    // What was typed is nowhere: not in the page, not in the log of the database.
    expect(await page.page.content()).not.toContain(lacking.clientSecret);
  });
});

const currentCredential = async () =>
  (
    await world.test.superuser.query<{ id: string; kind: string }>(
      'select id, kind from app.credentials where replaced_at is null',
    )
  )[0]!;

describe('notifications', () => {
  it(
    'sends a test message over a channel, and says why one did not arrive',
    { timeout: 60_000 },
    async () => {
      const receiver = await startHttpReceiver();
      try {
        const page = await open({ path: '/settings/notifications' });
        await page.shown('No channels yet').waitFor();
        await page.page.getByRole('button', { name: 'Add channel' }).click();
        const drawer = await page.drawer();
        const save = drawer.getByRole('button', { name: 'Save channel' });
        await drawer.getByLabel('Kind').selectOption('webhook');
        await save.click();
        await drawer.getByText('A name is needed.').first().waitFor();
        await drawer.getByLabel('Name').fill('Desk <b>webhook</b>');
        await drawer.getByLabel('Webhook address').fill('http://desk.example/alerts');
        await drawer.getByLabel('Signing key').fill('a key of the test itself');
        await save.click();
        await drawer.getByText('Alerts are posted to https addresses only.').waitFor();
        await drawer.getByLabel('Webhook address').fill(`http://127.0.0.1:${receiver.port}/secret-path`);
        await save.click();
        await drawer.getByText('Not used yet').waitFor();
        expect(await drawer.getByLabel('Webhook address').inputValue()).toBe('');
        expect(await drawer.getByLabel('Webhook address').getAttribute('placeholder')).toContain('Stored');
        const send = drawer.getByRole('button', { name: 'Send test message' });
        await send.click();
        await drawer.getByText('waits for a host').waitFor();
        await world.passAlerts();
        await drawer.getByText('The receiver took the test message.').waitFor();
        expect(receiver.taken.map(({ path }) => path)).toEqual(['/secret-path']);
        await drawer.getByText('Works').waitFor();
        receiver.refuseWith = 503;
        await send.click();
        await drawer.getByText('waits for a host').waitFor();
        await world.passAlerts();
        await drawer.getByText('did not arrive: The other side answered with status 503.').waitFor();
        await drawer.getByText('Failing').waitFor();
        expect(await page.page.content()).not.toContain('secret-path');
        await drawer.getByRole('button', { name: 'Remove channel' }).click();
        await page
          .dialog(/^Remove/)
          .getByRole('button', { name: 'Remove channel' })
          .click();
        await page.shown('No channels yet').waitFor();
      } finally {
        await receiver.close();
      }
    },
  );
});

const storedTags = async () =>
  (await world.test.superuser.query<{ tags: string[] }>('select tags from app.tenants'))[0]!.tags;

describe('a connected tenant', () => {
  it('is renamed to markup and bidi, and shows them as text', { timeout: 60_000 }, async () => {
    const page = await openTenant();
    let alerted = false;
    page.page.on('dialog', () => (alerted = true));
    await page.page.getByRole('button', { name: 'Edit tenant' }).click();
    const dialog = page.dialog(/^Edit/);
    const hostile = '<img src=x onerror=alert(1)>\u202ecod';
    await dialog.getByLabel('Name').fill(hostile);
    await dialog.getByLabel('Tags').fill('gold, <i>east</i>');
    await dialog.getByLabel('Allowed age').fill('48');
    await dialog.getByRole('button', { name: 'Save tenant' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.shown('<img src=x onerror=alert(1)>␣202Ecod').waitFor();
    await page.shown('48 h, set by hand').waitFor();
    await page.page.keyboard.press('Escape');
    await page.page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.page.getByLabel('Tag', { exact: true }).selectOption('<i>east</i>');
    expect(await page.rows('Tenants').count()).toBe(2);
    await page.page.getByLabel('Health').selectOption('protected');
    await page.shown('No tenant matches').waitFor();
    expect(alerted).toBe(false);
    expect(await page.fitsSideways()).toBe(true);
  });

  it('is chosen in the list, gets a tag and loses it again', { timeout: 60_000 }, async () => {
    const before = await storedTags();
    const page = await open({ path: '/tenants' });
    await page.page.getByRole('checkbox', { name: 'Select all rows' }).check();
    const bar = page.page.getByRole('region', { name: 'Selected tenants' });
    await bar.getByRole('button', { name: 'Check access: 1 of 1', exact: true }).waitFor();
    await bar
      .getByRole('button', { name: 'Pause schedules: 0 of 1, leaves out 1 without schedules' })
      .waitFor();
    await bar.getByRole('button', { name: 'Change tags: 1 of 1' }).click();
    const dialog = page.dialog(/^Change the tags/);
    await dialog.getByLabel('Tags to add').fill('west');
    await dialog.getByLabel('Tags to remove').fill('gold');
    await dialog.getByRole('button', { name: 'Change tags' }).click();
    await page.shown('Tags changed of 1 tenant.').waitFor();
    expect(await storedTags()).toEqual([...before.filter((tag) => tag !== 'gold'), 'west']);
    await page.page.getByRole('button', { name: 'Undo' }).click();
    await page.shown('Tags given back to 1 tenant.').waitFor();
    expect(await storedTags()).toEqual(before);
  });

  it(
    'gives a role, changes it and takes it away, but never the last owner',
    { timeout: 60_000 },
    async () => {
      const { technicianId } = await world.test.asTechnician('Berta');
      const roleOfBerta = async () =>
        (
          await world.test.superuser.query<{ role: string }>(
            'select role from app.tenant_memberships where technician_id = $1',
            [technicianId],
          )
        )[0]?.role ?? 'none';
      const page = await openTenant('members');
      const panel = page.page.getByRole('tabpanel');
      await panel.getByLabel('Technician').selectOption({ value: technicianId });
      await panel.getByRole('button', { name: 'Add member' }).click();
      const role = panel.getByLabel('Role of Berta');
      await role.waitFor();
      expect(await roleOfBerta()).toBe('reader');
      await role.selectOption('operator');
      await eventually(async () => (await roleOfBerta()) === 'operator', 'the role is changed');
      await panel.getByRole('button', { name: 'Remove Anna' }).click();
      await panel.getByText('The last owner of a tenant keeps that role.').waitFor();
      await panel.getByRole('button', { name: 'Remove Berta' }).click();
      await eventually(async () => (await roleOfBerta()) === 'none', 'the role is taken away');
    },
  );

  it('keeps its credential until the new one has passed the check', { timeout: 90_000 }, async () => {
    const before = await currentCredential();
    const page = await openTenant();
    await page.page.getByRole('button', { name: 'Replace credential' }).click();
    await page
      .dialog(/^Replace/)
      .getByRole('button', { name: 'Propose credential' })
      .click();
    const waiting = page.page.getByRole('region', { name: 'New credential' });
    // The certificate that was made is not uploaded anywhere, so the sign-in is refused.
    await waiting.getByLabel('Public certificate').waitFor();
    await waiting
      .getByText(/certificate/i)
      .filter({ hasText: /not|refused|rejected/i })
      .first()
      .waitFor();
    expect(await currentCredential()).toEqual(before);
    expect(await waiting.getByLabel('Public certificate').inputValue()).toMatch(
      /^-----BEGIN CERTIFICATE-----/,
    );
    await eventually(
      async () => await waiting.getByRole('button', { name: 'Check new credential' }).isEnabled(),
      'the check has ended',
    );
    await waiting.getByRole('button', { name: 'Discard new credential' }).click();
    await waiting.waitFor({ state: 'detached' });
    await page.page.getByRole('button', { name: 'Replace credential' }).click();
    await page.fillSecret(page.dialog(/^Replace/), lacking.clientSecret);
    await page
      .dialog(/^Replace/)
      .getByRole('button', { name: 'Propose credential' })
      .click();
    await eventually(
      async () => (await currentCredential()).id !== before.id,
      'the new credential is in force',
    );
    await waiting.waitFor({ state: 'detached' });
  });

  it.each(themes)(
    'has no serious finding of axe in its drawers, %s',
    { timeout: 180_000 },
    async (theme, rules) => {
      const [row] = await world.test.superuser.query<{ id: string }>(`select id from app.tenants`);
      const page = await open({ theme });
      const tenant = (tab: string) => `/tenants?tenant=%22${row!.id}%22&tenantTab=%22${tab}%22`;
      const drawers: readonly [path: string, settled: string][] = [
        ['/tenants?connect=%22new%22', 'Application (client) id'],
        [tenant('summary'), 'Can be opened by'],
        [tenant('access'), 'Checked'],
        ['/settings/notifications?channel=%22new%22', 'Channel is on'],
      ];
      const findings: string[] = [];
      for (const [path, settled] of drawers) {
        await page.page.evaluate((hash) => (location.hash = hash), path);
        await page.shown(settled).waitFor();
        findings.push(...(await page.seriousFindings(rules)).map((finding) => `${path}: ${finding}`));
      }
      expect(findings).toEqual([]);
    },
  );

  it('is disconnected and keeps what it has', { timeout: 60_000 }, async () => {
    const page = await openTenant();
    await page.page.getByRole('button', { name: 'Disconnect tenant' }).click();
    await page
      .dialog(/^Disconnect/)
      .getByLabel('Reason')
      .fill('contract ended');
    await page
      .dialog(/^Disconnect/)
      .getByRole('button', { name: 'Disconnect tenant' })
      .click();
    await page.rows('Tenants').getByText('Disconnected').waitFor();
  });

  it('is connected again by a credential that passes', { timeout: 60_000 }, async () => {
    const page = await openTenant();
    await page.page.getByRole('button', { name: 'Reconnect tenant' }).click();
    const dialog = page.dialog(/^Reconnect/);
    await page.fillSecret(dialog, lacking.clientSecret);
    await dialog.getByRole('button', { name: 'Reconnect tenant' }).click();
    await dialog.getByText('The application (client) id is needed.').waitFor();
    await dialog.getByLabel('Application (client) id').fill(lacking.clientId);
    await dialog.getByRole('button', { name: 'Reconnect tenant' }).click();
    await page.page.getByRole('button', { name: 'Disconnect tenant' }).waitFor();
    expect((await currentCredential()).kind).toBe('secret');
  });

  it('is deleted by typing its name, and gone from every list at once', { timeout: 60_000 }, async () => {
    const { superuser } = world.test;
    const [row] = await superuser.query<{ id: string; name: string }>(`select id, name from app.tenants`);
    const page = await openTenant();
    await page.page.getByRole('button', { name: 'Delete tenant' }).click();
    const dialog = page.dialog(/^Delete/);
    await dialog.getByText('backup sets').first().waitFor();
    const confirm = dialog.getByRole('button', { name: 'Delete tenant' });
    await dialog.getByRole('textbox').fill('Another');
    expect(await confirm.isDisabled()).toBe(true);
    expect(await page.seriousFindings()).toEqual([]);
    await dialog.getByRole('textbox').fill(row!.name);
    await confirm.click();
    await page.page.getByText('No tenants yet').waitFor();
    await dialog.waitFor({ state: 'detached' });
    // A host erases what is left; meanwhile the page tells how far it is.
    const erasing = page.page.getByText(/is deleted\. A running host is erasing/);
    await erasing.waitFor();
    const { db } = await world.test.asHost('eraser');
    while ((await eraseBatch(db, 5000)).tenantId !== null);
    await erasing.waitFor({ state: 'detached' });
  });
});
