import { Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import { Client } from 'pg';
import type { QueryResultRow } from 'pg';
import { migrations } from '../../migrations/index.ts';
import { AppError } from '../../shared/errors.ts';
import type { Sql } from './database.ts';
import { databaseErrorCode } from './database-errors.ts';
import { describeConnectionFailure } from './open-database.ts';
import { ensureOwnerDefaults, ensureRoles, ensureSchema } from './roles.ts';

/** The schema version that this app was written for: the number of its migrations. */
export const appSchemaVersion = migrations.length;

/** Any number that no other program takes as an advisory lock in this database. */
const migrationLock = 7_316_402_911;

export interface MigrationReport {
  schemaVersion: number;
  /** Names of the migrations that this call applied; empty when there was nothing to do. */
  applied: string[];
}

/**
 * Brings a database to this app's schema. Idempotent; a second migrator waits for the first and then finds
 * nothing to do. The login must be a superuser, a member of tenantkeep_owner, or have CREATEROLE and be the
 * owner of the database; all objects end up owned by tenantkeep_owner.
 * Throws `schema_newer`, `migration_rights_missing`, `server_too_old`, and the errors of connecting.
 */
export async function migrate(ownerUrl: string): Promise<MigrationReport> {
  const client = new Client({
    connectionString: ownerUrl,
    application_name: 'tenantkeep/migrate',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  let connectionError: Error | null = null;
  client.on('error', (error) => {
    connectionError = error;
  });
  try {
    await client.connect();
  } catch (error) {
    throw describeConnectionFailure(error);
  }
  try {
    await refuseOldServer(client);
    await client.query('select pg_advisory_lock($1)', [migrationLock]);
    await prepareRolesAndSchema(client);
    const status = await schemaStatus(asSql(client));
    if (status.state === 'newer') throw schemaNewer(status.schemaVersion);
    const applied = await applyMigrations(ownerUrl);
    await client.query(
      `update app.schema_meta set schema_version = $1, migrated_at = app.db_now() where schema_version <> $1`,
      [appSchemaVersion],
    );
    if (connectionError !== null) throw connectionError;
    return { schemaVersion: appSchemaVersion, applied };
  } catch (error) {
    throw describeMigrationFailure(error);
  } finally {
    // Ends the session, and with it the lock.
    await client.end();
  }
}

async function refuseOldServer(client: Client): Promise<void> {
  const { rows } = await client.query<{ version: string }>(
    `select current_setting('server_version_num') as version`,
  );
  const major = Math.floor(Number(rows[0]!.version) / 10_000);
  if (major < 15) {
    throw new AppError(
      'server_too_old',
      `This database server is PostgreSQL ${major}; TenantKeep needs 15 or later.`,
      {
        nextStep: 'Upgrade the server or use another one.',
      },
    );
  }
}

async function prepareRolesAndSchema(client: Client): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.query(ensureRoles);
      break;
    } catch (error) {
      // Roles are shared by all databases of the server, our lock is not: a migrator of another database may
      // have been quicker. duplicate_object, unique_violation, "tuple concurrently updated".
      const code = databaseErrorCode(error) ?? '';
      if (attempt >= 5 || !['42710', '23505', 'XX000'].includes(code)) throw error;
    }
  }
  await client.query(ensureSchema);
  await client.query('set role tenantkeep_owner');
  const { rows } = await client.query<{ ready: boolean }>(
    `select to_regclass('app.schema_meta') is not null as ready`,
  );
  if (!rows[0]!.ready) await client.query(ensureOwnerDefaults);
}

async function applyMigrations(ownerUrl: string): Promise<string[]> {
  const orm = await MikroORM.init({
    clientUrl: ownerUrl,
    entities: [],
    discovery: { warnWhenNoEntities: false },
    extensions: [Migrator],
    pool: { min: 0, max: 2 },
    // Whoever runs this, what it makes belongs to tenantkeep_owner.
    driverOptions: { application_name: 'tenantkeep/migrate', options: '-c role=tenantkeep_owner' },
    migrations: {
      tableName: 'app.applied_migrations',
      migrationsList: migrations,
      transactional: true,
      allOrNothing: true,
      snapshot: false,
      disableForeignKeys: false,
      silent: true,
    },
  });
  try {
    return (await orm.migrator.up()).map((migration) => migration.name);
  } finally {
    await orm.close(true);
  }
}

export interface SchemaStatus {
  /** `missing`: no schema yet; `older`: run `tenantkeep migrate`; `newer`: update the app. */
  state: 'missing' | 'older' | 'current' | 'newer';
  schemaVersion: number;
  minEngineLevel: number;
  minClientLevel: number;
}

/** Compares the schema of a database with what this app knows. Any login of ours may ask. */
export async function schemaStatus(sql: Sql): Promise<SchemaStatus> {
  const [found] = await sql.query<{ present: boolean }>(
    `select to_regclass('app.schema_meta') is not null as present`,
  );
  if (!found!.present) return { state: 'missing', schemaVersion: 0, minEngineLevel: 0, minClientLevel: 0 };
  const [meta] = await sql.query<{ schemaVersion: number; minEngineLevel: number; minClientLevel: number }>(
    `select schema_version as "schemaVersion", min_engine_level as "minEngineLevel", min_client_level as "minClientLevel"
       from app.schema_meta`,
  );
  const version = meta!.schemaVersion;
  const state = version === appSchemaVersion ? 'current' : version < appSchemaVersion ? 'older' : 'newer';
  return { state, ...meta! };
}

/** Refuses a database that this app cannot work with: `schema_missing`, `schema_older`, `schema_newer`. */
export function requireCurrentSchema(status: SchemaStatus): void {
  if (status.state === 'current') return;
  if (status.state === 'newer') throw schemaNewer(status.schemaVersion);
  throw new AppError(
    status.state === 'missing' ? 'schema_missing' : 'schema_older',
    status.state === 'missing'
      ? 'The database has not been prepared for TenantKeep yet.'
      : `The database has schema version ${status.schemaVersion}; this app needs ${appSchemaVersion}.`,
    { nextStep: 'Run "tenantkeep migrate" with the URL of the database owner.' },
  );
}

function schemaNewer(version: number): AppError {
  return new AppError(
    'schema_newer',
    `The database has schema version ${version}; this app knows only up to ${appSchemaVersion}.`,
    {
      nextStep: `Update TenantKeep to a version that supports schema version ${version}.`,
      details: { schemaVersion: version, supported: appSchemaVersion },
    },
  );
}

function describeMigrationFailure(error: unknown): unknown {
  if (error instanceof AppError) return error;
  const code = databaseErrorCode(error);
  if (code === 'TK010' || code === '42501') {
    return new AppError(
      'migration_rights_missing',
      'This login may not prepare the database for TenantKeep.',
      {
        nextStep: 'Use a superuser, or a login that owns the database and may create roles.',
        cause: error,
      },
    );
  }
  if (code === '53100') {
    return new AppError('disk_full', 'The disk of the database server is full.', {
      nextStep: 'Free some space on it and start again; nothing was changed.',
      cause: error,
    });
  }
  return describeConnectionFailure(error);
}

function asSql(client: Client): Sql {
  return {
    query: async <Row extends object>(text: string, parameters?: readonly unknown[]) =>
      (await client.query<Row & QueryResultRow>(text, parameters as unknown[] | undefined)).rows,
  };
}
