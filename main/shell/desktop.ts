import { createApi } from '../api/api.ts';
import { createLongWork, type LongWork } from '../api/long-work.ts';
import { createChangeFeed, type ChangeFeed } from '../api/change-feed.ts';
import type { Router, Session } from '../api/router.ts';
import {
  appVersion,
  createHost,
  enterDatabase,
  openTechnicianDatabase,
  type Workspace,
} from '../composition.ts';
import { describeInstallation } from '../installation.ts';
import { createOwnHost, type OwnHost } from './own-host.ts';

/** Everything behind the window. */
export interface Desktop {
  workspace: Workspace;
  router: Router;
  /** Long calls of the person, those of the shell among them. */
  work: LongWork;
  /** The person at this computer, under the technician's login that is stored here. */
  session: Session;
  changes: ChangeFeed;
  host: OwnHost;
  /** Stops the host, then closes connections, database and log. */
  close(): Promise<void>;
}

/**
 * Opens the database of the home and the person's session, and prepares the engine without starting it. Throws
 * when the database cannot be used: without it there is nothing to show.
 */
export async function openDesktop(workspace: Workspace, onHostState: () => void): Promise<Desktop> {
  const { clock, log } = workspace;
  const undo: (() => Promise<void> | void)[] = [() => log.close()];
  const closeAll = async (): Promise<void> => {
    for (const step of undo.toReversed()) await step();
  };
  try {
    const access = await enterDatabase(workspace);
    undo.push(() => access.leave());
    const database = await openTechnicianDatabase(access, log);
    undo.push(() => database.close());
    const login = decodeURIComponent(new URL(await access.urlFor('technician')).username);
    const changes = createChangeFeed({ database, clock, log });
    undo.push(() => changes.close());
    const host = createOwnHost({
      createHost: () => createHost(workspace, access, { kind: 'desktop' }),
      clock,
      log,
      onState: onHostState,
    });
    undo.push(() => host.stop());
    const work = createLongWork();
    return {
      workspace,
      work,
      router: createApi({
        version: appVersion,
        clock,
        log,
        installation: describeInstallation(workspace, access),
        work,
      }),
      session: { login, database },
      changes,
      host,
      close: closeAll,
    };
  } catch (error) {
    log.error({ error }, 'The desktop could not be opened');
    await closeAll();
    throw error;
  }
}
