import type { Clock } from '../clock.ts';
import type { Database, Sql } from '../db/database.ts';
import { type ClaimedRun, fenceRun, insertRunEvents } from '../db/repositories/run-ownership.ts';
import { isTransientDatabaseError } from '../db/database-errors.ts';
import type { EngineLimits } from './engine-limits.ts';
import type { Log, ReadEvent } from './ports.ts';
import { LeaseLostError, type RunLease, type RunProgress } from './run-lease.ts';

/** Why a run was stopped from outside. */
export type AbortCause = 'cancel' | 'lost' | 'stalled' | 'host_shutdown' | 'host_sleep';

/** The reason that the run's signal carries. */
class RunAbortedError extends Error {
  override readonly name = 'RunAbortedError';
  readonly abortCause: AbortCause;
  constructor(abortCause: AbortCause) {
    super(`The run was stopped: ${abortCause}.`);
    this.abortCause = abortCause;
  }
}

/** A lease in this process: what the executor sees, and what the host does to it. */
export interface HeldLease {
  readonly run: ClaimedRun;
  readonly lease: RunLease;
  /** The first cause wins; later ones are ignored, except that `lost` always overrides. */
  abort(cause: AbortCause): void;
  abortCause(): AbortCause | null;
  /**
   * A beat that was sent at these readings was answered: the lease can be trusted for `trustMs` from then on,
   * by both clocks, although the answer took its time.
   */
  trustFrom(sent: { wallMs: number; monotonicMs: number }): void;
  /** Aborts as lost when the trust window has passed by either clock. */
  checkTrust(): boolean;
  /** Aborts as stalled when nothing has happened for `stallMs`. */
  checkStall(): void;
  /** Progress to send with the next beat; null when it has not changed since the last call. */
  takeProgress(): RunProgress | null;
  /** Waits for a batch of events under way and starts no further one; before the finishing transaction. */
  drainEvents(): Promise<void>;
  /** The fence and the open events, inside a transaction of the caller. Throws `LeaseLostError`. */
  fenceAndFlush(tx: Sql): Promise<void>;
  /** The lease ends here: no timers, no further writes. */
  close(): void;
}

/** Events after which a batch is written at once. */
const eventBatch = 200;
const batchAttempts = 5;

export function holdLease(options: {
  run: ClaimedRun;
  work: Database;
  clock: Clock;
  limits: Pick<EngineLimits, 'trustMs' | 'stallMs' | 'eventFlushMs'>;
  log: Log;
}): HeldLease {
  const { run, work, clock, limits, log } = options;
  const controller = new AbortController();
  let cause: AbortCause | null = null;
  let closed = false;
  let trustedUntil = { wallMs: 0, monotonicMs: 0 };
  let cancelTrustTimer: (() => void) | null = null;
  let lastLifeSignMs = clock.monotonicMs();
  let progress: RunProgress | null = null;
  let progressText = '';
  let progressChanged = false;
  let events: ReadEvent[] = [];
  let cancelFlushTimer: (() => void) | null = null;
  let flushing: Promise<void> | null = null;
  let draining = false;

  const abort = (why: AbortCause) => {
    if (closed) return;
    if (cause === null || why === 'lost') cause = why;
    controller.abort(new RunAbortedError(cause));
  };

  const checkTrust = (): boolean => {
    if (clock.monotonicMs() <= trustedUntil.monotonicMs && clock.wallMs() <= trustedUntil.wallMs) return true;
    abort('lost');
    return false;
  };

  const refuseIfLost = () => {
    if (closed || cause === 'lost' || !checkTrust()) {
      throw new LeaseLostError(`Run ${run.runId} is no longer held by this host.`);
    }
  };

  const proveFence = async (tx: Sql): Promise<void> => {
    refuseIfLost();
    if (!(await fenceRun(tx, run.runId, run.token))) {
      abort('lost');
      throw new LeaseLostError(`Run ${run.runId} belongs to somebody else by now.`);
    }
  };

  const fenced = async <T>(batch: (tx: Sql) => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      refuseIfLost();
      try {
        const result = await work.transaction(async (tx) => {
          await proveFence(tx);
          return await batch(tx);
        });
        lastLifeSignMs = clock.monotonicMs();
        return result;
      } catch (error) {
        if (attempt === batchAttempts || !isTransientDatabaseError(error)) throw error;
        log.warn({ err: error, attempt }, 'A batch is sent again after a short wait');
        await clock.sleep(Math.min(2_000, 200 * 2 ** (attempt - 1)));
      }
    }
  };

  const flush = (): void => {
    if (draining || closed || flushing !== null || events.length === 0) return;
    flushing = (async () => {
      const batch = [...events];
      try {
        await fenced((tx) => insertRunEvents(tx, run, batch));
        events = events.slice(batch.length);
      } catch (error) {
        // The events stay in the buffer: the next flush or the finishing transaction takes them along.
        log.warn({ err: error, events: batch.length }, 'Run events could not be written yet');
      } finally {
        flushing = null;
        if (events.length > 0) armFlush();
      }
    })();
  };

  const armFlush = () => {
    if (draining || closed) return;
    cancelFlushTimer ??= clock.after(limits.eventFlushMs, () => {
      cancelFlushTimer = null;
      flush();
    });
  };

  const lease: RunLease = {
    runId: run.runId,
    tenantId: run.tenantId,
    scheduleId: run.scheduleId,
    trigger: run.trigger,
    slotAt: run.slotAt,
    attempt: run.attempt,
    token: run.token,
    spec: run.spec,
    carriesFrom: run.carriesFrom,
    signal: controller.signal,
    fenced,
    reportProgress(next) {
      const text = JSON.stringify(next);
      if (text === progressText) return;
      progress = next;
      progressText = text;
      progressChanged = true;
      lastLifeSignMs = clock.monotonicMs();
    },
    recordEvent(event) {
      if (closed) return;
      lastLifeSignMs = clock.monotonicMs();
      events.push(event);
      if (events.length === eventBatch) flush();
      else armFlush();
    },
  };

  return {
    run,
    lease,
    abort,
    abortCause: () => cause,
    trustFrom(sent) {
      trustedUntil = {
        wallMs: sent.wallMs + limits.trustMs,
        monotonicMs: sent.monotonicMs + limits.trustMs,
      };
      cancelTrustTimer?.();
      const remainingMs = trustedUntil.monotonicMs - clock.monotonicMs();
      // One millisecond more, so that the timer never looks just before the end.
      cancelTrustTimer = clock.after(Math.max(0, remainingMs) + 1, () => checkTrust());
    },
    checkTrust,
    checkStall() {
      if (clock.monotonicMs() - lastLifeSignMs > limits.stallMs) abort('stalled');
    },
    takeProgress() {
      if (!progressChanged) return null;
      progressChanged = false;
      return progress;
    },
    async drainEvents() {
      draining = true;
      cancelFlushTimer?.();
      await flushing;
    },
    async fenceAndFlush(tx) {
      await proveFence(tx);
      // They leave the buffer with the lease only: a finish that is rolled back and sent again needs them.
      if (events.length > 0) await insertRunEvents(tx, run, events);
    },
    close() {
      closed = true;
      cancelTrustTimer?.();
      cancelFlushTimer?.();
    },
  };
}
