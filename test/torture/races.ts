import { systemClock } from '../../main/clock.ts';
import { type Measurement, measured } from '../support/measurement.ts';
import { type MeasurementCase, type MeasurementOptions, trialsFor } from '../support/measurement-runner.ts';
import { judge, minuteMs, openFleet, until } from './support/fleet.ts';

/** R2: eight hosts race for the same minutes. */
export const races: MeasurementCase = {
  id: 'R2',
  what: 'eight hosts racing for the same minutes on a fast clock',
  wholeMinutes: { fixed: 0.15, trials: 2.5 },
  measure: (options) =>
    measureRaces(options, {
      hosts: 8,
      slots: trialsFor(options.share, 10_000, 500),
    }),
};

/** Every schedule is due in the same minute, again and again: the clock jumps to it and all hosts tick at once. */
export async function measureRaces(
  { seed }: Pick<MeasurementOptions, 'seed'>,
  scope: { hosts: number; slots: number },
): Promise<Measurement[]> {
  const schedules = Math.min(500, Math.ceil(scope.slots / 4 / 20) * 20);
  const rounds = Math.ceil(scope.slots / schedules);
  const everyMinutes = 15;
  const fleet = await openFleet({
    tenants: 20,
    schedulesPerTenant: schedules / 20,
    everyMinutes: 1,
    rate: 1,
    work: { kind: 'nothing' },
  });
  try {
    const { superuser, clock } = fleet.arena;
    const first =
      Math.floor((await clock.now()).getTime() / minuteMs / everyMinutes) * minuteMs * everyMinutes +
      minuteMs * everyMinutes;
    await superuser.query(`update app.backup_schedules set next_slot_at = $1, cadence = $2`, [
      new Date(first).toISOString(),
      JSON.stringify({
        kind: 'everyMinutes',
        minutes: everyMinutes,
        anchorUtc: new Date(first).toISOString(),
      }),
    ]);
    const hosts = await Promise.all(
      Array.from({ length: scope.hosts }, async (_, index) =>
        fleet.start(await fleet.enrol(`Racer ${index + 1}`), {
          // Small chunks, so that every host gets some of each minute.
          limits: {
            dispatchChunk: 20,
            concurrentRuns: 8,
            claimPollMs: 50,
            claimJitterMs: 20,
            safetyTickMs: 600_000,
          },
          manualMinutes: true,
        }),
      ),
    );
    const startedMs = systemClock.monotonicMs();
    const perHost = new Map<string, number>();
    for (let round = 0; round < rounds; round += 1) {
      await clock.run(1, new Date(first + round * everyMinutes * minuteMs));
      await Promise.all(hosts.map((host) => host.tick()));
      await until(
        async () =>
          (
            await superuser.query<{ open: number }>(
              `select count(*)::int as open from app.backup_runs where state in ('queued', 'running')`,
            )
          )[0]!.open === 0,
        60_000,
      );
    }
    const seconds = (systemClock.monotonicMs() - startedMs) / 1000;
    for (const row of await superuser.query<{ actor: string; rows: number }>(
      `select requested_by as actor, count(*)::int as rows from app.backup_runs group by 1`,
    )) {
      perHost.set(row.actor, row.rows);
    }
    const [slots] = await superuser.query<{ rows: number; distinct: number }>(
      `select count(*)::int as rows, count(distinct (schedule_id, slot_at))::int as distinct from app.backup_runs`,
    );
    return [
      measured(
        'R2',
        'slots that have exactly one row',
        slots!.distinct,
        'count',
        { atLeast: rounds * schedules },
        {
          expected: rounds * schedules,
          rows: slots!.rows,
          hosts: scope.hosts,
          dispatchedBy: Object.fromEntries(perHost),
          seconds: Math.round(seconds),
        },
      ),
      measured('R2', 'rows beyond one per slot', slots!.rows - slots!.distinct, 'count', { atMost: 0 }),
      ...(await judge(fleet, { id: 'R2', seed, plan: { schedules, rounds, hosts: scope.hosts } })),
    ];
  } finally {
    await fleet.close();
  }
}
