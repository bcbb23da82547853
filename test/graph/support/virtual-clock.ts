import type { Clock } from '../../../main/clock.ts';
import { instantFromIso } from '../../../shared/model/instant.ts';

export interface VirtualClock extends Clock {
  /** Lengths of all sleeps so far. */
  readonly sleeps: number[];
  /** Moves time without waiting, as a machine's clock does while requests are under way. */
  advance(ms: number): void;
}

/**
 * A clock on which sleeping takes no time: when a turn of the event loop ends, it jumps to the earliest sleeper.
 * Deadlines (`after` of a second and more) never fire; short ones fire at once.
 */
export function createVirtualClock(): VirtualClock {
  let nowMs = 0;
  const startMs = instantFromIso('2026-11-24T02:00:00Z').getTime();
  const sleeps: number[] = [];
  let sleepers: { wakeMs: number; wake: () => void }[] = [];
  let isJumping = false;
  const jump = () => {
    isJumping = false;
    const earliest = Math.min(...sleepers.map((sleeper) => sleeper.wakeMs));
    if (!Number.isFinite(earliest)) return;
    nowMs = Math.max(nowMs, earliest);
    const woken = sleepers.filter((sleeper) => sleeper.wakeMs <= nowMs);
    sleepers = sleepers.filter((sleeper) => sleeper.wakeMs > nowMs);
    for (const sleeper of woken) sleeper.wake();
    schedule();
  };
  const schedule = () => {
    if (isJumping || sleepers.length === 0) return;
    isJumping = true;
    setImmediate(jump);
  };
  return {
    sleeps,
    monotonicMs: () => nowMs,
    wallMs: () => startMs + nowMs,
    advance: (ms) => {
      nowMs += ms;
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(signal.reason as Error);
          return;
        }
        sleeps.push(ms);
        const sleeper = {
          wakeMs: nowMs + ms,
          wake: () => {
            signal?.removeEventListener('abort', abort);
            resolve();
          },
        };
        const abort = () => {
          sleepers = sleepers.filter((other) => other !== sleeper);
          reject(signal!.reason as Error);
        };
        signal?.addEventListener('abort', abort, { once: true });
        sleepers.push(sleeper);
        schedule();
      }),
    after: (ms, callback) => {
      if (ms >= 1000) return () => undefined;
      const timer = setTimeout(callback, 1);
      return () => clearTimeout(timer);
    },
  };
}
