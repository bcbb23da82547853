import type { Installation } from './api/installation.ts';
import { readSavedHeads } from './audit/saved-heads.ts';
import {
  appVersion,
  openHostCredentials,
  resealForHosts,
  savedHeadsPlace,
  type Workspace,
} from './composition.ts';
import type { DatabaseAccess } from './database-access.ts';
import type { Sql } from './db/database.ts';
import { openDatabase } from './db/open-database.ts';
import { pauseHost, resumeHost } from './db/repositories/hosts.ts';
import { examineComputer } from './diagnostics/computer-checks.ts';
import { readLogTail } from './logging/read-log-tail.ts';
import { isAppError } from '../shared/errors.ts';

/** This installation as the contract's handlers may use it. */
export function describeInstallation(workspace: Workspace, access: DatabaseAccess): Installation {
  const { home, secrets, log, hostKey, config } = workspace;
  async function withHostLogin(work: (sql: Sql) => Promise<void>): Promise<void> {
    const url = await access.urlFor('host');
    const database = await openDatabase({ url, applicationName: 'tenantkeep/console-host', max: 1, log });
    try {
      await work(database);
    } finally {
      await database.close();
    }
  }
  return {
    database: {
      kind: access.kind,
      location: access.location,
      tlsMode: config.databaseUrl === null ? null : new URL(config.databaseUrl).searchParams.get('sslmode'),
    },
    examine: () => examineComputer({ version: appVersion, home, config, secrets, log }),
    logLevel: config.logLevel,
    readLog: (lines) => readLogTail(workspace.logFile, lines),
    savedAuditHeads() {
      const { file, location } = savedHeadsPlace(workspace, access);
      return readSavedHeads(file, location);
    },
    hostKey: hostKey.recipient,
    async openableTenantIds() {
      try {
        const credentials = await openHostCredentials(workspace, access);
        try {
          return new Set(await credentials.loader.openableTenantIds());
        } finally {
          await credentials.close();
        }
      } catch (error) {
        if (isAppError(error) && error.code === 'login_missing') return null;
        throw error;
      }
    },
    resealForHosts: () => resealForHosts(workspace, access),
    pauseOwnHost: (hostId, pause) => withHostLogin((sql) => pauseHost(sql, hostId, pause)),
    resumeOwnHost: (hostId, askedBy) => withHostLogin((sql) => resumeHost(sql, hostId, askedBy)),
    async connectionUrl(login, password) {
      const url = new URL(await access.urlFor('technician'));
      url.username = encodeURIComponent(login);
      url.password = encodeURIComponent(password);
      return url.href;
    },
  };
}
