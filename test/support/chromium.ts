import { existsSync } from 'node:fs';

/** Debian's Chromium, or the one that CHROMIUM_PATH names. A machine without it fails, and says what to install. */
export function findChromium(): string {
  const candidates = [process.env.CHROMIUM_PATH, '/usr/bin/chromium', '/usr/bin/chromium-browser'];
  const found = candidates.find((path) => path !== undefined && existsSync(path));
  if (found !== undefined) return found;
  throw new Error(
    'The browser tests need Chromium and found none. Install it (apt-get install chromium), or name it in CHROMIUM_PATH.',
  );
}

/** How Chromium is started everywhere in the tests: nothing of its own goes to the network. */
export function chromiumOptions(): { executablePath: string; args: string[] } {
  return {
    executablePath: findChromium(),
    args: ['--disable-background-networking', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  };
}
