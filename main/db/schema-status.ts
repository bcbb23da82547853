import { migrations } from '../../migrations/index.ts';
import { AppError } from '../../shared/errors.ts';
import type { Sql } from './database.ts';

/** The schema version that this app was written for: the number of its migrations. */
export const appSchemaVersion = migrations.length;

/**
 * What this app shows and asks of shared rows, as a number, beside the engine's. Raise it only when an app that lacks
 * the change would show or ask something wrong.
 */
export const clientLevel = 1;

export interface SchemaStatus {
  /**
   * `missing`: no schema yet; `older`: run `tenantkeep migrate`; `newer`: update the app, because the schema or the
   * client level that the database asks for is above this app's.
   */
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
  return { state: stateOf(meta!), ...meta! };
}

function stateOf({ schemaVersion, minClientLevel }: Omit<SchemaStatus, 'state'>): SchemaStatus['state'] {
  if (schemaVersion > appSchemaVersion || minClientLevel > clientLevel) return 'newer';
  return schemaVersion < appSchemaVersion ? 'older' : 'current';
}

/** Refuses a database that this app cannot work with: `schema_missing`, `schema_older`, `schema_newer`. */
export function requireCurrentSchema(status: SchemaStatus): void {
  if (status.state === 'current') return;
  if (status.state === 'newer') throw schemaNewer(status);
  throw new AppError(
    status.state === 'missing' ? 'schema_missing' : 'schema_older',
    status.state === 'missing'
      ? 'The database has not been prepared for TenantKeep yet.'
      : `The database has schema version ${status.schemaVersion}; this app needs ${appSchemaVersion}.`,
    { nextStep: 'Run "tenantkeep migrate" with the URL of the database owner.' },
  );
}

/** The refusal of a database that is for newer apps; its details hold what the database asks for. */
export function schemaNewer(demands: Omit<SchemaStatus, 'state'>): AppError {
  const { schemaVersion: version, minEngineLevel, minClientLevel } = demands;
  const details = { schemaVersion: version, supported: appSchemaVersion, minEngineLevel, minClientLevel };
  if (version <= appSchemaVersion) {
    return new AppError(
      'schema_newer',
      `The database is for apps of client level ${minClientLevel} and later; this app has level ${clientLevel}.`,
      { nextStep: `Update TenantKeep to a version with client level ${minClientLevel}.`, details },
    );
  }
  return new AppError(
    'schema_newer',
    `The database has schema version ${version}; this app knows only up to ${appSchemaVersion}.`,
    { nextStep: `Update TenantKeep to a version that supports schema version ${version}.`, details },
  );
}
