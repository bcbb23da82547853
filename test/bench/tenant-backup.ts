import { loadavg } from 'node:os';
import type { ThrottleGroup } from '../../main/domain/policy-types/policy-type.ts';
import { resolveSelection } from '../../main/domain/policy-types/registry.ts';
import { defaultGraphLimits } from '../../main/graph/graph-limits.ts';
import { unhurried } from '../capture/simulated-capture.ts';
import { type BackupWorld, openBackupWorld } from '../support/backup-process/backup-world.ts';
import { measured, median } from '../support/measurement.ts';
import type { MeasurementCase } from '../support/measurement-runner.ts';

const latencyMs = 100;
const samples = 5;
const core = resolveSelection('core').known;

/** P4: one tenant over a slow line, beside the least time and the least requests that its contents allow. */
export const tenantBackup: MeasurementCase = {
  id: 'P4',
  what: 'backup of one tenant of 300 objects at 100±50 ms a request',
  measure: async ({ seed }) => {
    const paced = await measureSize({ objects: 300, seed, rounds: samples, isPaced: true });
    // Growth is measured without the published rates: at 1,000 Intune requests in 20 s it would be theirs.
    const at = {
      '1×': await measureSize({ objects: 300, seed, rounds: 3, isPaced: false }),
      '4×': await measureSize({ objects: 1200, seed, rounds: 1, isPaced: false }),
      '16×': await measureSize({ objects: 4800, seed, rounds: 1, isPaced: false }),
    };
    const growth = (
      id: keyof (typeof at)['1×'] & ('msPerObject' | 'readsPerObject' | 'hostCpuMsPerObject'),
    ) => Math.max(...Object.values(at).map((size) => size[id])) / at['1×'][id];
    const { ms, bound, reads, least } = paced;
    return [
      measured(
        'P4',
        '300 objects, all core types: time beside the lower bound',
        ms / bound.ms,
        'ratio',
        { atMost: 1.5 },
        { ...paced, load: loadavg()[0] },
      ),
      measured('P4', '300 objects, all core types: requests beside the least', reads / least, 'ratio', {
        atMost: 1.1,
      }),
      measured(
        'P14',
        'P4 at 1×, 4×, 16×, published rates lifted: time of the dearest object beside one at 1×',
        growth('msPerObject'),
        'ratio',
        { atMost: 1.2 },
        at,
      ),
      measured(
        'P14',
        'P4 at 1×, 4×, 16×: requests of the dearest object beside one at 1×',
        growth('readsPerObject'),
        'ratio',
        { atMost: 1.2 },
      ),
    ];
  },
};

async function measureSize(options: { objects: number; seed: number; rounds: number; isPaced: boolean }) {
  const { objects, seed, rounds, isPaced } = options;
  const world = await openBackupWorld({
    tenants: 1,
    objects,
    seed,
    latency: `${latencyMs}±50`,
    throttle: isPaced,
  });
  try {
    const bound = await lowerBound(world, isPaced);
    const times: number[] = [];
    const cpu: number[] = [];
    let reads = 0;
    let roundTrips = 0;
    let items = 0;
    for (let round = 0; round < rounds; round += 1) {
      // A first backup each time: what a former one stored would save writing.
      await world.arena.superuser.query(`truncate app.policies cascade`);
      await world.simulator.call('resetCounters');
      const { rates, appRate } = unhurried;
      const result = await world.backUp(isPaced ? {} : { limits: { rates: rates!, appRate: appRate! } });
      const [run] = result.runs;
      if (run!.state !== 'succeeded')
        throw new Error(`The backup ended ${run!.state}: ${JSON.stringify(run)}`);
      const counters = await world.simulator.call('readCounters');
      if (counters.violations.length > 0) throw new Error('Graph was asked to write.');
      times.push(run!.ms);
      cpu.push(result.cpuMs);
      ({ reads, roundTrips } = counters);
      items = run!.counts.items;
    }
    const ms = median(times);
    return {
      ms,
      bound,
      items,
      reads,
      least: bound.least.reads,
      roundTrips,
      msPerObject: ms / items,
      readsPerObject: reads / items,
      hostCpuMsPerObject: median(cpu) / items,
    };
  } finally {
    await world.close();
  }
}

/**
 * The least time, whichever is longest: the longest chain of requests that wait for each other (sign-in, list,
 * item, child, child of a child), all requests over the exchanges allowed at once, or the published pace of the
 * slowest throttle group, whose requests the service itself would refuse any sooner.
 */
async function lowerBound(world: BackupWorld, isPaced: boolean) {
  const tenant = world.simulator.tenants[0]!.name;
  const least = await world.simulator.call(
    'leastReads',
    tenant,
    core.map((type) => type.key),
  );
  const chainMs = 5 * latencyMs;
  const lineMs = (least.roundTrips / defaultGraphLimits.concurrentRequestsPerTenant) * latencyMs;
  let paceMs = 0;
  for (const [group, types] of Map.groupBy(core, (type): ThrottleGroup => type.throttleGroup)) {
    const { reads } = await world.simulator.call(
      'leastReads',
      tenant,
      types.map((type) => type.key),
    );
    const { limit, windowMs } = defaultGraphLimits.rates[group];
    paceMs = Math.max(paceMs, Math.floor(Math.max(0, reads - 1) / limit) * windowMs + latencyMs);
  }
  if (!isPaced) paceMs = 0;
  return { ms: Math.max(chainMs, lineMs, paceMs), chainMs, lineMs, paceMs, least };
}
