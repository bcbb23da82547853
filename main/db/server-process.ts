import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, open, readFile, readlink, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AppError, errorText } from '../../shared/errors.ts';
import { systemClock } from '../clock.ts';
import type { ServerAccount, ServerBinaries } from './server-binaries.ts';

const run = promisify(execFile);

/** A PostgreSQL server on this machine: how to create its data directory, start it, find it and stop it. */
export interface ServerPlace {
  binaries: ServerBinaries;
  account: ServerAccount | null;
  dataDirectory: string;
  logFile: string;
}

export interface RunningServer {
  pid: number;
  port: number;
}

/** The name of the embedded server's superuser. */
export const serverSuperuser = 'tenantkeep_superuser';

/** Runs initdb into an empty directory that the account owns. UTF-8, scram for every connection. */
export async function initialiseServer(place: ServerPlace, password: string): Promise<void> {
  const passwordFile = join(tmpdir(), `tenantkeep-${randomBytes(9).toString('hex')}`);
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
  try {
    if (place.account !== null) await chown(passwordFile, place.account.uid, place.account.gid);
    // From 17 on the built-in provider gives Unicode rules that depend on no locale of the machine.
    const locale =
      place.binaries.major >= 17
        ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
        : ['--locale=C.UTF-8'];
    await run(
      place.binaries.initdb,
      [
        `--pgdata=${place.dataDirectory}`,
        '--encoding=UTF8',
        ...locale,
        '--auth=scram-sha-256',
        `--username=${serverSuperuser}`,
        `--pwfile=${passwordFile}`,
        '--data-checksums',
        '--no-instructions',
      ],
      { ...spawnAccount(place.account), env: serverEnvironment() },
    );
  } catch (error) {
    throw describeServerFailure(error, errorText(error), place);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/**
 * Starts the server detached from this process and waits until it accepts connections.
 * Throws `server_running_elsewhere`, `port_taken`, `disk_full`, `database_files_other_version`, or
 * `database_start_failed` with the server's own last line.
 */
export async function startServer(
  place: ServerPlace,
  options: { port: number; settings?: Record<string, string | number>; timeoutMs?: number },
): Promise<RunningServer> {
  const log = await open(place.logFile, 'a', 0o600);
  const logStart = (await log.stat()).size;
  const settings = {
    listen_addresses: '127.0.0.1',
    // No socket file: one place less to protect, and Windows has none.
    ...(process.platform === 'win32' ? {} : { unix_socket_directories: '' }),
    lc_messages: 'C',
    logging_collector: 'off',
    ...options.settings,
  };
  let exited: { code: number | null; signal: string | null } | null = null;
  let startError: unknown = null;
  const child = spawn(
    place.binaries.postgres,
    [
      '-D',
      place.dataDirectory,
      '-p',
      String(options.port),
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    {
      ...spawnAccount(place.account),
      env: serverEnvironment(),
      detached: true,
      windowsHide: true,
      stdio: ['ignore', log.fd, log.fd],
    },
  );
  child.on('exit', (code, signal) => {
    exited = { code, signal };
  });
  child.on('error', (error) => {
    startError = error;
  });
  child.unref();
  await log.close();

  const deadline = systemClock.monotonicMs() + (options.timeoutMs ?? 60_000);
  for (;;) {
    const running = await findServer(place.dataDirectory);
    if (running !== null && running.ready && running.pid === child.pid) {
      return { pid: running.pid, port: running.port };
    }
    if (exited !== null || startError !== null || systemClock.monotonicMs() > deadline) {
      const said = (await readFile(place.logFile, 'utf8')).slice(logStart);
      if (exited === null && startError === null) child.kill('SIGINT');
      throw describeServerFailure(startError ?? new Error(said), said, place);
    }
    await systemClock.sleep(20);
  }
}

/**
 * What `postmaster.pid` says, if the process that it names lives. A stale file (power cut, kill -9) gives null;
 * PostgreSQL itself replaces such a file at its next start.
 */
export async function findServer(
  dataDirectory: string,
): Promise<(RunningServer & { ready: boolean }) | null> {
  const text = await readIfThere(join(dataDirectory, 'postmaster.pid'));
  if (text === null) return null;
  const lines = text.split('\n').map((line) => line.trim());
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid) || !(await servesDirectory(pid, dataDirectory)))
    return null;
  return { pid, port, ready: lines[7] === 'ready' };
}

/** Stops the server of a data directory (fast mode: open transactions roll back) and waits for its end. */
export async function stopServer(place: ServerPlace, mode: 'fast' | 'immediate' = 'fast'): Promise<void> {
  const running = await findServer(place.dataDirectory);
  if (running === null) return;
  if (process.platform === 'win32') {
    await run(place.binaries.pgCtl, ['stop', '-D', place.dataDirectory, '-m', mode, '-w', '-t', '60']);
    return;
  }
  signalServer(running.pid, mode);
  const deadline = systemClock.monotonicMs() + 60_000;
  while (isAlive(running.pid) && (await servesDirectory(running.pid, place.dataDirectory))) {
    if (systemClock.monotonicMs() > deadline) {
      throw new AppError('database_stop_failed', 'The embedded database did not stop within a minute.', {
        details: { pid: running.pid },
      });
    }
    await systemClock.sleep(20);
  }
}

function signalServer(pid: number, mode: 'fast' | 'immediate'): void {
  try {
    process.kill(pid, mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
  } catch (error) {
    // It ended by itself between the look and the signal.
    if ((error as { code?: unknown }).code !== 'ESRCH') throw error;
  }
}

/** True when a process with that id exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: unknown }).code === 'EPERM';
  }
}

/**
 * After a crash or restart of the machine another program may have the id that `postmaster.pid` names, even
 * another PostgreSQL. Linux tells by the working directory; elsewhere the program's name has to do.
 */
async function servesDirectory(pid: number, dataDirectory: string): Promise<boolean> {
  try {
    if (process.platform === 'linux') {
      return (await readlink(`/proc/${pid}/cwd`)) === (await realpath(dataDirectory));
    }
    const { stdout } =
      process.platform === 'win32'
        ? await run('tasklist', ['/FI', `PID eq ${pid}`, '/NH'])
        : await run('ps', ['-p', String(pid), '-o', 'comm=']);
    return stdout.includes('postgres');
  } catch (error) {
    // Gone, a zombie, or a process of somebody else; `ps` ends with 1 when there is none.
    const code = (error as { code?: unknown }).code;
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES' || code === 'EPERM' || code === 1)
      return false;
    throw error;
  }
}

/**
 * Removes a `postmaster.pid` whose process is gone or is no server of this directory: PostgreSQL itself would
 * refuse to start while *any* process of the same user has that id. Nothing happens when a server lives.
 */
export async function clearStaleServerFile(dataDirectory: string): Promise<void> {
  const file = join(dataDirectory, 'postmaster.pid');
  const judged = await readIfThere(file);
  if (judged === null || (await findServer(dataDirectory)) !== null) return;
  // A server may have been started since that look: take the file aside, and put back what is not the old one.
  const aside = `${file}.${process.pid}`;
  try {
    await rename(file, aside);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return;
    throw error;
  }
  if ((await readIfThere(aside)) === judged) await rm(aside, { force: true });
  else await rename(aside, file);
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return null;
    throw error;
  }
}

/** A port on 127.0.0.1 that was free a moment ago. */
export async function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('No port was assigned.'));
        else resolve(address.port);
      });
    });
  });
}

function spawnAccount(account: ServerAccount | null): { uid?: number; gid?: number; cwd?: string } {
  return account === null ? {} : { uid: account.uid, gid: account.gid, cwd: '/' };
}

/** The server gets no secret of ours through its environment. */
function serverEnvironment(): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = { LC_ALL: 'C', TZ: 'UTC' };
  for (const name of ['PATH', 'HOME', 'TMPDIR', 'SystemRoot', 'TEMP', 'TMP']) {
    if (process.env[name] !== undefined) environment[name] = process.env[name];
  }
  return environment;
}

function describeServerFailure(cause: unknown, said: string, place: ServerPlace): AppError {
  const code = (cause as { code?: unknown }).code;
  const where = { cause, details: { log: place.logFile } };
  if (/lock file "postmaster.pid" already exists|pre-existing shared memory block/.test(said)) {
    return new AppError(
      'server_running_elsewhere',
      'Another process started this database in the same moment.',
      where,
    );
  }
  if (/could not bind|Address already in use/i.test(said)) {
    return new AppError('port_taken', 'The port of the embedded database is used by another program.', {
      nextStep: 'Start again; a free port is chosen when none is set.',
      ...where,
    });
  }
  if (/No space left on device|Disk quota exceeded/i.test(said) || code === 'ENOSPC') {
    return new AppError(
      'disk_full',
      `The disk that holds the embedded database (${place.dataDirectory}) is full.`,
      {
        nextStep: 'Free some space and start again; nothing was lost.',
        ...where,
      },
    );
  }
  if (/database files are incompatible with server/i.test(said)) {
    return dataDirectoryOfOtherMajor(place, null);
  }
  if (code === 'ENOENT' || code === 'EACCES' || /error while loading shared libraries/.test(said)) {
    return new AppError('embedded_server_missing', 'The program of the embedded database cannot be run.', {
      nextStep:
        'Install again with install scripts allowed, or set TENANTKEEP_DATABASE_URL to a PostgreSQL server.',
      ...where,
    });
  }
  const lastFatal = said.split('\n').findLast((line) => /FATAL|PANIC|error:/.test(line)) ?? '';
  return new AppError(
    'database_start_failed',
    `The embedded database did not start. ${lastFatal.trim()}`.trim(),
    {
      nextStep: `Its log is ${place.logFile}.`,
      ...where,
    },
  );
}

/** The refusal for a data directory that another PostgreSQL made. */
export function dataDirectoryOfOtherMajor(place: ServerPlace, found: string | null): AppError {
  return new AppError(
    'database_files_other_version',
    `The database in ${place.dataDirectory} was made by PostgreSQL ${found ?? 'of another major version'}; this app brings ${place.binaries.major}.`,
    {
      nextStep: 'Open it with the app version that made it, or move its content with pg_dump and pg_restore.',
    },
  );
}
