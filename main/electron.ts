/**
 * Entry of the desktop. What must happen before `ready` happens while this module is evaluated; nothing here
 * waits, because Electron is ready only after the entry has come to its end.
 */
import { app, type BrowserWindow, dialog, safeStorage } from 'electron';
import { fileURLToPath } from 'node:url';
import { errorText, isAppError } from '../shared/errors.ts';
import { hostCalls } from '../shared/bridge.ts';
import type { Result } from '../shared/result.ts';
import { exportAuditEvents } from './api/export-audit-events.ts';
import { appVersion, openWorkspace } from './composition.ts';
import { resolveHome, type Home } from './config.ts';
import type { ProcessLog } from './logging/log.ts';
import { registerAppScheme, serveRenderer } from './shell/app-protocol.ts';
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
import { claimHome, followStartsAndLinks } from './shell/single-instance.ts';
import { saveSetExport } from './shell/save-set-export.ts';
import { showStatus, type StatusDisplay } from './shell/status.ts';
import { createMainWindow, type MainWindow } from './shell/window.ts';

// The three builds lie side by side; this file is an entry of its build, so its place is known.
const rendererDirectory = fileURLToPath(new URL('../renderer', import.meta.url));
const preloadPath = fileURLToPath(new URL('../preload/index.cjs', import.meta.url));

let mainWindow: MainWindow | null = null;
let firstPage = pageOfArguments(process.argv) ?? '/';

const home = resolveHome(homeArgument());
registerAppScheme();
if (claimHome(home)) {
  followStartsAndLinks(show);
  // Closing the window leaves the host at work; the tray and a second start bring the window back.
  app.on('window-all-closed', () => undefined);
  void app.whenReady().then(() => start(home).catch(refuseStart));
} else {
  app.quit();
}

async function start(home: Home): Promise<void> {
  const workspace = await openWorkspace({
    home: home.directory,
    logName: 'desktop',
    desktopCipher: () => createDesktopCipher(safeStorage),
  });
  const { log } = workspace;
  let status: StatusDisplay | null = null;
  const opening = openDesktop(workspace, () => status?.refresh());

  serveRenderer(rendererDirectory);
  confinePages(log);
  answerPages({ opening, hostCalls: nativeCalls(opening, log), log });
  mainWindow = createMainWindow({ preloadPath, log });
  installMenu(show);
  // At sign-in it is a host in the tray; the window comes when somebody asks for it.
  if (!process.argv.includes(hiddenWord)) show(firstPage);

  const desktop = await opening;
  const { router, session, host, changes } = desktop;
  status = showStatus(desktop, show, () => app.quit());
  changes.onChange((notice) => {
    tellPages(notice);
    status.refresh();
  });
  const quitUnasked = guardQuit({
    lossesOfQuitting: async () =>
      host.state().kind === 'running' ? (await slotsOnlyThisHostKeeps(router, session)).map(slotInWords) : [],
    async closeDown() {
      mainWindow?.hide();
      status.close();
      await desktop.close();
    },
    log,
  });
  followPower({ host, quitUnasked, log });
  await host.start();
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

/** A desktop that cannot start says why, to people and to whoever started it, and is gone. */
function refuseStart(error: unknown): void {
  const sentence = isAppError(error)
    ? [error.message, error.nextStep].filter(Boolean).join(' ')
    : `TenantKeep could not start: ${errorText(error)}`;
  process.stderr.write(`${sentence}\n`);
  dialog.showErrorBox('TenantKeep could not start', sentence);
  app.exit(1);
}

/** `--home=<directory>`; a word of its own would be taken for a file by some desktops. */
function homeArgument(): string | undefined {
  return process.argv.find((word) => word.startsWith('--home='))?.slice('--home='.length);
}
