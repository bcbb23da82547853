import type * as E from 'electron';
import { isolatedWorld, bindingName, pageScripts } from './page-scripts.ts';
import { nothing, played, PlayedEmitter, preventable, requireKnownOptions } from './played.ts';
import { devTools, requireReady, stage } from './stage.ts';
import { applyPermissions } from './session.ts';
import { PlayedWebContents } from './web-contents.ts';
import { toBrowser } from './own-addresses.ts';

const knownOptions = [
  'width',
  'height',
  'x',
  'y',
  'minWidth',
  'minHeight',
  'title',
  'show',
  'webPreferences',
];
const knownPreferences = ['preload', 'sandbox', 'contextIsolation', 'nodeIntegration', 'spellcheck'];
const events = ['ready-to-show', 'close', 'closed'] as const;

/** Never called: the names above are events of the real window. */
void function checkEventNames(window: E.BrowserWindow): void {
  window.on('ready-to-show', nothing).on('close', nothing).on('closed', nothing);
};

const open: PlayedWindow[] = [];
export const allWindows = (): PlayedWindow[] => [...open];

export class PlayedWindow
  extends PlayedEmitter
  implements
    Pick<
      E.BrowserWindow,
      | 'show'
      | 'hide'
      | 'focus'
      | 'isVisible'
      | 'isFocused'
      | 'isMinimized'
      | 'isMaximized'
      | 'maximize'
      | 'getNormalBounds'
      | 'isDestroyed'
      | 'loadURL'
      | 'close'
    >
{
  webContents: PlayedWebContents;
  visible: boolean;
  focused = false;
  maximized = false;
  destroyed = false;
  bounds: E.Rectangle;
  target: Promise<{ targetId: string; sessionId: string }>;

  constructor(options: E.BrowserWindowConstructorOptions = {}) {
    super('BrowserWindow', events);
    requireReady('BrowserWindow');
    requireKnownOptions('BrowserWindow', options, knownOptions);
    const preferences = options.webPreferences ?? {};
    requireKnownOptions('webPreferences', preferences, knownPreferences);
    if (
      preferences.sandbox === false ||
      preferences.contextIsolation === false ||
      preferences.nodeIntegration
    ) {
      throw new Error('stand-in: a window must be sandboxed, isolated and without Node');
    }
    this.visible = options.show !== false;
    this.bounds = {
      x: options.x ?? 0,
      y: options.y ?? 0,
      width: options.width ?? 800,
      height: options.height ?? 600,
    };
    this.webContents = played('webContents', new PlayedWebContents());
    const self = played('BrowserWindow', this);
    open.push(self);
    this.target = self.create(preferences.preload);
    // Awaited by whatever needs the page; a browser that went away must not end the process before.
    this.target.catch(() => undefined);
    stage.onContentsCreated(this.webContents);
    return self;
  }

  async create(preload: string | undefined): Promise<{ targetId: string; sessionId: string }> {
    const { width, height } = this.bounds;
    const { targetId, sessionId } = await createTarget(width, height);
    const contents = this.webContents;
    contents.attach(targetId, sessionId, () => void this.gone());
    const send = (method: string, parameters?: object) =>
      devTools().send(method, { ...parameters }, sessionId);
    const scripts = preload === undefined ? null : pageScripts(preload);
    await Promise.all([
      send('Page.enable'),
      send('Runtime.enable'),
      send('Fetch.enable', { patterns: [{ urlPattern: '*' }] }),
      send('Runtime.addBinding', { name: bindingName, executionContextName: isolatedWorld }),
      ...(scripts === null
        ? []
        : [
            send('Page.addScriptToEvaluateOnNewDocument', { source: scripts.page }),
            send('Page.addScriptToEvaluateOnNewDocument', {
              source: scripts.preload,
              worldName: isolatedWorld,
            }),
          ]),
      send('Runtime.runIfWaitingForDebugger'),
    ]);
    return { targetId, sessionId };
  }

  async loadURL(address: string): Promise<void> {
    const { sessionId } = await this.target;
    await applyPermissions(toBrowser(address), this.webContents as never);
    await this.webContents.load(address, sessionId);
    this.emit('ready-to-show');
  }

  show(): void {
    this.visible = true;
    this.focused = true;
  }

  hide(): void {
    this.visible = false;
    this.focused = false;
  }

  focus(): void {
    this.focused = true;
  }

  isVisible = (): boolean => this.visible;
  isFocused = (): boolean => this.focused;
  isMinimized = (): boolean => false;
  isMaximized = (): boolean => this.maximized;
  isDestroyed = (): boolean => this.destroyed;

  maximize(): void {
    this.maximized = true;
  }

  getNormalBounds(): E.Rectangle {
    return this.bounds;
  }

  close(): void {
    void this.closeAsked();
  }

  /** False when a listener kept the window. */
  async closeAsked(): Promise<boolean> {
    const event = preventable({});
    stage.recorded.life.push('close');
    this.emit('close', event);
    if (event.defaultPrevented) return false;
    const { targetId } = await this.target;
    await devTools().send('Target.closeTarget', { targetId });
    await this.gone();
    return true;
  }

  async gone(): Promise<void> {
    if (this.destroyed) return;
    this.destroyed = true;
    this.webContents.destroyed = true;
    open.splice(
      open.findIndex((window) => window.webContents === this.webContents),
      1,
    );
    stage.recorded.life.push('closed');
    this.emit('closed');
    stage.onWindowClosed();
  }

  static getAllWindows(): PlayedWindow[] {
    return allWindows();
  }

  static fromWebContents(contents: unknown): PlayedWindow | null {
    return open.find((window) => window.webContents === contents) ?? null;
  }
}

export const BrowserWindow = played('BrowserWindow', PlayedWindow);

/** Sessions of blank pages that may turn out to be windows of ours, by target. */
const held = new Map<string, string>();
let creating = 0;

async function createTarget(width: number, height: number): Promise<{ targetId: string; sessionId: string }> {
  creating += 1;
  try {
    const page = { url: 'about:blank', newWindow: true, width, height };
    const { targetId } = (await devTools().send('Target.createTarget', page)) as { targetId: string };
    const sessionId = held.get(targetId);
    if (sessionId === undefined) throw new Error('stand-in: a new page was not announced');
    held.delete(targetId);
    return { targetId, sessionId };
  } finally {
    creating -= 1;
    if (creating === 0) {
      for (const sessionId of held.values()) resume(sessionId);
      held.clear();
    }
  }
}

/** For the runner: every page that comes into being waits for us; ours are set up, pop-ups of ours are closed. */
export async function watchTargets(): Promise<void> {
  devTools().onEvent((method, parameters) => {
    if (method !== 'Target.attachedToTarget') return;
    const { sessionId, targetInfo } = parameters;
    const openers = open.map((window) => window.webContents.targetId);
    if (targetInfo.openerId !== undefined && openers.includes(targetInfo.openerId)) {
      void devTools().send('Target.closeTarget', { targetId: targetInfo.targetId });
      // A pop-up shares the process of its opener; left paused until it is gone it could hold that up.
      resume(sessionId);
    } else if (creating > 0 && targetInfo.type === 'page' && targetInfo.url === 'about:blank') {
      held.set(targetInfo.targetId, sessionId);
    } else {
      // Pages of others must not stand still because of us.
      resume(sessionId);
    }
  });
  await devTools().send('Target.setAutoAttach', {
    autoAttach: true,
    waitForDebuggerOnStart: true,
    flatten: true,
  });
}

function resume(sessionId: string): void {
  devTools().send('Runtime.runIfWaitingForDebugger', {}, sessionId).catch(nothing); // A page that is gone waits for nobody.
}

export async function closeAllTargets(): Promise<void> {
  const targets = await Promise.allSettled(open.map((window) => window.target));
  await Promise.allSettled(
    targets.flatMap((target) =>
      target.status === 'fulfilled'
        ? [devTools().send('Target.closeTarget', { targetId: target.value.targetId })]
        : [],
    ),
  );
}
