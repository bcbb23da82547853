import { instantFromMs } from '../../shared/model/instant.ts';
import type { RunState } from '../../shared/model/run-states.ts';
import { createHost, type Host, type Workspace } from '../composition.ts';
import type { DatabaseAccess } from '../database-access.ts';
import type { Database } from '../db/database.ts';
import type { DemoClock } from '../db/demo-clock.ts';
import { cancelRun, listRuns, requestRun } from '../db/repositories/runs.ts';
import { listSchedules, type Schedule } from '../db/repositories/schedules.ts';
import { addSchedule, changeSchedule } from '../engine/change-schedule.ts';
import { callSimulator } from '../simulator/call-simulator.ts';
import type { SimulatorReady } from '../simulator/process.ts';
import { type DemoDay, fortnightDays, fortnightSchedules } from './demo-fortnight.ts';
import type { Output } from './output.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const nights = 14;
/** Nothing is replayed nearer to the present than this: what follows belongs to the living service. */
const presentMarginMs = 10 * minuteMs;

/**
 * Graph's limits count real seconds, in which a fortnight of the replay passes in one minute. The simulator is told
 * not to count meanwhile, so the client need not either.
 */
const unlimited = { limit: 100_000, windowMs: 1_000 };
/** With this every request of a run takes so long that the run outlasts the moment in which something else happens. */
const slowAnswerMs = 1_000;

const replayLimits = {
  rates: {
    intune: unlimited,
    intuneDevices: unlimited,
    conditionalAccess: unlimited,
    directory: unlimited,
    cloudPc: unlimited,
  },
  appRate: unlimited,
  refusalHoldMs: 1_000,
};

/** The evening at which the fortnight begins, 18:00 UTC, for a present instant. */
export function startOfFortnight(now: Date): Date {
  return instantFromMs(Math.floor(now.getTime() / dayMs) * dayMs - nights * dayMs + 18 * hourMs);
}

export interface HistoryParts {
  workspace: Workspace;
  access: DatabaseAccess;
  /** The technician's own connection: what people do in the fortnight goes through it. */
  database: Database;
  clock: DemoClock;
  simulator: SimulatorReady;
  /** In the order of the simulator. */
  tenants: readonly { tenantId: string; name: string }[];
  /** The present: nothing is replayed beyond it. */
  present: Date;
  output: Output;
  signal: AbortSignal;
}

/**
 * Lives through a fortnight: real schedules are dispatched at their slots by a real host, real runs read the
 * simulator, which changes from day to day and fails now and then, and people cancel, pause and start things. Only
 * the clock of the database is moved from one event to the next.
 */
export async function replayFortnight(parts: HistoryParts): Promise<void> {
  const replay = new Replay(parts);
  try {
    await replay.begin();
    for (let night = 1; night <= nights; night += 1) {
      parts.signal.throwIfAborted();
      await replay.liveThroughNight(night, fortnightDays[night] ?? {});
    }
  } finally {
    await replay.end();
  }
}

class Replay {
  private readonly parts: HistoryParts;
  private readonly endMs: number;
  private host: Host | null = null;
  private isSlow = false;
  /** The first tenant's nightly and working-day schedules. */
  private readonly scheduleIds: string[] = [];

  constructor(parts: HistoryParts) {
    this.parts = parts;
    this.endMs = parts.present.getTime() - presentMarginMs;
  }

  async begin(): Promise<void> {
    const { database, tenants, simulator } = this.parts;
    await callSimulator(simulator, 'setThrottle', false);
    for (const { tenant, ...schedule } of fortnightSchedules) {
      const { tenantId } = tenants[tenant]!;
      this.scheduleIds.push(await addSchedule(database, { tenantId, ...schedule }));
    }
    await this.startHost();
  }

  async end(): Promise<void> {
    await this.stopHost();
    await callSimulator(this.parts.simulator, 'clearFaults');
    await callSimulator(this.parts.simulator, 'setThrottle', true);
  }

  async liveThroughNight(night: number, day: DemoDay): Promise<void> {
    const { clock, simulator, output } = this.parts;
    const evening = startOfFortnight(this.parts.present).getTime() + (night - 1) * dayMs;
    const morning = evening + 14 * hourMs;
    if (!(await this.goTo(evening))) return;
    if (night > 1) await callSimulator(simulator, 'applyRound', night - 1);
    for (const fault of day.faults ?? []) await callSimulator(simulator, 'setFault', fault);
    if (day.outage) await this.stopHost();
    else await this.dispatchUntil(morning, day.overlap === true);
    await this.goTo(morning);
    if (day.outage) await this.startHost();
    await callSimulator(simulator, 'clearFaults');
    await this.dispatchUntil(evening + 20 * hourMs, false);
    if (day.afternoon !== undefined && (await this.goTo(evening + 20 * hourMs)))
      await this.act(day.afternoon);
    await this.dispatchUntil(evening + dayMs, false);
    const { rows } = await listRuns(
      this.parts.database,
      { allTenants: true },
      { from: instantFromMs(evening) },
    );
    output.progress(`${(await clock.now()).toISOString().slice(0, 10)}: ${summary(rows)}`);
  }

  /** False: that instant is not past, so it is not history. */
  private async goTo(ms: number): Promise<boolean> {
    if (ms > this.endMs) return false;
    const { clock } = this.parts;
    if (ms > (await clock.now()).getTime()) await clock.moveTo(instantFromMs(ms));
    return true;
  }

  /** Goes from slot to slot, and lets the host do at each what it does at its minute tick. */
  private async dispatchUntil(ms: number, overlap: boolean): Promise<void> {
    let lateRun = overlap;
    for (;;) {
      const due = (await this.schedules())
        .flatMap(({ nextSlotAt }) => (nextSlotAt === null ? [] : [nextSlotAt.getTime()]))
        .reduce((first, slot) => Math.min(first, slot), Number.POSITIVE_INFINITY);
      if (due > ms) return;
      if (lateRun && (await this.goTo(due - 1_500))) {
        await this.slowDown();
        await requestRun(this.parts.database, this.scheduleIds[0]!);
        await this.parts.workspace.clock.sleep(1_500, this.parts.signal);
      }
      lateRun = false;
      if (!(await this.goTo(due + 500))) return;
      await this.tick();
    }
  }

  private async tick(): Promise<void> {
    await this.host!.engine.tickNow();
    await this.speedUp();
    await this.untilIdle();
  }

  /** Makes Microsoft Graph slow, so that a run is surely still active a moment later, however quick this machine is. */
  private async slowDown(): Promise<void> {
    await callSimulator(this.parts.simulator, 'setLatency', slowAnswerMs);
    this.isSlow = true;
  }

  private async speedUp(): Promise<void> {
    if (!this.isSlow) return;
    await callSimulator(this.parts.simulator, 'setLatency', 0);
    this.isSlow = false;
  }

  private async untilIdle(): Promise<void> {
    const { database, workspace, signal } = this.parts;
    for (;;) {
      await this.host!.engine.claimNow();
      await this.host!.engine.idle();
      const { rows } = await listRuns(
        database,
        { allTenants: true },
        { states: ['queued', 'running'] },
        { cursor: null, limit: 1 },
      );
      if (rows.length === 0) return;
      await workspace.clock.sleep(50, signal);
    }
  }

  private async act(what: NonNullable<DemoDay['afternoon']>): Promise<void> {
    const { database, tenants, workspace, signal } = this.parts;
    const [nightly, midday] = this.scheduleIds as [string, string];
    const { tenantId } = tenants[0]!;
    switch (what) {
      case 'run':
        await requestRun(database, nightly);
        return await this.untilIdle();
      case 'cancel': {
        const { runId } = await requestRun(database, nightly);
        await cancelRun(database, runId);
        return await this.untilIdle();
      }
      case 'interrupt': {
        await this.slowDown();
        await requestRun(database, nightly);
        await this.host!.engine.claimNow();
        await workspace.clock.sleep(400, signal);
        await this.stopHost();
        await this.speedUp();
        return await this.startHost();
      }
      case 'pause':
        await changeSchedule(database, tenantId, midday, {
          enabled: false,
          pauseReason: 'The customer moves offices until Thursday.',
        });
        return;
      case 'resume':
        await changeSchedule(database, tenantId, midday, { enabled: true });
    }
  }

  private async schedules(): Promise<Schedule[]> {
    const { database, tenants } = this.parts;
    return (await Promise.all(tenants.map(({ tenantId }) => listSchedules(database, tenantId)))).flat();
  }

  private async startHost(): Promise<void> {
    const { workspace, access } = this.parts;
    this.host = await createHost(workspace, access, { kind: 'service', graph: replayLimits });
    await this.host.engine.start();
    await this.untilIdle();
  }

  private async stopHost(): Promise<void> {
    const stopped = this.host;
    this.host = null;
    await stopped?.stop();
  }
}

function summary(runs: readonly { state: RunState }[]): string {
  const counts = [...Map.groupBy(runs, (run) => run.state)].map(([state, of]) => `${of.length} ${state}`);
  return counts.length === 0 ? 'no runs' : counts.join(', ');
}
