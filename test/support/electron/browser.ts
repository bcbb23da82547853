import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, chromium } from 'playwright';
import { findChromium } from '../chromium.ts';

export interface TestBrowser {
  /** Playwright's connection, for looking and acting; never for intercepting. */
  playwright: Browser;
  devToolsAddress: string;
  close(): Promise<void>;
}

const startBudgetMs = 20_000;

/** Starts one browser on a fresh profile, in a process group of its own. */
export async function startBrowser(): Promise<TestBrowser> {
  const profile = await mkdtemp(join(tmpdir(), 'tenantkeep-browser-'));
  const browser = spawn(
    // The headless shell announces new pages otherwise than the browser that Electron is made of.
    findChromium({ whole: true }),
    [
      '--headless=new',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
      '--no-first-run',
      '--no-default-browser-check',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-gpu',
      // Nothing leaves the machine, whatever a page or a pop-up asks for.
      '--host-resolver-rules=MAP * ~NOTFOUND',
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      'about:blank',
    ],
    // No programs of the desktop to hand an external link to.
    { stdio: ['ignore', 'ignore', 'pipe'], detached: true, env: { ...process.env, PATH: '/usr/bin:/bin' } },
  );
  let lastWords = '';
  browser.stderr.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-2_000);
  });
  try {
    const devToolsAddress = await readAddress(profile, browser, () => lastWords);
    const playwright = await chromium.connectOverCDP(devToolsAddress);
    return {
      playwright,
      devToolsAddress,
      async close() {
        await playwright.close();
        await end(browser, profile);
      },
    };
  } catch (error) {
    await end(browser, profile);
    throw error;
  }
}

async function readAddress(profile: string, browser: ChildProcess, lastWords: () => string): Promise<string> {
  const deadline = performance.now() + startBudgetMs;
  const file = join(profile, 'DevToolsActivePort');
  while (performance.now() < deadline && browser.exitCode === null) {
    const [port, path] = existsSync(file) ? (await readFile(file, 'utf8')).split('\n') : [];
    if (port && path) return `ws://127.0.0.1:${port}${path}`;
    await sleep(50);
  }
  throw new Error(`Chromium did not start. Its last words: ${lastWords()}`);
}

/** The launcher is a shell script with many children: the whole group goes. */
async function end(browser: ChildProcess, profile: string): Promise<void> {
  const ended = browser.exitCode === null ? new Promise((resolve) => browser.once('exit', resolve)) : null;
  try {
    process.kill(-browser.pid!, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
  await ended;
  await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}
