import type { ApiVersion, ThrottleGroup } from '../domain/policy-types/policy-type.ts';
import { readBatch, type BatchRead, type BatchResult } from './batch.ts';
import { exchange, type GraphAnswer, type GraphSession } from './graph-exchange.ts';
import type { ReadMeter } from './read-meter.ts';

/** On whose account a read goes, which limits it counts against, and what ends it. */
export interface ReadContext {
  group: ThrottleGroup;
  meter: ReadMeter;
  signal: AbortSignal;
}

/** What to read: a path of one API version with its query, or a next link as Graph gave it. */
export type ReadTarget =
  | { version: ApiVersion; path: string; headers?: Readonly<Record<string, string>> }
  | { link: string; headers?: Readonly<Record<string, string>> };

/**
 * Microsoft Graph, reading only: the three calls below are all there is, so a write cannot be expressed.
 * Each waits, retries and renews as needed and throws `GraphFailure`, `TenantUnreadableError` or the signal's
 * reason. Answers are parsed without loss.
 */
export interface GraphClient {
  get(target: ReadTarget, context: ReadContext): Promise<GraphAnswer>;
  /**
   * The same as `get` for a path, but it may share a batch with other reads of the same version and throttle
   * group that are asked for at about the same time, whoever asks.
   */
  batchGet(target: Extract<ReadTarget, { path: string }>, context: ReadContext): Promise<GraphAnswer>;
  /** Directory objects by id, as many as the service takes in one request (1,000). */
  getByIds(ids: readonly string[], context: ReadContext): Promise<GraphAnswer>;
}

interface Waiting {
  read: BatchRead;
  signal: AbortSignal;
  resolve: (result: BatchResult) => void;
  reject: (error: unknown) => void;
}

/** Opens the client of one tenant over its session. */
export function createGraphClient(session: GraphSession): GraphClient {
  const collectors = new Map<string, ReturnType<typeof createCollector>>();
  const get: GraphClient['get'] = (target, { group, meter, signal }) =>
    exchange(session, 'link' in target ? { kind: 'link', ...target } : { kind: 'path', ...target }, {
      group,
      meters: [meter],
      signal,
    });
  return {
    get,
    batchGet: async (target, context) => {
      const { group, meter, signal } = context;
      signal.throwIfAborted();
      const size = Math.min(session.limits.batchSize, session.limits.rates[group].limit);
      // A group of one request a second gains nothing from batches.
      if (size < 2) return get(target, context);
      const key = `${target.version} ${group}`;
      let collect = collectors.get(key);
      if (collect === undefined) {
        collect = createCollector(session, target.version, group, size);
        collectors.set(key, collect);
      }
      const read = { path: target.path, meter, ...(target.headers ? { headers: target.headers } : {}) };
      const result = await collect(read, signal);
      if (result.ok) return result.answer;
      throw result.failure;
    },
    getByIds: (ids, { group, meter, signal }) =>
      exchange(session, { kind: 'ids', ids }, { group, meters: [meter], signal }),
  };
}

/**
 * Gathers reads into batches: a full one leaves at once; one that is not full leaves when nothing else is under
 * way that could bring company, or after the linger time.
 */
function createCollector(
  session: GraphSession,
  version: ApiVersion,
  group: ThrottleGroup,
  size: number,
): (read: BatchRead, signal: AbortSignal) => Promise<BatchResult> {
  const { clock, limits, limiter } = session;
  let queue: Waiting[] = [];
  /** Ends the linger time and the watch for idleness of a batch that is not full. */
  let stopLingering: (() => void) | null = null;
  let isLookScheduled = false;

  async function leave(batch: readonly Waiting[]): Promise<void> {
    // Ends when nobody waits for any member any more.
    const stop = new AbortController();
    const living = batch.filter((waiting) => !waiting.signal.aborted);
    for (const waiting of batch) if (waiting.signal.aborted) waiting.reject(waiting.signal.reason);
    if (living.length === 0) return;
    const onAbort = () => {
      if (living.every((waiting) => waiting.signal.aborted)) stop.abort(living[0]!.signal.reason);
    };
    for (const waiting of living) waiting.signal.addEventListener('abort', onAbort, { once: true });
    try {
      const reads = living.map((waiting) => waiting.read);
      const results = await readBatch(session, version, reads, { group, signal: stop.signal });
      for (const [position, waiting] of living.entries()) waiting.resolve(results[position]!);
    } catch (error) {
      for (const waiting of living) waiting.reject(error);
    } finally {
      for (const waiting of living) waiting.signal.removeEventListener('abort', onAbort);
    }
  }

  function takeBatch(): void {
    const batch = queue.slice(0, size);
    queue = queue.slice(size);
    if (queue.length === 0) {
      stopLingering?.();
      stopLingering = null;
    }
    void leave(batch);
  }

  function look(): void {
    isLookScheduled = false;
    while (queue.length >= size) takeBatch();
    if (queue.length === 0) return;
    if (limiter.inFlight() === 0) {
      takeBatch();
      return;
    }
    if (stopLingering !== null) return;
    const cancelTimer = clock.after(limits.batchLingerMs, () => {
      while (queue.length > 0) takeBatch();
    });
    const stopWatching = limiter.onIdle(look);
    stopLingering = () => {
      cancelTimer();
      stopWatching();
    };
  }

  return (read, signal) =>
    new Promise((resolve, reject) => {
      const abort = () => reject(signal.reason as Error);
      signal.addEventListener('abort', abort, { once: true });
      const settled =
        <T>(settle: (value: T) => void) =>
        (value: T) => {
          signal.removeEventListener('abort', abort);
          settle(value);
        };
      queue.push({ read, signal, resolve: settled(resolve), reject: settled(reject) });
      if (isLookScheduled) return;
      // After the callers of this turn have all said what they want.
      isLookScheduled = true;
      setImmediate(look);
    });
}
