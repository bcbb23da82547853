import { app, BrowserWindow } from 'electron';
import { join } from 'node:path';
import { errorText } from '../../shared/errors.ts';
import type { ProcessLog } from '../logging/log.ts';
import { appUrl } from './app-protocol.ts';
import { readWindowState, writeWindowState } from './window-state.ts';

export interface MainWindow {
  /** Brings the window up, opening it where there is none, and shows a page of the renderer if one is named. */
  show(page?: string): void;
  /** Takes the window away while the app closes down. */
  hide(): void;
}

/**
 * The one window. The page in it is sandboxed and isolated; closing it leaves the app in the tray, because a
 * computer that is a host has to go on backing up.
 */
export function createMainWindow(parts: { preloadPath: string; log: ProcessLog }): MainWindow {
  const { preloadPath, log } = parts;
  const statePath = join(app.getPath('userData'), 'window.json');
  let window: BrowserWindow | null = null;

  function open(page: string): BrowserWindow {
    const { bounds, maximized } = readWindowState(statePath);
    const opened = new BrowserWindow({
      ...bounds,
      minWidth: 800,
      minHeight: 600,
      title: 'TenantKeep',
      show: false,
      webPreferences: {
        preload: preloadPath,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        spellcheck: false,
      },
    });
    opened.once('ready-to-show', () => {
      if (maximized) opened.maximize();
      opened.show();
    });
    opened.on('close', () => writeWindowState(statePath, opened, log));
    opened.on('closed', () => {
      window = null;
    });
    load(opened, page);
    return opened;
  }

  function load(target: BrowserWindow, page: string): void {
    target.loadURL(`${appUrl}#${page}`).catch((error: unknown) => {
      log.error({ error: errorText(error) }, 'The window could not be loaded');
    });
  }

  return {
    show(page) {
      if (window === null) {
        window = open(page ?? '/');
        return;
      }
      if (page !== undefined) load(window, page);
      if (window.isMinimized()) window.restore();
      window.show();
      window.focus();
    },
    hide() {
      window?.hide();
    },
  };
}
