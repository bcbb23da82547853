import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DesktopDoor } from '../../shared/bridge.ts';
import { contract } from '../../shared/contract/index.ts';
import type { Result } from '../../shared/result.ts';
import { builtApp } from '../support/built-app.ts';
import type { DesktopDriver, RunningDesktop } from '../support/electron/desktop-driver.ts';
import { createRuntimeDriver, obstacleToRuntime } from '../support/electron/runtime-driver.ts';
import { createStandInDriver } from '../support/electron/stand-in-driver.ts';
import { createDesktopHome, type DesktopHome } from './desktop-fixture.ts';

declare global {
  interface Window {
    noticed: unknown[];
    broken?: boolean;
  }
}

/** Answers that differ from call to call: measurements, and what is relative to now. Their fields must still agree. */
const measured =
  /latency|seconds|Ms$|At$|asOf|now$|sentence|version$|correlationId|lines|text$|detail|message/i;

/** The answer with measured values replaced by their kind. */
function comparable<Answer>(answer: Answer): Answer {
  return JSON.parse(
    JSON.stringify(answer, (key, value: unknown) =>
      measured.test(key) && value !== null && typeof value !== 'object' ? typeof value : value,
    ),
  ) as Answer;
}

const soon = { timeout: 10_000, interval: 100 };
let home: DesktopHome;
let driver: DesktopDriver;
let desktop: RunningDesktop;
let page: Page;

/** A call as the renderer makes it, through the preload. */
function call(name: string, input: unknown): Promise<Result<any>> {
  return page.evaluate(([calledName, given]) => (window.tenantkeep as DesktopDoor).call(calledName, given), [
    name,
    input,
  ] as const);
}

const noRuntime = obstacleToRuntime();
const runtimes: {
  name: string;
  obstacle: string | null;
  create: (entry: string) => Promise<DesktopDriver>;
}[] = [
  {
    name: 'the stand-in for Electron, on Chromium',
    obstacle: null,
    create: (entry) => createStandInDriver(entry),
  },
  { name: "Electron's own runtime", obstacle: noRuntime, create: createRuntimeDriver },
];

/** The same scenarios on every runtime that is here; one that is not says why it is skipped. */
describe.each(runtimes)('the built desktop on $name', { timeout: 60_000 }, ({ name, obstacle, create }) => {
  if (obstacle !== null) {
    it(`is not run here: ${obstacle}`, ({ skip }) => skip(obstacle));
    process.stdout.write(`desktop: ${name} is skipped: ${obstacle}\n`);
    return;
  }

  beforeAll(async () => {
    const [app, made] = await Promise.all([builtApp(), createDesktopHome()]);
    home = made;
    driver = await create(app.main);
    desktop = await driver.start({ home: home.directory });
    page = await desktop.window();
  }, 90_000);

  afterAll(async () => {
    await driver?.close();
    await home?.close();
  });

  it('starts and shows the schedules of its embedded database', async () => {
    await page.getByRole('link', { name: 'Schedules' }).click();
    await page.getByText('nightly').waitFor({ timeout: 10_000 });
    await expect
      .poll(() => desktop.view().then((view) => view.windows), soon)
      .toEqual([{ address: 'tenantkeep-app://app/#/schedules', visible: true, focused: true }]);
  });

  it('gives the page two functions and nothing of Node or Electron', async () => {
    const seen = await page.evaluate(() => ({
      door: Object.keys(window.tenantkeep!).sort(),
      frozen: Object.isFrozen(window.tenantkeep),
      globals: ['require', 'process', 'module', 'ipcRenderer', '__standInSend'].filter(
        (name) => name in window,
      ),
    }));
    expect(seen).toEqual({ door: ['call', 'onChange'], frozen: true, globals: [] });
  });

  it('answers calls with nested values, and refusals as data with their codes', async () => {
    const me = await call('session.me', {});
    expect(me).toMatchObject({ ok: true, value: { administrator: true, memberships: [{ role: 'owner' }] } });
    const preview = await call('schedules.preview', {
      tenantId: home.tenantId,
      cadence: { kind: 'everyMinutes', minutes: 15, anchorUtc: '2026-01-01T00:00:00.000Z' },
      timeZone: 'Europe/Berlin',
      count: 3,
    });
    expect(preview.ok && preview.value.slots).toHaveLength(3);
    expect(await call('schedules.get', { tenantId: 'nonsense', scheduleId: home.scheduleId })).toMatchObject({
      ok: false,
      error: { code: 'input_invalid', fields: [{ path: 'tenantId' }] },
    });
    expect(await call('tenants.drop', {})).toMatchObject({ ok: false, error: { code: 'procedure_unknown' } });
  });

  it('answers every call exactly as the console does over HTTP', async () => {
    const { tenantId, scheduleId } = home;
    const calls: [unknown, unknown][] = [
      ['session.me', {}],
      ['session.me', { extra: 1 }],
      ['tenants.list', {}],
      ['tenants.get', { tenantId }],
      ['tenants.get', { tenantId: scheduleId }],
      ['schedules.get', { tenantId, scheduleId }],
      ['schedules.policy-types', {}],
      ['schedules.preview', { tenantId, cadence: { kind: 'weekly' }, timeZone: 'Nowhere/At_all' }],
      ['runs.list', { pageSize: 501 }],
      ['runs.get', { tenantId, runId: scheduleId }],
      ['audit.list', { filter: { tenantId, outcome: 'denied' } }],
      ['schedules.pause', { tenantId, scheduleId, expectedVersion: 7, reason: 'too late' }],
      ['__proto__', {}],
      [7, null],
    ];
    const codes: unknown[] = [];
    for (const [name, input] of calls) {
      const overIpc = await call(name as string, input);
      expect([name, overIpc]).toEqual([name, await home.callOverHttp(name, input)]);
      codes.push(overIpc.ok || overIpc.error.code);
    }
    expect(new Set(codes)).toEqual(
      new Set([
        true,
        'input_invalid',
        'tenant_not_found',
        'run_not_found',
        'schedule_changed',
        'procedure_unknown',
      ]),
    );
  });

  it('answers every procedure of the contract alike over both transports, with and without what it needs', async () => {
    const { tenantId, scheduleId } = home;
    const inputs = [{}, { tenantId }, { tenantId, scheduleId }, { nonsense: true }];
    const told: string[] = [];
    for (const [name, procedure] of Object.entries(contract)) {
      // A change is only asked for in a way that is refused: twice the same change is not the same.
      for (const input of procedure.kind === 'query' ? inputs : [{ nonsense: true }]) {
        const overIpc = comparable(await call(name, input));
        const overHttp = comparable((await home.callOverHttp(name, input)) as Result<unknown>);
        // What a process finds out about itself is another thing in the other process; the outcome is not.
        const aboutItself = /^(?:diagnostics|status)\./.test(name) && overIpc.ok && overHttp.ok;
        if (!aboutItself) expect([name, input, overIpc]).toEqual([name, input, overHttp]);
        if (overIpc.ok) told.push(name);
      }
    }
    // Most queries got what they need from one of the inputs.
    const queries = Object.values(contract).filter((procedure) => procedure.kind === 'query').length;
    expect(new Set(told).size).toBeGreaterThan(queries / 3);
  });

  it('tells the page what changed, never what it is now, and the page asks again', async () => {
    await page.evaluate(() => {
      window.noticed = [];
      window.tenantkeep!.onChange((notice) => window.noticed.push(notice));
    });
    await home.addSchedule('added elsewhere', 600);
    await page.getByText('added elsewhere').waitFor({ timeout: 15_000 });
    const noticed = await page.evaluate(() => window.noticed);
    expect(noticed).toContainEqual({ kind: 'schedules', tenantId: home.tenantId, id: null });
  });

  it('serves every answer under a strict policy, in which an inline script is dead', async () => {
    const response = await page.reload();
    const headers = await response!.allHeaders();
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    expect(headers['content-security-policy']).toContain("connect-src 'none'");
    expect(headers['x-content-type-options']).toBe('nosniff');
    await page.getByRole('link', { name: 'Schedules' }).waitFor();
    const broken = await page.evaluate(async () => {
      const script = document.createElement('script');
      script.textContent = 'window.broken = true';
      document.body.append(script);
      const button = document.createElement('button');
      button.setAttribute('onclick', 'window.broken = true');
      document.body.append(button);
      button.click();
      button.remove();
      await fetch('https://example.com/').catch(() => undefined);
      return window.broken ?? false;
    });
    expect(broken).toBe(false);
  });

  it('stays where it is: no foreign page, no window of its own, no permission', async () => {
    const before = page.context().pages().length;
    await page.evaluate(() => {
      window.location.href = 'https://example.com/';
    });
    await page.evaluate(() => void window.open('https://example.com/'));
    const states = await page.evaluate(async () => [
      (await navigator.permissions.query({ name: 'geolocation' })).state,
      (await navigator.permissions.query({ name: 'notifications' })).state,
      Notification.permission,
    ]);
    expect(states).toEqual(['denied', 'denied', 'denied']);
    await expect.poll(() => page.context().pages().length, soon).toBe(before);
    expect(await desktop.address()).toMatch(/^tenantkeep-app:\/\/app\//);
    await page.getByRole('link', { name: 'Schedules' }).waitFor();
    const log = await readFile(join(home.directory, 'logs', 'desktop.1.log'), 'utf8');
    expect(log).toContain('A page wanted to leave the app and was kept');
    expect(log).toContain('A page wanted to open a window and was refused');
    expect((await desktop.view()).foreignRequests).toEqual([]);
  });

  it('answers 404 outside of the renderer, and a page of the renderer with the renderer', async () => {
    const statusOf = async (path: string): Promise<number> => {
      const [response] = await Promise.all([
        page.waitForResponse((answer) => answer.request().isNavigationRequest()),
        page.waitForEvent('load'),
        // Later, because the answer to this very call would be lost with the document.
        page.evaluate((target) => {
          setTimeout(() => (window.location.href = target));
        }, path),
      ]);
      return response.status();
    };
    expect(await statusOf('/..%2f..%2f..%2f..%2fetc%2fpasswd')).toBe(404);
    expect(await statusOf('/%2e%2e%2fmain%2felectron.js')).toBe(404);
    expect(await statusOf('/assets/missing.js')).toBe(404);
    expect(await statusOf('/runs')).toBe(200);
    await page.getByRole('link', { name: 'Schedules' }).waitFor();
  });

  it('saves an audit export where the person says, and nothing when they cancel', async () => {
    const path = join(home.directory, 'audit.csv');
    await desktop.answerSaveDialog({ canceled: false, filePath: path });
    const saved = await call('host.save-audit-export', {
      filter: { tenantId: home.tenantId },
      format: 'csv',
    });
    expect(saved).toMatchObject({ ok: true, value: { path } });
    const lines = (await readFile(path, 'utf8')).trim().split('\n');
    expect(saved.ok && saved.value.rows).toBe(lines.length - 1);
    expect(JSON.parse(await readFile(`${path}.manifest.json`, 'utf8'))).toMatchObject({ file: 'audit.csv' });

    await desktop.answerSaveDialog({ canceled: true, filePath: '' });
    const every = { filter: {}, format: 'jsonl' };
    expect(await call('host.save-audit-export', every)).toEqual({ ok: true, value: null });
    await desktop.answerSaveDialog({ canceled: false, filePath: path });
    expect(await call('host.save-audit-export', every)).toMatchObject({ error: { code: 'file_exists' } });
    expect(await call('host.save-audit-export', { path })).toMatchObject({
      error: { code: 'input_invalid' },
    });
  });

  it('gives its host up for sleep and ticks again on waking', async () => {
    await expect.poll(readInstances, soon).toMatchObject([{ state: 'running', ticked: true }]);
    const [before] = await readInstances();
    await desktop.power('suspend');
    await expect.poll(async () => (await readInstances())[0]?.state, soon).toBe('asleep');
    await desktop.power('resume');
    await expect
      .poll(async () => (await readInstances()).filter((each) => each.id !== before!.id), soon)
      .toMatchObject([{ state: 'running', ticked: true }]);
  });

  it('pauses and resumes its host from the tray, and says which it is', async () => {
    await expect.poll(trayLabels, soon).toContain('Pause this host');
    await desktop.choose('tray', 'Pause this host');
    await expect.poll(trayLabels, soon).toContain('Resume this host');
    await expect.poll(async () => (await readInstances())[0]?.state, soon).toBe('stopped');
    await desktop.choose('tray', 'Resume this host');
    await expect.poll(trayLabels, soon).toContain('Pause this host');
    await expect.poll(async () => (await readInstances())[0]?.state, soon).toBe('running');
  });

  it('lives on without its window; a second start or a link brings it back', async () => {
    await desktop.closeWindow();
    await expect.poll(async () => (await desktop.view()).windows, soon).toEqual([]);
    await desktop.secondStart(['tenantkeep', `tenantkeep://audit?tenantId=${home.tenantId}`]);
    page = await desktop.window();
    await page.getByRole('heading', { name: 'Audit' }).waitFor({ timeout: 10_000 });
    expect((await desktop.view()).windows).toMatchObject([{ visible: true, focused: true }]);
    await desktop.secondStart(['tenantkeep', 'tenantkeep://runs']);
    await page.getByRole('heading', { name: 'Runs', exact: true }).waitFor({ timeout: 10_000 });
    await desktop.secondStart(['tenantkeep', 'tenantkeep://evil?run=../../x', 'https://example.com/']);
    expect(await desktop.address()).toContain('#/runs');

    const second = await driver.start({ home: home.directory, firstInstance: false });
    expect(await second.exited).toBe(0);
    expect(second.lastWords().life).not.toContain('ready');
  });

  it('warns before the only live host goes, and gives its active run back', async () => {
    await home.addSchedule('due soon', 30);
    await expect.poll(trayLabels, soon).toContain('Run now');
    await desktop.choose('tray', 'Run now', 'Contoso <b>GmbH</b>: nightly');
    await expect.poll(async () => (await readRuns())[0]?.state, soon).toBe('running');

    await desktop.answerMessageBox(1);
    await desktop.quit();
    await expect.poll(async () => (await desktop.view()).dialogs.at(-1)?.kind, soon).toBe('showMessageBox');
    expect(JSON.stringify((await desktop.view()).dialogs.at(-1))).toContain('Contoso <b>GmbH</b>, due soon');
    expect((await readRuns())[0]?.state).toBe('running');

    await desktop.answerMessageBox(0);
    await desktop.quit();
    expect(await desktop.exited).toBe(0);
    expect(desktop.lastWords().life.slice(-5)).toEqual([
      'before-quit',
      'close',
      'closed',
      'will-quit',
      'quit',
    ]);
    expect((await readRuns())[0]).toMatchObject({
      state: 'interrupted',
      reason: 'host_shutdown',
      leased: false,
    });
    expect((await readInstances())[0]?.state).toBe('stopped');
  });

  it.each([
    [
      'a configuration that cannot be read',
      '{ "hostNam": "x" }',
      /config\.json, line 1: hostNam is not a setting/,
      { kind: 'showErrorBox', text: 'content' },
    ],
    [
      'a database that does not answer',
      '{ "databaseUrl": "postgres://nobody@127.0.0.1:1/none" }',
      /The database server cannot be reached/,
      // In which a person may also choose a connection file.
      { kind: 'showMessageBox', text: 'detail' },
    ],
  ])('ends a start with %s with a sentence and code 1', async (_what, config, sentence, box) => {
    const directory = await mkdtemp(join(tmpdir(), 'tenantkeep-broken-'));
    try {
      await writeFile(join(directory, 'config.json'), config);
      const broken = await driver.start({ home: directory, answers: [0] });
      expect(await broken.exited).toBe(1);
      expect(broken.errorOutput()).toMatch(sentence);
      expect(broken.lastWords().dialogs).toMatchObject([
        { kind: box.kind, options: { [box.text]: expect.stringMatching(sentence) } },
      ]);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});

interface InstanceRow {
  id: string;
  state: string;
  ticked: boolean;
}

/** Newest first. */
function readInstances(): Promise<InstanceRow[]> {
  return home.database.query<InstanceRow>(
    `select id, state, last_tick_at is not null as ticked from app.host_instances order by started_at desc`,
  );
}

function readRuns(): Promise<{ state: string; reason: string | null; leased: boolean }[]> {
  return home.database.query(
    `select state, reason, lease_expires_at is not null as leased from app.backup_runs order by created_at desc`,
  );
}

async function trayLabels(): Promise<string[]> {
  return (await desktop.view()).tray.items.filter((item) => item.enabled).map((item) => item.label);
}
