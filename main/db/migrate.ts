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
import { appSchemaVersion, schemaNewer, schemaStatus } from './schema-status.ts';

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
    if (status.state === 'newer') throw schemaNewer(status);
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
      migrationsList: await Promise.all(
        migrations.map(async ({ name, load }) => ({ name, class: await load() })),
      ),
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
