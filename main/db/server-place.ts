import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  findServerAccount,
  locateEmbeddedBinaries,
  reachableBinaries,
  sharedServerRoot,
} from './server-binaries.ts';
import type { ServerAccount } from './server-binaries.ts';
import type { ServerPlace } from './server-process.ts';

/** Finds binaries, account and directories, and opens the way to them for the account that the server runs as. */
export async function prepareServerPlace(home: string): Promise<ServerPlace> {
  const account = await findServerAccount();
  const binaries = await reachableBinaries(await locateEmbeddedBinaries(), account);
  await mkdir(home, { recursive: true, mode: 0o700 });
  const root = await serverDirectory(await realpath(home), account);
  await mkdir(root, { recursive: true, mode: 0o711 });
  // The account passes through this directory and owns only what lies below it.
  if (account !== null) await chmod(root, 0o711);
  return { binaries, account, dataDirectory: join(root, 'data'), logFile: join(root, 'postgres.log') };
}

/**
 * `<home>/database`. Where root's home lies below directories that the unprivileged account may not enter, such
 * as /root, a directory of the same meaning under /var/lib/tenantkeep, named by a hash of the home's path.
 */
async function serverDirectory(home: string, account: ServerAccount | null): Promise<string> {
  const own = join(home, 'database');
  if (account === null) return own;
  if (await mayPass(dirname(home), account)) {
    const { mode } = await stat(home);
    // Passing through is all that this allows; the files in it have modes of their own.
    if (!(await mayEnter(home, account))) await chmod(home, (mode & 0o777) | 0o001);
    return own;
  }
  await mkdir(sharedServerRoot, { recursive: true, mode: 0o755 });
  return directoryElsewhere(home);
}

function directoryElsewhere(home: string): string {
  return join(sharedServerRoot, createHash('sha256').update(home).digest('hex').slice(0, 24));
}

/** The port that the embedded server of a home keeps from start to start; null where it never ran. Makes nothing. */
export async function keptPort(home: string): Promise<number | null> {
  if (!(await exists(home))) return null;
  const real = await realpath(home);
  for (const directory of [join(real, 'database'), directoryElsewhere(real)]) {
    const port = await readPort(join(directory, 'port'));
    if (port !== null) return port;
  }
  return null;
}

/** The port in a file, or null where there is none or something else in it. */
export async function readPort(file: string): Promise<number | null> {
  if (!(await exists(file))) return null;
  const port = Number(await readFile(file, 'utf8'));
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : null;
}

async function mayPass(directory: string, account: ServerAccount): Promise<boolean> {
  for (let current = directory; ; current = dirname(current)) {
    if (!(await mayEnter(current, account))) return false;
    if (current === dirname(current)) return true;
  }
}

async function mayEnter(directory: string, account: ServerAccount): Promise<boolean> {
  const { mode, uid, gid } = await stat(directory);
  const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
  return (mode & bit) !== 0;
}

/** True when the file or directory is there. */
export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return false;
    throw error;
  }
}
