import { app, Menu, type MenuItemConstructorOptions } from 'electron';
import { hiddenWord, type LoginItem, loginItemMenu } from './login-item.ts';
import type { SignInDesk } from './sign-in-desk.ts';

const pages = [
  ['Overview', '/'],
  ['Tenants', '/tenants'],
  ['Schedules', '/schedules'],
  ['Runs', '/runs'],
  ['Backup sets', '/backup-sets'],
  ['Audit', '/audit'],
  ['Settings', '/settings'],
] as const;

const loginItem: LoginItem = {
  isOn: () => app.getLoginItemSettings({ args: [hiddenWord] }).openAtLogin,
  set: (openAtLogin) => app.setLoginItemSettings({ openAtLogin, args: [hiddenWord] }),
};

/**
 * The menu of the app: what every desktop program has, a way to each page, who works with which workspace, and the
 * question for a newer version.
 */
export function installMenu(
  show: (page: string) => void,
  desk: SignInDesk,
  checkForUpdates: () => void,
): void {
  const view: MenuItemConstructorOptions[] = [
    { role: 'resetZoom' },
    { role: 'zoomIn' },
    { role: 'zoomOut' },
    { type: 'separator' },
    { role: 'togglefullscreen' },
    // A page that is inspected in a shipped app could be talked into anything its channel allows.
    ...(app.isPackaged ? [] : ([{ role: 'reload' }, { role: 'toggleDevTools' }] as const)),
  ];
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([
      {
        label: process.platform === 'darwin' ? app.name : 'File',
        submenu: [
          ...loginItemMenu(process.platform, loginItem),
          { label: 'Use a connection file…', click: () => void desk.choose() },
          { label: 'Sign out…', click: () => desk.signOut() },
          { type: 'separator' },
          { label: 'Check for updates…', click: checkForUpdates },
          { role: 'close' },
          { type: 'separator' },
          { role: 'quit' },
        ],
      },
      { role: 'editMenu' },
      {
        label: 'Go',
        submenu: pages.map(([label, page], index) => ({
          label,
          accelerator: `CmdOrCtrl+${index + 1}`,
          click: () => show(page),
        })),
      },
      { label: 'View', submenu: view },
    ]),
  );
}
