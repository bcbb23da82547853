import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import { AppError } from '../shared/errors.ts';
import type { Config, Home } from './config.ts';
import type { HostKey } from './credentials/host-key.ts';
import type { SecretStore } from './credentials/secret-store.ts';
import type { Sql } from './db/database.ts';
import { joinEmbeddedServer } from './db/embedded-server.ts';
import { describeLogin, isAboveRowSecurity } from './db/logins.ts';
import type { MigrationReport } from './db/migrate.ts';
import { openDatabase } from './db/open-database.ts';
import { provisionHome } from './db/provision.ts';
import { requireCurrentSchema, schemaStatus } from './db/schema-status.ts';
import type { Log } from './engine/ports.ts';
import {
  embeddedName,
  locationOf,
  loginOf,
  readHomeLogins,
  readPersonLogin,
  sharedName,
  type HomeLogins,
  withLogin,
} from './stored-logins.ts';

/** What a connection is for: an engine's work, or a person's. */
export type LoginPurpose = 'host' | 'technician';

/** The database of this home, with the logins that it may use there. */
export interface DatabaseAccess {
  kind: 'embedded' | 'shared';
  /** Server and database without any login, for people. */
  location: string;
  /** The URL of the login for a purpose, with its password: never log it. Throws `login_missing`. */
  urlFor(purpose: LoginPurpose): Promise<string>;
  /** Leaves the embedded server; the last one out stops it. Close your own connections first. */
  leave(): Promise<void>;
}

export interface AccessOptions {
  home: Home;
  config: Config;
  secrets: SecretStore;
  hostKey: HostKey;
  log: Log;
}

/**
 * Finds the database of this home. The embedded one is started or joined, brought to this app's schema, and given
 * its logins at first use. A shared one must have been prepared by `tenantkeep migrate`; neither this computer
 * nor anybody's login changes its schema on the way.
 */
export async function accessDatabase(options: AccessOptions): Promise<DatabaseAccess> {
  return options.config.databaseUrl === null
    ? accessEmbedded(options)
    : accessShared(options, options.config.databaseUrl);
}

/** Brings the database to this app's schema and gives this computer its own two logins there. For `tenantkeep migrate`. */
export async function migrateAndProvision(
  options: AccessOptions,
): Promise<MigrationReport & { location: string; technicianLogin: string; hostLogin: string }> {
  const { config } = options;
  const server =
    config.databaseUrl === null
      ? await joinEmbeddedServer({
          home: options.home.directory,
          passwords: options.secrets,
          log: options.log,
        })
      : null;
  const ownerUrl = server?.ownerUrl ?? config.databaseUrl!;
  const name = server === null ? sharedName(ownerUrl) : embeddedName;
  try {
    const report = await migrateWhenNeeded(ownerUrl);
    const logins = await provisionOnce(options, ownerUrl, name);
    return {
      ...report,
      location: locationOf(ownerUrl),
      technicianLogin: logins.technician.login,
      hostLogin: logins.host.login,
    };
  } finally {
    await server?.leave();
  }
}

/** Loads the migrator, most of what a start would load otherwise, only where there is something to migrate. */
async function migrateWhenNeeded(ownerUrl: string): Promise<MigrationReport> {
  const { migrate } = await import('./db/migrate.ts');
  return migrate(ownerUrl);
}

async function accessEmbedded(options: AccessOptions): Promise<DatabaseAccess> {
  const { secrets, log } = options;
  const server = await joinEmbeddedServer({ home: options.home.directory, passwords: secrets, log });
  try {
    if ((await readHomeLogins(secrets, embeddedName)) === null || (await isSchemaOld(server.ownerUrl))) {
      const { applied } = await migrateWhenNeeded(server.ownerUrl);
      if (applied.length > 0)
        log.info({ applied }, 'The embedded database was brought to the schema of this app');
    }
    const logins = await provisionOnce(options, server.ownerUrl, embeddedName);
    return {
      kind: 'embedded',
      location: locationOf(server.ownerUrl),
      urlFor: async (purpose) => withLogin(server.ownerUrl, logins[purpose]),
      leave: () => server.leave(),
    };
  } catch (error) {
    await server.leave();
    throw error;
  }
}

/** True for a schema that this app may bring forward; refuses one that is newer than the app. */
async function isSchemaOld(ownerUrl: string): Promise<boolean> {
  const database = await openDatabase({ url: ownerUrl, applicationName: 'tenantkeep/start', max: 1 });
  try {
    const status = await schemaStatus(database);
    if (status.state === 'newer') requireCurrentSchema(status);
    return status.state !== 'current';
  } finally {
    await database.close();
  }
}

async function accessShared(options: AccessOptions, url: string): Promise<DatabaseAccess> {
  const logins = await readHomeLogins(options.secrets, sharedName(url));
  // Who signed in with a connection file acts under that login; the host's login is not theirs to change.
  const person = await readPersonLogin(options.secrets, url);
  const source = options.config.databaseUrlSource ?? 'the configured URL';
  return {
    kind: 'shared',
    location: locationOf(url),
    async urlFor(purpose) {
      const own = new URL(url);
      const stored = purpose === 'technician' ? (person ?? logins?.technician) : logins?.host;
      if (stored !== undefined && own.password === '') return withLogin(url, stored);
      if (own.username === '') throw loginMissing(purpose, source);
      const database = await openDatabase({ url, applicationName: 'tenantkeep/start', max: 1 });
      try {
        const login = await describeLogin(database);
        const fits = purpose === 'host' ? login.isHost : login.isTechnician;
        // Whoever brings a login of their own acts under it, also on a computer that has logins; a login that
        // stands above row-level security serves "migrate" only.
        if (fits && !isAboveRowSecurity(login)) return url;
        if (stored !== undefined) return withLogin(url, stored);
        throw loginMissing(purpose, source);
      } finally {
        await database.close();
      }
    },
    leave: async () => {},
  };
}

function loginMissing(purpose: LoginPurpose, source: string): AppError {
  return new AppError(
    'login_missing',
    `This computer has no ${purpose} login for the database that ${source} names.`,
    {
      nextStep: `${purpose === 'technician' ? 'Sign in with a connection file ("tenantkeep sign-in FILE"), or run' : 'Do this on a host of the workspace, or make this computer one: run'} "tenantkeep migrate" once with the URL of the database owner in TENANTKEEP_DATABASE_URL; it gives this computer logins of its own.`,
    },
  );
}

/** Arbitrary, the same in every process: one computer's processes take turns at making logins. */
const provisionLock = 7_316_402_912;

/**
 * The logins of this home on a server, made at first use. Making them sets new passwords, so two processes must
 * not do it at the same time: the second one waits on a lock in the database and then finds them stored.
 */
async function provisionOnce(options: AccessOptions, ownerUrl: string, name: string): Promise<HomeLogins> {
  const { secrets, config } = options;
  const stored = await readHomeLogins(secrets, name);
  if (stored !== null && (await doLoginsWork(ownerUrl, stored))) return stored;
  const owner = await openDatabase({ url: ownerUrl, applicationName: 'tenantkeep/provision', max: 1 });
  try {
    return await owner.transaction(
      async (tx) => {
        await tx.query('select pg_advisory_xact_lock($1)', [provisionLock]);
        const meanwhile = await readHomeLogins(secrets, name);
        if (meanwhile !== null && (await doLoginsWork(ownerUrl, meanwhile))) return meanwhile;
        const suffix = await secrets.writeIfAbsent('installation-id', randomBytes(4).toString('hex'));
        const made = await provisionHome({
          ownerUrl,
          hostName: config.hostName,
          hostKind: 'service',
          hostPublicKey: options.hostKey.recipient,
          technicianName: userInfo().username,
          suffix,
        });
        const logins: HomeLogins = {
          host: loginOf(made.hostUrl),
          technician: loginOf(made.technicianUrl),
        };
        await secrets.write(name, JSON.stringify(logins));
        return logins;
      },
      { lockTimeoutMs: 20_000 },
    );
  } finally {
    await owner.close();
  }
}

/** False when the server does not know the stored logins, as after a database was made anew under the same address. */
async function doLoginsWork(ownerUrl: string, logins: HomeLogins): Promise<boolean> {
  try {
    const database = await openDatabase({
      url: withLogin(ownerUrl, logins.host),
      applicationName: 'tenantkeep/start',
      max: 1,
    });
    await database.close();
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'database_login_refused') return false;
    throw error;
  }
}

/** The id of this host in the database; a login that is new there enrols itself and waits for approval. */
export async function identifyHost(
  sql: Sql,
  host: { name: string; kind: 'desktop' | 'service' | 'command'; publicKey: string },
): Promise<string> {
  const [row] = await sql.query<{ host_id: string | null; approved: boolean | null; refused: string | null }>(
    'select * from app.enrol_host($1, $2, $3)',
    [host.name, host.kind, host.publicKey],
  );
  if (row!.refused !== null) {
    throw new AppError(
      row!.refused,
      row!.refused === 'host_key_differs'
        ? 'This host is registered with another key than the one in this home.'
        : 'The database does not accept this login as a host.',
      { nextStep: 'Have an administrator remove the old host, then run "tenantkeep migrate" again.' },
    );
  }
  if (row!.approved !== true) {
    throw new AppError(
      'host_not_approved',
      `The host ${host.name} waits for the approval of an administrator.`,
      {
        nextStep: 'Have an administrator of the workspace approve it, then start again.',
      },
    );
  }
  return row!.host_id!;
}
