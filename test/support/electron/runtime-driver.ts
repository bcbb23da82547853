import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright';
import type { DesktopDriver, DesktopView, RunningDesktop, StartOptions } from './desktop-driver.ts';

const root = join(import.meta.dirname, '..', '..', '..');

/** The path of Electron's program, or why there is none. Not by importing the package: that starts a download. */
function findRuntime(): { program: string } | { obstacle: string } {
  const directory = dirname(createRequire(import.meta.url).resolve('electron/package.json'));
  const pathFile = join(directory, 'path.txt');
  if (!existsSync(pathFile))
    return { obstacle: "Electron's program is not on this machine (no path.txt in its package)" };
  const program = join(directory, 'dist', readFileSync(pathFile, 'utf8').trim());
  if (!existsSync(program)) return { obstacle: `Electron's program is missing at ${program}` };
  if (process.platform === 'linux' && !process.env.DISPLAY)
    return { obstacle: 'there is no display (run under xvfb-run)' };
  return { program };
}

/** Why the scenarios cannot run on Electron's own runtime here, or null when they can. */
export function obstacleToRuntime(): string | null {
  const found = findRuntime();
  return 'obstacle' in found ? found.obstacle : null;
}

/** What the driver keeps inside of the main process, to look at later. */
interface Watch {
  dialogs: DesktopView['dialogs'];
  notifications: DesktopView['notifications'];
  relaunches: DesktopView['relaunches'];
  life: string[];
  tray: DesktopView['tray'];
  trayMenu: Electron.Menu | null;
  answers: Record<string, unknown[]>;
  standing: ((answer: unknown) => void)[];
}
declare global {
  // oxlint-disable-next-line no-var -- the way to declare a global of another process
  var desktopWatch: Watch;
}

/**
 * Runs the built desktop on Electron's own runtime, by Playwright. What the stand-in plays is watched here: dialogs
 * answer from a queue, tray and notifications are noted as they are made.
 */
export async function createRuntimeDriver(entry: string): Promise<DesktopDriver> {
  const found = findRuntime();
  if ('obstacle' in found) throw new Error(found.obstacle);
  const running = new Set<RunningDesktop>();
  return {
    runtime: 'electron',
    async start(options) {
      const desktop = await startApp(found.program, entry, options);
      running.add(desktop);
      return desktop;
    },
    async close() {
      await Promise.all([...running].map((desktop) => desktop.kill()));
    },
  };
}

async function startApp(program: string, entry: string, options: StartOptions): Promise<RunningDesktop> {
  const app = await _electron.launch({
    executablePath: program,
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      entry,
      `--home=${options.home}`,
      ...(options.words ?? []),
    ],
    cwd: root,
    env: { ...(process.env as Record<string, string>), ...options.environment },
  });
  let output = '';
  app.process().stderr?.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  const exited = new Promise<number | null>((resolve) => app.process().once('exit', resolve));
  await watch(app);
  if (options.openedFile !== undefined) {
    throw new Error('What the system says before ready cannot be played on the runtime itself.');
  }
  for (const response of options.answers ?? []) {
    await queueAnswer(app, 'showMessageBox', { response, checkboxChecked: false });
  }
  const view = () => look(app);
  let lastWords: ReturnType<RunningDesktop['lastWords']> = { dialogs: [], life: [], relaunches: [] };
  return {
    window: () => firstWindow(app),
    address: async () => (await view()).windows[0]?.address ?? '',
    answerSaveDialog: (answer) => queueAnswer(app, 'showSaveDialog', answer),
    answerMessageBox: (button) =>
      queueAnswer(app, 'showMessageBox', { response: button, checkboxChecked: false }),
    answerStandingBox: (button) =>
      app.evaluate(
        (_electron, response) =>
          globalThis.desktopWatch.standing.shift()?.({ response, checkboxChecked: false }),
        button,
      ),
    answerOpenDialog: (filePaths) =>
      queueAnswer(app, 'showOpenDialog', { canceled: filePaths.length === 0, filePaths }),
    openFile: (path) =>
      app.evaluate(
        ({ app: own }, file) => void own.emit('open-file', { preventDefault: () => undefined }, file),
        path,
      ),
    power: (event) => app.evaluate(({ powerMonitor }, name) => void powerMonitor.emit(name), event),
    secondStart: (words) =>
      app.evaluate(
        ({ app: own }, args) => void own.emit('second-instance', {}, args, process.cwd(), null),
        [program, ...words],
      ),
    closeWindow: () => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close()),
    async quit() {
      lastWords = await view();
      // The connection can end before the answer comes.
      await app.evaluate(({ app: own }) => own.quit()).catch(ignoreEnd);
    },
    choose: (menu, ...labels) =>
      app.evaluate(
        ({ Menu }, [which, path]) => {
          const top = which === 'tray' ? globalThis.desktopWatch.trayMenu : Menu.getApplicationMenu();
          let items = top?.items ?? [];
          for (const [index, label] of path.entries()) {
            const item = items.find((each) => each.label === label);
            if (item === undefined) throw new Error(`There is no ${label} in the menu.`);
            if (index === path.length - 1) item.click();
            items = item.submenu?.items ?? [];
          }
        },
        [menu, labels] as const,
      ),
    view,
    exited,
    lastWords: () => lastWords,
    errorOutput: () => output,
    async kill() {
      if (app.process().exitCode === null && app.process().signalCode === null) app.process().kill('SIGKILL');
      await exited;
    },
  };
}

function ignoreEnd(error: unknown): void {
  if (!/closed|destroyed|crashed/i.test(String(error))) throw error;
}

async function firstWindow(app: ElectronApplication): Promise<Page> {
  const page = app.windows().find((window) => !window.isClosed()) ?? (await app.firstWindow());
  await page.waitForLoadState('domcontentloaded');
  return page;
}

/** Puts the queue of answers and the notes in place; later menus and notifications pass through them. */
async function watch(app: ElectronApplication): Promise<void> {
  await app.evaluate(({ app: own, dialog, Tray, Notification }) => {
    const watched: Watch = {
      dialogs: [],
      notifications: [],
      relaunches: [],
      life: [],
      tray: { toolTip: '', items: [] },
      trayMenu: null,
      answers: {},
      standing: [],
    };
    globalThis.desktopWatch = watched;
    for (const kind of ['showSaveDialog', 'showMessageBox', 'showOpenDialog'] as const) {
      Object.assign(dialog, {
        [kind]: (...given: unknown[]) => {
          watched.dialogs.push({ kind, options: given.at(-1) });
          const answer = watched.answers[kind]?.shift() as { response?: number } | undefined;
          if (answer?.response === -1) return new Promise((resolve) => watched.standing.push(resolve));
          if (answer === undefined) throw new Error(`No answer was given to ${kind}.`);
          return Promise.resolve(answer);
        },
      });
    }
    Object.assign(own, {
      relaunch: (given?: { args?: string[] }) => void watched.relaunches.push(given?.args ?? []),
    });
    type TrayMethod<Value> = (this: Electron.Tray, value: Value) => void;
    const setContextMenu = Reflect.get(Tray.prototype, 'setContextMenu') as TrayMethod<Electron.Menu | null>;
    const setToolTip = Reflect.get(Tray.prototype, 'setToolTip') as TrayMethod<string>;
    Tray.prototype.setContextMenu = function (menu) {
      watched.trayMenu = menu;
      watched.tray.items = (menu?.items ?? []).map(({ label, enabled }) => ({ label, enabled }));
      return setContextMenu.call(this, menu);
    };
    Tray.prototype.setToolTip = function (text) {
      watched.tray.toolTip = text;
      return setToolTip.call(this, text);
    };
    const show = Reflect.get(Notification.prototype, 'show') as (this: Electron.Notification) => void;
    Notification.prototype.show = function () {
      watched.notifications.push({ title: this.title, body: this.body });
      return show.call(this);
    };
    for (const event of ['window-all-closed', 'before-quit', 'will-quit', 'second-instance'] as const) {
      own.on(event as 'will-quit', () => watched.life.push(event));
    }
  });
}

async function queueAnswer(app: ElectronApplication, kind: string, answer: unknown): Promise<void> {
  await app.evaluate(
    (_electron, [name, value]) => {
      (globalThis.desktopWatch.answers[name] ??= []).push(value);
    },
    [kind, answer] as const,
  );
}

async function look(app: ElectronApplication): Promise<DesktopView> {
  return await app.evaluate(({ BrowserWindow }) => {
    const { dialogs, notifications, relaunches, life, tray } = globalThis.desktopWatch;
    return {
      // Options travel as text: they may hold what cannot be sent.
      dialogs: JSON.parse(JSON.stringify(dialogs)) as typeof dialogs,
      notifications,
      relaunches,
      // The runtime asks nobody else by itself; the console policy and the proxy of the tests see the rest.
      foreignRequests: [],
      life,
      tray,
      windows: BrowserWindow.getAllWindows().map((window) => ({
        address: window.webContents.getURL(),
        visible: window.isVisible(),
        focused: window.isFocused(),
      })),
    };
  });
}
