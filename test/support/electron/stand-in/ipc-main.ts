import type * as E from 'electron';
import { played } from './played.ts';
import { decodeWire, encodeWire } from './wire.ts';

type Handler = Parameters<E.IpcMain['handle']>[1];
const handlers = new Map<string, Handler>();

export const ipcMain = played('ipcMain', {
  handle(channel: string, handler: Handler): void {
    if (handlers.has(channel)) {
      throw new Error(`Attempted to register a second handler for '${channel}'`);
    }
    handlers.set(channel, handler);
  },
} satisfies Partial<E.IpcMain>);

/** What the page is answered: name and code of a thrown error are lost, as in the original. */
export async function handleInvoke(
  channel: string,
  event: object,
  values: string,
): Promise<{ ok: true; value: string } | { ok: false; message: string }> {
  try {
    const handler = handlers.get(channel);
    if (handler === undefined) throw new Error(`No handler registered for '${channel}'`);
    const given = decodeWire(values) as unknown[];
    return { ok: true, value: encodeWire(await handler(event as E.IpcMainInvokeEvent, ...given)) };
  } catch (error) {
    return { ok: false, message: `Error invoking remote method '${channel}': ${String(error)}` };
  }
}
