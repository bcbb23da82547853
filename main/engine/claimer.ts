import { appendAuditEvents } from '../audit/append-audit-events.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { adoptRuns, type ClaimedRun, claimRuns } from '../db/repositories/run-ownership.ts';
import { engineLevel } from './engine-level.ts';
import type { EngineLimits } from './engine-limits.ts';
import type { HostRegistry } from './host-registry.ts';
import type { Log } from './ports.ts';
import { createSingleFlight } from './single-flight.ts';

/** Takes queued runs while this host has free places: after each tick, after each run, and by polling. */
export interface Claimer {
  start(): void;
  /** Claims now; resolves when it is done, never rejects. */
  claim(): Promise<void>;
  /** No further claims; resolves when the running one has ended and its runs have been handed over. */
  stop(): Promise<void>;
  /** Holds claims back (asleep) or lets them go on. */
  pause(paused: boolean): void;
}

export interface ClaimerOptions {
  database: Database;
  registry: HostRegistry;
  clock: Clock;
  limits: EngineLimits;
  log: Log;
  onlyRunId: string | null;
  heldRunIds: () => readonly string[];
  onClaimed: (run: ClaimedRun, sent: { wallMs: number; monotonicMs: number }) => void;
}

export function createClaimer(options: ClaimerOptions): Claimer {
  const { database, registry, clock, limits, log } = options;
  let paused = false;
  let cancelPoll: (() => void) | null = null;
  let stopped = false;
  /** A claim whose answer was lost may have made this instance the owner of runs that it does not know. */
  let answerLost = false;

  const claimOnce = async (): Promise<void> => {
    const held = options.heldRunIds();
    const free = limits.concurrentRuns - held.length;
    if (paused || free <= 0 || registry.openableTenantIds().length === 0) return;
    const instanceId = registry.instanceId();
    const sent = { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
    if (answerLost) {
      const adopted = await adoptRuns(database, instanceId, held);
      answerLost = false;
      if (adopted.length > 0) {
        log.warn({ runs: adopted.length }, 'Runs of a claim without an answer are taken up');
        // The lease is older than this moment: trust it for less, and beat at once.
        const earlier = {
          wallMs: sent.wallMs - limits.beatMs,
          monotonicMs: sent.monotonicMs - limits.beatMs,
        };
        for (const run of adopted) options.onClaimed(run, earlier);
        return;
      }
    }
    let claimed: ClaimedRun[];
    try {
      claimed = await database.transaction(async (tx) => {
        const runs = await claimRuns(tx, {
          instanceId,
          openableTenantIds: registry.openableTenantIds(),
          limit: free,
          engineLevel,
          onlyRunId: options.onlyRunId,
        });
        await appendAuditEvents(
          tx,
          runs.map((run) => ({
            tenantId: run.tenantId,
            action: 'run.started',
            targetKind: 'run',
            targetId: run.runId,
            after: { scheduleId: run.scheduleId, attempt: run.attempt, instanceId },
          })),
        );
        return runs;
      });
    } catch (error) {
      answerLost = true;
      throw error;
    }
    for (const run of claimed) options.onClaimed(run, sent);
  };

  const flight = createSingleFlight(claimOnce, (error) =>
    log.warn({ err: error }, 'A claim failed; it is tried again at the next poll'),
  );

  const arm = () => {
    if (stopped) return;
    const jitterMs = Math.random() * limits.claimJitterMs;
    cancelPoll = clock.after(limits.claimPollMs + jitterMs, () => {
      void flight.request().then(arm);
    });
  };

  return {
    start: arm,
    claim: () => flight.request(),
    async stop() {
      stopped = true;
      cancelPoll?.();
      await flight.close();
    },
    pause(next) {
      paused = next;
    },
  };
}
