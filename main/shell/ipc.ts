import { BrowserWindow, ipcMain, type IpcMainInvokeEvent } from 'electron';
import { desktopChannels } from '../../shared/bridge.ts';
import type { ChangeNotice } from '../../shared/contract/index.ts';
import { refusal, type Result } from '../../shared/result.ts';
import type { Router, Session } from '../api/router.ts';
import type { ProcessLog } from '../logging/log.ts';
import { isOwnAddress } from './navigation.ts';

export interface IpcParts {
  /**
   * What calls wait for: the router, and the person's own database login as the caller. The window is there before
   * the database is, which takes seconds at the first start.
   */
  opening: Promise<{ router: Router; session: Session }>;
  /** Calls that only the desktop answers, by name. */
  hostCalls: ReadonlyMap<string, (input: unknown, window: BrowserWindow | null) => Promise<Result<unknown>>>;
  log: ProcessLog;
}

/**
 * Answers the pages of this app: proves that our own top frame sent the call, then hands `{name, input}` to the
 * router. Refuses loudly, as a Result; an answer of nothing would fail somewhere else.
 */
export function answerPages({ opening, hostCalls, log }: IpcParts): void {
  ipcMain.handle(desktopChannels.call, async (event, message: unknown): Promise<Result<unknown>> => {
    if (!isOwnTopFrame(event)) {
      log.warn({}, 'A call from a foreign frame was refused');
      return refusal('sender_refused', 'This frame may not call the app.');
    }
    if (!isCall(message)) return refusal('message_invalid', 'A call is a name and an input, nothing else.');
    const hostCall = typeof message.name === 'string' ? hostCalls.get(message.name) : undefined;
    if (hostCall !== undefined) return hostCall(message.input, BrowserWindow.fromWebContents(event.sender));
    const { router, session } = await opening;
    return router.dispatch(session, { name: message.name, input: message.input });
  });
}

/** Tells every page what changed, never what it is now; the page asks again. */
export function tellPages(notice: ChangeNotice): void {
  for (const window of BrowserWindow.getAllWindows()) {
    if (!window.isDestroyed()) window.webContents.send(desktopChannels.change, notice);
  }
}

/** Null once the frame is gone; a frame in a frame is never ours. */
function isOwnTopFrame({ senderFrame }: IpcMainInvokeEvent): boolean {
  return senderFrame !== null && senderFrame.parent === null && isOwnAddress(senderFrame.url);
}

function isCall(message: unknown): message is { name: unknown; input: unknown } {
  return (
    typeof message === 'object' &&
    message !== null &&
    'name' in message &&
    Object.keys(message).every((key) => key === 'name' || key === 'input')
  );
}
