import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../main/clock.ts';
import type { DatabaseDemands } from '../../main/domain/update-decision.ts';
import { createDesktopUpdates, type DesktopUpdates } from '../../main/shell/desktop-updates.ts';
import { createGatedUpdater, type UpdatedApp } from '../../main/updates/gated-updater.ts';
import { releaseStamp } from '../../main/updates/release-stamp.ts';
import { entryText, type FeedServer, startFeedServer } from '../support/feed-server.ts';
import { silentLog } from '../support/silent-log.ts';

/**
 * The update of a desktop with electron-updater's real classes, as an AppImage, against a real feed over https. Of the
 * app there is only what electron-updater asks it. Not run here: Windows' and macOS' installers and their signatures.
 */
const runs = process.platform === 'linux';
const authorities = getCACertificates('default');
const { schemaVersion } = releaseStamp;
const fitting: DatabaseDemands = { kind: 'shared', schemaVersion, minEngineLevel: 1, minClientLevel: 1 };
/** What the new version is: a program that says that it was started. */
const release = Buffer.from('#!/bin/sh\necho "$APPIMAGE_EXIT_AFTER_INSTALL" > "$0.started"\n');
const fileName = 'TenantKeep-99.0.0.AppImage';

let feed: FeedServer;
let directory = '';
let installed = '';
let demands: () => Promise<DatabaseDemands>;
let quitHandlers: ((exitCode: number) => void)[];
let quits = 0;
const told: string[] = [];
const opened: DesktopUpdates[] = [];

beforeAll(async () => {
  feed = await startFeedServer();
  setDefaultCACertificates([...authorities, feed.caPem]);
});
afterAll(async () => {
  setDefaultCACertificates(authorities);
  await feed?.close();
});
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tenantkeep-desktop-updates-'));
  installed = join(directory, 'TenantKeep.AppImage');
  writeFileSync(installed, 'the old version', { mode: 0o755 });
  writeFileSync(join(directory, 'app-update.yml'), 'provider: generic\nupdaterCacheDirName: updates\n');
  vi.stubEnv('APPIMAGE', installed);
  demands = () => Promise.resolve(fitting);
  quitHandlers = [];
  quits = 0;
  told.length = 0;
  feed.asked.length = 0;
  feed.put(fileName, release);
  offer();
});
afterEach(() => {
  for (const updates of opened.splice(0)) updates.close();
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

type Values = Parameters<typeof entryText>[0];

function entryOf(values: Values = {}, file: Partial<{ name: string; sha512: string }> = {}): string {
  const sha512 = createHash('sha512').update(release).digest('base64');
  return entryText({ ...values, file: { name: fileName, sha512, size: release.length, ...file } });
}

function offer(...given: Parameters<typeof entryOf>): void {
  feed.putEntry(entryOf(...given));
}

function open(options: { replacesItself?: boolean } = {}): DesktopUpdates {
  const app: UpdatedApp = {
    version: '0.1.0',
    name: 'TenantKeep',
    isPackaged: true,
    appUpdateConfigPath: join(directory, 'app-update.yml'),
    userDataPath: directory,
    baseCachePath: directory,
    whenReady: () => Promise.resolve(),
    relaunch: () => undefined,
    quit: () => void (quits += 1),
    onQuit: (handler) => void quitHandlers.push(handler),
  };
  const updates = createDesktopUpdates({
    findFeed: () => Promise.resolve(new URL(feed.url)),
    facts: async () => ({
      app: { version: '0.1.0', ...releaseStamp },
      database: await demands(),
      installationId: 'one',
    }),
    openUpdater:
      options.replacesItself === false
        ? null
        : (url, gate) => createGatedUpdater({ feed: url, app, gate, clock: systemClock, log: silentLog }),
    clock: systemClock,
    log: { ...silentLog, close: () => undefined },
    onReady: (version) => told.push(version),
  });
  opened.push(updates);
  return updates;
}

const files = (): string[] => feed.asked.filter((path) => !path.includes('.yml'));
const quit = (exitCode = 0): void => quitHandlers.forEach((handler) => handler(exitCode));
const program = (): string => readFileSync(installed, 'utf8');

it('loads electron-updater only where there is something to install', () => {
  const main = join(import.meta.dirname, '..', '..', 'main');
  const withStatic = (name: string): string[] =>
    readdirSync(main, { recursive: true, encoding: 'utf8' }).filter(
      (file) =>
        file.endsWith('.ts') &&
        readFileSync(join(main, file), 'utf8').match(
          new RegExp(`^import (?!type )[^;]*from '${name}'`, 'm'),
        ) !== null,
    );
  expect(withStatic('electron-updater')).toEqual([]);
  expect(withStatic('builder-util-runtime')).toEqual([join('updates', 'feed-executor.ts')]);
  expect(withStatic("[^']*/feed-executor\\.ts")).toEqual([]);
});

describe.skipIf(!runs)('the update of a desktop', () => {
  it('is downloaded once it fits, told once, and installed when the app quits', async () => {
    const updates = open();
    expect(updates.state().phase).toBe('not-asked');
    expect(await updates.check()).toEqual({
      phase: 'ready',
      newest: '99.0.0',
      sentence: 'Version 99.0.0 fits the database. Version 99.0.0 is downloaded.',
      nextStep: 'It is installed when TenantKeep quits.',
    });
    await updates.check();
    expect([told, files()]).toEqual([['99.0.0'], [`/tenantkeep/${fileName}`]]);
    expect(program()).toBe('the old version');
    await updates.settle();
    quit();
    expect(program()).toBe(release.toString());
    // It was run to install itself, and not to stay.
    expect(readFileSync(`${installed}.started`, 'utf8')).toBe('true\n');
  });

  it('is asked for once by whoever asks at the same time', async () => {
    const updates = open();
    await Promise.all([updates.check(), updates.check(), updates.check()]);
    expect(feed.asked.filter((path) => path.includes('.yml'))).toHaveLength(2);
    expect(files()).toHaveLength(1);
  });

  it('is not downloaded, and the updater not even asked, where the gate says no', async () => {
    offer({ vendor: { schemaVersion: schemaVersion + 1 } });
    const updates = open();
    expect(await updates.check()).toMatchObject({
      phase: 'answered',
      sentence: `Version 99.0.0 needs schema version ${schemaVersion + 1}; the database has ${schemaVersion}.`,
      nextStep: expect.stringContaining('tenantkeep migrate'),
    });
    expect(feed.asked).toHaveLength(1);
    await updates.settle();
    quit();
    expect(program()).toBe('the old version');
    await expect(updates.requireReady()).rejects.toMatchObject({ code: 'update_not_ready' });
  });

  it('is not downloaded where the feed changes between the decision and the updater', async () => {
    let asked = 0;
    const [good, waiting] = [entryOf(), entryOf({ vendor: { schemaVersion: schemaVersion + 1 } })];
    feed.putEntry((_request, response) => {
      asked += 1;
      response.end(asked === 1 ? good : waiting);
    });
    expect(await open().check()).toMatchObject({ phase: 'answered', nextStep: 'Ask again.' });
    expect([asked, files(), told]).toEqual([2, [], []]);
  });

  it('is not held back by the percentage where the database has locked this app out', async () => {
    offer({ stagingPercentage: 0 });
    expect(await open().check()).toMatchObject({
      phase: 'answered',
      sentence: expect.stringContaining('0 %'),
    });
    offer({ stagingPercentage: 0, vendor: { schemaVersion: schemaVersion + 1 } });
    demands = () => Promise.resolve({ ...fitting, schemaVersion: schemaVersion + 1 });
    expect(await open().check()).toMatchObject({ phase: 'ready', newest: '99.0.0' });
  });

  it('is thrown away where its bytes are not those of the entry, and the old version stays', async () => {
    offer({}, { sha512: createHash('sha512').update('another').digest('base64') });
    const updates = open();
    expect(await updates.check()).toMatchObject({
      phase: 'failed',
      sentence: 'The downloaded update does not match the sum in the feed and was thrown away.',
    });
    await updates.settle();
    quit();
    expect(program()).toBe('the old version');
    expect(readdirSync(join(directory, 'updates', 'pending')).filter((name) => name.includes('99'))).toEqual(
      [],
    );
  });

  it.each([
    ['an address on another host', (other: FeedServer) => `${other.url}${fileName}`],
    ['a redirect to another host', () => fileName],
  ])('is not fetched from %s', async (_what, name) => {
    const other = await startFeedServer();
    try {
      other.put(fileName, release);
      feed.put(fileName, (_request, response) =>
        response.writeHead(302, { location: `${other.url}${fileName}` }).end(),
      );
      offer({}, { name: name(other) });
      expect(await open().check()).toMatchObject({
        phase: 'failed',
        sentence: expect.stringMatching(/^The update feed at localhost:\d+ .*, which is not followed\.$/),
      });
      expect(other.asked).toEqual([]);
    } finally {
      await other.close();
    }
  });

  it('sends nothing along that tells this installation from others', async () => {
    const headers: object[] = [];
    const noting =
      (content: string | Buffer) =>
      ({ headers: sent }: IncomingMessage, response: ServerResponse): void => {
        headers.push(sent);
        response.end(content);
      };
    feed.putEntry(noting(entryOf()));
    feed.put(fileName, noting(release));
    expect((await open().check()).phase).toBe('ready');
    expect(headers.length).toBeGreaterThanOrEqual(3);
    expect(headers.flatMap(Object.keys).filter((name) => /staging|cookie|auth/.test(name))).toEqual([]);
  });

  it('is not installed where the database has been put back meanwhile, or does not answer', async () => {
    for (const then of [
      () => Promise.resolve({ ...fitting, schemaVersion: schemaVersion - 1 }),
      () => Promise.reject(new Error('gone')),
      () => new Promise<never>(() => undefined),
    ]) {
      demands = () => Promise.resolve(fitting);
      const updates = open();
      expect((await updates.check()).phase).toBe('ready');
      demands = then;
      await updates.settle();
      quit();
      expect(program()).toBe('the old version');
    }
  }, 20_000);

  it('is not installed while the computer shuts down, nor after an end that failed', async () => {
    const updates = open();
    expect((await updates.check()).phase).toBe('ready');
    updates.hold();
    await updates.settle();
    quit();
    expect(program()).toBe('the old version');
    const other = open();
    expect((await other.check()).phase).toBe('ready');
    await other.settle();
    quit(1);
    expect(program()).toBe('the old version');
  });

  it('says in one sentence what is wrong with the feed, and goes on when it is well again', async () => {
    const updates = open();
    feed.putEntry((_request, response) => response.writeHead(500).end());
    expect(await updates.check()).toMatchObject({
      phase: 'failed',
      sentence: expect.stringMatching(/answered 500\.$/),
    });
    feed.putEntry('<html></html>');
    expect(await updates.check()).toMatchObject({ phase: 'answered', newest: null });
    demands = () => Promise.reject(new Error('the database is gone'));
    expect(await updates.check()).toMatchObject({ phase: 'failed' });
    demands = () => Promise.resolve(fitting);
    offer();
    expect(await updates.check()).toMatchObject({ phase: 'ready' });
  });

  it('is only told of where the package manager installs', async () => {
    const updates = open({ replacesItself: false });
    expect(await updates.check()).toMatchObject({
      phase: 'answered',
      newest: '99.0.0',
      sentence: 'Version 99.0.0 fits the database.',
      nextStep: expect.stringContaining('package manager'),
    });
    expect(files()).toEqual([]);
    expect(existsSync(join(directory, 'updates'))).toBe(false);
  });

  it('is asked for again about every six hours, and not after the end', { timeout: 60_000 }, async () => {
    const waits: number[] = [];
    const next: (() => void)[] = [];
    const cancel = vi.fn<() => void>();
    const after = vi.spyOn(systemClock, 'after').mockImplementation((ms, callback) => {
      if (ms > 3_600_000) {
        waits.push(ms);
        next.push(callback);
        return cancel;
      }
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    });
    try {
      const updates = open({ replacesItself: false });
      for (let round = 1; round <= 5; round += 1) {
        if (round === 1) updates.follow();
        else next.shift()!();
        await vi.waitFor(() => expect(waits).toHaveLength(round), { timeout: 10_000 });
      }
      expect(feed.asked).toHaveLength(5);
      for (const wait of waits) expect(Math.abs(wait - 6 * 3_600_000)).toBeLessThanOrEqual(1_800_000);
      expect(new Set(waits).size).toBeGreaterThan(2);
      updates.close();
      expect(cancel).toHaveBeenCalledTimes(1);
    } finally {
      after.mockRestore();
    }
  });
});
