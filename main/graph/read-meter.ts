import type { Clock } from '../clock.ts';
import type { ReadEvent } from '../engine/ports.ts';
import { GraphFailure } from './graph-errors.ts';
import type { GraphLimits } from './graph-limits.ts';

/** Why a request has to wait. */
export type WaitCause =
  /** Graph named a time. */
  | 'retry_after'
  /** Graph refused without naming a time. */
  | 'backoff'
  /** A passing fault of the service or the line. */
  | 'retry'
  /** Our own pace, within the published limits. */
  | 'pace';

const causeSentences: Readonly<Record<WaitCause, string>> = {
  retry_after: 'Microsoft Graph asked to wait.',
  backoff: 'Microsoft Graph refused further requests without naming a time; backing off.',
  retry: 'A request failed for a passing reason; trying again after a pause.',
  pace: 'Keeping to the published number of requests.',
};

/**
 * Counts what reading one policy type costs and holds its waiting budget. Requests that wait at the same time
 * count once. Waits for our own pace are reported but not charged: the service did not impose them.
 */
export class ReadMeter {
  readonly typeKey: string | null;
  readonly #clock: Clock;
  readonly #limits: GraphLimits;
  readonly #event: (event: ReadEvent) => void;
  requests = 0;
  retries = 0;
  /** Id and status of the last answer that was not a success, for support. */
  lastFailure: { requestId: string | null; status: number | null } | null = null;
  lastRequestId: string | null = null;
  #waitedMs = 0;
  #chargedMs = 0;
  #waiting = 0;
  #charging = 0;
  #waitingSince = 0;
  #chargingSince = 0;
  #reportedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: {
    typeKey: string | null;
    clock: Clock;
    limits: GraphLimits;
    event: (event: ReadEvent) => void;
  }) {
    this.typeKey = options.typeKey;
    this.#clock = options.clock;
    this.#limits = options.limits;
    this.#event = options.event;
  }

  /** Milliseconds in which at least one request of the type had to wait. */
  get waitedMs(): number {
    return Math.round(
      this.#waitedMs + (this.#waiting > 0 ? this.#clock.monotonicMs() - this.#waitingSince : 0),
    );
  }

  event(event: Omit<ReadEvent, 'typeKey'>): void {
    this.#event({ ...event, typeKey: this.typeKey });
  }

  /** Throws `throttled_out` when a wait of this length would go beyond the budget. */
  checkBudget(waitMs: number, cause: WaitCause): void {
    if (cause === 'pace') return;
    const now = this.#clock.monotonicMs();
    const charged = this.#chargedMs + (this.#charging > 0 ? now - this.#chargingSince : 0);
    if (charged + waitMs <= this.#limits.waitBudgetMs) return;
    throw new GraphFailure('throttled_out', {
      message: 'Microsoft Graph asked for longer waits than the budget allows.',
      status: 429,
      requestId: this.lastFailure?.requestId ?? null,
      spentMeter: this,
    });
  }

  /** Tells and counts a wait that begins now; the returned function ends it. */
  beginWait(waitMs: number, cause: WaitCause, detail: Record<string, string | number> = {}): () => void {
    const now = this.#clock.monotonicMs();
    if (waitMs > this.#limits.reportWaitsOverMs && now + waitMs > this.#reportedUntilMs + 500) {
      // Requests that wait for one and the same thing are told once.
      this.#reportedUntilMs = now + waitMs;
      this.event({
        level: cause === 'pace' ? 'info' : 'warning',
        code: 'waiting',
        message: causeSentences[cause],
        detail: { cause, waitMs: Math.round(waitMs), ...detail },
      });
    }
    const isCharged = cause !== 'pace';
    if (this.#waiting === 0) this.#waitingSince = now;
    this.#waiting += 1;
    if (isCharged && this.#charging === 0) this.#chargingSince = now;
    if (isCharged) this.#charging += 1;
    return () => {
      const end = this.#clock.monotonicMs();
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#waitedMs += end - this.#waitingSince;
      if (!isCharged) return;
      this.#charging -= 1;
      if (this.#charging === 0) this.#chargedMs += end - this.#chargingSince;
    };
  }
}

/** Waits on behalf of the meters: checks their budgets, tells the wait, counts it. */
export async function waitFor(
  clock: Clock,
  waitMs: number,
  cause: WaitCause,
  meters: Iterable<ReadMeter>,
  signal: AbortSignal,
  detail?: Record<string, string | number>,
): Promise<void> {
  const all = [...new Set(meters)];
  for (const meter of all) meter.checkBudget(waitMs, cause);
  const ends = all.map((meter) => meter.beginWait(waitMs, cause, detail));
  try {
    await clock.sleep(waitMs, signal);
  } finally {
    for (const end of ends) end();
  }
}
