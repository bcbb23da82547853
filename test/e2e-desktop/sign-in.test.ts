import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtApp } from '../support/built-app.ts';
import { createTestDatabase, type TestDatabase, type TestTechnician } from '../support/database.ts';
import { boxStands, type DesktopDriver, type RunningDesktop } from '../support/electron/desktop-driver.ts';
import { createStandInDriver } from '../support/electron/stand-in-driver.ts';

/**
 * A person opens a connection file on the desktop. On the stand-in only: it stands for what the system does when a
 * file is opened, and the restart, which Electron's own program would carry out, is what is looked at here.
 */
const useIt = 0;
const cancel = 1;
const ok = 0;
const soon = { timeout: 15_000, interval: 100 };
let directory = '';
let home = '';
let office: TestDatabase;
let other: TestDatabase;
let rita: TestTechnician;
let max: TestTechnician;
let ritaFile = '';
let maxFile = '';
let driver: DesktopDriver;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tenantkeep-desktop-sign-in-'));
  home = join(directory, 'home');
  const [app] = await Promise.all([
    builtApp(),
    (async () => {
      [office, other] = await Promise.all([createTestDatabase(), createTestDatabase()]);
      rita = await office.asTechnician('rita', 'administrator');
      max = await other.asTechnician('max', 'administrator');
    })(),
  ]);
  ritaFile = await fileOf(rita.url, 'rita.connection');
  maxFile = await fileOf(max.url, 'max.connection');
  driver = await createStandInDriver(app.main);
}, 120_000);

afterAll(async () => {
  await driver?.close();
  await office?.close();
  await other?.close();
  await rm(directory, { recursive: true, force: true });
});

async function fileOf(content: string, name: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
}

/** What a home keeps of sign-ins. */
async function keptIn(place: string): Promise<{ config: unknown; secrets: string[] }> {
  return {
    config: JSON.parse(await readFile(join(place, 'config.json'), 'utf8').catch(() => 'null')),
    secrets: (await readdir(join(place, 'secrets'))).filter((name) => name.startsWith('person-login-')),
  };
}

async function boxes(desktop: RunningDesktop): Promise<any[]> {
  return (await desktop.view()).dialogs.map(({ options }) => options);
}

const databaseOf = (config: unknown): string =>
  new URL((config as { databaseUrl: string }).databaseUrl).pathname;

describe('a person who opens a connection file', { timeout: 90_000 }, () => {
  it('on a computer that has never run it is asked first, signed in, and no other database is made', async () => {
    const desktop = await driver.start({
      home,
      words: ['--hidden', pathToFileURL(ritaFile).href],
      answers: [useIt, ok],
    });
    expect(await desktop.exited).toBe(0);
    const { dialogs, relaunches } = desktop.lastWords();
    const server = new URL(rita.url).host;
    expect(dialogs).toMatchObject([
      {
        kind: 'showMessageBox',
        options: {
          message: `Use the workspace ${office.name} on ${server} as ${rita.login}?`,
          detail: expect.stringContaining('No database is used here yet.'),
          buttons: ['Use it', 'Cancel'],
        },
      },
      {
        options: {
          message: 'rita is signed in on this computer.',
          detail: expect.stringContaining(`Delete ${ritaFile}`),
        },
      },
    ]);
    // The next start neither asks again nor hides.
    expect(relaunches).toEqual([[expect.any(String), `--home=${home}`]]);
    const { config, secrets } = await keptIn(home);
    expect([databaseOf(config), secrets.length]).toEqual([`/${office.name}`, 1]);
    expect(await readdir(home)).not.toContain('database');
    expect(JSON.stringify(dialogs)).not.toContain('throw-away');
  });

  describe('while it runs', () => {
    let desktop: RunningDesktop;
    beforeAll(async () => {
      // Also started by a file, which the person does not want after all.
      desktop = await driver.start({ home, openedFile: maxFile, answers: [cancel] });
      await (await desktop.window()).getByRole('link', { name: 'Settings' }).waitFor({ timeout: 30_000 });
    }, 60_000);

    it('who cancelled at the start is where they were, on a computer that is calmly no host', async () => {
      const [box, ...others] = await boxes(desktop);
      expect(others).toEqual([]);
      expect(box.detail).toContain(`is used as ${rita.login}. Nothing there is deleted.`);
      const { config } = await keptIn(home);
      expect(databaseOf(config)).toBe(`/${office.name}`);
      await expect
        .poll(async () => (await desktop.view()).tray.toolTip, soon)
        .toContain('This computer is no host; other computers run the backups');
      const { tray, notifications } = await desktop.view();
      expect(tray.items.filter(({ label }) => /(?:Pause|Resume) this host/.test(label))).toEqual([]);
      expect(notifications).toEqual([]);
      const page = await desktop.window();
      await page.getByText('This computer: viewer').waitFor();
      const log = await readFile(join(home, 'logs', 'desktop.1.log'), 'utf8');
      expect(log).not.toContain('could not become a host');
    });

    it('is asked once for a file that is opened twice, and a Cancel does nothing', async () => {
      const before = await keptIn(home);
      await desktop.answerMessageBox(boxStands);
      await desktop.secondStart(['tenantkeep', 'max.connection']);
      await expect.poll(async () => (await boxes(desktop)).length, soon).toBe(2);
      await desktop.secondStart(['tenantkeep', maxFile]);
      await desktop.answerStandingBox(cancel);
      await desktop.answerMessageBox(cancel);
      await desktop.openFile(maxFile);
      await expect.poll(async () => (await boxes(desktop)).length, soon).toBe(3);
      expect(await keptIn(home)).toEqual(before);
      expect((await desktop.view()).life).not.toContain('before-quit');
    });

    it('sees what is hidden in a file, and the name of the server last of all is hidden', async () => {
      const url = new URL(max.url);
      url.username = encodeURIComponent(`\u202egro.live\u200b${'x'.repeat(300)}`);
      url.pathname = '/a%0Ab';
      await desktop.answerMessageBox(cancel);
      await desktop.openFile(await fileOf(url.href, 'hidden.connection'));
      await expect.poll(async () => (await boxes(desktop)).length, soon).toBe(4);
      const { message } = (await boxes(desktop)).at(-1);
      expect(message).toContain(`a\\u000ab on ${url.host} as \\u202egro.live\\u200bx`);
      expect(message.length).toBeLessThan(300);
    });

    it('is told in a sentence why a file is of no use, and nothing has changed', async () => {
      const before = await keptIn(home);
      const refused = new URL(max.url);
      refused.password = 'wrong';
      const files: [string, number[], RegExp][] = [
        [
          await fileOf('Dear Max,\n', 'prose.connection'),
          [ok],
          /is no connection file: it holds no postgres/,
        ],
        [join(directory, 'gone.connection'), [ok], /There is no file/],
        [
          await fileOf(refused.href, 'wrong.connection'),
          [useIt, ok],
          /refuses the login max_\w+ or its password/,
        ],
      ];
      for (const [file, answers, sentence] of files) {
        const shown = (await boxes(desktop)).length;
        for (const answer of answers) await desktop.answerMessageBox(answer);
        await desktop.openFile(file);
        await expect.poll(async () => (await boxes(desktop)).length, soon).toBe(shown + answers.length);
        expect((await boxes(desktop)).at(-1)).toMatchObject({
          type: 'error',
          message: 'Nobody was signed in, and nothing has changed.',
          detail: expect.stringMatching(sentence),
        });
      }
      expect(await keptIn(home)).toEqual(before);
    });

    it('moves to another workspace, and the app ends in good order and starts again', async () => {
      await desktop.answerMessageBox(useIt);
      await desktop.answerMessageBox(ok);
      await desktop.secondStart(['tenantkeep', maxFile]);
      expect(await desktop.exited).toBe(0);
      const { life, relaunches } = desktop.lastWords();
      expect(life.slice(-5)).toEqual(['before-quit', 'close', 'closed', 'will-quit', 'quit']);
      expect(relaunches).toEqual([[expect.any(String), `--home=${home}`]]);
      const { config, secrets } = await keptIn(home);
      expect([databaseOf(config), secrets.length]).toEqual([`/${other.name}`, 2]);
    });
  });

  it('is let in again after the login was closed: the refused start takes a new file', async () => {
    await other.superuser.query(`alter role ${max.login} password 'new'`);
    const renewed = new URL(max.url);
    renewed.password = 'new';
    const file = await fileOf(renewed.href, 'renewed.connection');
    const desktop = await driver.start({ home, answers: [boxStands] });
    await expect.poll(async () => (await boxes(desktop)).length, soon).toBe(1);
    expect(await boxes(desktop)).toMatchObject([
      {
        message: 'TenantKeep could not start',
        detail: expect.stringMatching(/refused the login/),
        buttons: ['Quit', 'Use a connection file…'],
      },
    ]);
    // Chosen there, and thought better of it.
    await desktop.answerOpenDialog([file]);
    await desktop.answerMessageBox(cancel);
    await desktop.answerMessageBox(boxStands);
    await desktop.answerStandingBox(1);
    await expect.poll(async () => (await boxes(desktop)).length, soon).toBe(4);
    // Opened while the box stands.
    await desktop.answerMessageBox(useIt);
    await desktop.answerMessageBox(ok);
    await desktop.secondStart(['tenantkeep', file]);
    expect(await desktop.exited).toBe(0);
    expect(desktop.lastWords().relaunches).toHaveLength(1);

    const again = await driver.start({ home });
    await expect.poll(async () => (await again.view()).tray.toolTip, soon).toContain('no host');
    expect(await boxes(again)).toEqual([]);
    // Out by the menu: not without a word, then back to the workspace from before.
    const before = await keptIn(home);
    await again.answerMessageBox(cancel);
    await again.choose('application', 'File', 'Sign out…');
    await expect.poll(async () => (await boxes(again)).length, soon).toBe(1);
    expect(await keptIn(home)).toEqual(before);
    await again.answerMessageBox(0);
    await again.answerMessageBox(ok);
    await again.choose('application', 'File', 'Sign out…');
    expect(await again.exited).toBe(0);
    const { dialogs, relaunches } = again.lastWords();
    expect(dialogs.at(-1)).toMatchObject({
      options: {
        message: `${max.login} is signed out.`,
        detail: expect.stringContaining(`${office.name} as ${rita.login}`),
      },
    });
    expect(relaunches).toHaveLength(1);
    const { config, secrets } = await keptIn(home);
    expect([databaseOf(config), secrets.length]).toEqual([`/${office.name}`, 1]);
  });
});
