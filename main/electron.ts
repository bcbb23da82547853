/**
 * Entry of the desktop. What must happen before `ready` happens while this module is evaluated; nothing here
 * waits, because Electron is ready only after the entry has come to its end.
 */
import { app, type BrowserWindow, dialog, safeStorage } from 'electron';
import { fileURLToPath } from 'node:url';
import { AppError, errorText, isAppError, withNextStep } from '../shared/errors.ts';
import { hostCalls } from '../shared/bridge.ts';
import type { Result } from '../shared/result.ts';
import { exportAuditEvents } from './api/export-audit-events.ts';
import { appVersion, openWorkspace, type Workspace } from './composition.ts';
import { resolveHome } from './config.ts';
import type { ProcessLog } from './logging/log.ts';
import { registerAppScheme, serveRenderer } from './shell/app-protocol.ts';
import { connectionFileOfArguments } from './shell/connection-files.ts';
import { createDesktopCipher } from './shell/desktop-cipher.ts';
import { pageOfArguments } from './shell/deep-links.ts';
import { openDesktop, type Desktop } from './shell/desktop.ts';
import { slotInWords, slotsOnlyThisHostKeeps } from './shell/fleet-status.ts';
import { answerPages, type IpcParts, tellPages } from './shell/ipc.ts';
import { hiddenWord } from './shell/login-item.ts';
import { installMenu } from './shell/menu.ts';
import { confinePages } from './shell/navigation.ts';
import { followPower } from './shell/power.ts';
import { guardQuit } from './shell/quit.ts';
import { type ExportDesk, saveAuditExport, type WriteAuditExport } from './shell/save-audit-export.ts';
import { saveText } from './shell/save-text.ts';
import { createSignInDesk, tellRefusedStart } from './shell/sign-in-desk.ts';
import { claimHome, followStartsAndLinks } from './shell/single-instance.ts';
import { saveSetExport } from './shell/save-set-export.ts';
import { showStatus, type StatusDisplay } from './shell/status.ts';
import { notify } from './shell/notifications.ts';
import {
  mayRestart,
  offerNeededUpdate,
  type OpenUpdates,
  openUpdates,
  showCheck,
  updateCalls,
} from './shell/updates.ts';
import { askDemands } from './update-facts.ts';
import { createMainWindow, type MainWindow } from './shell/window.ts';

// The three builds lie side by side; this file is an entry of its build, so its place is known.
const rendererDirectory = fileURLToPath(new URL('../renderer', import.meta.url));
const preloadPath = fileURLToPath(new URL('../preload/index.cjs', import.meta.url));

let mainWindow: MainWindow | null = null;
let firstPage = pageOfArguments(process.argv) ?? '/';

const home = resolveHome(homeArgument());
const signInDesk = createSignInDesk();
const givenFile = connectionFileOfArguments(process.argv, process.cwd());
registerAppScheme();
if (claimHome(home)) {
  followStartsAndLinks(show, (path) => signInDesk.take(path));
  if (givenFile !== null) signInDesk.take(givenFile);
  // Closing the window leaves the host at work; the tray and a second start bring the window back.
  app.on('window-all-closed', () => undefined);
  void app.whenReady().then(openHome);
} else {
  app.quit();
}

async function openHome(): Promise<void> {
  let workspace: Workspace;
  try {
    workspace = await openDesktopWorkspace();
  } catch (error) {
    const sentence = sentenceOf(error);
    dialog.showErrorBox('TenantKeep could not start', sentence);
    app.exit(1);
    return;
  }
  try {
    await start(workspace);
  } catch (error) {
    mainWindow?.hide();
    await tellRefusedStart(signInDesk, sentenceOf(error));
    if (!(await signInDesk.idle())) app.exit(1);
  }
}

async function start(workspace: Workspace): Promise<void> {
  const { log } = workspace;
  // How the app ends before it starts again depends on what is open by then.
  let leave = leaveAtOnce;
  signInDesk.open({ place: workspace, log, restart: (startAgain) => leave(startAgain) });
  // Whoever starts the app by opening a connection file is asked first: another database may be opened then.
  if (await signInDesk.idle()) return;
  let status: StatusDisplay | null = null;
  const opening = openDesktop(workspace, () => status?.refresh());
  leave = (last) => leaveEarly(opening, last);
  let updating: OpenUpdates | null = null;

  serveRenderer(rendererDirectory);
  confinePages(log);
  const hostCalls = new Map([...nativeCalls(opening, log), ...updateCalls(() => updating)]);
  answerPages({ opening, hostCalls, log });
  mainWindow = createMainWindow({ preloadPath, log });
  installMenu(show, signInDesk, () => {
    if (updating === null) show('/settings/about');
    else void showCheck(updating);
  });
  // At sign-in it is a host in the tray; the window comes when somebody asks for it.
  if (!process.argv.includes(hiddenWord)) show(firstPage);

  const desktop = await orOfferUpdate(opening);
  const { router, session, host, changes } = desktop;
  status = showStatus(desktop, show, () => app.quit());
  changes.onChange((notice) => {
    tellPages(notice);
    status.refresh();
  });
  const updates = openUpdates({
    workspace,
    demands: () => askDemands(workspace, session.database),
    onReady(version) {
      const body = 'It is installed when TenantKeep quits, or at once from the page About.';
      notify({ title: `Version ${version} is ready`, body, page: '/settings/about' }, show);
    },
  });
  const wayOut = guardQuit({
    lossesOfQuitting: async () =>
      host.state().kind === 'running' ? (await slotsOnlyThisHostKeeps(router, session)).map(slotInWords) : [],
    async closeDown() {
      mainWindow?.hide();
      status.close();
      updates.close();
      await updates.settle();
      await desktop.close();
    },
    log,
  });
  leave = (last) => wayOut.quitThen(last);
  followPower({
    host,
    quitUnasked() {
      updates.hold();
      wayOut.quitUnasked();
    },
    log,
  });
  updating = {
    updates,
    async restart() {
      const state = host.state();
      if (await mayRestart(state.kind === 'running' ? state.runs : 0)) {
        wayOut.comeBack(() => updates.installAndRestart());
      }
    },
  };
  await host.start();
  if (workspace.config.updates.check) updates.follow();
}

/** The desktop, or an offer to update where its database has become newer than this app; then the refusal. */
async function orOfferUpdate(opening: Promise<Desktop>): Promise<Desktop> {
  try {
    return await opening;
  } catch (error) {
    if (!isAppError(error) || error.code !== 'schema_newer') throw error;
    // The log of the desktop is closed with everything else that was open.
    const workspace = await openDesktopWorkspace();
    const state = await offerNeededUpdate(workspace, error);
    workspace.log.close();
    if (state === null) throw error;
    const nextStep = [error.nextStep, state.sentence, state.nextStep].filter(Boolean).join(' ');
    throw new AppError(error.code, error.message, { nextStep, cause: error });
  }
}

function openDesktopWorkspace(): Promise<Workspace> {
  return openWorkspace({
    home: home.directory,
    logName: 'desktop',
    desktopCipher: () => createDesktopCipher(safeStorage),
  });
}

function show(page?: string): void {
  if (mainWindow === null) firstPage = page ?? firstPage;
  else mainWindow.show(page);
}

/** What the page asks of the desktop and not of the router. */
function nativeCalls(opening: Promise<Desktop>, log: ProcessLog): IpcParts['hostCalls'] {
  const write: WriteAuditExport = async (filter, path, wishes) =>
    exportAuditEvents((await opening).session, filter, path, appVersion, wishes);
  const desk: ExportDesk = { running: null };
  return new Map<string, (input: unknown, window: BrowserWindow | null) => Promise<Result<unknown>>>([
    [hostCalls.saveAuditExport, (input, window) => saveAuditExport({ write, desk, log }, input, window)],
    [hostCalls.auditExportProgress, () => Promise.resolve({ ok: true, value: desk.running?.rows ?? null })],
    [
      hostCalls.cancelAuditExport,
      () => {
        desk.running?.cancelled.abort(new Error('The export was cancelled.'));
        return Promise.resolve({ ok: true, value: null });
      },
    ],
    [hostCalls.saveText, (input, window) => saveText(log, input, window)],
    [
      hostCalls.saveSetExport,
      async (input, window) => saveSetExport({ ...(await opening), log }, input, window),
    ],
  ]);
}

/** Ends an app that has opened nothing yet. */
async function leaveAtOnce(last: () => void): Promise<boolean> {
  last();
  app.exit(0);
  return true;
}

/** Ends an app that is still being opened, or could not be. */
async function leaveEarly(opening: Promise<Desktop>, last: () => void): Promise<boolean> {
  const [opened] = await Promise.allSettled([opening]);
  try {
    if (opened.status === 'fulfilled') await opened.value.close();
  } finally {
    await leaveAtOnce(last);
  }
  return true;
}

/** Why a desktop cannot start, for people and, at once, for whoever started it. */
function sentenceOf(error: unknown): string {
  const sentence = isAppError(error)
    ? withNextStep(error)
    : `TenantKeep could not start: ${errorText(error)}`;
  process.stderr.write(`${sentence}\n`);
  return sentence;
}

/** `--home=<directory>`; a word of its own would be taken for a file by some desktops. */
function homeArgument(): string | undefined {
  return process.argv.find((word) => word.startsWith('--home='))?.slice('--home='.length);
}
