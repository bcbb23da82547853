import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * Why the scenarios cannot run on Electron's own runtime here, or null when they can. Not by importing the
 * package: without its program that starts a download.
 */
export function obstacleToRuntime(): string | null {
  const directory = dirname(createRequire(import.meta.url).resolve('electron/package.json'));
  const pathFile = join(directory, 'path.txt');
  if (!existsSync(pathFile)) return "Electron's program is not on this machine (no path.txt in its package)";
  const program = join(directory, 'dist', readFileSync(pathFile, 'utf8').trim());
  if (!existsSync(program)) return `Electron's program is missing at ${program}`;
  if (process.platform === 'linux' && !process.env.DISPLAY) return 'there is no display (run under xvfb-run)';
  return null;
}
