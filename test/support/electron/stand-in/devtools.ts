export type Parameters_ = Record<string, any>;

interface Waiting {
  resolve(value: Parameters_): void;
  reject(error: Error): void;
}

/** A connection of our own to the browser's DevTools: the test's Playwright has another one to the same browser. */
export interface DevTools {
  send(method: string, parameters?: Parameters_, sessionId?: string): Promise<Parameters_>;
  /** Calls back for each event; `sessionId` is undefined for those of the browser itself. */
  onEvent(listener: (method: string, parameters: Parameters_, sessionId: string | undefined) => void): void;
}

export async function connectDevTools(address: string): Promise<DevTools> {
  const socket = new WebSocket(address);
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve(), { once: true });
    socket.addEventListener('error', () => reject(new Error(`stand-in: no browser answers at ${address}`)), {
      once: true,
    });
  });
  const waiting = new Map<number, Waiting & { method: string }>();
  const listeners: ((method: string, parameters: Parameters_, sessionId: string | undefined) => void)[] = [];
  let nextId = 1;
  socket.addEventListener('message', (message: MessageEvent<string>) => {
    const { id, method, params, result, error, sessionId } = JSON.parse(message.data) as Parameters_;
    if (id === undefined) {
      for (const listener of listeners) listener(method, params, sessionId);
      return;
    }
    const asked = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) asked?.resolve(result);
    else asked?.reject(new Error(`stand-in: ${asked.method}: ${error.message}`));
  });
  return {
    send(method, parameters = {}, sessionId) {
      const id = nextId;
      nextId += 1;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject, method });
        socket.send(JSON.stringify({ id, method, params: parameters, ...(sessionId && { sessionId }) }));
      });
    },
    onEvent: (listener) => void listeners.push(listener),
  };
}
