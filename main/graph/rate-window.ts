import type { RequestRate } from './graph-limits.ts';

/**
 * Lets at most `limit` requests into any window of `windowMs`, which is how Graph's limits are worded. Unlike a
 * bucket that refills, it can never pass more than the limit in a window, and still allows all of it at once.
 */
export class RateWindow {
  readonly #rate: RequestRate;
  #entries: { atMs: number; count: number }[] = [];
  #total = 0;

  constructor(rate: RequestRate) {
    this.#rate = rate;
  }

  /** Milliseconds until `count` requests fit; 0 when they fit now. */
  waitMs(count: number, nowMs: number): number {
    this.#forget(nowMs);
    const { limit, windowMs } = this.#rate;
    let excess = this.#total + Math.min(count, limit) - limit;
    if (excess <= 0) return 0;
    for (const entry of this.#entries) {
      excess -= entry.count;
      if (excess <= 0) return Math.max(1, Math.ceil(entry.atMs + windowMs - nowMs));
    }
    return windowMs;
  }

  take(count: number, nowMs: number): void {
    const last = this.#entries.at(-1);
    // Entries of one hundredth of the window are kept as one, dated by the later: never too early.
    if (last !== undefined && nowMs - last.atMs < this.#rate.windowMs / 100) {
      last.count += count;
      last.atMs = nowMs;
    } else {
      this.#entries.push({ atMs: nowMs, count });
    }
    this.#total += count;
  }

  #forget(nowMs: number): void {
    let old = 0;
    while (old < this.#entries.length && this.#entries[old]!.atMs + this.#rate.windowMs <= nowMs) {
      this.#total -= this.#entries[old]!.count;
      old += 1;
    }
    if (old > 0) this.#entries = this.#entries.slice(old);
  }
}
