import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
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
    const client = new pg.Client({ connectionString: server.url });
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
  // Ctrl-C ends vitest without its teardown; the server must not stay behind.
  process.once('exit', () => {
    try {
      if (serverPid !== null) process.kill(serverPid, 'SIGQUIT');
    } catch {
      serverPid = null;
    }
  });
  let serverPid: number | null = null;
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
    serverPid = running.pid;
    return {
      url: `postgres://${serverSuperuser}:throw-away@127.0.0.1:${running.port}/postgres`,
      stop: async () => {
        serverPid = null;
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
