import type { MenuItemConstructorOptions } from 'electron';

/** Said by the system's own start at sign-in: the desktop comes up in the tray, without its window. */
export const hiddenWord = '--hidden';

/** The system's list of what starts when a person signs in. */
export interface LoginItem {
  isOn(): boolean;
  set(on: boolean): void;
}

/**
 * The switch in the menu, where the system has such a list for programs (Windows and macOS). Elsewhere
 * `tenantkeep service install` is the way to run without anybody's window.
 */
export function loginItemMenu(platform: NodeJS.Platform, item: LoginItem): MenuItemConstructorOptions[] {
  if (platform !== 'win32' && platform !== 'darwin') return [];
  return [
    {
      label: 'Start at sign-in',
      type: 'checkbox',
      checked: item.isOn(),
      click: ({ checked }) => item.set(checked),
    },
    { type: 'separator' },
  ];
}
