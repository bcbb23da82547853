import { systemClock } from '../../main/clock.ts';
import { throughPort } from '../support/arena.ts';
import { type Measurement, measured } from '../support/measurement.ts';
import { type MeasurementCase, type MeasurementOptions, trialsFor } from '../support/measurement-runner.ts';
import { between, pick, type Random, randomOf } from '../support/random.ts';
import { type ChaosProxy, startChaosProxy } from './support/chaos-proxy.ts';
import { judge, openFleet } from './support/fleet.ts';
import type { TortureHost } from './support/start-host.ts';

/** R4: the network between host and database. */
export const networks: MeasurementCase = {
  id: 'R4',
  what: 'network between host and database cut, half open, slow, reset, cut around COMMIT',
  wholeMinutes: { fixed: 0.9, trials: 5 },
  measure: (options) =>
    measureNetworks(options, {
      hosts: 4,
      trials: trialsFor(options.share, 500, 10),
      budgetMs: 1_800_000,
    }),
};

const rate = 10;
type Fault = 'cut' | 'half_open' | 'slow' | 'reset' | 'before_commit' | 'after_commit' | 'frozen';
const faults: readonly Fault[] = [
  'cut',
  'cut',
  'half_open',
  'half_open',
  'slow',
  'reset',
  'before_commit',
  'after_commit',
  'frozen',
];

/**
 * Hosts behind proxies lose their network in many ways while they work; one host with a good line reaps. A trial
 * is an owner that lost its run, tried to write all the same past every local check, and was answered by the
 * fence of the database.
 */
export async function measureNetworks(
  { seed }: Pick<MeasurementOptions, 'seed'>,
  scope: { hosts: number; trials: number; budgetMs: number },
): Promise<Measurement[]> {
  const random = randomOf(seed);
  const fleet = await openFleet({
    tenants: 4,
    schedulesPerTenant: 60,
    everyMinutes: 5,
    rate,
    work: { kind: 'backup', types: 3, items: 2, stepMs: 300 },
  });
  const proxies: ChaosProxy[] = [];
  try {
    const serverPort = Number(new URL(fleet.arena.superuserUrl).port);
    await fleet.start(await fleet.enrol('Good line'), { limits: { concurrentRuns: 2 } });
    const hosts: { host: TortureHost; proxy: ChaosProxy }[] = [];
    for (let index = 0; index < scope.hosts; index += 1) {
      const proxy = await startChaosProxy(serverPort);
      proxies.push(proxy);
      const identity = await fleet.enrol(`Bad line ${index + 1}`);
      hosts.push({
        proxy,
        host: await fleet.start(
          { ...identity, url: throughPort(identity.url, proxy.port) },
          { stubborn: true, limits: { concurrentRuns: 6 } },
        ),
      });
    }
    const counts: Record<string, number> = {};
    const trials = () => hosts.reduce((sum, { host }) => sum + host.lateWrites().refused, 0);
    const deadline = systemClock.monotonicMs() + scope.budgetMs;
    const open = () => systemClock.monotonicMs() < deadline && trials() < scope.trials;
    const lane = async (index: number): Promise<void> => {
      const own = randomOf(seed + 1 + index);
      while (open()) {
        const fault = pick(own, faults);
        counts[fault] = (counts[fault] ?? 0) + 1;
        await apply(fault, hosts[index]!, own);
        hosts[index]!.proxy.set('pass');
        // Long enough to take up runs again.
        await systemClock.sleep(between(random, 400, 1_500));
      }
    };
    await Promise.all(hosts.map((_, index) => lane(index)));
    // The stubborn go on for a while; only then is it known what was accepted.
    await systemClock.sleep(9_000);
    const accepted = hosts.reduce((sum, { host }) => sum + host.lateWrites().accepted, 0);
    const [stale] = await fleet.arena.superuser.query<{ stale: number }>(
      `select count(*)::int as stale
         from app.run_events e left join app.run_attempts a on (a.run_id, a.attempt) = (e.run_id, e.attempt)
        where a.run_id is null or e.at > a.ended_at`,
    );
    const invariants = await judge(fleet, { id: 'R4', seed, plan: { ...scope, rate, counts } });
    return [
      measured(
        'R4',
        'late writes of owners that lost their run, refused by the fence',
        trials(),
        'count',
        { atLeast: scope.trials },
        { faults: counts, rate, acceptedWhileTheLeaseStillHeld: accepted },
      ),
      measured('R4', 'stale writes', stale!.stale, 'count', { atMost: 0 }),
      ...invariants,
    ];
  } finally {
    await fleet.close();
    for (const proxy of proxies) await proxy.close();
  }
}

async function apply(
  fault: Fault,
  { host, proxy }: { host: TortureHost; proxy: ChaosProxy },
  random: Random,
): Promise<void> {
  // 1 s to 10 min of the database's time, mostly around the length of a lease.
  const durationMs =
    (random() < 0.1 ? between(random, 60_000, 600_000) : between(random, 1_000, 60_000)) / rate;
  switch (fault) {
    case 'cut':
      proxy.set('refuse');
      await systemClock.sleep(durationMs);
      break;
    case 'half_open':
      proxy.set('half_open');
      await systemClock.sleep(durationMs);
      break;
    case 'slow':
      proxy.set('slow', 200);
      await systemClock.sleep(durationMs);
      break;
    case 'reset':
      proxy.reset();
      break;
    case 'before_commit':
    case 'after_commit':
      await Promise.race([
        proxy.cutAtCommit(fault === 'before_commit' ? 'before' : 'after'),
        systemClock.sleep(2_000),
      ]);
      proxy.forgetCuts();
      break;
    case 'frozen':
      host.kill('SIGSTOP');
      await systemClock.sleep(durationMs);
      host.kill('SIGCONT');
      break;
  }
}
