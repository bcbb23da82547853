/**
 * The only door to the host's clock. Nothing that is stored or decided uses it: due, late, lease and every
 * stored instant come from `app.db_now()` in the database. The host's clock serves timers, measuring, the
 * local trust window and noticing that the machine slept. The linter forbids `Date.now`, `new Date()`,
 * `setTimeout` and `setInterval` elsewhere in product code.
 */
export interface Clock {
  /** Milliseconds that never go back; not comparable between processes. May or may not advance during sleep. */
  monotonicMs(): number;
  /** Milliseconds since the epoch by this host's wall clock, which may jump. */
  wallMs(): number;
  /** Resolves after `ms`, or rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls back once after `ms`; the returned function cancels it. Does not keep the process alive if `unref`. */
  after(ms: number, callback: () => void, options?: { unref?: boolean }): () => void;
}

export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal!.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
  after: (ms, callback, options) => {
    const timer = setTimeout(callback, ms);
    if (options?.unref) timer.unref();
    return () => clearTimeout(timer);
  },
};
