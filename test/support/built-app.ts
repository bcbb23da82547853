import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = join(import.meta.dirname, '..', '..');
const sources = ['main', 'migrations', 'preload', 'renderer', 'shared'];
const files = ['electron.vite.config.ts', 'package.json', 'package-lock.json'];
const buildBudgetMs = 120_000;

/** Where the three builds lie, as `electron-vite build` leaves them. */
export interface BuiltApp {
  main: string;
  cli: string;
  renderer: string;
}

/**
 * The built app of exactly these sources: builds it where the last build was of others. Several test processes
 * may ask at once; one builds and the others wait.
 */
export async function builtApp(): Promise<BuiltApp> {
  const stampFile = join(root, '.cache', 'built-from');
  const stamp = await hashSources();
  await inTurn(async () => {
    if (existsSync(stampFile) && (await readFile(stampFile, 'utf8')) === stamp) return;
    await rm(stampFile, { force: true });
    await build();
    const draft = `${stampFile}.${process.pid}`;
    await writeFile(draft, stamp);
    await rename(draft, stampFile);
  });
  return {
    main: join(root, 'out/main/electron.js'),
    cli: join(root, 'out/main/cli.js'),
    renderer: join(root, 'out/renderer'),
  };
}

async function hashSources(): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of sources) {
    const names = (await readdir(join(root, folder), { recursive: true })).sort();
    for (const name of names) {
      // The test of import boundaries plants files for a moment; a build for them would take the app away from others.
      if (name.includes('planted-')) continue;
      const path = join(root, folder, name);
      if ((await stat(path)).isFile()) hash.update(`${path}\0`).update(await readFile(path));
    }
  }
  for (const name of files) hash.update(`${name}\0`).update(await readFile(join(root, name)));
  return hash.digest('hex');
}

/** A directory can be made by one process only, which makes it a lock; one left by a killed process is too old. */
async function inTurn(work: () => Promise<void>): Promise<void> {
  const lock = join(root, '.cache', 'building');
  await mkdir(dirname(lock), { recursive: true });
  for (;;) {
    try {
      await mkdir(lock);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const madeMs = await stat(lock).then(
        (facts) => facts.mtimeMs,
        () => Date.now(),
      );
      if (Date.now() - madeMs > buildBudgetMs) await rm(lock, { recursive: true, force: true });
      await sleep(100);
    }
  }
  try {
    await work();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

async function build(): Promise<void> {
  const tool = join(root, 'node_modules/electron-vite/bin/electron-vite.js');
  const child = spawn(process.execPath, [tool, 'build', '--logLevel', 'warn'], {
    cwd: root,
    // Vitest's own would make React a development build.
    env: { ...process.env, NODE_ENV: 'production', VITEST: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`The build failed (${String(code)}):\n${output}`);
}
