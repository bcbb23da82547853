import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtApp } from './built-app.ts';

const root = join(import.meta.dirname, '..', '..');
/** What electron's own program carries, and what the tool that flips fuses looks for. */
const fuseSentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';

/** An app as electron-builder packs it for Linux, outside the repository. */
export interface PackagedApp {
  directory: string;
  /** The program with the fuses; a stand-in, because Electron's runtime is not needed to pack. */
  program: string;
  asar: string;
  /** What lies beside the asar as real files. */
  unpacked: string;
  /** The command for terminals and supervisors. */
  command: string;
  remove(): Promise<void>;
}

/**
 * Packs the built app of these sources with electron-builder and its real configuration, on a folder that stands
 * in for Electron's runtime. Needs no network.
 */
export async function packageApp(): Promise<PackagedApp> {
  await builtApp();
  const directory = await mkdtemp(join(tmpdir(), 'tenantkeep-package-'));
  const remove = () => rm(directory, { recursive: true, force: true });
  try {
    const runtime = join(directory, 'runtime');
    await mkdir(runtime);
    const wire = Buffer.concat([Buffer.from(fuseSentinel), Buffer.from([1, 9]), Buffer.from('0'.repeat(9))]);
    await writeFile(join(runtime, 'electron'), wire, { mode: 0o755 });
    await runBuilder([
      '--linux',
      'dir',
      '--x64',
      '--publish',
      'never',
      `-c.electronDist=${runtime}`,
      `-c.directories.output=${join(directory, 'dist')}`,
    ]);
    const app = join(directory, 'dist', 'linux-unpacked');
    const resources = join(app, 'resources');
    return {
      directory: app,
      program: join(app, 'tenantkeep'),
      asar: join(resources, 'app.asar'),
      unpacked: join(resources, 'app.asar.unpacked'),
      command: join(resources, 'bin', 'tenantkeep'),
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function runBuilder(words: readonly string[]): Promise<void> {
  const builder = join(root, 'node_modules', 'electron-builder', 'out', 'cli', 'cli.js');
  const child = spawn(process.execPath, [builder, ...words], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`electron-builder ended with ${String(code)}:\n${said}`);
}
