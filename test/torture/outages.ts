import { systemClock } from '../../main/clock.ts';
import { type Measurement, measured, percentile } from '../support/measurement.ts';
import { type MeasurementCase, type MeasurementOptions, trialsFor } from '../support/measurement-runner.ts';
import { between, pick, randomOf } from '../support/random.ts';
import { judge, openFleet, until } from './support/fleet.ts';

/** R3: the database is stopped and started during runs. */
export const outages: MeasurementCase = {
  id: 'R3',
  what: 'database stopped (fast, immediate) and started during runs',
  wholeMinutes: { fixed: 0.3, trials: 8 },
  measure: (options) => measureOutages(options, { stops: trialsFor(options.share, 50, 3) }),
};

export async function measureOutages(
  { seed }: Pick<MeasurementOptions, 'seed'>,
  scope: { stops: number },
): Promise<Measurement[]> {
  const random = randomOf(seed);
  // In real time: what is measured is how fast hosts come back. Commits have to survive, so nothing is forgotten.
  const fleet = await openFleet({
    tenants: 3,
    schedulesPerTenant: 20,
    everyMinutes: 5,
    rate: 1,
    forgetful: false,
    work: { kind: 'backup', types: 3, items: 2, stepMs: 400 },
  });
  try {
    const { superuser, server } = fleet.arena;
    const hosts = [
      await fleet.start(await fleet.enrol('First')),
      await fleet.start(await fleet.enrol('Second')),
    ];
    const seconds: number[] = [];
    let interruptedWork = 0;
    for (let stop = 0; stop < scope.stops; stop += 1) {
      await fleet.addDueNow(6);
      await Promise.all(hosts.map((host) => host.tick()));
      await systemClock.sleep(between(random, 50, 1_500));
      const [running] = await superuser.query<{ running: number }>(
        `select count(*)::int as running from app.backup_runs where state = 'running'`,
      );
      interruptedWork += running!.running;
      await server.halt(pick(random, ['fast', 'immediate']));
      await systemClock.sleep(between(random, 0, pick(random, [500, 3_000, 8_000])));
      await server.start();
      const upMs = systemClock.monotonicMs();
      const [up] = await retry(() => superuser.query<{ at: Date }>(`select clock_timestamp() as at`));
      // Work is: both hosts ticked, and a transaction of a run or a claim was committed.
      const back = await until(
        async () => {
          const [row] = await retry(() =>
            superuser.query<{ ticked: number; worked: boolean }>(
              `select (select count(*)::int from app.host_instances where last_tick_at > $1) as ticked,
                      exists (select 1 from app.audit_events where at > $1 and action ~ '^run\\.(started|succeeded|partial)$')
                      or not exists (select 1 from app.backup_runs where state = 'queued') as worked`,
              [up!.at.toISOString()],
            ),
          );
          return row!.ticked >= 2 && row!.worked;
        },
        60_000,
        100,
      );
      seconds.push(back ? (systemClock.monotonicMs() - upMs) / 1000 : 60);
    }
    const invariants = await judge(fleet, { id: 'R3', seed, plan: scope });
    const warnings = [...fleet.hosts].reduce((sum, host) => sum + host.reports.length, 0);
    return [
      measured(
        'R3',
        'stops and starts of the database',
        seconds.length,
        'count',
        { atLeast: Math.min(50, scope.stops) },
        {
          runsUnderWay: interruptedWork,
          warnings,
        },
      ),
      measured(
        'R3',
        'longest time from server up to all hosts at work',
        Math.max(...seconds),
        's',
        { atMost: 10 },
        {
          p50: percentile(seconds, 0.5),
          p90: percentile(seconds, 0.9),
        },
      ),
      ...invariants,
    ];
  } finally {
    await fleet.close();
  }
}

async function retry<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === 20) throw error;
      await systemClock.sleep(100);
    }
  }
}
