/**
 * What `npm start` runs: the desktop where it can run, otherwise the service with the console, after one line that
 * says why. The packaged app has no need of this; it is the desktop itself.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hostNodeOptions } from './node-options.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const words = process.argv.slice(2);

const electron = findElectron();
const obstacle = electron === null ? "Electron's program is not installed here" : obstacleToWindows();

if (electron !== null && obstacle === null) {
  run(electron, [root, ...words]);
} else {
  process.stdout.write(`The desktop cannot start: ${obstacle}. Opening the console instead.\n`);
  run(process.execPath, [
    ...hostNodeOptions,
    join(root, 'out/main/cli.js'),
    'service',
    'run',
    '--console',
    ...words,
  ]);
}

/**
 * The path of Electron's program, or null. Not by importing the package: without its program that starts a
 * download.
 */
function findElectron(): string | null {
  try {
    const directory = dirname(createRequire(import.meta.url).resolve('electron/package.json'));
    const pathFile = join(directory, 'path.txt');
    if (!existsSync(pathFile)) return null;
    const program = join(directory, 'dist', readFileSync(pathFile, 'utf8').trim());
    return existsSync(program) ? program : null;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
}

function obstacleToWindows(): string | null {
  if (process.platform !== 'linux') return null;
  const { DISPLAY: display, WAYLAND_DISPLAY: wayland } = process.env;
  if (!display && !wayland) return 'there is no display';
  return process.getuid?.() === 0 ? 'Chromium refuses to run as root' : null;
}

/** Runs a program in the place of this one: same terminal, same end. */
function run(program: string, programWords: readonly string[]): void {
  const child = spawn(program, programWords, { stdio: 'inherit' });
  // Ctrl+C reaches the child through the terminal; a second signal from here would end it at once.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', (error) => {
    process.stderr.write(`${program} cannot be started: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = signal === null ? (code ?? 1) : 1;
  });
}
