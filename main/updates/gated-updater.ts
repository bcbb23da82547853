import type { AppUpdater, NsisUpdater } from 'electron-updater';
import { AppError, errorText, isAppError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../engine/ports.ts';

/** electron-updater behind the gate: nothing is downloaded that the gate has not let through. */
export interface GatedUpdater {
  /**
   * Asks the feed once more, has the gate decide on exactly what it answers, and downloads it. Answers the version, or
   * null where the gate said no. Throws an `AppError` whose sentence says why the download came to nothing.
   */
  download(): Promise<string | null>;
  /** Whether what was downloaded is installed when the app quits; not until it is said. */
  installOnQuit(install: boolean): void;
  /** Installs and starts the new version, then quits. Everything that is open has been closed before. */
  installAndRestart(): void;
}

/** What electron-updater wants to know of the app that it replaces. */
export type UpdatedApp = NonNullable<ConstructorParameters<typeof NsisUpdater>[1]>;

/**
 * The updater for this kind of package: AppImage, Windows installer or macOS archive. Loaded here and not before,
 * because most starts of the app have nothing to install.
 */
export async function createGatedUpdater(options: {
  feed: URL;
  app: UpdatedApp;
  /** Whether an entry, as it was parsed, may be installed now. */
  gate: (entry: unknown) => Promise<boolean>;
  clock: Clock;
  log: Log;
}): Promise<GatedUpdater> {
  const { feed, app, gate, clock, log } = options;
  const [updaters, { FeedExecutor }] = await Promise.all([
    import('electron-updater'),
    import('./feed-executor.ts'),
  ]);
  const Updater = updaters[updaterNames[process.platform] ?? 'AppImageUpdater'];
  const updater: AppUpdater = new Updater(undefined, app);
  updater.logger = quietLogger(log);
  // Its own executor wants Electron's network; given an app of ours it has none, and takes this one.
  Object.assign(updater, { httpExecutor: new FeedExecutor(feed, clock) });
  updater.setFeedURL({ provider: 'generic', url: feed.href });
  updater.autoDownload = false;
  updater.allowDowngrade = false;
  const fitsSystem = updater.isUpdateSupported;
  updater.isUpdateSupported = async (entry) => (await fitsSystem(entry)) && (await gate(entry));
  // The gate counts the percentage itself, and passes over it where waiting would lock somebody out.
  updater.isUserWithinRollout = () => true;
  return {
    async download() {
      try {
        // What is there at the download decides whether quitting is listened to at all.
        updater.autoInstallOnAppQuit = true;
        const found = await updater.checkForUpdates();
        if (found?.isUpdateAvailable !== true) return null;
        await updater.downloadUpdate();
        return found.updateInfo.version;
      } catch (error) {
        throw toUpdateError(error);
      } finally {
        updater.autoInstallOnAppQuit = false;
      }
    },
    installOnQuit(install) {
      updater.autoInstallOnAppQuit = install;
    },
    installAndRestart() {
      updater.quitAndInstall(true, true);
      // Where the installation fails the updater would stay, with everything closed; macOS quits in its own time.
      if (process.platform !== 'darwin') setImmediate(() => app.quit());
    },
  };
}

const updaterNames: Partial<Record<NodeJS.Platform, 'NsisUpdater' | 'MacUpdater'>> = {
  win32: 'NsisUpdater',
  darwin: 'MacUpdater',
};

/** It logs addresses and stacks at every step; what a person needs is in the error that `download` throws. */
function quietLogger(log: Log): NonNullable<AppUpdater['logger']> {
  const note = (message?: unknown): void =>
    log.debug({ said: errorText(message).slice(0, 500) }, 'The updater');
  return { info: note, warn: note, error: note, debug: note };
}

function toUpdateError(error: unknown): AppError {
  if (isAppError(error)) return error;
  const { code } = error as { code?: unknown };
  if (code === 'ERR_CHECKSUM_MISMATCH') {
    return new AppError(
      'update_damaged',
      'The downloaded update does not match the sum in the feed and was thrown away.',
      { nextStep: 'Try again later, or tell whoever keeps the feed.', cause: error },
    );
  }
  if (code === 'ERR_UPDATER_INVALID_SIGNATURE') {
    return new AppError(
      'update_not_signed',
      'The downloaded update is not signed by the publisher of this copy and was thrown away.',
      { nextStep: 'Tell whoever keeps the feed.', cause: error },
    );
  }
  return new AppError(
    'update_failed',
    `The update could not be downloaded: ${errorText(error).split('\n')[0]!.replace(/\.$/, '').slice(0, 300)}.`,
    { nextStep: 'It is tried again at the next check.', cause: error },
  );
}
