import { schemaStatus } from '../../db/schema-status.ts';
import { readDatabaseFacts } from '../../db/repositories/database-facts.ts';
import { examineCredentials } from '../../diagnostics/credential-check.ts';
import {
  examineDatabase,
  examineIsolation,
  measureLatency,
  writableSchemas,
} from '../../diagnostics/database-checks.ts';
import { reachClouds } from '../../diagnostics/reach-clouds.ts';
import type { Log } from '../../engine/ports.ts';
import type { Installation } from '../installation.ts';
import type { Handlers } from '../router.ts';

/** The doctor's checks; `installation` is null in a process that stands for no computer of its own. */
export function diagnosticsHandlers(parts: {
  version: string;
  installation: Installation | null;
  log: Log;
}): Pick<Handlers, `diagnostics.${'checks' | 'connections' | 'log' | 'program' | 'database'}`> {
  const { version, installation, log } = parts;
  return {
    'diagnostics.checks': async ({ session, clock }) => {
      const sql = session.database;
      const [computer, database, credentials] = await Promise.all([
        installation?.examine() ?? [],
        examineDatabase(sql, { clock, log }),
        installation === null ? null : examineCredentials(sql, installation, log),
      ]);
      const { now } = await readDatabaseFacts(sql);
      return {
        checkedAt: now.toISOString(),
        checks: [...computer, ...database, ...(credentials === null ? [] : [credentials])],
      };
    },
    'diagnostics.connections': async ({ session, clock }) => {
      // Hosts alone talk to Microsoft; a computer that only looks on does not begin to.
      const isHost = ((await installation?.openableTenantIds()) ?? null) !== null;
      return { servers: isHost ? await reachClouds(session.database, clock) : null };
    },
    'diagnostics.log': async (_context, { lines }) => {
      const tail = await installation?.readLog(lines);
      return {
        level: installation?.logLevel ?? 'silent',
        file: tail?.file ?? null,
        lines: tail?.lines ?? [],
      };
    },
    'diagnostics.program': async ({ session }) => {
      const [status, facts] = await Promise.all([
        schemaStatus(session.database),
        readDatabaseFacts(session.database),
      ]);
      return {
        version,
        runtime: `Node ${process.versions.node}`,
        platform: `${process.platform} ${process.arch}`,
        writes: writableSchemas,
        schemaVersion: status.schemaVersion,
        serverVersion: facts.serverVersion,
      };
    },
    'diagnostics.database': async ({ session, clock }) => {
      const sql = session.database;
      const { latencyMs, facts } = await measureLatency(sql, clock);
      const [status, checks] = await Promise.all([schemaStatus(sql), examineIsolation(sql, log)]);
      const location = installation?.database.location ?? 'this database';
      return {
        kind: installation?.database.kind ?? null,
        location,
        serverVersion: facts.serverVersion,
        latencyMs,
        connections: { open: facts.openConnections, allowed: facts.allowedConnections },
        schemaVersion: status.schemaVersion,
        writes: writableSchemas,
        tls: {
          mode: installation?.database.tlsMode ?? null,
          protocol: facts.tlsProtocol,
          cipher: facts.tlsCipher,
        },
        checks,
        migrateCommand:
          installation?.database.kind === 'shared'
            ? `TENANTKEEP_DATABASE_URL=postgres://OWNER:PASSWORD@${location} tenantkeep migrate`
            : 'tenantkeep migrate',
      };
    },
  };
}
