import { once } from 'node:events';
import { chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { AppError, errorText } from '../../shared/errors.ts';
import { systemClock } from '../clock.ts';
import type { Log } from '../engine/ports.ts';
import { databaseErrorCode, isConnectionLoss } from './database-errors.ts';
import { createPassword } from './scram-verifier.ts';
import { exists, prepareServerPlace, readPort } from './server-place.ts';
import {
  clearStaleServerFile,
  dataDirectoryOfOtherMajor,
  findFreePort,
  findServer,
  initialiseServer,
  serverSuperuser,
  startServer,
  stopServer,
} from './server-process.ts';
import type { ServerPlace } from './server-process.ts';

/** Where the password of the embedded server's superuser is kept; the SecretStore of main/credentials fits. */
interface PasswordStore {
  /** Stores only where nothing is stored, and answers what is stored now. */
  writeIfAbsent(name: string, value: string): Promise<string>;
}

export interface EmbeddedServerOptions {
  /** The home directory of this installation. */
  home: string;
  passwords: PasswordStore;
  /** A fixed port; without it a free one is chosen once and kept. */
  port?: number;
  log?: Log;
}

export interface EmbeddedServer {
  /** Superuser URL of the database `tenantkeep`, on 127.0.0.1. Holds the password: never log it. */
  ownerUrl: string;
  port: number;
  /** True when this process started the server, false when it joined a running one. */
  startedHere: boolean;
  /** Ends the participation; the last participant stops the server. Close your own connections first. */
  leave(): Promise<void>;
}

/** Name of the superuser's password in the password store. */
const embeddedPasswordName = 'embedded-database-password';

const databaseName = 'tenantkeep';

/** Advisory lock in the database `postgres`: shared while participating, exclusive to stop the server. */
const participationLock = 5_120_774_013;

/**
 * Starts the embedded server of a home, or joins the one that another process runs.
 *
 * How several processes share it without any lock file that a kill -9 could leave behind:
 * - The server is detached: it outlives whoever started it.
 * - A participant is a session that holds a shared advisory lock. When its process dies in whatever way, the
 *   server ends that session. Who leaves gives up its lock and asks for the exclusive one: only the last
 *   participant gets it, and stops the server while it holds it; a newcomer waits on the lock, loses its
 *   connection when the server goes down, and starts the server anew.
 * - Two that start at once: `initdb` runs in a directory of its own which is renamed into place, and
 *   `postmaster.pid` lets only one server live; the other process finds it and joins.
 * - If every participant was killed the server runs on, and the next process joins it (and stops it at its end).
 *
 * Throws `port_taken`, `disk_full`, `embedded_server_missing`, `database_files_other_version`,
 * `database_password_lost`, `database_start_failed`.
 */
export async function joinEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const place = await prepareServerPlace(options.home);
  const password = await options.passwords.writeIfAbsent(embeddedPasswordName, createPassword());
  let participation = await participate(place, password, options);
  const { port, startedHere } = participation;
  const ending = new AbortController();
  let recovery: Promise<void> = Promise.resolve();
  const watch = (): void => {
    participation.client.once('end', () => {
      if (ending.signal.aborted) return;
      options.log?.warn({ port }, 'The embedded database went away; bringing it back.');
      recovery = comeBack();
    });
  };
  const comeBack = async (): Promise<void> => {
    let pauseMs = 200;
    while (!ending.signal.aborted) {
      try {
        participation = await participate(place, password, { ...options, port });
        watch();
        return;
      } catch (error) {
        options.log?.error(
          { code: databaseErrorCode(error) },
          `The embedded database did not come back: ${errorText(error)}`,
        );
      }
      // Leaving ends the wait; the loop then sees it.
      await Promise.race([systemClock.sleep(pauseMs), aborted(ending.signal)]);
      pauseMs = Math.min(pauseMs * 2, 10_000);
    }
  };
  watch();
  return {
    ownerUrl: urlOf(port, password, databaseName),
    port,
    startedHere,
    leave: async () => {
      if (ending.signal.aborted) return;
      ending.abort();
      await recovery;
      await leave(participation.client, place);
    },
  };
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

interface Participation {
  client: Client;
  port: number;
  startedHere: boolean;
}

async function participate(
  place: ServerPlace,
  password: string,
  options: Pick<EmbeddedServerOptions, 'port'>,
): Promise<Participation> {
  const deadline = systemClock.monotonicMs() + 90_000;
  let startedHere = false;
  let lastError: unknown = null;
  while (systemClock.monotonicMs() < deadline) {
    const running = await findServer(place.dataDirectory);
    if (running === null) {
      startedHere = await tryToStart(place, password, options.port);
      if (!startedHere) await systemClock.sleep(100);
      continue;
    }
    try {
      const client = await takePart(running.port, password);
      return { client, port: running.port, startedHere };
    } catch (error) {
      if (databaseErrorCode(error) === '28P01') throw passwordLost(place, error);
      // Still starting, or just going down.
      if (!isConnectionLoss(error)) throw error;
      lastError = error;
      await systemClock.sleep(100);
    }
  }
  throw new AppError(
    'database_start_failed',
    'The embedded database did not accept connections within 90 seconds.',
    {
      nextStep: `Its log is ${place.logFile}.`,
      cause: lastError,
    },
  );
}

async function takePart(port: number, password: string): Promise<Client> {
  const client = new Client({
    connectionString: urlOf(port, password, 'postgres'),
    application_name: 'tenantkeep/participant',
    connectionTimeoutMillis: 10_000,
  });
  // The event `end` follows, and is what we act on; without a listener the error would end the process.
  let lost: Error | null = null;
  client.on('error', (error) => {
    lost = error;
  });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock_shared($1)', [participationLock]);
    const { rows } = await client.query('select 1 from pg_database where datname = $1', [databaseName]);
    if (rows.length === 0) await createDatabase(client);
    if (lost !== null) throw lost;
    return client;
  } catch (error) {
    await endQuietly(client);
    throw error;
  }
}

async function createDatabase(client: Client): Promise<void> {
  try {
    await client.query(`create database ${databaseName} template template0 encoding 'UTF8'`);
  } catch (error) {
    // Another participant was quicker: duplicate_database, or unique_violation in pg_database.
    const code = databaseErrorCode(error);
    if (code !== '42P04' && code !== '23505') throw error;
  }
}

async function leave(client: Client, place: ServerPlace): Promise<void> {
  let isLast = false;
  try {
    await client.query('select pg_advisory_unlock_shared($1)', [participationLock]);
    const { rows } = await client.query<{ got: boolean }>('select pg_try_advisory_lock($1) as got', [
      participationLock,
    ]);
    isLast = rows[0]!.got;
  } catch (error) {
    // The server is gone already, or going: nothing is left to stop.
    if (!isConnectionLoss(error)) throw error;
  }
  if (isLast) await stopServer(place);
  await endQuietly(client);
}

/** Ends a session that the server may have ended already; then there is nothing to do. */
async function endQuietly(client: Client): Promise<void> {
  try {
    await client.end();
  } catch (error) {
    if (!isConnectionLoss(error)) throw error;
  }
}

/** False when another process was quicker. */
async function tryToStart(
  place: ServerPlace,
  password: string,
  fixedPort: number | undefined,
): Promise<boolean> {
  await createDataDirectory(place, password);
  const version = (await readFile(join(place.dataDirectory, 'PG_VERSION'), 'utf8')).trim();
  if (version !== String(place.binaries.major)) throw dataDirectoryOfOtherMajor(place, version);
  await clearStaleServerFile(place.dataDirectory);
  await keepLogShort(place.logFile);
  // The port of last time, so that a restart of the server leaves the URLs of all processes valid.
  const remembered = fixedPort === undefined ? await readPort(portFile(place)) : null;
  let port = fixedPort ?? remembered ?? (await findFreePort());
  for (let attempt = 1; ; attempt += 1) {
    try {
      await startServer(place, {
        port,
        settings: {
          max_connections: 60,
          max_wal_size: '256MB',
          log_min_messages: 'warning',
          // Statements can hold sealed bytes and names; the log holds none of them.
          log_min_error_statement: 'panic',
          log_parameter_max_length: 0,
          log_parameter_max_length_on_error: 0,
        },
      });
      if (fixedPort === undefined && port !== remembered) {
        await writeFile(portFile(place), `${port}\n`, { mode: 0o600 });
      }
      return true;
    } catch (error) {
      const code = error instanceof AppError ? error.code : null;
      if (code === 'server_running_elsewhere') return false;
      if (code !== 'port_taken' || fixedPort !== undefined || attempt >= 5) throw error;
      port = await findFreePort();
    }
  }
}

/** Makes the data directory beside its final place and renames it there, so that it is whole or absent. */
async function createDataDirectory(place: ServerPlace, password: string): Promise<void> {
  if (await exists(join(place.dataDirectory, 'PG_VERSION'))) return;
  const fresh = `${place.dataDirectory}.${process.pid}.new`;
  await rm(fresh, { recursive: true, force: true });
  try {
    await mkdir(fresh, { recursive: true, mode: 0o700 });
    if (place.account !== null) await chown(fresh, place.account.uid, place.account.gid);
    await initialiseServer({ ...place, dataDirectory: fresh }, password);
    await rename(fresh, place.dataDirectory);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    const code = (error as { code?: unknown }).code;
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      throw new AppError('disk_full', `The disk that holds ${place.dataDirectory} is full.`, {
        nextStep: 'Free some space and start again.',
        cause: error,
      });
    }
    // Another process renamed its own into place first, and ours is not needed.
    if (
      (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'EPERM') &&
      (await exists(place.dataDirectory))
    )
      return;
    throw error;
  }
}

function portFile(place: ServerPlace): string {
  return join(dirname(place.dataDirectory), 'port');
}

/** Only warnings are logged, so one old log is enough for years. */
async function keepLogShort(logFile: string): Promise<void> {
  if ((await exists(logFile)) && (await stat(logFile)).size > 5_000_000)
    await rename(logFile, `${logFile}.1`);
}

function urlOf(port: number, password: string, database: string): string {
  return `postgres://${serverSuperuser}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`;
}

function passwordLost(place: ServerPlace, cause: unknown): AppError {
  return new AppError(
    'database_password_lost',
    `The stored password does not fit the embedded database in ${dirname(place.dataDirectory)}.`,
    { nextStep: 'Restore the secrets that belong to this home, or start with another --home.', cause },
  );
}
