import { appVersion, enterDatabase, type Workspace } from './composition.ts';
import { openDatabase } from './db/open-database.ts';
import { schemaStatus } from './db/schema-status.ts';
import type { Sql } from './db/database.ts';
import type { DatabaseDemands } from './domain/update-decision.ts';
import type { UpdateFacts } from './updates/check-for-update.ts';
import { releaseStamp } from './updates/release-stamp.ts';
import { isAppError } from '../shared/errors.ts';

/** What an update of this installation is decided by, for a database whose demands are known. */
export function updateFacts(workspace: Workspace, database: DatabaseDemands): UpdateFacts {
  return {
    app: { version: appVersion, ...releaseStamp },
    database,
    // The public key: made once for each home, and no secret.
    installationId: workspace.hostKey.recipient,
  };
}

/**
 * What the database of this home asks for, also where this app does not fit it. Throws the errors of opening it: without
 * the database's word nothing is installed.
 */
export async function readDatabaseDemands(workspace: Workspace): Promise<DatabaseDemands> {
  try {
    const access = await enterDatabase(workspace);
    try {
      const database = await openDatabase({
        url: await access.urlFor('technician'),
        applicationName: 'tenantkeep/updates',
        max: 1,
        log: workspace.log,
      });
      try {
        return await askDemands(workspace, database);
      } finally {
        await database.close();
      }
    } finally {
      await access.leave();
    }
  } catch (error) {
    const demands = demandsOfRefusal(workspace, error);
    if (demands === null) throw error;
    return demands;
  }
}

/** The same over a connection that is open. */
export async function askDemands(workspace: Workspace, sql: Sql): Promise<DatabaseDemands> {
  const { schemaVersion, minEngineLevel, minClientLevel } = await schemaStatus(sql);
  return { kind: kindOf(workspace), schemaVersion, minEngineLevel, minClientLevel };
}

/** What a database that is newer than this app said when it refused it; null for every other error. */
export function demandsOfRefusal(workspace: Workspace, error: unknown): DatabaseDemands | null {
  if (!isAppError(error) || error.code !== 'schema_newer') return null;
  const { schemaVersion, minEngineLevel, minClientLevel } = error.details;
  return {
    kind: kindOf(workspace),
    schemaVersion: Number(schemaVersion),
    minEngineLevel: Number(minEngineLevel),
    minClientLevel: Number(minClientLevel),
  };
}

function kindOf({ config }: Workspace): DatabaseDemands['kind'] {
  return config.databaseUrl === null ? 'embedded' : 'shared';
}
