import { createServer, connect, type Server, type Socket } from 'node:net';
import { systemClock } from '../../../main/clock.ts';

/**
 * What the proxy does with the bytes between a host and the database.
 * - `pass`: forwards.
 * - `refuse`: cuts what is open and takes nothing new.
 * - `half_open`: swallows everything in both directions and tells nobody; new connections are taken and starve.
 * - `slow`: forwards each chunk after `delayMs`.
 */
export type ProxyMode = 'pass' | 'refuse' | 'half_open' | 'slow';

export interface ChaosProxy {
  port: number;
  set(mode: ProxyMode, delayMs?: number): void;
  /** Ends every open connection with a reset, as a crashed router does; new ones work. */
  reset(): void;
  /**
   * Cuts the connection that sends the next COMMIT: `before` the server sees it, or `after` the server answered
   * it and before the host hears of that. Resolves when it has happened.
   */
  cutAtCommit(when: 'before' | 'after'): Promise<void>;
  /** Withdraws a cut that has not happened. */
  forgetCuts(): void;
  close(): Promise<void>;
}

/** A simple query `commit`, as the driver frames it: 'Q', length 11, the text, NUL. */
const commitMessage = Buffer.from([0x51, 0, 0, 0, 11, ...Buffer.from('commit'), 0]);

interface Pair {
  client: Socket;
  server: Socket;
  /** The next bytes of the server answer a COMMIT that has to look lost. */
  cutAnswer: (() => void) | null;
}

export async function startChaosProxy(targetPort: number): Promise<ChaosProxy> {
  const pairs = new Set<Pair>();
  let mode: ProxyMode = 'pass';
  let delayMs = 0;
  let cut: { when: 'before' | 'after'; done: () => void } | null = null;

  const drop = (pair: Pair) => {
    pairs.delete(pair);
    pair.client.destroy();
    pair.server.destroy();
  };
  const forward = (pair: Pair, to: Socket, chunk: Buffer) => {
    if (mode === 'half_open' || to.destroyed) return;
    if (mode === 'slow') {
      systemClock.after(delayMs, () => {
        if (!to.destroyed && mode !== 'half_open') to.write(chunk);
      });
      return;
    }
    // A chunk that overtakes one that is held back would tear the stream.
    if (pair.client.destroyed || pair.server.destroyed) return;
    to.write(chunk);
  };

  const server: Server = createServer((client) => {
    client.on('error', () => client.destroy());
    if (mode === 'refuse') {
      client.destroy();
      return;
    }
    const upstream = connect({ port: targetPort, host: '127.0.0.1' });
    const pair: Pair = { client, server: upstream, cutAnswer: null };
    pairs.add(pair);
    upstream.on('error', () => drop(pair));
    client.on('error', () => drop(pair));
    client.on('data', (chunk: Buffer) => {
      if (cut !== null && mode !== 'half_open' && chunk.includes(commitMessage)) {
        const { when, done } = cut;
        cut = null;
        if (when === 'before') {
          drop(pair);
          done();
          return;
        }
        pair.cutAnswer = done;
      }
      forward(pair, upstream, chunk);
    });
    upstream.on('data', (chunk: Buffer) => {
      if (pair.cutAnswer !== null) {
        const done = pair.cutAnswer;
        drop(pair);
        done();
        return;
      }
      forward(pair, client, chunk);
    });
    // Half open means that nobody hears of the other's end either.
    client.on('close', () => {
      if (mode !== 'half_open') drop(pair);
    });
    upstream.on('close', () => {
      if (mode !== 'half_open') drop(pair);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy got no port.');

  return {
    port: address.port,
    set(next, ms = 0) {
      const was = mode;
      mode = next;
      delayMs = ms;
      // Bytes were lost in between: a connection that goes on after that would be torn, not half open. And what a
      // slow line still holds back must not arrive after what a fast one carries.
      if (next === 'refuse' || (was !== 'pass' && next !== was)) for (const pair of pairs) drop(pair);
    },
    reset() {
      for (const pair of pairs) {
        pairs.delete(pair);
        pair.client.resetAndDestroy();
        pair.server.resetAndDestroy();
      }
    },
    cutAtCommit: (when) =>
      new Promise((resolve) => {
        cut = { when, done: resolve };
      }),
    forgetCuts() {
      cut = null;
    },
    async close() {
      for (const pair of pairs) drop(pair);
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
