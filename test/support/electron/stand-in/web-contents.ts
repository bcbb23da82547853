import type * as E from 'electron';
import { handleInvoke } from './ipc-main.ts';
import { fromBrowser, ownScheme, toBrowser } from './own-addresses.ts';
import { isolatedWorld, receiverName } from './page-scripts.ts';
import { nothing, NotPlayed, PlayedEmitter, preventable } from './played.ts';
import { answerRequest } from './protocol.ts';
import { devTools, stage } from './stage.ts';
import { encodeWire } from './wire.ts';

const events = [
  'will-navigate',
  'will-frame-navigate',
  'dom-ready',
  'did-finish-load',
  'did-navigate',
] as const;

/** Never called: the names above are events of the real contents. */
void function checkEventNames(contents: E.WebContents): void {
  contents.on('will-navigate', nothing).on('will-frame-navigate', nothing).on('dom-ready', nothing);
  contents.on('did-finish-load', nothing).on('did-navigate', nothing);
};

export interface Frame {
  id: string;
  url: string;
  parentId: string | null;
}

export class PlayedWebContents
  extends PlayedEmitter
  implements Pick<E.WebContents, 'send' | 'getURL' | 'isDestroyed' | 'setWindowOpenHandler'>
{
  targetId = '';
  sessionId = '';
  destroyed = false;
  readonly frames = new Map<string, Frame>();
  /** Isolated worlds by execution context, with the frame that each belongs to. */
  readonly worlds = new Map<number, string>();
  /** Document address (of the browser) that the shell itself is loading. */
  shellLoads: string | null = null;
  loading: PromiseWithResolvers<void> | null = null;
  openHandler: Parameters<E.WebContents['setWindowOpenHandler']>[0] | null = null;

  constructor() {
    super('webContents', events);
  }

  isDestroyed(): boolean {
    return this.destroyed;
  }

  getURL(): string {
    return this.frames.get(this.targetId)?.url ?? '';
  }

  setWindowOpenHandler(handler: Parameters<E.WebContents['setWindowOpenHandler']>[0]): void {
    this.openHandler = handler;
  }

  send(channel: string, ...values: unknown[]): void {
    const text = encodeWire(values);
    const world = this.worldOf(this.targetId);
    // Without a preload that listens the message is lost, as in the original.
    if (world !== null) this.tell(world, { type: 'send', channel, values: text });
  }

  attach(targetId: string, sessionId: string, onGone: () => void): void {
    this.targetId = targetId;
    this.sessionId = sessionId;
    this.frames.set(targetId, { id: targetId, url: '', parentId: null });
    devTools().onEvent((method, parameters, session) => {
      if (method === 'Target.detachedFromTarget' && parameters['sessionId'] === sessionId) onGone();
      if (session === sessionId) this.onPageEvent(method, parameters);
    });
  }

  async load(address: string, sessionId: string): Promise<void> {
    const url = toBrowser(address);
    const loading = Promise.withResolvers<void>();
    this.loading = loading;
    this.shellLoads = withoutFragment(url);
    const { loaderId, errorText } = await devTools().send('Page.navigate', { url }, sessionId);
    if (errorText) throw new Error(`${errorText} loading '${address}'`);
    // No loader: the document stays, only the fragment has changed.
    if (loaderId === undefined) {
      this.shellLoads = null;
      return;
    }
    await loading.promise;
  }

  onPageEvent(method: string, parameters: Record<string, any>): void {
    switch (method) {
      case 'Page.frameAttached':
        this.frames.set(parameters.frameId, {
          id: parameters.frameId,
          url: '',
          parentId: parameters.parentFrameId,
        });
        break;
      case 'Page.frameDetached':
        this.frames.delete(parameters.frameId);
        break;
      case 'Page.frameNavigated': {
        const { id, url, urlFragment = '', parentId = null } = parameters.frame;
        this.frames.set(id, { id, url: fromBrowser(url + urlFragment), parentId });
        if (parentId === null) this.emit('did-navigate', {}, fromBrowser(url + urlFragment), 200, 'OK');
        break;
      }
      case 'Page.navigatedWithinDocument': {
        const frame = this.frames.get(parameters.frameId);
        if (frame !== undefined) frame.url = fromBrowser(parameters.url);
        break;
      }
      case 'Page.domContentEventFired':
        this.emit('dom-ready', {});
        break;
      case 'Page.loadEventFired':
        this.emit('did-finish-load');
        this.loading?.resolve();
        break;
      case 'Page.windowOpen':
        this.openWindow(parameters.url);
        break;
      case 'Runtime.executionContextCreated': {
        const { id, name, auxData } = parameters.context;
        if (name === isolatedWorld) this.worlds.set(id, auxData.frameId);
        break;
      }
      case 'Runtime.executionContextDestroyed':
        this.worlds.delete(parameters.executionContextId);
        break;
      case 'Runtime.executionContextsCleared':
        this.worlds.clear();
        break;
      case 'Runtime.bindingCalled':
        void this.answerCall(parameters.executionContextId, parameters.payload);
        break;
      case 'Fetch.requestPaused':
        void this.onRequest(parameters).catch((error: unknown) => {
          process.stderr.write(`stand-in: a request was not answered: ${String(error)}\n`);
        });
        break;
    }
  }

  async onRequest({ requestId, request, resourceType, frameId }: Record<string, any>): Promise<void> {
    const reply = (method: string, parameters: object) =>
      devTools().send(method, { requestId, ...parameters }, this.sessionId);
    if (resourceType === 'Document' && !this.mayNavigate(request.url, frameId)) {
      // Another reason would show an error page instead of staying where it is.
      await reply('Fetch.failRequest', { errorReason: 'Aborted' });
      return;
    }
    if (ownScheme(request.url) === null) {
      stage.recorded.foreignRequests.push(request.url);
      await reply('Fetch.failRequest', { errorReason: 'BlockedByClient' });
      return;
    }
    const response = await answerRequest(request);
    if (response === null) await reply('Fetch.failRequest', { errorReason: 'Failed' });
    else await reply('Fetch.fulfillRequest', response);
  }

  /** A document that the shell did not ask for is the page's own wish, and the app decides. */
  mayNavigate(browserUrl: string, frameId: string): boolean {
    const isMainFrame = frameId === this.targetId;
    if (isMainFrame && this.shellLoads === withoutFragment(browserUrl)) {
      this.shellLoads = null;
      return true;
    }
    const url = fromBrowser(browserUrl);
    const event = preventable({ url, isMainFrame, isSameDocument: false, frame: null, initiator: null });
    if (isMainFrame) this.emit('will-navigate', event, url);
    this.emit('will-frame-navigate', event);
    return !event.defaultPrevented;
  }

  openWindow(browserUrl: string): void {
    if (this.openHandler === null) throw new NotPlayed('a pop-up without setWindowOpenHandler');
    const { action } = this.openHandler({
      url: fromBrowser(browserUrl),
      frameName: '',
      features: '',
      disposition: 'new-window',
      referrer: { url: this.getURL(), policy: 'default' },
    });
    if (action !== 'deny') throw new NotPlayed(`setWindowOpenHandler with the action ${action}`);
  }

  async answerCall(world: number, payload: string): Promise<void> {
    const { id, channel, values } = JSON.parse(payload) as { id: number; channel: string; values: string };
    const frameId = this.worlds.get(world);
    const event = {
      type: 'frame',
      sender: this,
      get senderFrame() {
        return null as unknown;
      },
    };
    Object.defineProperty(event, 'senderFrame', { get: () => this.frameFacts(frameId) });
    const answer = await handleInvoke(channel, event, values);
    if (this.worlds.has(world)) this.tell(world, { type: 'answer', id, ...answer });
  }

  /** Null once the frame is gone. */
  frameFacts(frameId: string | undefined): object | null {
    const frame = frameId === undefined ? undefined : this.frames.get(frameId);
    if (frame === undefined) return null;
    const origin = /^[a-z0-9+.-]+:\/\/[^/?#]*/i.exec(frame.url)?.[0] ?? 'null';
    const parent = frame.parentId === null ? null : this.frameFacts(frame.parentId);
    return { url: frame.url, origin, parent };
  }

  worldOf(frameId: string): number | null {
    for (const [world, frame] of this.worlds) if (frame === frameId) return world;
    return null;
  }

  tell(world: number, message: object): void {
    devTools()
      .send(
        'Runtime.callFunctionOn',
        {
          executionContextId: world,
          functionDeclaration: `(message) => globalThis['${receiverName}'](message)`,
          arguments: [{ value: message }],
        },
        this.sessionId,
      )
      .catch((error: unknown) => {
        // The page went away meanwhile; whoever asked went with it.
        if (!this.destroyed && this.worlds.has(world)) process.stderr.write(`${String(error)}\n`);
      });
  }
}

function withoutFragment(url: string): string {
  return url.split('#', 1)[0]!;
}
