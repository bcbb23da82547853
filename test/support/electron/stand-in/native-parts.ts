import type * as E from 'electron';
import { boxStands } from '../desktop-driver.ts';
import { nothing, played, PlayedEmitter, requireKnownOptions } from './played.ts';
import { requireReady, stage } from './stage.ts';

/** Parts that a browser cannot show: they record what they were given, and let a test act as the person. */

type Answers = {
  showMessageBox: E.MessageBoxReturnValue[];
  showSaveDialog: E.SaveDialogReturnValue[];
  showOpenDialog: E.OpenDialogReturnValue[];
};
const answers: Answers = { showMessageBox: [], showSaveDialog: [], showOpenDialog: [] };
/** Boxes that stand until a test answers them. */
const open: ((answer: E.MessageBoxReturnValue) => void)[] = [];

/** Queues what the person will answer; a dialog without an answer throws. */
export function queueAnswer<Kind extends keyof Answers>(kind: Kind, answer: Answers[Kind][number]): void {
  (answers[kind] as unknown[]).push(answer);
}

/** Presses a button of the oldest message box that stands. */
export function answerStanding(response: number): void {
  const answer = open.shift();
  if (answer === undefined) throw new Error('stand-in: no message box stands');
  answer({ response, checkboxChecked: false });
}

function answerOf<Kind extends keyof Answers>(kind: Kind, options: unknown): Answers[Kind][number] {
  stage.recorded.dialogs.push({ kind, options });
  const answer = answers[kind].shift();
  if (answer === undefined) throw new Error(`stand-in: the test has no answer for dialog.${kind}`);
  return answer;
}

export const dialog = played('dialog', {
  showErrorBox(title: string, content: string): void {
    stage.recorded.dialogs.push({ kind: 'showErrorBox', options: { title, content } });
  },
  showMessageBox: async (
    ...given: [E.MessageBoxOptions] | [E.BaseWindow, E.MessageBoxOptions]
  ): Promise<E.MessageBoxReturnValue> => {
    const answer = answerOf('showMessageBox', given.at(-1));
    return answer.response === boxStands ? new Promise((resolve) => open.push(resolve)) : answer;
  },
  showOpenDialog: async (
    ...given: [E.OpenDialogOptions] | [E.BaseWindow, E.OpenDialogOptions]
  ): Promise<E.OpenDialogReturnValue> => answerOf('showOpenDialog', given.at(-1)),
  showSaveDialog: async (
    ...given: [E.SaveDialogOptions] | [E.BaseWindow, E.SaveDialogOptions]
  ): Promise<E.SaveDialogReturnValue> => answerOf('showSaveDialog', given.at(-1)),
} satisfies Partial<E.Dialog>);

export const powerMonitor = played(
  'powerMonitor',
  new PlayedEmitter('powerMonitor', ['suspend', 'resume', 'shutdown']),
);

/** Never called: the names above are events of the real monitor. */
void function checkPowerEvents(monitor: E.PowerMonitor): void {
  monitor.on('suspend', nothing).on('resume', nothing).on('shutdown', nothing);
};

/** electron-updater says through it that it quits the app; on Linux it does nothing itself. */
export const autoUpdater = played(
  'autoUpdater',
  new PlayedEmitter('autoUpdater', ['before-quit-for-update']),
);

/** Never called: the name above is an event of the real updater. */
void function checkUpdaterEvents(updater: E.AutoUpdater): void {
  updater.on('before-quit-for-update', nothing);
};

/** A session without a key store, like most test machines: nothing is sealed with it. */
export const safeStorage = played('safeStorage', {
  async isAsyncEncryptionAvailable(): Promise<boolean> {
    requireReady('safeStorage');
    return false;
  },
  getSelectedStorageBackend: (): 'basic_text' => 'basic_text',
} satisfies Partial<E.SafeStorage>);

export const screen = played('screen', {
  getAllDisplays(): E.Display[] {
    requireReady('screen');
    return [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } } as E.Display];
  },
} satisfies Partial<E.Screen>);

export const nativeImage = played('nativeImage', {
  createFromBitmap(buffer: Buffer, options: E.CreateFromBitmapOptions): E.NativeImage {
    if (buffer.length !== options.width * options.height * 4) {
      throw new Error('stand-in: a bitmap has four bytes for each pixel');
    }
    return played('NativeImage', { getBitmap: () => buffer }) as unknown as E.NativeImage;
  },
});

const itemOptions = ['label', 'role', 'type', 'enabled', 'submenu', 'accelerator', 'click'];

class PlayedMenu implements Pick<E.Menu, 'items'> {
  items: E.MenuItem[] = [];

  static buildFromTemplate(template: E.MenuItemConstructorOptions[]): PlayedMenu {
    const menu = new PlayedMenu();
    menu.items = template.map((item) => {
      requireKnownOptions('a menu item', item, itemOptions);
      if (!item.label && !item.role && item.type !== 'separator') {
        throw new Error('stand-in: a menu item needs a label, a role or a type');
      }
      const submenu = Array.isArray(item.submenu) ? PlayedMenu.buildFromTemplate(item.submenu) : undefined;
      return { ...item, label: item.label ?? '', submenu } as unknown as E.MenuItem;
    });
    return menu;
  }

  static setApplicationMenu(menu: PlayedMenu | null): void {
    menus.application = menu;
  }
}

export const Menu = played('Menu', PlayedMenu);

const menus: { application: PlayedMenu | null; tray: PlayedMenu | null; trayToolTip: string } = {
  application: null,
  tray: null,
  trayToolTip: '',
};

class PlayedTray extends PlayedEmitter implements Pick<E.Tray, 'setImage' | 'setToolTip' | 'setContextMenu'> {
  constructor(_image: E.NativeImage) {
    super('Tray', ['click']);
    requireReady('Tray');
    return played('Tray', this);
  }

  setImage(_image: E.NativeImage | string): void {}

  setToolTip(text: string): void {
    menus.trayToolTip = text;
  }

  setContextMenu(menu: E.Menu | null): void {
    menus.tray = menu as unknown as PlayedMenu | null;
  }
}

export const Tray = played('Tray', PlayedTray);

class PlayedNotification extends PlayedEmitter implements Pick<E.Notification, 'show'> {
  facts: { title: string; body: string };

  constructor(options: E.NotificationConstructorOptions = {}) {
    super('Notification', ['click']);
    requireReady('Notification');
    requireKnownOptions('Notification', options, ['title', 'body']);
    this.facts = { title: options.title ?? '', body: options.body ?? '' };
    return played('Notification', this);
  }

  show(): void {
    stage.recorded.notifications.push(this.facts);
  }

  static isSupported(): boolean {
    return true;
  }
}

export const Notification = played('Notification', PlayedNotification);

export interface ShownMenu {
  label: string;
  enabled: boolean;
  items: ShownMenu[];
}

/** What the tray shows now. */
export function describeTray(): { toolTip: string; items: ShownMenu[] } {
  return { toolTip: menus.trayToolTip, items: describe(menus.tray) };
}

function describe(menu: PlayedMenu | null): ShownMenu[] {
  return (menu?.items ?? []).map((item) => ({
    label: item.label,
    enabled: item.enabled ?? true,
    items: describe((item.submenu as unknown as PlayedMenu | undefined) ?? null),
  }));
}

/** Chooses an item by the labels that lead to it; throws when there is none, or when it is greyed. */
export function chooseItem(where: 'application' | 'tray', labels: readonly string[]): void {
  let menu = menus[where];
  for (const [index, label] of labels.entries()) {
    const item: E.MenuItem | undefined = menu?.items.find((each) => each.label === label);
    if (item === undefined) throw new Error(`stand-in: the ${where} menu has no item "${label}"`);
    if (!(item.enabled ?? true)) throw new Error(`stand-in: the item "${label}" is greyed`);
    menu = (item.submenu as unknown as PlayedMenu | undefined) ?? null;
    if (index === labels.length - 1) (item.click as (() => void) | undefined)?.();
  }
}
