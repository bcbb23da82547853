import type { Clock } from '../clock.ts';
import type { Database } from '../db/database.ts';
import { announceExpiringCredentials } from '../db/repositories/credentials.ts';
import { type AccessChecker, createAccessChecker } from './access-checker.ts';
import { createClaimer } from './claimer.ts';
import { isPausedHost } from '../db/repositories/hosts.ts';
import { dispatchDue } from './dispatcher.ts';
import { defaultEngineLimits, type EngineLimits } from './engine-limits.ts';
import { endPauses } from './end-pauses.ts';
import { eraseDeletedTenants } from './erase-deleted-tenants.ts';
import { createHeartbeat } from './heartbeat.ts';
import { createHostDiary } from './host-diary.ts';
import { createHostRegistry, type HostIdentity } from './host-registry.ts';
import { createMinuteTicker, type MinuteSource, nodeScheduleMinutes } from './minute-ticker.ts';
import type { AccessProbe, Log, TenantReaderFactory } from './ports.ts';
import { pruneOldRecords } from './prune-old-records.ts';
import { reap } from './reaper.ts';
import { recomputeSlots } from './recompute-slots.ts';
import type { RunExecutor } from './run-lease.ts';
import { type RunAtWork, workOnRun } from './run-worker.ts';
import { createSingleFlight } from './single-flight.ts';

/** Three handles of one login, so that none can starve another; at most four connections in all. */
export interface EngineDatabases {
  /** One connection, for heartbeats and the host's own row. */
  beat: Database;
  /** One connection, for reaping, dispatch and claims. */
  tick: Database;
  /** Two connections, for what runs write. */
  work: Database;
}

export interface EngineOptions {
  databases: EngineDatabases;
  executor: RunExecutor;
  readers: Pick<TenantReaderFactory, 'openableTenantIds'>;
  /** Absent: this host does no access checks. */
  probe?: AccessProbe;
  clock: Clock;
  log: Log;
  host: HostIdentity;
  limits?: Partial<EngineLimits>;
  /** False: neither dispatches nor reaps, only claims; for a command that becomes a host for one run. */
  dispatch?: boolean;
  /** The only run that may be claimed; absent: any. */
  onlyRunId?: string;
  /** The minute timer; node-schedule unless given. */
  minutes?: MinuteSource;
}

export type EnginePhase = 'new' | 'running' | 'asleep' | 'stopping' | 'stopped';

export interface EngineState {
  phase: EnginePhase;
  instanceId: string;
  /** Runs that this host holds now. */
  runs: readonly { runId: string; tenantId: string; attempt: number }[];
  openableTenantIds: readonly string[];
  clockOffset: { offsetMs: number; errorMs: number } | null;
  /** The database asks for a newer engine: nothing is dispatched, claimed or reaped here until it is updated. */
  outdated: boolean;
  /** Ticks that ended well since the start, and the error of the last one if it failed. */
  ticks: number;
  lastTickError: string | null;
}

export interface Engine {
  /** Checks in and starts all timers. Rejects when the database does not take the host; nothing runs then. */
  start(): Promise<void>;
  /**
   * Graceful stop: no ticks, no claims, runs aborted and given back, last row written. Resolves when all of
   * it is done or `budgetMs` has passed. The database handles stay open: they are the caller's.
   */
  stop(reason: 'host_shutdown' | 'host_sleep', options?: { budgetMs?: number }): Promise<void>;
  /** One tick now (reap, dispatch, claim); resolves when it has ended. For tests, `run-now` and resume. */
  tickNow(): Promise<void>;
  /** Looks for a queued run now instead of at the next poll. */
  claimNow(): Promise<void>;
  /** Resolves when no run is held; new ones may be claimed afterwards. */
  idle(): Promise<void>;
  state(): EngineState;
  /** The machine is about to sleep; best effort within about two seconds. */
  onSuspend(): Promise<void>;
  /** The machine woke up: new connections, new instance, all runs held before are given up. */
  onResume(): Promise<void>;
}

/** Suspend was announced but the machine kept running for this many pulses: go on as after a resume. */
const pulsesUntilSuspendIsDoubted = 30;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const sleepBudgetMs = 2_000;
const stopBudgetMs = 20_000;

/** Wires ticker, dispatcher, claimer, heartbeat and workers of one host. Starts nothing by itself. */
export function createEngine(options: EngineOptions): Engine {
  const { databases, clock, log } = options;
  const limits: EngineLimits = { ...defaultEngineLimits, ...options.limits };
  const dispatches = options.dispatch ?? true;
  const atWork = new Map<string, RunAtWork>();
  let phase: EnginePhase = 'new';
  let ticks = 0;
  let pausedBefore = false;
  let lastTickError: string | null = null;
  let nightlyDueMs = clock.monotonicMs();
  let hourlyDueMs = clock.monotonicMs();
  let pulsesAsleep = 0;
  let cancelCheckIn: (() => void) | null = null;

  const diary = createHostDiary({ database: databases.tick, host: options.host });
  const registry = createHostRegistry({
    database: databases.beat,
    readers: options.readers,
    host: options.host,
    diary,
    clock,
    log,
  });
  const heartbeat = createHeartbeat({ beat: databases.beat, clock, limits, log });

  const claimer = createClaimer({
    database: databases.tick,
    registry,
    clock,
    limits,
    log,
    onlyRunId: options.onlyRunId ?? null,
    heldRunIds: () => [...atWork.keys()],
    onClaimed(run, sent) {
      const work = workOnRun(run, sent, {
        work: databases.work,
        executor: options.executor,
        heartbeat,
        clock,
        limits,
        log,
      });
      atWork.set(run.runId, work);
      if (phase !== 'running') work.held.abort(phase === 'asleep' ? 'host_sleep' : 'host_shutdown');
      void work.ended.finally(() => {
        atWork.delete(run.runId);
        if (phase === 'running') void claimer.claim();
      });
    },
  });

  const checker: AccessChecker | null =
    options.probe === undefined
      ? null
      : createAccessChecker({ database: databases.tick, registry, probe: options.probe, clock, limits, log });

  const tick = async (): Promise<void> => {
    if (phase !== 'running') return;
    try {
      if (dispatches) {
        await reap({ database: databases.tick, log });
        // A paused host still reaps: what others lost has to be seen even if nobody else is there.
        if (!(await isPaused())) await dispatch();
      }
      ticks += 1;
      lastTickError = null;
      await diary.write();
    } catch (error) {
      lastTickError = error instanceof Error ? error.message : String(error);
      throw error;
    } finally {
      void claimer.claim();
    }
    if (dispatches && !registry.isOutdated()) {
      await eraseDeletedTenants({ database: databases.tick, clock, log, goOn: () => phase === 'running' });
    }
  };

  const dispatch = async (): Promise<void> => {
    const resumed = await endPauses({ database: databases.tick, log });
    if (resumed > 0) log.info({ resumed }, 'Pauses came to their end');
    const result = await dispatchDue({ database: databases.tick, limits, log });
    if (result.queued + result.skipped + result.missed + result.failed > 0) {
      log.info(result, 'Due schedules were dispatched');
    }
    await registry.markTick();
    await doHourly();
    await doNightly();
  };

  /** Looked up at each tick; the statements that dispatch and claim decide again. */
  const isPaused = async (): Promise<boolean> => {
    const paused = await isPausedHost(databases.tick);
    if (paused !== pausedBefore) {
      log.info({}, paused ? 'This host is paused: it dispatches and claims nothing' : 'This host is resumed');
    }
    pausedBefore = paused;
    return paused;
  };

  /** At the first tick after the start and once an hour from there on. */
  const doHourly = async (): Promise<void> => {
    if (clock.monotonicMs() < hourlyDueMs || registry.isOutdated()) return;
    hourlyDueMs = clock.monotonicMs() + hourMs;
    const credentials = await announceExpiringCredentials(databases.tick);
    if (credentials > 0) log.warn({ credentials }, 'Credentials of tenants end within 30 days');
  };

  /** At the first tick after the start and once a day from there on. */
  const doNightly = async (): Promise<void> => {
    if (clock.monotonicMs() < nightlyDueMs) return;
    nightlyDueMs = clock.monotonicMs() + dayMs;
    const moved = await recomputeSlots({ database: databases.tick, limits, log });
    if (moved > 0) log.info({ moved }, 'Slots were moved by a newer time zone database');
    if (registry.isOutdated()) return;
    const pruned = await pruneOldRecords({ database: databases.tick, limits });
    if (pruned.runEvents + pruned.hostInstances > 0) log.info(pruned, 'Old records were pruned');
  };

  const abortAll = (cause: 'lost' | 'host_shutdown' | 'host_sleep') => {
    for (const { held } of atWork.values()) held.abort(cause);
  };

  const idle = async (): Promise<void> => {
    while (atWork.size > 0) await Promise.all([...atWork.values()].map(({ ended }) => ended));
  };

  const wake = createSingleFlight(
    async () => {
      if (phase !== 'running' && phase !== 'asleep') return;
      // Half-open sockets would let everything below wait for minutes.
      claimer.pause(true);
      checker?.pause(true);
      await Promise.all([databases.beat.reset(), databases.tick.reset(), databases.work.reset()]);
      abortAll('host_sleep');
      registry.renewInstance();
      phase = 'running';
      pulsesAsleep = 0;
      claimer.pause(false);
      checker?.pause(false);
      await registry.checkIn();
    },
    (error) => log.error({ err: error }, 'Checking in after sleep failed; the next check-in tries again'),
  );

  const onResume = async (): Promise<void> => {
    await wake.request();
    await ticker.request();
  };

  const ticker = createMinuteTicker({
    clock,
    limits,
    minutes: options.minutes ?? nodeScheduleMinutes,
    tick,
    onJump: () => wake.request(),
    onPulse() {
      if (phase !== 'asleep') return;
      pulsesAsleep += 1;
      if (pulsesAsleep >= pulsesUntilSuspendIsDoubted) void onResume();
    },
    log,
  });

  const armCheckIn = () => {
    cancelCheckIn = clock.after(limits.checkInMs, () => {
      (phase === 'running' ? registry.checkIn() : Promise.resolve())
        .catch((error: unknown) => log.warn({ err: error }, 'A check-in failed'))
        .finally(() => {
          if (phase === 'running' || phase === 'asleep') armCheckIn();
        });
    });
  };

  return {
    async start() {
      if (phase !== 'new') throw new Error('An engine starts once.');
      await registry.checkIn();
      phase = 'running';
      armCheckIn();
      claimer.start();
      checker?.start();
      if (dispatches) ticker.start();
      await (dispatches ? ticker.request() : claimer.claim());
    },

    async stop(reason, { budgetMs = stopBudgetMs } = {}) {
      if (phase === 'stopped' || phase === 'stopping') return;
      const wasRunning = phase !== 'new';
      phase = 'stopping';
      cancelCheckIn?.();
      if (!wasRunning) {
        phase = 'stopped';
        return;
      }
      const steps = async (): Promise<void> => {
        await ticker.stop();
        await claimer.stop();
        await checker?.stop();
        await registry.changeState('stopping');
        abortAll(reason);
        await idle();
        await registry.changeState('stopped');
      };
      const inTime = await within(clock, steps(), budgetMs).catch((error: unknown) => {
        log.error({ err: error }, 'The host could not stop in good order');
        return true;
      });
      if (!inTime) log.warn({ runs: atWork.size }, 'The host stopped before all runs were given back');
      phase = 'stopped';
    },

    tickNow: () => ticker.request(),
    claimNow: () => claimer.claim(),
    idle,

    state: () => ({
      phase,
      instanceId: registry.instanceId(),
      runs: [...atWork.values()].map(({ held }) => ({
        runId: held.run.runId,
        tenantId: held.run.tenantId,
        attempt: held.run.attempt,
      })),
      openableTenantIds: registry.openableTenantIds(),
      clockOffset: registry.clockOffset(),
      outdated: registry.isOutdated(),
      ticks,
      lastTickError,
    }),

    async onSuspend() {
      if (phase !== 'running') return;
      phase = 'asleep';
      pulsesAsleep = 0;
      claimer.pause(true);
      checker?.pause(true);
      abortAll('host_sleep');
      const inTime = await within(
        clock,
        (async () => {
          await registry.changeState('asleep');
          await idle();
        })(),
        sleepBudgetMs,
      ).catch((error: unknown) => {
        log.warn({ err: error }, 'Going to sleep in good order failed');
        return true;
      });
      if (!inTime) log.warn({ runs: atWork.size }, 'The machine sleeps before all runs were given back');
    },

    onResume,
  };
}

/** Waits for a promise for at most `ms`; true when it was in time. */
async function within(clock: Clock, promise: Promise<unknown>, ms: number): Promise<boolean> {
  const tooLate = Promise.withResolvers<'too_late'>();
  const cancel = clock.after(ms, () => tooLate.resolve('too_late'));
  try {
    return (await Promise.race([promise, tooLate.promise])) !== 'too_late';
  } finally {
    cancel();
  }
}
