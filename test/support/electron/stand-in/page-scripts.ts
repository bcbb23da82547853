/* oxlint-disable unicorn/consistent-function-scoping, typescript/unbound-method -- functions here travel to the page as text, whole */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { decodeWire, encodeWire } from './wire.ts';

/**
 * What runs in the page: the two halves of contextBridge, one in the world of the page and one in the preload's
 * isolated world, and the preload itself. The functions below travel as text, so they use nothing from outside.
 */

export const isolatedWorld = 'Electron Isolated Context';
export const bindingName = '__standInSend';
export const receiverName = '__standInReceive';

/** One end of the bridge; DOM events carry clones between the worlds, synchronously. */
function createBridgeEnd(outName: string, inName: string) {
  // The page may change these prototypes later; what is taken now stays as it was.
  const { dispatchEvent, addEventListener } = EventTarget.prototype;
  const Custom = CustomEvent;
  const detailOf = Object.getOwnPropertyDescriptor(CustomEvent.prototype, 'detail')!.get!;
  const call = Function.prototype.call.bind(Function.prototype.call) as any;
  const functions: any = Object.create(null);
  const settlers: any = Object.create(null);
  const returned: any = Object.create(null);
  let nextId = 1;
  let onExpose: (name: string, value: unknown) => void = () => undefined;

  const send = (detail: object): void => {
    call(dispatchEvent, window, new Custom(outName, { detail }));
  };
  const pack = (value: any): object => {
    if (typeof value === 'function') {
      functions[nextId] = value;
      return { kind: 'function', id: nextId++ };
    }
    if (value instanceof Promise) {
      const id = nextId++;
      value.then(
        (result) => send({ type: 'settle', id, ok: true, value: pack(result) }),
        (error) => send({ type: 'settle', id, ok: false, message: String(error?.message ?? error) }),
      );
      return { kind: 'promise', id };
    }
    if (value instanceof Error) return { kind: 'error', message: value.message };
    if (Array.isArray(value)) {
      const items: object[] = [];
      for (let index = 0; index < value.length; index += 1) items[index] = pack(value[index]);
      return { kind: 'array', items };
    }
    const prototype = value === null || typeof value !== 'object' ? undefined : Object.getPrototypeOf(value);
    if (prototype === null || prototype === Object.prototype) {
      const entries: [string, object][] = [];
      for (const key of Object.keys(value)) entries[entries.length] = [key, pack(value[key])];
      return { kind: 'object', entries };
    }
    return { kind: 'value', value };
  };
  const unpack = (packed: any): any => {
    switch (packed.kind) {
      case 'function':
        return (...values: unknown[]) => {
          const id = nextId++;
          const packedValues: object[] = [];
          for (let index = 0; index < values.length; index += 1) packedValues[index] = pack(values[index]);
          send({ type: 'call', id, target: packed.id, values: packedValues });
          const answer = returned[id];
          delete returned[id];
          if (!answer.ok) throw new Error(answer.message);
          return unpack(answer.value);
        };
      case 'promise':
        return new Promise((resolve, reject) => {
          settlers[packed.id] = { resolve, reject };
        });
      case 'error':
        return new Error(packed.message);
      case 'array': {
        const items: unknown[] = [];
        for (let index = 0; index < packed.items.length; index += 1)
          items[index] = unpack(packed.items[index]);
        return items;
      }
      case 'object': {
        const object: any = {};
        for (let index = 0; index < packed.entries.length; index += 1) {
          object[packed.entries[index][0]] = unpack(packed.entries[index][1]);
        }
        return object;
      }
      default:
        return packed.value;
    }
  };
  call(addEventListener, window, inName, (event: CustomEvent) => {
    const message = call(detailOf, event);
    if (message.type === 'expose') onExpose(message.name, unpack(message.value));
    if (message.type === 'return') returned[message.id] = message;
    if (message.type === 'settle') {
      const settler = settlers[message.id];
      delete settlers[message.id];
      if (message.ok) settler?.resolve(unpack(message.value));
      else settler?.reject(new Error(message.message));
    }
    if (message.type === 'call') {
      try {
        const values: unknown[] = [];
        for (let index = 0; index < message.values.length; index += 1) {
          values[index] = unpack(message.values[index]);
        }
        const value = functions[message.target](...values);
        send({ type: 'return', id: message.id, ok: true, value: pack(value) });
      } catch (error: any) {
        send({ type: 'return', id: message.id, ok: false, message: String(error?.message ?? error) });
      }
    }
  });
  return {
    expose: (name: string, value: unknown) => send({ type: 'expose', name, value: pack(value) }),
    whenExposed: (listener: typeof onExpose) => {
      onExpose = listener;
    },
  };
}

/** The page's half: what the preload exposes becomes a frozen, unchangeable member of `window`. */
function installPageHalf(bridge: ReturnType<typeof createBridgeEnd>): void {
  const { freeze, defineProperty, keys } = Object;
  const freezeDeep = (value: any): any => {
    if (typeof value !== 'object' || value === null) return value;
    for (const key of keys(value)) freezeDeep(value[key]);
    return freeze(value);
  };
  bridge.whenExposed((name, value) => {
    defineProperty(window, name, { value: freezeDeep(value), enumerable: true });
  });
}

/** The preload's half: `require('electron')` as a sandboxed preload has it. */
function createPreloadElectron(
  bridge: ReturnType<typeof createBridgeEnd>,
  encode: typeof encodeWire,
  decode: typeof decodeWire,
  binding: string,
  receiver: string,
) {
  const send: (text: string) => void = (globalThis as any)[binding];
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  const listeners = new Map<string, ((...values: unknown[]) => void)[]>();
  let nextId = 1;
  (globalThis as any)[receiver] = (message: any) => {
    if (message.type === 'send') {
      const values = decode(message.values) as unknown[];
      for (const listener of listeners.get(message.channel) ?? []) listener({}, ...values);
      return;
    }
    const asked = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.ok) asked?.resolve(decode(message.value));
    else asked?.reject(new Error(message.message));
  };
  const refusing = (name: string, members: object): any =>
    new Proxy(members, {
      get(target: any, key) {
        if (typeof key === 'string' && !(key in target)) {
          throw new Error(`stand-in: ${name}.${key} is not played`);
        }
        return target[key];
      },
    });
  const ipcRenderer = refusing('ipcRenderer', {
    invoke: (channel: string, ...values: unknown[]) =>
      new Promise((resolve, reject) => {
        const text = encode(values);
        const id = nextId++;
        waiting.set(id, { resolve, reject });
        send(JSON.stringify({ id, channel, values: text }));
      }),
    on: (channel: string, listener: (...values: unknown[]) => void) => {
      listeners.set(channel, [...(listeners.get(channel) ?? []), listener]);
    },
    removeListener: (channel: string, listener: (...values: unknown[]) => void) => {
      const rest = [...(listeners.get(channel) ?? [])];
      const index = rest.lastIndexOf(listener);
      if (index >= 0) rest.splice(index, 1);
      listeners.set(channel, rest);
    },
  });
  const contextBridge = refusing('contextBridge', {
    exposeInMainWorld: (name: string, value: unknown) => bridge.expose(name, value),
  });
  return refusing('electron', { contextBridge, ipcRenderer });
}

/** The two scripts of a window, in the order in which they have to be installed. */
export function pageScripts(preloadPath: string): { page: string; preload: string } {
  const secret = randomBytes(12).toString('hex');
  const names = { toPage: `p${secret}`, toPreload: `i${secret}` };
  const topOnly = 'if (window.parent !== window) return;';
  // Comments of a bundle may name a source map; that would end the wrapping line.
  const preloadText = readFileSync(preloadPath, 'utf8');
  return {
    page: `(() => { ${topOnly}
      (${installPageHalf.toString()})((${createBridgeEnd.toString()})('${names.toPreload}', '${names.toPage}'));
    })();`,
    preload: `(() => { ${topOnly}
      const bridge = (${createBridgeEnd.toString()})('${names.toPage}', '${names.toPreload}');
      const electron = (${createPreloadElectron.toString()})(bridge, ${encodeWire.toString()}, ${decodeWire.toString()},
        '${bindingName}', '${receiverName}');
      const require = (name) => {
        if (name === 'electron') return electron;
        throw new Error('stand-in: module not found: ' + name);
      };
      const process = Object.freeze({ type: 'renderer', sandboxed: true, contextIsolated: true });
      const module = { exports: {} };
      (function (require, process, module, exports) {
${preloadText}
      })(require, process, module, module.exports);
    })();`,
  };
}
