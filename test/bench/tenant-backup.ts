import { policyTypes, resolveSelection } from '../../main/domain/policy-types/registry.ts';
import { defaultGraphLimits } from '../../main/graph/graph-limits.ts';
import { openBackupWorld } from '../support/backup-process/backup-world.ts';
import { measured, median, type Measurement } from '../support/measurement.ts';
import type { MeasurementCase } from '../support/measurement-runner.ts';

const latencyMs = 100;
const samples = 5;
const core = resolveSelection('core').known;

/** P4: one tenant over a slow line, beside the least time and the least requests that its contents allow. */
export const tenantBackup: MeasurementCase = {
  id: 'P4',
  what: 'backup of one tenant of 300 objects at 100±50 ms a request',
  measure: async ({ seed }) => {
    const at1 = await measureSize(300, seed, samples);
    const results = at1.results('P4', '300 objects, all core types');
    const growth: Record<string, number> = { '1×': at1.msPerObject };
    for (const factor of [4, 16]) {
      growth[`${factor}×`] = (await measureSize(300 * factor, seed, 1)).msPerObject;
    }
    const worst = Math.max(...Object.values(growth)) / at1.msPerObject;
    return [
      ...results,
      measured(
        'P14',
        'P4 at 1×, 4×, 16×: dearest object beside one at 1×',
        worst,
        'ratio',
        { atMost: 1.2 },
        growth,
      ),
    ];
  },
};

async function measureSize(objects: number, seed: number, rounds: number) {
  const world = await openBackupWorld({ tenants: 1, objects, seed, latency: `${latencyMs}±50` });
  try {
    const keys = core.map((type) => type.key);
    const least = await world.simulator.call('leastReads', world.simulator.tenants[0]!.name, keys);
    const bound = lowerBound(
      least,
      policyTypes.filter((type) => keys.includes(type.key)),
    );
    const times: number[] = [];
    let reads = 0;
    let roundTrips = 0;
    let items = 0;
    for (let round = 0; round < rounds; round += 1) {
      // A first backup each time: what a former one stored would save writing.
      await world.arena.superuser.query(`truncate app.policies cascade`);
      await world.simulator.call('resetCounters');
      const result = await world.backUp();
      const [run] = result.runs;
      if (run!.state !== 'succeeded')
        throw new Error(`The backup ended ${run!.state}: ${JSON.stringify(run)}`);
      const counters = await world.simulator.call('readCounters');
      if (counters.violations.length > 0) throw new Error('Graph was asked to write.');
      times.push(run!.ms);
      ({ reads, roundTrips } = counters);
      items = run!.counts.items;
    }
    const ms = median(times);
    const detail = {
      ms,
      bound,
      items,
      reads,
      least: least.reads,
      roundTrips,
      leastRoundTrips: least.roundTrips,
    };
    return {
      msPerObject: ms / items,
      results: (id: string, what: string): Measurement[] => [
        measured(id, `${what}: time beside the lower bound`, ms / bound.ms, 'ratio', { atMost: 1.5 }, detail),
        measured(id, `${what}: requests beside the least`, reads / least.reads, 'ratio', { atMost: 1.1 }),
      ],
    };
  } finally {
    await world.close();
  }
}

/**
 * The least time, whichever is longest: the longest chain of requests that wait for each other (sign-in, list,
 * item, child, child of a child), all requests over the exchanges allowed at once, or the published pace of the
 * slowest throttle group.
 */
function lowerBound(
  least: { roundTrips: number; reads: number },
  types: readonly { throttleGroup: keyof typeof defaultGraphLimits.rates; listPath: string }[],
): { ms: number; chainMs: number; lineMs: number; paceMs: number } {
  const chainMs = 5 * latencyMs;
  const lineMs = (least.roundTrips / defaultGraphLimits.concurrentRequestsPerTenant) * latencyMs;
  const paced = new Set(
    types.filter((type) => type.throttleGroup === 'conditionalAccess').map((type) => type.listPath),
  ).size;
  const { windowMs } = defaultGraphLimits.rates.conditionalAccess;
  const intune = defaultGraphLimits.rates.intune;
  const intuneMs = Math.floor(Math.max(0, least.reads - 1) / intune.limit) * intune.windowMs;
  const paceMs = Math.max((paced - 1) * windowMs, intuneMs) + latencyMs;
  return { ms: Math.max(chainMs, lineMs, paceMs), chainMs, lineMs, paceMs };
}
