import { systemClock } from '../../main/clock.ts';
import { type Measurement, measured } from '../support/measurement.ts';
import { type MeasurementCase, type MeasurementOptions, trialsFor } from '../support/measurement-runner.ts';
import { between, randomOf } from '../support/random.ts';
import { judge, openFleet, until } from './support/fleet.ts';

/** R15: a host is told to stop while it works. */
export const stops: MeasurementCase = {
  id: 'R15',
  what: 'stop during runs: drained or handed over, exit code',
  wholeMinutes: { fixed: 0.1, trials: 5 },
  measure: (options) => measureStops(options, { stops: trialsFor(options.share, 50, 3) }),
};

export async function measureStops(
  { seed }: Pick<MeasurementOptions, 'seed'>,
  scope: { stops: number },
): Promise<Measurement[]> {
  const random = randomOf(seed);
  const fleet = await openFleet({
    tenants: 2,
    schedulesPerTenant: 5,
    everyMinutes: 15,
    rate: 1,
    work: { kind: 'backup', types: 3, items: 2, stepMs: 2_000 },
  });
  try {
    const { superuser } = fleet.arena;
    const identity = await fleet.enrol('Stopped');
    const seconds: number[] = [];
    const codes: (number | null)[] = [];
    let leftOpen = 0;
    let handedOver = 0;
    for (let stop = 0; stop < scope.stops; stop += 1) {
      const host = await fleet.start(identity);
      await fleet.addDueNow(4);
      await host.tick();
      await until(async () => (await host.facts()).runs > 0, 10_000);
      await systemClock.sleep(between(random, 0, 1_500));
      const startedMs = systemClock.monotonicMs();
      host.kill('SIGTERM');
      const { code } = await host.ended;
      seconds.push((systemClock.monotonicMs() - startedMs) / 1000);
      codes.push(code);
      const [row] = await superuser.query<{ open: number; released: number }>(
        `select count(*) filter (where a.ended_at is null)::int as open,
                count(*) filter (where a.outcome = 'interrupted')::int as released
           from app.run_attempts a where a.instance_id = any ($1)`,
        [host.instanceIds],
      );
      leftOpen += row!.open;
      handedOver += row!.released;
    }
    // A host that stays takes what was handed over.
    await fleet.start(identity, { work: { kind: 'backup', types: 3, items: 2, stepMs: 0 } });
    await until(
      async () =>
        (await superuser.query(`select 1 from app.backup_runs where state in ('queued', 'running')`))
          .length === 0,
      60_000,
      200,
    );
    return [
      measured(
        'R15',
        'longest stop with runs under way',
        Math.max(...seconds),
        's',
        { atMost: 30 },
        {
          stops: seconds.length,
          runsHandedOver: handedOver,
        },
      ),
      measured('R15', 'runs left without an owner', leftOpen, 'count', { atMost: 0 }),
      measured(
        'R15',
        'stops that did not end with code 0',
        codes.filter((code) => code !== 0).length,
        'count',
        {
          atMost: 0,
        },
      ),
      ...(await judge(fleet, { id: 'R15', seed, plan: scope })),
    ];
  } finally {
    await fleet.close();
  }
}
