import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright';
import { storeTenant } from '../../main/credentials/connect-tenant.ts';
import { createHost, openHostStore, openWorkspace } from '../../main/composition.ts';
import type { DatabaseAccess } from '../../main/database-access.ts';
import type { Database } from '../../main/db/database.ts';
import { requestSetImport } from '../../main/db/repositories/imported-sets.ts';
import { getRun, requestRun } from '../../main/db/repositories/runs.ts';
import { addSchedule } from '../../main/engine/change-schedule.ts';
import { readExportFolder } from '../../main/engine/import/read-folder.ts';
import { storeImport } from '../../main/engine/import/store-import.ts';
import { openConsole } from '../../main/open-console.ts';
import {
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from '../../main/simulator/start-simulator.ts';
import { instantFromMs } from '../../shared/model/instant.ts';
import { isTerminal } from '../../shared/model/run-states.ts';
import { throughPort } from '../support/arena.ts';
import { builtApp } from '../support/built-app.ts';
import { chromiumOptions } from '../support/chromium.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type ChaosProxy, startChaosProxy } from '../torture/support/chaos-proxy.ts';
import { eventually } from '../engine/scheduling-fixture.ts';

export interface ConsoleWorld {
  test: TestDatabase;
  /** The person at the computer: workspace administrator, and owner of every tenant. */
  database: Database;
  tenants: readonly { tenantId: string; name: string; scheduleId: string }[];
  /** A page of a new browser session, signed in by a one-time link. */
  open(options?: PageOptions): Promise<Page>;
  /** The same for another person, who signs in with a database login of their own (`TestDatabase.asTechnician`). */
  openAs(login: string, options?: PageOptions): Promise<Page>;
  /** The line between console, host and database; cut it and they are without one. */
  line: ChaosProxy;
  stopHost(): Promise<void>;
  /** Has the host look for trouble and send what is due, once. */
  passAlerts(): Promise<void>;
  /** Runs a schedule by hand and waits until its run has ended; answers its id. */
  run(scheduleId: string): Promise<string>;
  /** Keeps a folder that another tool exported as a set; answers its id. */
  importFolder(tenantId: string, folder: string): Promise<string>;
  /** The Graph behind the tenants. */
  simulator: Simulator;
  close(): Promise<void>;
}

export interface PageOptions {
  theme?: Theme;
  width?: number;
  height?: number;
  path?: string;
}

export type Theme = 'light' | 'dark' | 'high-contrast';

/**
 * The whole path once for a test file: real PostgreSQL, the simulator of Microsoft Graph in this process, a host
 * that runs backups, the built screens on a loopback console, and Chromium in front of them. Not `connected`: a
 * workspace without any tenant, as it is at the first start.
 */
export async function openConsoleWorld({
  connected = true,
  ...simulated
}: SimulatorOptions & { connected?: boolean } = {}): Promise<ConsoleWorld> {
  const undo: (() => Promise<unknown> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const step of undo.toReversed()) await step();
  };
  try {
    const options = chromiumOptions();
    const { renderer } = await builtApp();
    const test = await createTestDatabase();
    undo.push(() => test.close());
    const home = await mkdtemp(join(tmpdir(), 'tenantkeep-e2e-'));
    undo.push(() => rm(home, { recursive: true, force: true }));
    const workspace = await openWorkspace({ home, logName: 'e2e' });
    undo.push(() => workspace.log.close());
    const hostLogin = await test.asHost('office');
    await test.superuser.query(`update app.hosts set public_key = $1 where id = $2`, [
      workspace.hostKey.recipient,
      hostLogin.hostId,
    ]);
    const person = await test.asTechnician('Anna', 'administrator');
    const line = await startChaosProxy(Number(new URL(person.url).port));
    undo.push(() => line.close());
    const access: DatabaseAccess = {
      kind: 'embedded',
      location: 'the test server',
      urlFor: (purpose) =>
        Promise.resolve(throughPort(purpose === 'host' ? hostLogin.url : person.url, line.port)),
      leave: () => Promise.resolve(),
    };
    const simulator = await startSimulator({ throttle: false, ...simulated });
    undo.push(() => simulator.close());
    const tenants: { tenantId: string; name: string; scheduleId: string }[] = [];
    for (const tenant of connected ? simulator.tenants : []) {
      const tenantId = await storeTenant(person.db, {
        name: tenant.name,
        tenantGuid: tenant.tenantGuid,
        clientId: tenant.clientId,
        cloud: 'custom',
        customCloud: { graphUrl: simulator.graphUrl, loginUrl: simulator.loginUrl, ca: simulator.caPem },
        credential: { kind: 'secret', secret: tenant.clientSecret },
        expiresAt: null,
      });
      const scheduleId = await addSchedule(person.db, {
        tenantId,
        name: 'Nightly',
        cadence: { kind: 'daily', times: ['02:10'] },
        timeZone: 'Europe/Berlin',
        spec: { policyTypes: 'core', retention: { keepLast: 5 } },
      });
      tenants.push({ tenantId, name: tenant.name, scheduleId });
    }
    const host = await createHost(workspace, access, { kind: 'service' });
    undo.push(() => host.stop());
    await host.engine.start();
    const console_ = await openConsole(workspace, access, { port: 0, rendererDirectory: renderer });
    undo.push(() => console_.close());
    const browser = await chromium.launch(options);
    undo.push(() => browser.close());
    const session = await signIn(browser, console_.link);
    const { origin } = new URL(console_.link);
    return {
      test,
      database: person.db,
      tenants,
      line,
      stopHost: () => host.stop(),
      passAlerts: () => host.alerts.passNow(),
      open: (options = {}) => openPage(browser, session, origin, options),
      openAs: async (login, options = {}) =>
        openPage(browser, await signInWithLogin(browser, origin, login), origin, options),
      async importFolder(tenantId, folder) {
        const collected = await readExportFolder(folder, 'auto');
        const store = await openHostStore(workspace, access);
        try {
          const requestId = await requestSetImport(person.db, {
            tenantId,
            tool: collected.tool,
            folder: collected.folder,
            takenAt: instantFromMs(collected.newestMs!),
          });
          const wanted = { requestId, tenantId };
          return (await storeImport(store.database, store.secrets, wanted, collected)).setId;
        } finally {
          await store.database.close();
        }
      },
      async run(scheduleId) {
        const { runId } = await requestRun(person.db, scheduleId);
        const tenantId = tenants.find((tenant) => tenant.scheduleId === scheduleId)!.tenantId;
        await eventually(async () => {
          const run = await getRun(person.db, { tenantId }, runId);
          return run !== null && isTerminal(run.state);
        }, 'the end of the run');
        return runId;
      },
      simulator,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

type Session = Awaited<ReturnType<BrowserContext['storageState']>>;

async function signIn(browser: Browser, link: string): Promise<Session> {
  const context = await browser.newContext();
  await (await context.newPage()).goto(link);
  const session = await context.storageState();
  await context.close();
  return session;
}

/** As the sign-in page does it; every login of the test database has this password. */
async function signInWithLogin(browser: Browser, origin: string, login: string): Promise<Session> {
  const context = await browser.newContext();
  const answer = await context.request.post(`${origin}/sign-in`, {
    headers: { origin },
    data: { login, password: 'throw-away' },
  });
  if (!answer.ok()) throw new Error(`${login} could not sign in: ${await answer.text()}`);
  const session = await context.storageState();
  await context.close();
  return session;
}

async function openPage(
  browser: Browser,
  session: Session,
  origin: string,
  options: PageOptions,
): Promise<Page> {
  const context = await browser.newContext({
    storageState: session,
    acceptDownloads: true,
    reducedMotion: 'reduce',
    timezoneId: 'Europe/Berlin',
    viewport: { width: options.width ?? 1280, height: options.height ?? 800 },
  });
  context.setDefaultTimeout(20_000);
  await context.addInitScript((theme) => {
    localStorage.setItem(
      'tenantkeep-preferences',
      JSON.stringify({ state: { theme, zone: 'local', density: 'normal', singleKeys: true }, version: 0 }),
    );
  }, options.theme ?? 'light');
  const page = await context.newPage();
  await page.goto(`${origin}/#${options.path ?? '/'}`);
  await page.getByRole('heading', { level: 2 }).first().waitFor();
  return page;
}

/** Keeps a picture of what a person would have seen when a test failed. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  await mkdir('test-results', { recursive: true });
  await page.screenshot({ path: join('test-results', `${name}.png`) });
}
