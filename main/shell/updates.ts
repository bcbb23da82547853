import { app, type BrowserWindow, dialog } from 'electron';
import { join } from 'node:path';
import type { UpdateState } from '../../shared/bridge.ts';
import { hostCalls } from '../../shared/bridge.ts';
import { isAppError } from '../../shared/errors.ts';
import { refusal, type Result } from '../../shared/result.ts';
import { appVersion, type Workspace } from '../composition.ts';
import type { DatabaseDemands } from '../domain/update-decision.ts';
import { demandsOfRefusal, updateFacts } from '../update-facts.ts';
import { updateConfigName } from '../updates/feed-url.ts';
import { createGatedUpdater, type UpdatedApp } from '../updates/gated-updater.ts';
import { createDesktopUpdates, type DesktopUpdates } from './desktop-updates.ts';

/** True where electron-updater can replace this copy; a deb belongs to the package manager. */
function replacesItself(): boolean {
  const { platform, env } = process;
  return app.isPackaged && (platform === 'win32' || platform === 'darwin' || env['APPIMAGE'] !== undefined);
}

/** The update of this desktop. `demands`: what the database asks for now. */
export function openUpdates(parts: {
  workspace: Workspace;
  demands: () => Promise<DatabaseDemands>;
  onReady: (version: string) => void;
}): DesktopUpdates {
  const { workspace, demands, onReady } = parts;
  const { clock, log, config } = workspace;
  return createDesktopUpdates({
    async findFeed() {
      const { findFeed } = await import('../updates/feed-place.ts');
      return findFeed(config.updates.feedUrl, app.isPackaged ? process.resourcesPath : null);
    },
    facts: async () => updateFacts(workspace, await demands()),
    openUpdater: replacesItself()
      ? (feed, gate) => createGatedUpdater({ feed, app: describeApp(), gate, clock, log })
      : null,
    clock,
    log,
    onReady,
  });
}

function describeApp(): UpdatedApp {
  return {
    version: appVersion,
    name: app.name,
    isPackaged: app.isPackaged,
    appUpdateConfigPath: join(process.resourcesPath, updateConfigName),
    // In the home, which only its owner reads: what is installed later must not be exchanged by somebody else.
    userDataPath: app.getPath('userData'),
    baseCachePath: app.getPath('userData'),
    whenReady: () => app.whenReady(),
    relaunch: () => app.relaunch(),
    quit: () => app.quit(),
    onQuit: (handler) => void app.once('quit', (_event, exitCode) => handler(exitCode)),
  };
}

/** The updates of a desktop that is open, and its way of coming back as the new version. */
export interface OpenUpdates {
  updates: DesktopUpdates;
  /** Asks where runs are at work, then closes down and installs. */
  restart: () => Promise<void>;
}

/** What the About page asks of the updates; null while the desktop is opening. */
export function updateCalls(
  opened: () => OpenUpdates | null,
): [string, (input: unknown, window: BrowserWindow | null) => Promise<Result<unknown>>][] {
  const answer = async (work: (open: OpenUpdates) => Promise<unknown>): Promise<Result<unknown>> => {
    const open = opened();
    if (open === null) return refusal('desktop_opening', 'The desktop is still opening its database.');
    try {
      return { ok: true, value: await work(open) };
    } catch (error) {
      if (isAppError(error)) return refusal(error.code, error.message, error.nextStep);
      throw error;
    }
  };
  return [
    [hostCalls.updateState, () => answer(({ updates }) => Promise.resolve(updates.state()))],
    [hostCalls.checkForUpdates, () => answer(({ updates }) => updates.check())],
    [
      hostCalls.restartToUpdate,
      () =>
        answer(async ({ updates, restart }) => {
          await updates.requireReady();
          await restart();
          return null;
        }),
    ],
  ];
}

/** "Check for updates…" of the menu: the answer in a box, with the restart where there is something to restart for. */
export async function showCheck({ updates, restart }: OpenUpdates): Promise<void> {
  const { phase, sentence, nextStep } = await updates.check();
  const { response } = await dialog.showMessageBox({
    type: phase === 'failed' ? 'warning' : 'info',
    message: sentence,
    detail: nextStep ?? '',
    buttons: phase === 'ready' ? ['Restart to update', 'Later'] : ['OK'],
    defaultId: phase === 'ready' ? 1 : 0,
    cancelId: phase === 'ready' ? 1 : 0,
    noLink: true,
  });
  if (phase === 'ready' && response === 0) await restart();
}

/** True when a restart may begin: runs that are at work are given back first, which the person is told. */
export async function mayRestart(runs: number): Promise<boolean> {
  if (runs === 0) return true;
  const { response } = await dialog.showMessageBox({
    type: 'question',
    message: `This host works on ${runs} run(s). Restart to update?`,
    detail: 'They are given back and begin anew, here after the restart or on another host.',
    buttons: ['Restart', 'Later'],
    defaultId: 1,
    cancelId: 1,
    noLink: true,
  });
  return response === 0;
}

/**
 * For a desktop that its database has refused because that is newer: offers the release that fits, and installs it.
 * Answers the state of the updates for the refusal's text, or null where nothing was asked; does not come back once
 * the person has chosen.
 */
export async function offerNeededUpdate(workspace: Workspace, error: unknown): Promise<UpdateState | null> {
  const demands = demandsOfRefusal(workspace, error);
  if (demands === null || !workspace.config.updates.check) return null;
  const updates = openUpdates({
    workspace,
    demands: () => Promise.resolve(demands),
    onReady: () => undefined,
  });
  const state = await updates.check();
  if (state.phase !== 'ready') return state;
  const { response } = await dialog.showMessageBox({
    type: 'info',
    message: 'The database was brought forward by a newer TenantKeep.',
    detail: state.sentence,
    buttons: ['Update and restart', 'Quit'],
    defaultId: 0,
    cancelId: 1,
    noLink: true,
  });
  // The person has read why, so no second box says it again.
  if (response === 0) updates.installAndRestart();
  else app.exit(1);
  return await new Promise<never>(() => undefined);
}
