/**
 * Makes the pictures of the README again: starts the demo as a newcomer would, waits for its first backups, and
 * takes each screen. Run it with `node test/support/screenshots.ts`.
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium, type Page } from 'playwright';
import { builtApp } from './built-app.ts';
import { chromiumOptions } from './chromium.ts';

const target = join(import.meta.dirname, '..', '..', 'assets', 'screenshots');

const { cli } = await builtApp();
const home = await mkdtemp(join(tmpdir(), 'tenantkeep-screenshots-'));
const demo = spawn(process.execPath, [cli, 'demo', '--home', home], { stdio: ['ignore', 'pipe', 'pipe'] });
const ended = new Promise((resolve) => demo.once('close', resolve));
try {
  const link = await firstBackups();
  const browser = await chromium.launch(chromiumOptions());
  try {
    const page = await browser.newPage({
      viewport: { width: 1280, height: 800 },
      timezoneId: 'Europe/Berlin',
    });
    await mkdir(target, { recursive: true });
    await page.goto(link);
    await take(page, 'overview', 'Overview', 'Last fourteen days');
    await take(page, 'schedules', 'Schedules', 'demo');
    await page.getByRole('button', { name: 'New schedule' }).click();
    await page.getByRole('dialog').getByLabel('Tenant').selectOption({ index: 1 });
    await page.getByRole('region', { name: 'Next slots' }).getByRole('listitem').nth(9).waitFor();
    await picture(page, 'schedule-editor');
    await page.getByRole('button', { name: 'Close' }).first().click();
    await page.getByRole('button', { name: 'Discard changes' }).click();
    await take(page, 'runs', 'Runs', 'Partial');
    await page.getByRole('row').filter({ hasText: 'Partial' }).first().click();
    await page.getByRole('dialog').getByText('Missing permission').first().waitFor();
    await picture(page, 'run');
    await page.keyboard.press('Escape');
    await take(page, 'backup-sets', 'Backup sets', 'Root hash');
    await page.getByRole('row').nth(1).click();
    await page.getByRole('dialog').getByRole('row').nth(3).waitFor();
    await picture(page, 'backup-set');
    await page.keyboard.press('Escape');
    await take(page, 'audit', 'Audit', 'run.succeeded');
  } finally {
    await browser.close();
  }
} finally {
  demo.kill('SIGTERM');
  await ended;
  await rm(home, { recursive: true, force: true });
}

/** The one-time link of the console, once every simulated tenant has a backup set. */
function firstBackups(): Promise<string> {
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

async function take(page: Page, file: string, name: string, settled: string): Promise<void> {
  await page.getByRole('navigation').getByRole('link', { name }).click();
  await page.locator('main').getByText(settled).filter({ visible: true }).first().waitFor();
  await picture(page, file);
}

async function picture(page: Page, file: string): Promise<void> {
  // A drawer slides in; what is moving is not what a person reads.
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished)));
  await page.screenshot({ path: join(target, `${file}.png`) });
  process.stdout.write(`${file}.png\n`);
}
