import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import { migrate } from '../../main/db/migrate.ts';
import {
  findServerAccount,
  locateEmbeddedBinaries,
  reachableBinaries,
} from '../../main/db/server-binaries.ts';
import {
  findFreePort,
  initialiseServer,
  serverSuperuser,
  startServer,
  stopServer,
} from '../../main/db/server-process.ts';
import type { ServerPlace } from '../../main/db/server-process.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Superuser URL of the server of this test run, without a database name at its end. */
    postgresUrl: string;
    /** A database with all migrations applied, from which each test file clones its own. */
    templateDatabase: string;
  }
}

/**
 * One real PostgreSQL server for a test run, in a directory of its own, so that runs started side by side do
 * not meet. TENANTKEEP_TEST_POSTGRES (URL of a superuser, any database) puts the tests on another server.
 * The settings without fsync are for this throw-away server only.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TENANTKEEP_TEST_POSTGRES;
  const server = given === undefined ? await startThrowAwayServer() : { url: given, stop: async () => {} };
  const template = `tenantkeep_template_${process.pid}_${Math.random().toString(36).slice(2, 8)}`;
  const onServer = async (statement: string): Promise<void> => {
    const client = new Client({ connectionString: server.url });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  try {
    await onServer(`create database ${template} template template0 encoding 'UTF8'`);
    await migrate(withDatabase(server.url, template));
    project.provide('postgresUrl', server.url);
    project.provide('templateDatabase', template);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return async () => {
    if (given !== undefined) await onServer(`drop database if exists ${template} with (force)`);
    await server.stop();
  };
}

function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

async function startThrowAwayServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const account = await findServerAccount();
  const directory = await mkdtemp(join(tmpdir(), 'tenantkeep-test-postgres-'));
  const place: ServerPlace = {
    binaries: await reachableBinaries(await locateEmbeddedBinaries(), account),
    account,
    dataDirectory: join(directory, 'data'),
    logFile: join(directory, 'postgres.log'),
  };
  await mkdir(place.dataDirectory, { mode: 0o700 });
  if (account !== null) {
    await chown(directory, account.uid, account.gid);
    await chown(place.dataDirectory, account.uid, account.gid);
  }
  const stop = async (): Promise<void> => {
    await stopServer(place, 'immediate');
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await initialiseServer(place, 'throw-away');
    const running = await startServer(place, {
      port: await findFreePort(),
      settings: {
        fsync: 'off',
        synchronous_commit: 'off',
        full_page_writes: 'off',
        max_connections: 300,
        shared_buffers: '128MB',
        autovacuum: 'on',
      },
    });
    const watchdog = stopServerAfterUs(running.pid, directory);
    return {
      url: `postgres://${serverSuperuser}:throw-away@127.0.0.1:${running.port}/postgres`,
      stop: async () => {
        watchdog?.kill();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Whatever ends vitest, Ctrl-C and kill -9 included, the server and its directory must not stay behind. */
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
