import { existsSync } from 'node:fs';

const headless = '/usr/bin/chromium-headless-shell';
const withWindows = ['/usr/bin/chromium', '/usr/bin/chromium-browser'];

/**
 * The one that CHROMIUM_PATH names, or one of Debian's: the headless shell, which is the same engine without the
 * browser around it and takes half the time, or the whole browser. A machine without either fails, and says what to
 * install. `whole`: for measuring what people have in front of them.
 */
export function findChromium({ whole = false } = {}): string {
  const known = whole ? withWindows : [headless, ...withWindows];
  const found = [process.env.CHROMIUM_PATH, ...known].find((path) => path !== undefined && existsSync(path));
  if (found !== undefined) return found;
  throw new Error(
    `This needs Chromium and found none. Install it (apt-get install ${whole ? 'chromium' : 'chromium-headless-shell'}), or name it in CHROMIUM_PATH.`,
  );
}

/** How Chromium is started everywhere in the tests: nothing of its own goes to the network. */
export function chromiumOptions(wishes?: { whole?: boolean }): { executablePath: string; args: string[] } {
  return {
    executablePath: findChromium(wishes),
    args: ['--disable-background-networking', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  };
}
