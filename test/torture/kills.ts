import { systemClock } from '../../main/clock.ts';
import { type Measurement, measured, percentile } from '../support/measurement.ts';
import { type MeasurementCase, type MeasurementOptions, trialsFor } from '../support/measurement-runner.ts';
import { between, pick, randomOf } from '../support/random.ts';
import { type Fleet, judge, openFleet, ordinaryWork, settle, until } from './support/fleet.ts';
import { killPoints } from './support/kill-points.ts';
import type { TortureHost } from './support/start-host.ts';

/** R1: kill -9 at named points and at random moments. */
export const kills: MeasurementCase = {
  id: 'R1',
  what: 'kill -9 of a host at named points and random moments',
  wholeMinutes: { fixed: 1.2, trials: 30 },
  measure: (options) =>
    measureKills(options, { points: killPoints, randomKills: trialsFor(options.share, 1_000, 20) }),
};

const rate = 5;

/** How long the database's clock took from each kill until no attempt of that process was open any more. */
interface Death {
  instanceIds: readonly string[];
  at: Date;
  point: string;
}

export async function measureKills(
  { seed }: Pick<MeasurementOptions, 'seed'>,
  scope: { points: readonly string[]; randomKills: number },
): Promise<Measurement[]> {
  const random = randomOf(seed);
  const fleet = await openFleet({ tenants: 3, schedulesPerTenant: 40, everyMinutes: 5, rate });
  try {
    const deaths: Death[] = [];
    const survivor = await fleet.start(await fleet.enrol('Survivor'), { limits: { concurrentRuns: 8 } });
    const missed = await killAtPoints(fleet, scope.points, deaths);
    const randomKills = await killAtRandom(fleet, random, scope.randomKills, deaths);
    await settle(fleet);
    const seconds = await secondsUntilFree(fleet, deaths);
    const invariants = await judge(fleet, {
      id: 'R1',
      seed,
      plan: { rate, points: scope.points.length, randomKills },
    });
    await survivor.stop();
    const point =
      scope.points.length === 0
        ? []
        : [
            measured(
              'R1',
              'named points at which a host was killed',
              scope.points.length - missed.length,
              'count',
              { atLeast: Math.min(40, scope.points.length) },
              { notReached: missed },
            ),
          ];
    return [
      ...point,
      measured('R1', 'random kills', randomKills, 'count', {
        atLeast: scope.randomKills,
      }),
      measured(
        'R1',
        'longest time from a kill until its runs are ended or queued again, in seconds of the database',
        Math.max(0, ...seconds),
        's',
        { atMost: 45 },
        {
          runsTakenFromTheDead: seconds.length,
          p50: seconds.length === 0 ? null : percentile(seconds, 0.5),
          p99: seconds.length === 0 ? null : percentile(seconds, 0.99),
          rate,
        },
      ),
      ...invariants,
    ];
  } finally {
    await fleet.close();
  }
}

/** Kills one victim per point, a few at a time; answers the points that were not reached. */
async function killAtPoints(fleet: Fleet, points: readonly string[], deaths: Death[]): Promise<string[]> {
  const notReached: string[] = [];
  const queue = [...points];
  const lane = async (index: number): Promise<void> => {
    const identity = await fleet.enrol(`Victim ${index}`);
    for (let point = queue.shift(); point !== undefined; point = queue.shift()) {
      let died = false;
      // Another host may be quicker to the due rows; then the victim gets one more chance.
      for (let round = 0; round < 2 && !died; round += 1) {
        const victim = await fleet.start(identity, {
          killAt: { point, nth: 1 },
          waitsForGo: true,
          // A beat comes only to runs that last.
          ...(point.includes('beat') ? { work: { ...ordinaryWork, stepMs: 1_500 } } : {}),
        });
        await fleet.addDueNow(4);
        victim.send({ kind: 'go' });
        died = await until(async () => victim.hasEnded(), 10_000);
        victim.kill('SIGKILL');
        await victim.ended;
        await noteDeath(fleet, victim, deaths, point);
      }
      if (!died) notReached.push(point);
    }
  };
  await Promise.all([0, 1, 2].map(lane));
  return notReached;
}

async function killAtRandom(
  fleet: Fleet,
  random: () => number,
  kills: number,
  deaths: Death[],
): Promise<number> {
  const identities = [await fleet.enrol('Prey 1'), await fleet.enrol('Prey 2'), await fleet.enrol('Prey 3')];

  let killed = 0;
  let begun = 0;
  const lane = async (index: number): Promise<void> => {
    while (begun < kills) {
      begun += 1;
      const host = await fleet.start(identities[index]!);

      // Mostly soon, so that starting and the first claims are hit as well as the middle of runs.
      await systemClock.sleep(between(random, 0, pick(random, [200, 1_000, 2_500])));
      host.kill('SIGKILL');
      await host.ended;
      killed += 1;
      await noteDeath(fleet, host, deaths, 'random');
    }
  };
  await Promise.all(identities.map((_, index) => lane(index)));
  return killed;
}

async function noteDeath(fleet: Fleet, host: TortureHost, deaths: Death[], point: string): Promise<void> {
  // A host that died before it could name itself is found by its row.
  const ids =
    host.instanceIds.length > 0
      ? host.instanceIds
      : (
          await fleet.arena.superuser.query<{ id: string }>(
            `select id from app.host_instances where host_id = $1 order by started_at desc limit 1`,
            [host.plan.hostId],
          )
        ).map((row) => row.id);
  deaths.push({ instanceIds: [...ids], at: await fleet.arena.clock.now(), point });
}

/** For each attempt that was open when its process died: seconds until it was closed by somebody else. */
async function secondsUntilFree(fleet: Fleet, deaths: readonly Death[]): Promise<number[]> {
  const rows = await fleet.arena.superuser.query<{ seconds: number }>(
    `select extract(epoch from coalesce(a.ended_at, app.db_now()) - d.at)::float8 as seconds
       from rows from (jsonb_to_recordset($1::jsonb) as ("instanceIds" uuid[], at timestamptz)) as d("ids", at)
       join app.run_attempts a on a.instance_id = any (d.ids)
      where a.started_at <= d.at and coalesce(a.ended_at, app.db_now()) > d.at`,
    [JSON.stringify(deaths)],
  );
  return rows.map((row) => row.seconds);
}
