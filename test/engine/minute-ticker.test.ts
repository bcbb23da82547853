import { describe, expect, it } from 'vitest';
import { createMinuteTicker, nodeScheduleMinutes } from '../../main/engine/minute-ticker.ts';
import { createManualClock } from './manual-clock.ts';
import { recordingLog, silentLog } from './scheduling-fixture.ts';

const limits = { safetyTickMs: 10_000, tickRetryMs: 2_000, pulseMs: 5_000, jumpMs: 20_000 };

function setup(tick: () => Promise<void>) {
  const clock = createManualClock();
  const jumps: object[] = [];
  const minutes = { fire: (): void => undefined };
  let armed = 0;
  const ticker = createMinuteTicker({
    clock,
    limits,
    minutes: (onMinute) => {
      armed += 1;
      minutes.fire = onMinute;
      return () => undefined;
    },
    tick,
    onJump: async (step) => void jumps.push(step),
    onPulse: () => undefined,
    log: silentLog,
  });
  return { clock, ticker, jumps, fire: () => minutes.fire(), armed: () => armed };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('the minute ticker', () => {
  it('turns a burst of fifty timers into one running tick and one more', async () => {
    let running = 0;
    let ticks = 0;
    let overlap = false;
    const release: (() => void)[] = [];
    const { ticker, fire } = setup(async () => {
      ticks += 1;
      running += 1;
      overlap ||= running > 1;
      await new Promise<void>((resolve) => release.push(resolve));
      running -= 1;
    });
    ticker.start();
    for (let i = 0; i < 50; i += 1) fire();
    expect(ticks).toBe(1);
    release.shift()!();
    await turn();
    expect(ticks).toBe(2);
    release.shift()!();
    await turn();
    expect(ticks).toBe(2);
    expect(overlap).toBe(false);
    await ticker.stop();
  });

  it('tries a tick that failed again soon, and one that went well not before its time', async () => {
    let ticks = 0;
    let databaseIsUp = false;
    const { clock, ticker, fire } = setup(async () => {
      ticks += 1;
      if (!databaseIsUp) throw new Error('The database is down.');
    });
    ticker.start();
    fire();
    await turn();
    await clock.advance(2_100);
    expect(ticks).toBe(2);
    databaseIsUp = true;
    await clock.advance(2_100);
    expect(ticks).toBe(3);
    await clock.advance(5_000);
    expect(ticks).toBe(3);
    await ticker.stop();
  });

  it('ticks by the safety timer when minutes never come', async () => {
    let ticks = 0;
    const { clock, ticker } = setup(async () => void (ticks += 1));
    ticker.start();
    await clock.advance(60_000);
    expect(ticks).toBe(6);
    await ticker.stop();
    await clock.advance(60_000);
    expect(ticks).toBe(6);
  });

  it('goes on after a tick that failed', async () => {
    let ticks = 0;
    const { clock, ticker } = setup(async () => {
      ticks += 1;
      throw new Error('database away');
    });
    ticker.start();
    await clock.advance(30_000);
    // At 10 seconds by the safety timer, then every two seconds.
    expect(ticks).toBe(11);
    await ticker.stop();
  });

  it('notices sleep by either clock, arms the minutes anew and ticks', async () => {
    let ticks = 0;
    const { clock, ticker, jumps, armed } = setup(async () => void (ticks += 1));
    ticker.start();
    await clock.advance(5_000);
    expect(jumps).toEqual([]);
    await clock.sleepMachine(8 * 3_600_000);
    await clock.advance(0);
    expect(jumps).toHaveLength(1);
    expect(armed()).toBe(2);
    expect(ticks).toBeGreaterThan(0);
    clock.stepWall(-86_400_000);
    await clock.advance(5_000);
    expect(jumps).toHaveLength(2);
    await clock.advance(60_000);
    expect(jumps).toHaveLength(2);
    await ticker.stop();
  });

  it('is driven by node-schedule once a minute in UTC and lets go of it', () => {
    const stop = nodeScheduleMinutes(() => undefined);
    expect(stop()).toBeUndefined();
  });

  it('reports a waking that failed and keeps pulsing', async () => {
    const clock = createManualClock();
    const log = recordingLog();
    let jumps = 0;
    const ticker = createMinuteTicker({
      clock,
      limits,
      minutes: () => () => undefined,
      tick: async () => undefined,
      onJump: async () => {
        jumps += 1;
        throw new Error('no network yet');
      },
      onPulse: () => undefined,
      log,
    });
    ticker.start();
    clock.stepWall(60_000);
    await clock.advance(5_000);
    clock.stepWall(60_000);
    await clock.advance(5_000);
    expect(jumps).toBe(2);
    expect(log.errors).toHaveLength(2);
    await ticker.stop();
  });
});
