import type { Locator, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getRun } from '../../main/db/repositories/runs.ts';
import { type Permission, permissions, tenantRoles } from '../../shared/model/permissions.ts';
import { type ConsoleWorld, keepScreenshot, openConsoleWorld } from './console-fixture.ts';
import { designedMatrix, type Holder, holders, isDesigned, matrixOf } from './permission-matrix.ts';

/**
 * Each role sees and may do what the matrix says: one person a role, each with a database login and a browser session
 * of their own, in one tenant; beside them an administrator without any role, and somebody who holds nothing.
 */
let world: ConsoleWorld;
let tenant: ConsoleWorld['tenants'][number];
let runId: string;
let setId: string;
let hostId: string;
let ownerId: string;
const logins = new Map<Holder, string>();

beforeAll(async () => {
  world = await openConsoleWorld();
  // The consent of this tenant lacks a permission: its run is partial, hence can be retried.
  tenant = world.tenants[2]!;
  runId = await world.run(tenant.scheduleId);
  setId = (await getRun(world.database, { tenantId: tenant.tenantId }, runId))!.backupSetId!;
  for (const role of tenantRoles) {
    const person = await world.test.asTechnician(`role ${role}`, role, tenant.tenantId);
    logins.set(role, person.login);
    if (role === 'owner') ownerId = person.technicianId;
  }
  logins.set('administrator', (await world.test.asTechnician('role administrator', 'administrator')).login);
  logins.set('none', (await world.test.asTechnician('role none')).login);
  hostId = (await world.test.asHost('office')).hostId;
}, 120_000);
afterAll(() => world?.close());

/** The pages of the navigation, each with the permissions of which one is enough. */
const navigation: readonly [name: string, permissions: readonly Permission[] | null][] = [
  ['Overview', ['tenant.view']],
  ['Tenants', ['tenant.view']],
  ['Schedules', ['schedule.view']],
  ['Runs', ['run.view']],
  ['Backup sets', ['set.view']],
  ['Audit', ['audit.view', 'workspace.audit']],
  ['Settings', null],
];
const settings: readonly [name: string, permissions: readonly Permission[] | null][] = [
  ['Hosts', ['tenant.view']],
  ['Technicians and roles', ['member.view']],
  ['Notifications', ['tenant.view', 'workspace.notifications']],
  ['Database', null],
  ['Retention', ['schedule.view', 'workspace.defaults']],
  ['Appearance', null],
  ['Diagnostics', null],
  ['About', null],
];

interface Action {
  permission: Permission;
  /** Where it stands; looked at by those who may see that page. */
  path: () => string;
  page: readonly Permission[];
  /** Who sees the control on that page; absent: everybody who sees the page. */
  shownTo?: readonly Permission[];
  find: (page: Page) => Locator;
}

const inDrawer = (page: Page, name: string | RegExp): Locator =>
  page.getByRole('dialog').getByRole('button', { name }).first();
const button = (page: Page, name: string | RegExp): Locator => page.getByRole('button', { name }).first();
const inTenant = (): string => `tenantId=%22${tenant.tenantId}%22`;
const setPath = (): string => `/backup-sets?set=%22${setId}%22&setTenant=%22${tenant.tenantId}%22`;

/** One action for each permission that a control of a page stands for. */
const actions: readonly Action[] = [
  {
    permission: 'schedule.create',
    path: () => '/schedules',
    page: ['schedule.view'],
    find: (page) => button(page, 'New schedule'),
  },
  {
    permission: 'schedule.pause',
    path: () => '/schedules',
    page: ['schedule.view'],
    find: (page) => page.getByRole('switch', { name: /is on$/ }).first(),
  },
  {
    permission: 'run.start',
    path: () => '/schedules',
    page: ['schedule.view'],
    find: (page) => button(page, /^Run now: /),
  },
  {
    permission: 'run.retry',
    path: () => `/runs?run=%22${runId}%22&runTenant=%22${tenant.tenantId}%22`,
    page: ['run.view'],
    find: (page) => inDrawer(page, 'Retry run'),
  },
  {
    permission: 'set.verify',
    path: setPath,
    page: ['set.view'],
    find: (page) => inDrawer(page, 'Verify set'),
  },
  { permission: 'set.pin', path: setPath, page: ['set.view'], find: (page) => inDrawer(page, 'Pin set') },
  {
    permission: 'audit.export',
    path: () => `/audit?${inTenant()}`,
    page: ['audit.view', 'workspace.audit'],
    find: (page) => button(page, 'Export events'),
  },
  {
    permission: 'workspace.hosts',
    path: () => '/settings/hosts',
    page: ['tenant.view'],
    find: (page) => button(page, 'Reseal credentials'),
  },
  {
    permission: 'host.pause-own',
    path: () => `/settings/hosts?host=%22${hostId}%22`,
    page: ['tenant.view'],
    find: (page) => inDrawer(page, 'Pause host'),
  },
  {
    permission: 'workspace.defaults',
    path: () => '/settings/retention',
    page: ['schedule.view', 'workspace.defaults'],
    find: (page) => button(page, 'Save default'),
  },
  {
    permission: 'retention.edit',
    path: () => `/settings/retention?${inTenant()}`,
    page: ['schedule.view', 'workspace.defaults'],
    shownTo: ['schedule.view'],
    find: (page) => button(page, 'Save rule of the tenant'),
  },
  {
    permission: 'workspace.technicians',
    path: () => '/settings/technicians',
    page: ['member.view'],
    find: (page) => button(page, 'Invite technician'),
  },
  {
    permission: 'member.manage',
    path: () => `/settings/technicians?technician=%22${ownerId}%22`,
    page: ['member.view'],
    find: (page) =>
      page
        .getByRole('table', { name: 'Roles of role owner' })
        .getByRole('row', { name: tenant.name })
        .getByRole('cell')
        .last(),
  },
];

const maySee = (wanted: readonly Permission[] | null, holder: Holder): boolean =>
  wanted === null || wanted.some((permission) => isDesigned(permission, holder));

/** A control that is there, and is held back or not. What waits for an input is not held back by a role. */
async function isHeldBack(control: Locator): Promise<boolean> {
  await control.waitFor();
  // A role that one may not change is a word in its cell, without a field.
  if ((await control.getAttribute('role')) === 'cell')
    return (await control.getByRole('combobox').count()) === 0;
  if ((await control.getAttribute('aria-disabled')) === 'true') return true;
  return (await control.getAttribute('role')) === 'switch' && (await control.isDisabled());
}

describe('roles', () => {
  it('have the permissions of the design', () => {
    expect(matrixOf(permissions)).toEqual(designedMatrix);
  });

  it.each(holders)(
    '%s sees the pages and may do the actions of the matrix',
    { timeout: 60_000 },
    async (holder) => {
      const page = await world.openAs(logins.get(holder)!, { path: '/settings/appearance' });
      try {
        const names = async (list: string) =>
          (await page.getByRole('navigation', { name: list }).getByRole('link').allInnerTexts()).map((name) =>
            name.trim(),
          );
        await page.getByRole('navigation', { name: 'Settings' }).getByRole('link').first().waitFor();
        expect(await names('Pages')).toEqual(
          navigation.filter(([, p]) => maySee(p, holder)).map(([name]) => name),
        );
        expect(await names('Settings')).toEqual(
          settings.filter(([, p]) => maySee(p, holder)).map(([name]) => name),
        );

        const found: Record<string, string> = {};
        const designed: Record<string, string> = {};
        for (const { permission, path, page: needed, shownTo = needed, find } of actions) {
          const go = path();
          await page.evaluate((hash) => (location.hash = hash), go);
          if (maySee(needed, holder) && !maySee(shownTo, holder)) continue;
          if (maySee(needed, holder)) {
            found[permission] = (await isHeldBack(find(page))) ? 'held back' : 'open';
            designed[permission] = isDesigned(permission, holder) ? 'open' : 'held back';
          } else {
            await page.getByRole('heading', { name: 'Not permitted' }).waitFor();
          }
        }
        expect(found).toEqual(designed);
      } catch (error) {
        await keepScreenshot(page, `roles-${holder}`);
        throw error;
      } finally {
        await page.context().close();
      }
    },
  );
});
