import { scheduleJob } from 'node-schedule';
import type { Clock } from '../clock.ts';
import type { EngineLimits } from './engine-limits.ts';
import type { Log } from './ports.ts';
import { createSingleFlight } from './single-flight.ts';

/**
 * Says "look at the clock" and nothing else: once per UTC minute, every safety interval, after waking and on
 * request. Which slots are due is decided in the database at each tick, so a timer that fires early, late,
 * twice, in bursts after a freeze (node-schedule/node-schedule#431) or never again (#278) changes nothing.
 */
export interface MinuteTicker {
  start(): void;
  /** Asks for a tick; resolves when one that began after the request, or was still waiting, has ended. */
  request(): Promise<void>;
  /** No further ticks; resolves when the running one has ended. */
  stop(): Promise<void>;
}

/** Calls back once per UTC minute until the returned function is called. */
export type MinuteSource = (onMinute: () => void) => () => void;

/** node-schedule as a stateless minute timer in UTC. The date that it passes on is ignored on purpose. */
export const nodeScheduleMinutes: MinuteSource = (onMinute) => {
  const job = scheduleJob({ rule: '* * * * *', tz: 'Etc/UTC' }, () => onMinute());
  return () => {
    job.cancel();
  };
};

export function createMinuteTicker(options: {
  clock: Clock;
  limits: Pick<EngineLimits, 'safetyTickMs' | 'tickRetryMs' | 'pulseMs' | 'jumpMs'>;
  minutes: MinuteSource;
  /** Runs after reap, dispatch and claim have their turn; must handle its own errors. */
  tick: () => Promise<void>;
  /** The machine slept or its clock was set. The ticker ticks by itself afterwards. */
  onJump: (step: { wallMs: number; monotonicMs: number }) => Promise<void>;
  /** Called at every pulse that found no jump. */
  onPulse: () => void;
  log: Log;
}): MinuteTicker {
  const { clock, limits, log } = options;
  let cancelMinutes: (() => void) | null = null;
  let cancelSafety: (() => void) | null = null;
  let cancelPulse: (() => void) | null = null;
  let cancelRetry: (() => void) | null = null;
  let stopped = false;

  const flight = createSingleFlight(options.tick, (error) => {
    log.error({ err: error }, 'A tick failed');
    cancelRetry?.();
    if (!stopped) cancelRetry = clock.after(limits.tickRetryMs, onTimer);
  });
  const request = () => flight.request();
  const onTimer = () => void request();

  const armMinutes = () => {
    cancelMinutes?.();
    cancelMinutes = options.minutes(onTimer);
  };
  const armSafety = () => {
    cancelSafety = clock.after(limits.safetyTickMs, () => {
      onTimer();
      armSafety();
    });
  };

  let lastWallMs = 0;
  let lastMonotonicMs = 0;
  const readClocks = () => {
    lastWallMs = clock.wallMs();
    lastMonotonicMs = clock.monotonicMs();
  };
  const pulse = async (): Promise<void> => {
    const wallMs = clock.wallMs() - lastWallMs - limits.pulseMs;
    const monotonicMs = clock.monotonicMs() - lastMonotonicMs - limits.pulseMs;
    readClocks();
    if (Math.abs(wallMs) <= limits.jumpMs && Math.abs(monotonicMs) <= limits.jumpMs) {
      options.onPulse();
      return;
    }
    log.warn({ wallMs, monotonicMs }, 'This machine slept or its clock was set');
    // The minute timer may be waiting for an instant that is now far away.
    armMinutes();
    await options.onJump({ wallMs, monotonicMs });
    await request();
  };
  const armPulse = () => {
    cancelPulse = clock.after(limits.pulseMs, () => {
      pulse()
        .catch((error: unknown) => log.error({ err: error }, 'Waking up failed'))
        .finally(() => {
          if (!stopped) armPulse();
        });
    });
  };

  return {
    start() {
      readClocks();
      armMinutes();
      armSafety();
      armPulse();
    },
    request,
    async stop() {
      stopped = true;
      cancelMinutes?.();
      cancelSafety?.();
      cancelPulse?.();
      cancelRetry?.();
      await flight.close();
    },
  };
}
