import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  findServerAccount,
  locateEmbeddedBinaries,
  reachableBinaries,
  type ServerBinaries,
} from '../../main/db/server-binaries.ts';
import {
  findFreePort,
  initialiseServer,
  serverSuperuser,
  startServer,
  stopServer,
} from '../../main/db/server-process.ts';
import type { ServerPlace } from '../../main/db/server-process.ts';

/** A real PostgreSQL server of its own in a temporary directory, gone when this process is. */
export interface ThrowAwayServer {
  /** Superuser URL of the database `postgres`; the port stays the same over restarts. */
  url: string;
  directory: string;
  /** What the server itself said, over all its starts. */
  logFile: string;
  /** Stops the server; its data stays for `start`. */
  halt(mode: 'fast' | 'immediate'): Promise<void>;
  /** Starts it again and resolves when it accepts connections. */
  start(): Promise<void>;
  /** Stops it for good and removes the directory. */
  remove(): Promise<void>;
}

/** Settings without which a test server is faster, and which no server with real data may have. */
export const forgetfulSettings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

export async function startThrowAwayServer(
  settings: Record<string, string | number>,
  options: {
    /** Other programs than those that the app brings. */
    binaries?: ServerBinaries;
    /** The port of a server that is gone, to take its place. */
    port?: number;
  } = {},
): Promise<ThrowAwayServer> {
  const account = await findServerAccount();
  const directory = await mkdtemp(join(tmpdir(), 'tenantkeep-test-postgres-'));
  const place: ServerPlace = {
    binaries: await reachableBinaries(options.binaries ?? (await locateEmbeddedBinaries()), account),
    account,
    dataDirectory: join(directory, 'data'),
    logFile: join(directory, 'postgres.log'),
  };
  await mkdir(place.dataDirectory, { mode: 0o700 });
  if (account !== null) {
    await chown(directory, account.uid, account.gid);
    await chown(place.dataDirectory, account.uid, account.gid);
  }
  let watchdog: ChildProcess | null = null;
  const remove = async (): Promise<void> => {
    watchdog?.kill();
    await stopServer(place, 'immediate');
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await initialiseServer(place, 'throw-away');
    const port = options.port ?? (await findFreePort());
    const start = async (): Promise<void> => {
      watchdog?.kill();
      const running = await startServer(place, { port, settings });
      watchdog = stopServerAfterUs(running.pid, directory);
    };
    await start();
    return {
      url: `postgres://${serverSuperuser}:throw-away@127.0.0.1:${port}/postgres`,
      directory,
      logFile: place.logFile,
      halt: (mode) => stopServer(place, mode),
      start,
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Whatever ends us, Ctrl-C and kill -9 included, the server and its directory must not stay behind. */
function stopServerAfterUs(serverPid: number, directory: string): ChildProcess | null {
  if (process.platform === 'win32') return null;
  const script =
    'while kill -0 "$0" 2>/dev/null; do sleep 1; done; kill -QUIT "$1" 2>/dev/null; sleep 1; rm -rf "$2"';
  const watchdog = spawn('sh', ['-c', script, String(process.pid), String(serverPid), directory], {
    detached: true,
    stdio: 'ignore',
  });
  watchdog.unref();
  return watchdog;
}
