import { systemClock } from '../../main/clock.ts';
import { type Measurement, measured } from '../support/measurement.ts';
import { type MeasurementCase, type MeasurementOptions, trialsFor } from '../support/measurement-runner.ts';
import { between, randomOf } from '../support/random.ts';
import { judge, minuteMs, openFleet, until } from './support/fleet.ts';

/** R5: a host sleeps. */
export const freezes: MeasurementCase = {
  id: 'R5',
  what: 'host frozen for 1 minute to 3 days of the database',
  wholeMinutes: { fixed: 0.15, trials: 5 },
  measure: (options) => measureFreezes(options, { trials: trialsFor(options.share, 100, 3) }),
};

/**
 * The only host is stopped by SIGSTOP in the middle of its work; the database's time and the host's wall clock go
 * on without it, while its monotonic clock and its timers stand still: as a laptop sleeps.
 */
export async function measureFreezes(
  { seed }: Pick<MeasurementOptions, 'seed'>,
  scope: { trials: number },
): Promise<Measurement[]> {
  const random = randomOf(seed);
  const fleet = await openFleet({
    tenants: 2,
    schedulesPerTenant: 10,
    everyMinutes: 15,
    rate: 1,
    work: { kind: 'backup', types: 3, items: 2, stepMs: 300 },
  });
  try {
    const { superuser, clock } = fleet.arena;
    const host = await fleet.start(await fleet.enrol('Laptop'));
    const seconds: number[] = [];
    let sleptMs = 0;
    for (let trial = 0; trial < scope.trials; trial += 1) {
      await fleet.addDueNow(3);
      await host.tick();
      await systemClock.sleep(between(random, 50, 600));
      host.kill('SIGSTOP');
      await systemClock.sleep(between(random, 100, 1_000));
      // Evenly over the orders of magnitude, from one minute to three days.
      const awayMs = Math.round(minuteMs * Math.exp(random() * Math.log(3 * 24 * 60)));
      sleptMs += awayMs;
      await clock.advanceMs(awayMs);
      host.send({ kind: 'offset', wallOffsetMs: sleptMs });
      const wokenAt = await clock.now();
      const wokenMs = systemClock.monotonicMs();
      host.kill('SIGCONT');
      const ticked = await until(
        async () =>
          (
            await superuser.query(
              `select 1 from app.host_instances where last_tick_at > $1 and name = 'Laptop'`,
              [wokenAt.toISOString()],
            )
          ).length > 0,
        30_000,
        20,
      );
      seconds.push(ticked ? (systemClock.monotonicMs() - wokenMs) / 1000 : 30);
    }
    const [late] = await superuser.query<{ ran: number; missed: number; summaries: number }>(
      `select count(*) filter (where state <> 'missed' and created_at > slot_at + interval '120 seconds')::int as ran,
              count(*) filter (where state = 'missed' and reason = 'late')::int as missed,
              count(*) filter (where missed_count is not null)::int as summaries
         from app.backup_runs where trigger = 'scheduled'`,
    );
    const invariants = await judge(fleet, { id: 'R5', seed, plan: scope });
    return [
      measured(
        'R5',
        'freezes',
        seconds.length,
        'count',
        { atLeast: scope.trials },
        {
          daysOfDatabaseTime: Number((sleptMs / 86_400_000).toFixed(1)),
        },
      ),
      measured('R5', 'longest time from waking to the first tick', Math.max(...seconds), 's', { atMost: 5 }),
      measured(
        'R5',
        'late slots that were run',
        late!.ran,
        'count',
        { atMost: 0 },
        {
          missedRows: late!.missed,
          summaryRows: late!.summaries,
        },
      ),
      ...invariants,
    ];
  } finally {
    await fleet.close();
  }
}
