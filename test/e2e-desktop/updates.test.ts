import { AxeBuilder } from '@axe-core/playwright';
import { createHash } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openWorkspace } from '../../main/composition.ts';
import { joinEmbeddedServer } from '../../main/db/embedded-server.ts';
import { openDatabase } from '../../main/db/open-database.ts';
import { releaseStamp } from '../../main/updates/release-stamp.ts';
import { builtApp } from '../support/built-app.ts';
import type { DesktopDriver, RunningDesktop } from '../support/electron/desktop-driver.ts';
import { createStandInDriver } from '../support/electron/stand-in-driver.ts';
import { entryText, type FeedServer, startFeedServer } from '../support/feed-server.ts';
import { createDesktopHome, type DesktopHome } from './desktop-fixture.ts';

/**
 * The built desktop as an installed AppImage: electron-updater, the feed, the download and the exchange of the file are
 * real; Electron is the stand-in. On Electron's own runtime this needs a package, and is on the release's checklist.
 */
const soon = { timeout: 20_000, interval: 100 };
const fileName = 'TenantKeep-99.0.0.AppImage';
/** The new version: keeps what the old one had logged when it was started. */
const release =
  '#!/bin/sh\ncp "$OLD_LOG" "$0.log"\necho "again:$APPIMAGE_EXIT_AFTER_INSTALL" > "$0.started"\n';

let directory = '';
let appImage = '';
let feed: FeedServer;
let home: DesktopHome;
let driver: DesktopDriver;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tenantkeep-packed-desktop-'));
  appImage = join(directory, 'TenantKeep.AppImage');
  const [app, made, server] = await Promise.all([builtApp(), createDesktopHome(), startFeedServer()]);
  [home, feed] = [made, server];
  await writeFile(
    join(directory, 'app-update.yml'),
    `provider: generic\nurl: ${feed.url}\nupdaterCacheDirName: tenantkeep-updater\n`,
  );
  feed.put(fileName, release);
  driver = await createStandInDriver(app.main);
}, 90_000);

beforeEach(async () => {
  feed.asked.length = 0;
  await rm(`${appImage}.started`, { force: true });
  await writeFile(appImage, 'the old version');
  await chmod(appImage, 0o755);
});

afterAll(async () => {
  await driver?.close();
  await home?.close();
  await feed?.close();
  await rm(directory, { recursive: true, force: true });
});

function offer(values: Parameters<typeof entryText>[0] = {}): void {
  const sha512 = createHash('sha512').update(release).digest('base64');
  feed.putEntry(entryText({ ...values, file: { name: fileName, sha512, size: release.length } }));
}

const start = (answers: number[] = []): Promise<RunningDesktop> =>
  driver.start({
    answers,
    home: home.directory,
    resources: directory,
    environment: {
      APPIMAGE: appImage,
      NODE_EXTRA_CA_CERTS: feed.caFile,
      OLD_LOG: join(home.directory, 'logs', 'desktop.1.log'),
    },
  });

const downloads = (): string[] => feed.asked.filter((path) => !path.includes('.yml'));

async function openAbout(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Schedules' }).waitFor();
  await page.evaluate(() => (location.hash = '/settings/about'));
  await page.getByRole('button', { name: 'Check for updates' }).waitFor();
}

describe.skipIf(process.platform !== 'linux')('the update of the built desktop', { timeout: 60_000 }, () => {
  it('is held back until its turn, then downloaded, and installed after the end of everything else', async () => {
    offer({ stagingPercentage: 0 });
    const desktop = await start();
    const page = await desktop.window();
    await openAbout(page);
    await page.getByText('goes to 0 % of the installations so far').waitFor();
    await page
      .getByText(`works with schema version ${releaseStamp.schemaVersion}, and refuses others`)
      .waitFor();
    expect([downloads(), (await desktop.view()).notifications]).toEqual([[], []]);

    offer();
    await page.getByRole('button', { name: 'Check for updates' }).click();
    await page.getByText('Version 99.0.0 is downloaded.').waitFor();
    expect(downloads()).toEqual([`/tenantkeep/${fileName}`]);
    expect((await desktop.view()).notifications).toMatchObject([{ title: 'Version 99.0.0 is ready' }]);

    // In one page, because the stand-in owns the others.
    const { violations } = await new AxeBuilder({ page }).setLegacyMode().include('dl').analyze();
    expect(violations.map(({ id }) => id)).toEqual([]);

    // The menu answers the same, and "Later" leaves everything as it is.
    await desktop.answerMessageBox(1);
    await desktop.choose('application', 'File', 'Check for updates…');
    await expect.poll(async () => (await desktop.view()).dialogs.length, soon).toBe(1);
    expect((await desktop.view()).dialogs[0]!.options).toMatchObject({
      buttons: ['Restart to update', 'Later'],
    });

    await expect.poll(async () => trayLabels(desktop), soon).toContain('Pause this host');
    await desktop.choose('tray', 'Run now', 'Contoso <b>GmbH</b>: nightly');
    await expect.poll(async () => (await newestRun())?.state, soon).toBe('running');
    // A run is at work: nothing restarts unasked, and not without saying so.
    await desktop.answerMessageBox(1);
    await page.getByRole('button', { name: 'Restart to update' }).click();
    await expect.poll(async () => (await desktop.view()).dialogs.length, soon).toBe(2);
    expect(JSON.stringify((await desktop.view()).dialogs[1])).toContain('This host works on 1 run(s)');
    expect((await newestRun())?.state).toBe('running');
    expect(await readFile(appImage, 'utf8')).toBe('the old version');

    await desktop.answerMessageBox(0);
    await page.getByRole('button', { name: 'Restart to update' }).click();
    expect(await desktop.exited).toBe(0);
    expect(await readFile(appImage, 'utf8')).toBe(release);
    await expect.poll(startedAs, soon).toBe('again:\n');
    // When the new version started, the old one had given its run back and closed its database.
    expect(await readFile(`${appImage}.log`, 'utf8')).toContain('A run was given back');
    expect(await newestRun()).toMatchObject({ leased: false });
    expect(desktop.lastWords().life.slice(-2)).toEqual(['will-quit', 'quit']);
  });

  it('is offered to whom the database has locked out, and starts again as the version that fits', async () => {
    await withNewerSchema(async () => {
      offer({ stagingPercentage: 0, vendor: { schemaVersion: releaseStamp.schemaVersion + 1 } });
      const desktop = await start([0]);
      expect(await desktop.exited).toBe(0);
      const { dialogs } = desktop.lastWords();
      expect(dialogs).toMatchObject([
        { kind: 'showMessageBox', options: { buttons: ['Update and restart', 'Quit'] } },
      ]);
      expect(JSON.stringify(dialogs)).toContain('Version 99.0.0 does.');
      await expect.poll(startedAs, soon).toBe('again:\n');
    });
  });

  it('is left alone by whom it does not suit, who is told once and not twice', async () => {
    await withNewerSchema(async () => {
      offer({ vendor: { schemaVersion: releaseStamp.schemaVersion + 1 } });
      const desktop = await start([1]);
      expect(await desktop.exited).toBe(1);
      expect(desktop.lastWords().dialogs.map(({ kind }) => kind)).toEqual(['showMessageBox']);
      expect(await readFile(appImage, 'utf8')).toBe('the old version');
    });
  });

  it('is refused with a sentence that says so where the feed has nothing for that database', async () => {
    await withNewerSchema(async () => {
      offer();
      const desktop = await start([0]);
      expect(await desktop.exited).toBe(1);
      expect(desktop.errorOutput()).toMatch(
        /The database has schema version (\d+); this app knows only up to \d+\. .*The newest version in the feed, 99\.0\.0, works with schema version \d+; the database has \1\./,
      );
      expect(downloads()).toEqual([]);
    });
  });
});

async function startedAs(): Promise<string | null> {
  try {
    return await readFile(`${appImage}.started`, 'utf8');
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return null;
    throw error;
  }
}

async function newestRun(): Promise<{ state: string; leased: boolean } | undefined> {
  const [run] = await home.database.query<{ state: string; leased: boolean }>(
    `select state, lease_expires_at is not null as leased from app.backup_runs order by created_at desc limit 1`,
  );
  return run;
}

async function trayLabels(desktop: RunningDesktop): Promise<string[]> {
  return (await desktop.view()).tray.items.filter((item) => item.enabled).map((item) => item.label);
}

/** As if a newer TenantKeep had brought the database of this home forward. */
async function withNewerSchema(work: () => Promise<void>): Promise<void> {
  const { secrets, log } = await openWorkspace({ home: home.directory, logName: 'owner' });
  const server = await joinEmbeddedServer({ home: home.directory, passwords: secrets, log });
  const owner = await openDatabase({ url: server.ownerUrl, applicationName: 'tenantkeep/test', max: 1 });
  try {
    await owner.query('update app.schema_meta set schema_version = schema_version + 1');
    await work();
  } finally {
    await owner.query('update app.schema_meta set schema_version = schema_version - 1');
    await owner.close();
    await server.leave();
    log.close();
  }
}
