import { randomUUID } from 'node:crypto';
import { appendAuditEvents } from '../audit/append-audit-events.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { isConnectionLoss, isStorageFull, isTransientDatabaseError } from '../db/database-errors.ts';
import {
  type ClaimedRun,
  finishRun,
  readRunFate,
  releaseRun,
  type RunEnding,
} from '../db/repositories/run-ownership.ts';
import type { EngineLimits } from './engine-limits.ts';
import { type HeldLease, holdLease } from './held-lease.ts';
import type { Heartbeat } from './heartbeat.ts';
import { movedRunAuditEvent } from './moved-run-audit.ts';
import { type Log, TenantUnreadableError } from './ports.ts';
import { LeaseLostError, type RunCompletion, type RunExecutor } from './run-lease.ts';

/** A run that this host works on. */
export interface RunAtWork {
  readonly held: HeldLease;
  /** Resolves when the run is finished, released or lost, and retention is done; never rejects. */
  readonly ended: Promise<void>;
}

export interface RunWorkerOptions {
  work: Database;
  executor: RunExecutor;
  heartbeat: Heartbeat;
  clock: Clock;
  limits: EngineLimits;
  log: Log;
}

/** What became of the executor's promise. */
type Outcome = { completion: RunCompletion } | { error: unknown } | 'still_running';

/**
 * Works on one claimed run until it is finished, released or lost.
 *
 * @param sent clock readings of the moment at which the claim was sent: the lease is trusted from there on.
 */
export function workOnRun(
  run: ClaimedRun,
  sent: { wallMs: number; monotonicMs: number },
  options: RunWorkerOptions,
): RunAtWork {
  const log = options.log.child({
    runId: run.runId,
    tenantId: run.tenantId,
    scheduleId: run.scheduleId,
    attempt: run.attempt,
  });
  const held = holdLease({ run, work: options.work, clock: options.clock, limits: options.limits, log });
  options.heartbeat.watch(held, sent);
  const ended = endRun(held, log, options).catch((error: unknown) => {
    // Nothing more can be done here: the lease runs out and the reaper of any host takes the run.
    log.error({ err: error }, 'A run could not be brought to its end by this host');
  });
  return { held, ended };
}

async function endRun(held: HeldLease, log: Log, options: RunWorkerOptions): Promise<void> {
  let endedWell = false;
  try {
    const outcome = await execute(held, options);
    const cause = held.abortCause();
    if (cause === 'lost') {
      log.warn({}, 'The run was lost to another owner; nothing more is written');
    } else if (cause === 'host_shutdown' || cause === 'host_sleep') {
      await release(held, cause, log, options);
    } else {
      const completion = judge(outcome, cause, log);
      const state = completion === null ? null : await finish(held, completion, log, options);
      endedWell = state === 'succeeded' || state === 'partial';
    }
  } finally {
    options.heartbeat.unwatch(held);
    held.close();
  }
  if (endedWell) await afterFinish(held, log, options);
}

/** Runs the executor; once the run is aborted it has `abortGraceMs` to end, then goes on without it. */
async function execute(held: HeldLease, options: RunWorkerOptions): Promise<Outcome> {
  const executed: Promise<Outcome> = (async () => options.executor.execute(held.lease))().then(
    (completion) => ({ completion }),
    (error: unknown) => ({ error }),
  );
  const { signal } = held.lease;
  const overstayed = new Promise<Outcome>((resolve) => {
    const wait = () =>
      options.clock.after(options.limits.abortGraceMs, () => resolve('still_running'), { unref: true });
    if (signal.aborted) wait();
    else signal.addEventListener('abort', wait, { once: true });
  });
  return await Promise.race([executed, overstayed]);
}

const noCounts: RunCompletion['counts'] = {
  types: { complete: 0, incomplete: 0, notAvailable: 0, unknown: 0, notAttempted: 0 },
  items: 0,
  added: 0,
  changed: 0,
  removed: 0,
  newBytes: 0,
};

type Ending = Omit<RunCompletion, 'state'> & { state: RunEnding['state'] };

const withoutSet = (
  state: 'failed' | 'cancelled',
  reason: NonNullable<RunCompletion['reason']>,
  errorCode: string | null = null,
): Ending => ({ state, reason, errorCode, counts: noCounts });

/** Turns what happened into the ending to store; null when the run is no longer ours. */
function judge(outcome: Outcome, cause: 'cancel' | 'stalled' | null, log: Log): Ending | null {
  // Whatever a stopped executor still answered is not the answer to the question that the schedule asked.
  if (cause === 'cancel') return withoutSet('cancelled', 'by_user');
  if (cause === 'stalled') return withoutSet('failed', 'stalled');
  if (outcome === 'still_running') throw new Error('A run that was not aborted was left waiting.');
  if ('completion' in outcome) {
    const { completion } = outcome;
    if (completion.state !== 'failed' && completion.seal === undefined) {
      return internal(new Error('A run claimed to be good without a backup set to seal.'), log);
    }
    return completion.state === 'failed' ? { ...completion, seal: undefined } : completion;
  }
  const { error } = outcome;
  if (error instanceof LeaseLostError) return null;
  if (error instanceof TenantUnreadableError) {
    log.warn({ err: error, reason: error.reason }, 'The tenant could not be read');
    return withoutSet('failed', error.reason);
  }
  if (isStorageFull(error)) {
    log.error({ err: error }, 'The database has no space left');
    return withoutSet('failed', 'storage_full');
  }
  return internal(error, log);
}

function internal(error: unknown, log: Log): Ending {
  const correlationId = randomUUID();
  log.error({ err: error, correlationId }, 'An unexpected error ended a run');
  return withoutSet('failed', 'internal', correlationId);
}

/**
 * S5. Answers the state that is stored, or null when the run was lost meanwhile.
 *
 * After a lost answer to the commit the ending is sent again: the fence lets it through only while the run is
 * still running under our token, so that the first commit cannot have arrived. When the fence refuses, the row
 * tells: terminal with our token means that the first commit did arrive, anything else that the run is lost.
 */
async function finish(
  held: HeldLease,
  ending: Ending,
  log: Log,
  options: RunWorkerOptions,
): Promise<RunEnding['state'] | null> {
  const { run } = held;
  await held.drainEvents();
  let current = ending;
  for (let attempt = 0; ; attempt += 1) {
    try {
      await commitEnding(held, current, options);
      log.info({ state: current.state, reason: current.reason }, 'A run ended');
      return current.state;
    } catch (error) {
      if (error instanceof LeaseLostError) {
        if (attempt > 0) {
          const fate = await readRunFate(options.work, run.runId);
          if (fate !== null && fate.token === run.token && fate.state === current.state) return current.state;
        }
        log.warn({ err: error }, 'The end of a run came too late and was refused');
        return null;
      }
      const again = isTransientDatabaseError(error);
      if (!again && current.state !== 'failed' && current.state !== 'cancelled') {
        // Sealing itself failed: the run stays honest and fails, with no set.
        current = isStorageFull(error) ? withoutSet('failed', 'storage_full') : internal(error, log);
        continue;
      }
      if (!again || !held.checkTrust()) throw error;
      log.warn({ err: error, lost: isConnectionLoss(error) }, 'The end of a run is sent again');
      await options.clock.sleep(Math.min(2_000, 200 * 2 ** Math.min(attempt, 4)));
    }
  }
}

async function commitEnding(held: HeldLease, ending: Ending, options: RunWorkerOptions): Promise<void> {
  const { run } = held;
  await options.work.transaction(async (tx) => {
    await held.fenceAndFlush(tx);
    const sealed = ending.seal === undefined ? null : await ending.seal(tx);
    const stored = await finishRun(tx, run.runId, run.token, {
      state: ending.state,
      reason: ending.reason,
      errorCode: ending.errorCode,
      counts: ending.counts,
      backupSetId: sealed?.backupSetId ?? null,
      progress: held.takeProgress(),
    });
    if (!stored) throw new LeaseLostError(`Run ${run.runId} is no longer held by this host.`);
    await appendAuditEvents(tx, [
      {
        tenantId: run.tenantId,
        action: `run.${ending.state}`,
        targetKind: 'run',
        targetId: run.runId,
        outcome: ending.state === 'failed' ? 'failure' : 'success',
        reason: ending.reason,
        after: {
          scheduleId: run.scheduleId,
          attempt: run.attempt,
          ...(sealed === null ? {} : { backupSetId: sealed.backupSetId, counts: ending.counts }),
        },
        correlationId: ending.errorCode,
      },
    ]);
  });
}

/** S10 with the owner's reason; zero rows mean that somebody else was quicker, which is just as well. */
async function release(
  held: HeldLease,
  reason: 'host_shutdown' | 'host_sleep',
  log: Log,
  options: RunWorkerOptions,
): Promise<void> {
  const { run } = held;
  const moved = await options.work.transaction(async (tx) => {
    const released = await releaseRun(tx, run.runId, run.token, reason);
    if (released !== null) await appendAuditEvents(tx, [movedRunAuditEvent(released, 'run.released')]);
    return released;
  });
  log.info({ state: moved?.state ?? null, reason }, 'A run was given back');
}

/** Retention never undoes a good set: its errors are logged and audited. */
async function afterFinish(held: HeldLease, log: Log, options: RunWorkerOptions): Promise<void> {
  const { runId, tenantId, scheduleId, spec } = held.run;
  try {
    await options.executor.afterFinish({ runId, tenantId, scheduleId, spec });
  } catch (error) {
    const correlationId = randomUUID();
    log.error({ err: error, correlationId }, 'Retention after a run failed');
    await options.work.transaction((tx) =>
      appendAuditEvents(tx, [
        {
          tenantId,
          action: 'retention.failed',
          targetKind: 'run',
          targetId: runId,
          outcome: 'failure',
          after: { scheduleId },
          correlationId,
        },
      ]),
    );
  }
}
