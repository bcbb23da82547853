import { AppError, errorText } from '../shared/errors.ts';
import { createApi } from './api/api.ts';
import { type ChangeFeed, createChangeFeed } from './api/change-feed.ts';
import { exportAuditEvents } from './api/export-audit-events.ts';
import type { Session } from './api/router.ts';
import { appVersion, type Workspace } from './composition.ts';
import { type Console, startConsole } from './console/console-server.ts';
import type { DatabaseAccess } from './database-access.ts';
import { requireIsolatedLogin, describeLogin } from './db/logins.ts';
import { describeInstallation } from './installation.ts';
import { openDatabase } from './db/open-database.ts';
import type { Database } from './db/database.ts';

export interface OpenedConsole {
  console: Console;
  /**
   * Where to go: with an embedded database a one-time link that signs the person at this machine in, otherwise
   * the page that asks for their login.
   */
  link: string;
  close(): Promise<void>;
}

/**
 * The loopback console of a running service. The person at an embedded database's machine gets a one-time link;
 * on a shared database everybody enters their own login. The host's login answers nobody.
 */
export async function openConsole(
  workspace: Workspace,
  access: DatabaseAccess,
  options: { port: number; rendererDirectory: string },
): Promise<OpenedConsole> {
  const { clock, log } = workspace;
  const opened = new Set<Database>();

  async function openSession(url: string): Promise<Session> {
    const database = await openDatabase({ url, applicationName: 'tenantkeep/console', max: 2, log });
    try {
      const login = await describeLogin(database);
      requireIsolatedLogin(login);
      if (!login.isTechnician) {
        throw new AppError(
          'sign_in_refused',
          `The login ${login.login} is not a technician of this workspace.`,
        );
      }
      opened.add(database);
      return { login: login.login, database };
    } catch (error) {
      // Whoever is refused leaves no connection behind, however often it is tried.
      await database.close();
      throw error;
    }
  }

  const hostUrl = await access.urlFor('host');
  /** One feed a session, under its own login: a page is told of nothing that it could not read. */
  const feeds = new Map<Session, ChangeFeed>();
  const own = access.kind === 'embedded' ? await openSession(await access.urlFor('technician')) : null;
  const console_ = await startConsole({
    port: options.port,
    router: createApi({
      version: appVersion,
      clock,
      log,
      installation: describeInstallation(workspace, access),
    }),
    rendererDirectory: options.rendererDirectory,
    signIn: (login, password) => openSession(withLogin(hostUrl, login, password)),
    onSessionEnd: (session) => {
      if (session === own) return;
      feeds.get(session)?.close();
      feeds.delete(session);
      for (const database of opened) {
        if (database !== session.database) continue;
        opened.delete(database);
        database
          .close()
          .catch((error: unknown) => log.warn({ error: errorText(error) }, 'A connection did not close'));
      }
    },
    watch(session, listener) {
      const feed = feeds.get(session) ?? createChangeFeed({ database: session.database, clock, log });
      feeds.set(session, feed);
      return feed.onChange(listener);
    },
    exportAudit: (session, filter, path, wishes) =>
      exportAuditEvents(session, filter, path, appVersion, wishes),
    clock,
    log,
  });
  return {
    console: console_,
    link: own === null ? `http://127.0.0.1:${console_.port}/` : console_.linkFor(own),
    async close() {
      await console_.close();
      for (const feed of feeds.values()) feed.close();
      await Promise.all([...opened].map((database) => database.close()));
    },
  };
}

/** The same server and database under another login. */
function withLogin(url: string, login: string, password: string): string {
  const parsed = new URL(url);
  parsed.username = encodeURIComponent(login);
  parsed.password = encodeURIComponent(password);
  return parsed.href;
}
