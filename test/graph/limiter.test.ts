import { describe, expect, it } from 'vitest';
import { graphLimits } from '../../main/graph/graph-limits.ts';
import { createAppLimiter } from '../../main/graph/limiter.ts';
import { RateWindow } from '../../main/graph/rate-window.ts';
import { ReadMeter } from '../../main/graph/read-meter.ts';
import { retryAfterMs } from '../../main/graph/retry-after.ts';
import { createVirtualClock } from './support/virtual-clock.ts';

const signal = new AbortController().signal;

describe('rate window', () => {
  it('never lets more than the limit into any window', () => {
    const window = new RateWindow({ limit: 10, windowMs: 1000 });
    const taken: number[] = [];
    for (let now = 0; now < 5000; now += 7) {
      while (window.waitMs(1, now) === 0) {
        window.take(1, now);
        taken.push(now);
      }
    }
    for (const start of taken) {
      expect(taken.filter((at) => at >= start && at < start + 1000).length).toBeLessThanOrEqual(10);
    }
    expect(taken.length).toBeGreaterThanOrEqual(48);
  });

  it('says how long until a whole batch fits', () => {
    const window = new RateWindow({ limit: 10, windowMs: 1000 });
    window.take(6, 0);
    window.take(4, 500);
    expect(window.waitMs(6, 600)).toBe(400);
    expect(window.waitMs(7, 600)).toBe(900);
    expect(window.waitMs(50, 1500)).toBe(0);
  });
});

function open(limits = graphLimits()) {
  const clock = createVirtualClock();
  const limiter = createAppLimiter({ limits, clock, random: () => 0 });
  const meter = new ReadMeter({ typeKey: 'type', clock, limits, event: () => undefined });
  return { clock, limiter, meter, tenant: limiter.tenant('one') };
}

describe('limiter', () => {
  it('holds the number of exchanges under way, narrows when refused and widens with success', async () => {
    const { tenant, meter } = open();
    const leave = await Promise.all(
      Array.from({ length: 8 }, () => tenant.enter('intune', 1, [meter], signal)),
    );
    let isNinthIn = false;
    const ninth = tenant.enter('intune', 1, [meter], signal).then((leaveNinth) => {
      isNinthIn = true;
      return leaveNinth;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isNinthIn).toBe(false);
    tenant.throttled('intune', 1000);
    for (const end of leave.slice(0, 4)) end();
    await new Promise((resolve) => setImmediate(resolve));
    // Four are still under way, and after the refusal four are the most.
    expect(isNinthIn).toBe(false);
    leave[4]!();
    (await ninth)();
    for (const end of leave.slice(5)) end();
    expect(tenant.inFlight()).toBe(0);
    expect(meter.waitedMs).toBe(1000);
  });

  it("keeps one app's rate over all its tenants", async () => {
    const { clock, limiter, meter } = open(graphLimits({ appRate: { limit: 30, windowMs: 1000 } }));
    for (const tenant of ['one', 'two', 'three', 'four']) {
      (await limiter.tenant(tenant).enter('intune', 10, [meter], signal))();
    }
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(1000);
  });

  it('counts the time of requests that wait together once, and not our own pace', async () => {
    const { clock, tenant, meter } = open();
    tenant.throttled('intune', 5000);
    const leave = await Promise.all(
      Array.from({ length: 4 }, () => tenant.enter('intune', 1, [meter], signal)),
    );
    for (const end of leave) end();
    expect(clock.monotonicMs()).toBe(5000);
    expect(meter.waitedMs).toBe(5000);
  });

  it('ends a wait when the signal is aborted', async () => {
    const { tenant, meter } = open();
    const stop = new AbortController();
    await Promise.all(Array.from({ length: 8 }, () => tenant.enter('intune', 1, [meter], signal)));
    const waiting = tenant.enter('intune', 1, [meter], stop.signal);
    stop.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
  });
});

describe('Retry-After', () => {
  const wallMs = Date.UTC(2026, 10, 24, 2, 0, 0);
  it.each([
    ['3', 3000],
    ['0', 1000],
    ['0.249', 1000],
    ['2.5', 2500],
    ['86400', 600_000],
    ['Tue, 24 Nov 2026 02:00:30 GMT', 30_000],
    ['Tue, 24 Nov 2026 01:00:00 GMT', 1000],
    ['soon', null],
    ['-5', null],
    ['', null],
    [null, null],
  ])('%s asks for %s ms', (header, expected) => {
    expect(retryAfterMs(header, wallMs, graphLimits())).toBe(expected);
  });
});
