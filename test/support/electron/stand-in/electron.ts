/**
 * The module `electron` of the stand-in. A bundle that imports a name which is not here fails when it is linked,
 * with the missing name in the message; everything that is reached otherwise goes through a refusing proxy.
 */
import { app } from './app.ts';
import { BrowserWindow } from './browser-window.ts';
import { ipcMain } from './ipc-main.ts';
import {
  autoUpdater,
  dialog,
  Menu,
  nativeImage,
  Notification,
  powerMonitor,
  safeStorage,
  screen,
  Tray,
} from './native-parts.ts';
import { played } from './played.ts';
import { protocol } from './protocol.ts';
import { session } from './session.ts';

const parts = {
  app,
  autoUpdater,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  nativeImage,
  Notification,
  powerMonitor,
  protocol,
  safeStorage,
  screen,
  session,
  Tray,
};

export { app, autoUpdater, BrowserWindow, dialog, ipcMain, Menu, nativeImage, Notification, powerMonitor };
export { protocol, safeStorage, screen, session, Tray };
export default played('electron', parts);
