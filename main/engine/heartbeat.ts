import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { databaseErrorCode } from '../db/database-errors.ts';
import { beatRun } from '../db/repositories/run-ownership.ts';
import type { EngineLimits } from './engine-limits.ts';
import type { HeldLease } from './held-lease.ts';
import type { Log } from './ports.ts';

/**
 * Renews the leases of this host, each on its own timer, on a connection that nothing else uses: a run that
 * keeps both work connections busy can not starve its own lease.
 */
export interface Heartbeat {
  /** Starts beating for a lease whose claim was sent at these clock readings. */
  watch(held: HeldLease, sent: { wallMs: number; monotonicMs: number }): void;
  /** Stops beating; the lease is finished, released or lost. */
  unwatch(held: HeldLease): void;
}

export function createHeartbeat(options: {
  beat: Database;
  clock: Clock;
  limits: Pick<EngineLimits, 'beatMs' | 'beatRetryMs'>;
  log: Log;
}): Heartbeat {
  const { clock, limits, log } = options;
  const timers = new Map<HeldLease, () => void>();

  const arm = (held: HeldLease, ms: number) => {
    if (!timers.has(held)) return;
    timers.set(
      held,
      clock.after(Math.max(0, ms), () => void beatOnce(held)),
    );
  };

  const beatOnce = async (held: HeldLease): Promise<void> => {
    const fields = { runId: held.run.runId, tenantId: held.run.tenantId };
    const sent = { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
    held.checkStall();
    const progress = held.takeProgress();
    try {
      const answer = await options.beat.transaction(
        (tx) => beatRun(tx, { runId: held.run.runId, token: held.run.token, progress }),
        { lockTimeoutMs: 4_000, statementTimeoutMs: 5_000 },
      );
      if (!timers.has(held)) return;
      if (answer === null) {
        log.warn(fields, 'The lease of a run is gone');
        held.abort('lost');
        return;
      }
      held.trustFrom(sent);
      if (answer.cancelRequested) held.abort('cancel');
      arm(held, limits.beatMs - (clock.monotonicMs() - sent.monotonicMs));
    } catch (error) {
      // Lock time-outs and broken connections prove nothing: the lease stands until its trust window ends.
      log.warn({ ...fields, code: databaseErrorCode(error), err: error }, 'A heartbeat failed');
      if (timers.has(held) && held.checkTrust()) arm(held, limits.beatRetryMs);
    }
  };

  return {
    watch(held, sent) {
      held.trustFrom(sent);
      timers.set(held, () => undefined);
      arm(held, limits.beatMs - (clock.monotonicMs() - sent.monotonicMs));
    },
    unwatch(held) {
      timers.get(held)?.();
      timers.delete(held);
    },
  };
}
