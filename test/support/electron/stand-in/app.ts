import type * as E from 'electron';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allWindows, closeAllTargets } from './browser-window.ts';
import { nothing, played, PlayedEmitter, preventable, requireKnownOptions } from './played.ts';
import { endProcess, stage } from './stage.ts';

const events = [
  'ready',
  'window-all-closed',
  'before-quit',
  'will-quit',
  'quit',
  'second-instance',
  'open-url',
  'open-file',
  'activate',
  'web-contents-created',
] as const;

/** The names above are events of the real `app`: an invented one does not compile. Never called. */
void function checkEventNames(app: E.App): void {
  app
    .on('ready', nothing)
    .on('window-all-closed', nothing)
    .on('before-quit', nothing)
    .on('will-quit', nothing);
  app.on('quit', nothing).on('second-instance', nothing).on('open-url', nothing).on('activate', nothing);
  app.on('web-contents-created', nothing).on('open-file', nothing);
};

class PlayedApp
  extends PlayedEmitter
  implements
    Pick<
      E.App,
      | 'name'
      | 'isPackaged'
      | 'quit'
      | 'exit'
      | 'relaunch'
      | 'whenReady'
      | 'isReady'
      | 'getPath'
      | 'setPath'
      | 'requestSingleInstanceLock'
      | 'setAsDefaultProtocolClient'
    >
{
  name = 'TenantKeep';
  isPackaged = false;
  readonly becameReady = Promise.withResolvers<void>();
  readonly paths = new Map<string, string>([['userData', join(tmpdir(), 'stand-in-user-data')]]);
  quitting = false;
  firstInstance = true;

  constructor() {
    super('app', events);
  }

  override emit(event: string | symbol, ...values: any[]): boolean {
    if (event !== 'web-contents-created') stage.recorded.life.push(String(event));
    return super.emit(event, ...values);
  }

  isReady(): boolean {
    return stage.ready;
  }

  whenReady(): Promise<void> {
    return this.becameReady.promise;
  }

  getPath(name: Parameters<E.App['getPath']>[0]): string {
    const path = this.paths.get(name);
    if (path === undefined) throw new Error(`stand-in: app.getPath('${name}') is not played`);
    return path;
  }

  setPath(name: string, path: string): void {
    if (!this.paths.has(name)) throw new Error(`stand-in: app.setPath('${name}') is not played`);
    this.paths.set(name, path);
  }

  requestSingleInstanceLock(): boolean {
    return this.firstInstance;
  }

  setAsDefaultProtocolClient(): boolean {
    return true;
  }

  quit(): void {
    if (this.quitting) return;
    const event = preventable({});
    this.emit('before-quit', event);
    if (event.defaultPrevented) return;
    this.quitting = true;
    void this.closeThenQuit();
  }

  /** The start itself is the test's: what it would be started with is noted. */
  relaunch(options: E.RelaunchOptions = {}): void {
    requireKnownOptions('relaunch', options, ['args']);
    stage.recorded.relaunches.push(options.args ?? process.argv.slice(1));
  }

  exit(code = 0): void {
    void closeAllTargets().finally(() => endProcess(code));
  }

  async closeThenQuit(): Promise<void> {
    for (const window of allWindows()) {
      if (await window.closeAsked()) continue;
      this.quitting = false;
      return;
    }
    const event = preventable({});
    this.emit('will-quit', event);
    this.quitting = false;
    if (event.defaultPrevented) return;
    this.emit('quit', {}, 0);
    endProcess(0);
  }
}

export const app = played('app', new PlayedApp());

stage.onContentsCreated = (contents) => void app.emit('web-contents-created', {}, contents);
/** Without a listener that says otherwise, closing the last window ends the app. */
stage.onWindowClosed = () => {
  if (allWindows().length > 0 || app.quitting) return;
  if (!app.emit('window-all-closed')) app.quit();
};

/** For the runner, after the entry module has come to its end. */
export function becomeReady(): void {
  stage.ready = true;
  app.emit('ready', {}, {});
  app.becameReady.resolve();
}
