/**
 * Makes the pictures of the README again: starts the demo with its history as a newcomer would, waits until it has
 * lived through its fortnight, and takes each screen. A picture that cannot be taken is named at the end, with what
 * was missing, and the script fails; no old picture stands in for it silently. Run it with `npm run screenshots`, or
 * with names of pictures to take only those.
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium, type Page } from 'playwright';
import { errorText } from '../../shared/errors.ts';
import { builtApp } from './built-app.ts';
import { chromiumOptions } from './chromium.ts';

interface Picture {
  file: string;
  theme?: 'dark';
  /** Goes from the overview to what is to be seen, and waits until it is. */
  steps(page: Page): Promise<void>;
}

const target = join(import.meta.dirname, '..', '..', 'assets', 'screenshots');
const wanted = process.argv.slice(2);

const drawer = (page: Page) => page.getByRole('dialog').first();
async function go(page: Page, name: string, settled: string | RegExp): Promise<void> {
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click();
  await page.locator('main').getByText(settled).filter({ visible: true }).first().waitFor();
}
async function openRow(page: Page, text: string | RegExp): Promise<void> {
  await page.locator('main').getByRole('row').filter({ hasText: text }).first().click();
  await drawer(page).waitFor();
}

const pictures: readonly Picture[] = [
  { file: 'overview', steps: (page) => go(page, 'Overview', 'Last fourteen days') },
  { file: 'overview-dark', theme: 'dark', steps: (page) => go(page, 'Overview', 'Last fourteen days') },
  { file: 'runs', steps: (page) => go(page, 'Runs', 'Interrupted') },
  {
    file: 'runs-timeline',
    async steps(page) {
      await go(page, 'Runs', 'Succeeded');
      await page.locator('main').getByRole('button', { name: 'Timeline' }).click();
      await page.getByRole('region', { name: /timeline/i }).waitFor();
    },
  },
  {
    file: 'run',
    async steps(page) {
      await go(page, 'Runs', 'Partial');
      await openRow(page, 'Partial');
      await drawer(page).getByText('Missing permission').first().waitFor();
    },
  },
  { file: 'schedules', steps: (page) => go(page, 'Schedules', 'Nightly full') },
  {
    file: 'schedule-editor',
    async steps(page) {
      await go(page, 'Schedules', 'Nightly full');
      await page.getByRole('button', { name: 'New schedule' }).click();
      await drawer(page).getByLabel('Tenant').selectOption({ index: 1 });
      await drawer(page).getByLabel('Name').fill('Weekly full');
      await drawer(page).getByLabel('Time zone').fill('Europe/London');
      await drawer(page).getByRole('region', { name: 'Next slots' }).getByRole('listitem').nth(9).waitFor();
    },
  },
  { file: 'tenants', steps: (page) => go(page, 'Tenants', 'At risk') },
  {
    file: 'access-matrix',
    async steps(page) {
      await go(page, 'Tenants', 'Copperfield');
      await openRow(page, 'Copperfield');
      await drawer(page).getByRole('tab', { name: 'Access check' }).click();
      await drawer(page).getByRole('button', { name: 'Check access' }).click();
      await drawer(page).getByText('DeviceManagementServiceConfig.Read.All').first().waitFor();
    },
  },
  { file: 'backup-sets', steps: (page) => go(page, 'Backup sets', 'Alder & Finch Dental') },
  {
    file: 'backup-set',
    async steps(page) {
      await go(page, 'Backup sets', 'Alder & Finch Dental');
      await openRow(page, 'Alder & Finch Dental');
      await drawer(page).getByRole('row').nth(3).waitFor();
    },
  },
  {
    file: 'compare',
    async steps(page) {
      await go(page, 'Backup sets', 'Alder & Finch Dental');
      await openRow(page, 'Alder & Finch Dental');
      await drawer(page)
        .getByRole('tab', { name: /compare|changes/i })
        .or(drawer(page).getByRole('button', { name: /compare/i }))
        .first()
        .click();
      await drawer(page)
        .getByText(/Reviewed in round/)
        .or(drawer(page).getByText(/changed/i))
        .first()
        .waitFor();
    },
  },
  { file: 'audit', steps: (page) => go(page, 'Audit', 'run.succeeded') },
  { file: 'settings', steps: (page) => go(page, 'Settings', /host/i) },
];

const { cli } = await builtApp();
const home = await mkdtemp(join(tmpdir(), 'tenantkeep-screenshots-'));
const demo = spawn(process.execPath, [cli, 'demo', '--home', home], { stdio: ['ignore', 'pipe', 'pipe'] });
const ended = new Promise((resolve) => demo.once('close', resolve));
const missing: string[] = [];
try {
  const link = await historyIsThere();
  const browser = await chromium.launch(chromiumOptions({ whole: true }));
  try {
    const session = await browser.newContext();
    await (await session.newPage()).goto(link);
    const storageState = await session.storageState();
    await mkdir(target, { recursive: true });
    for (const picture of pictures) {
      if (wanted.length > 0 && !wanted.includes(picture.file)) continue;
      const context = await browser.newContext({
        storageState,
        viewport: { width: 1280, height: 800 },
        timezoneId: 'Europe/Berlin',
        colorScheme: picture.theme ?? 'light',
      });
      context.setDefaultTimeout(20_000);
      const page = await context.newPage();
      try {
        await page.goto(new URL('/', link).href);
        await picture.steps(page);
        // A drawer slides in; what is moving is not what a person reads.
        await page.evaluate(() =>
          Promise.all(document.getAnimations().map((animation) => animation.finished)),
        );
        await page.screenshot({ path: join(target, `${picture.file}.png`) });
        process.stdout.write(`${picture.file}.png\n`);
      } catch (error) {
        missing.push(`${picture.file}: ${errorText(error).split('\n').slice(0, 4).join(' ')}`);
      } finally {
        await context.close();
      }
    }
  } finally {
    await browser.close();
  }
} finally {
  demo.kill('SIGTERM');
  await ended;
  await rm(home, { recursive: true, force: true });
}
if (missing.length > 0) {
  process.stderr.write(`Not taken:\n${missing.map((line) => `  ${line}\n`).join('')}`);
  process.exitCode = 1;
}

/** The one-time link of the console, once the fortnight is lived through and the first live backup is done. */
function historyIsThere(): Promise<string> {
  return new Promise((resolve, reject) => {
    let link: string | undefined;
    let lastWords = '';
    demo.once('close', () => reject(new Error(`The demo ended early: ${lastWords}`)));
    // Progress goes to one stream only; which one is the command line's affair.
    for (const stream of [demo.stdout, demo.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lastWords = line;
        link ??= /^Console: (\S+)/.exec(line)?.[1];
        if (link !== undefined && line.startsWith('The first backups are done')) resolve(link);
      });
    }
  });
}
