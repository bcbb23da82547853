import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../main/db/open-database.ts';
import { startSimulator, type Simulator } from '../../main/simulator/start-simulator.ts';
import { startMailReceiver } from '../alerts/receivers.ts';
import { builtApp } from '../support/built-app.ts';
import { writeExport } from '../import/write-export.ts';
import { runCli, type CliResult } from '../support/cli.ts';
import { createTestDatabase } from '../support/database.ts';
import { forgetfulSettings, startThrowAwayServer } from '../support/throw-away-server.ts';
import type { CommandLine } from './read-document.ts';

/** One tenant and one mail server, which all documents share. */
export interface SharedParts {
  simulator: Simulator;
  mail: Awaited<ReturnType<typeof startMailReceiver>>;
  /** The built command line, which is what "npx tenantkeep" runs. */
  cli: string;
  close(): Promise<void>;
}

export async function startSharedParts(): Promise<SharedParts> {
  const directory = await mkdtemp(join(tmpdir(), 'tenantkeep-documents-'));
  const { cli } = await builtApp();
  const [simulator, mail] = await Promise.all([
    startSimulator({ directory, tenants: 1, objects: 30, throttle: false }),
    startMailReceiver(),
  ]);
  return {
    simulator,
    mail,
    cli,
    close: async () => {
      await Promise.all([simulator.close(), mail.close()]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** What one document's commands meet: a home, a directory and a database that begin as its reader's do. */
export interface DocumentWorld {
  parts: SharedParts;
  home: string;
  directory: string;
  /** Its database, without a login. */
  location: string;
  /** Runs statements as the administrator of the server. */
  administer(statements: readonly string[]): Promise<void>;
  run(command: CommandLine): Promise<CliResult>;
  /** A host as `service run` starts it, for as long as `work` takes; told what it printed when it was ready. */
  withService(words: readonly string[], work: (printed: string) => Promise<void>): Promise<void>;
  remove(): Promise<void>;
}

/**
 * `ready`: the database is there and this home has its logins, as the embedded database gives them by itself.
 * `empty server`: a PostgreSQL server of its own that holds nothing yet.
 */
export async function createDocumentWorld(
  parts: SharedParts,
  begin: 'ready' | 'empty server',
): Promise<DocumentWorld> {
  const directory = await mkdtemp(join(tmpdir(), 'tenantkeep-document-'));
  const home = join(directory, 'home');
  await mkdir(home);
  await writeFile(join(directory, 'secret.txt'), parts.simulator.tenants[0]!.clientSecret);
  await writeFile(join(directory, 'contoso-secret.txt'), parts.simulator.tenants[0]!.clientSecret);
  await writeFile(join(directory, 'smtp-password.txt'), 'mail-password\n');
  await rename(await writeExport('intune-cd', directory), join(directory, 'old-export'));
  const database = begin === 'ready' ? await createTestDatabase() : await emptyServer();
  const { superuserUrl } = database;
  const location = new URL(superuserUrl);
  location.username = '';
  location.password = '';
  const environment: Record<string, string> = {
    // Some fifty processes of one program: what Node compiled for one serves the others.
    NODE_COMPILE_CACHE: join(directory, 'compiled'),
    ...(begin === 'ready' && { TENANTKEEP_DATABASE_URL: location.href }),
  };
  const run = (command: CommandLine): Promise<CliResult> =>
    runCli(command.words.slice(1), {
      home,
      directory,
      entry: parts.cli,
      env: { ...environment, ...command.environment },
    });
  if (begin === 'ready') {
    const migrated = await run({
      environment: { TENANTKEEP_DATABASE_URL: superuserUrl },
      words: ['tenantkeep', 'migrate'],
    });
    if (migrated.exitCode !== 0) throw new Error(migrated.stderr);
  }
  return {
    parts,
    home,
    directory,
    location: location.href,
    administer: async (statements) => {
      const server = await openDatabase({ url: superuserUrl, applicationName: 'documents', max: 1 });
      try {
        for (const statement of statements) await server.query(statement);
      } finally {
        await server.close();
      }
    },
    run,
    withService: async (words, work) => {
      const service = spawn(process.execPath, [parts.cli, ...words], {
        cwd: directory,
        env: { ...process.env, ...environment, TENANTKEEP_HOME: home },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const ended = once(service, 'exit') as Promise<[number | null, string | null]>;
      let printed = '';
      let log = '';
      service.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
      const ready = new Promise<void>((resolve) => {
        service.stdout.setEncoding('utf8').on('data', (text: string) => {
          printed += text;
          if (printed.endsWith('\n')) resolve();
        });
      });
      try {
        await Promise.race([ready, ended]);
        if (service.exitCode === null) await work(printed);
      } finally {
        service.kill('SIGTERM');
        await ended;
      }
      if (service.exitCode !== 0) throw new Error(`The service ended with ${service.exitCode}:\n${log}`);
    },
    remove: async () => {
      await database.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function emptyServer(): Promise<{ superuserUrl: string; close: () => Promise<void> }> {
  const server = await startThrowAwayServer(forgetfulSettings);
  return { superuserUrl: server.url, close: () => server.remove() };
}
