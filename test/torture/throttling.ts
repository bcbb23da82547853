import { systemClock } from '../../main/clock.ts';
import { resolveSelection } from '../../main/domain/policy-types/registry.ts';
import type { TypeReading } from '../../main/engine/ports.ts';
import { capture, simulatedReaders, unhurried } from '../capture/simulated-capture.ts';
import { createVirtualClock } from '../graph/support/virtual-clock.ts';
import { measured, notMeasured, percentile, type Measurement } from '../support/measurement.ts';
import { type MeasurementCase, type MeasurementOptions, trialsFor } from '../support/measurement-runner.ts';
import { startReadOnlySimulator } from '../support/read-only-simulator.ts';
import { watchGraph } from './support/watched-graph.ts';

const core = resolveSelection('core')
  .known.filter((type) => type.permission !== null)
  .map((type) => type.key);
/** One in three of each form makes four in five over the four forms. */
const forms = ['retryAfter:3', 'retryAfter:1.5', 'retryAfter:date,seconds:4', 'retryAfter:none'];
const shareOfEach = 1 - 0.2 ** (1 / forms.length);

const neighboursWhat = "another tenant's p95 beside a throttled one";
const enoughRounds = 50;

/** R9: 80 % of answers are 429 for ten simulated minutes, Retry-After in all its forms. */
export const throttling: MeasurementCase = {
  id: 'R9',
  what: '80 % of answers 429 for 10 minutes, all forms of Retry-After',
  // The p95 of a dozen rounds would be its slowest one, and so mostly noise.
  wholeMinutes: { fixed: 0.05, trials: 5 },
  measure: ({ seed, share }) =>
    measureThrottling(
      { seed },
      { simulatedMinutes: trialsFor(share, 10, 1), objects: 300, rounds: trialsFor(share, 100, 0) },
    ),
};

export async function measureThrottling(
  { seed }: Pick<MeasurementOptions, 'seed'>,
  size: { simulatedMinutes: number; objects: number; rounds: number },
): Promise<Measurement[]> {
  const neighbours =
    size.rounds < enoughRounds
      ? [notMeasured('R9', neighboursWhat, 'ratio', `Its p95 needs ${enoughRounds} rounds: --only R9`)]
      : await measureNeighbours(seed, size.rounds);
  return [...(await measureWaiting(seed, size)), ...neighbours];
}

async function measureWaiting(
  seed: number,
  { simulatedMinutes, objects }: { simulatedMinutes: number; objects: number },
): Promise<Measurement[]> {
  const clock = createVirtualClock();
  const simulator = await startReadOnlySimulator({
    tenants: 1,
    objects,
    seed,
    throttle: false,
    clock,
    // Time jumps here: a token of an hour would end between two requests.
    tokenLifetimeSeconds: 100_000,
  });
  const graph = await watchGraph(simulator, clock, { ...unhurried, waitBudgetMs: 3_600_000 });
  try {
    for (const form of forms) simulator.control.setFault(`throttle=probability:${shareOfEach},${form}`);
    const endMs = clock.monotonicMs() + simulatedMinutes * 60_000;
    const readings: TypeReading[] = [];
    let backups = 0;
    while (clock.monotonicMs() < endMs || backups === 0) {
      readings.push(
        ...(await graph.reader.read(
          core,
          { item: () => Promise.resolve(), event: () => undefined, progress: () => undefined },
          new AbortController().signal,
        )),
      );
      backups += 1;
    }
    const { reads: leastOfOne } = simulator.control.leastReads(simulator.tenants[0]!.name, core);
    // Four of five are refused, so no client gets a read through with fewer than five sends on average.
    const least = (leastOfOne * backups) / 0.2;
    const incomplete = readings.filter((reading) => reading.outcome !== 'complete');
    const detail = {
      seed,
      backups,
      simulatedMinutes: (clock.monotonicMs() - endMs) / 60_000 + simulatedMinutes,
      sent: graph.sentReads,
      refused: graph.refusedReads,
      share: graph.refusedReads / graph.sentReads,
    };
    return [
      measured(
        'R9',
        'requests before the time that Retry-After named',
        graph.early.length,
        'count',
        { atMost: 0 },
        {
          ...detail,
          first: graph.early.slice(0, 3),
        },
      ),
      measured(
        'R9',
        'requests beside the least, at one of five let through',
        graph.sentReads / least,
        'ratio',
        {
          atMost: 1.2,
        },
      ),
      measured(
        'R9',
        'policy types not complete after it',
        incomplete.length,
        'count',
        { atMost: 0 },
        {
          first: incomplete.slice(0, 3).map(({ typeKey, outcome, reason }) => [typeKey, outcome, reason]),
        },
      ),
    ];
  } finally {
    await graph.close();
    await simulator.close();
  }
}

/** A throttled tenant beside one that is not, on one host and one app: does the other one notice? */
async function measureNeighbours(seed: number, rounds: number): Promise<Measurement[]> {
  const simulator = await startReadOnlySimulator({
    tenants: 2,
    objects: 60,
    seed,
    throttle: false,
    latency: '20',
  });
  const [throttled, other] = simulator.tenants;
  const readers = simulatedReaders(
    simulator,
    new Map([
      ['throttled', throttled!],
      ['other', other!],
    ]),
  );
  const keys = core.slice(0, 20);
  const timed = async (isThrottled: boolean): Promise<number> => {
    if (isThrottled)
      for (const form of forms)
        simulator.control.setFault(
          `throttle=tenant:${throttled!.tenantGuid},probability:${shareOfEach},${form}`,
        );
    const stop = new AbortController();
    const neighbour = isThrottled ? capture(readers, keys, 'throttled', stop.signal) : Promise.resolve();
    // Its abort is how the round ends.
    const ended = neighbour.then(
      () => undefined,
      () => undefined,
    );
    const startedMs = systemClock.monotonicMs();
    await capture(readers, keys, 'other');
    const ms = systemClock.monotonicMs() - startedMs;
    stop.abort(new Error('the round is over'));
    await ended;
    simulator.control.clearFaults();
    return ms;
  };
  try {
    await timed(false);
    const alone: number[] = [];
    const beside: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      alone.push(await timed(false));
      beside.push(await timed(true));
    }
    const slowed = percentile(beside, 0.95) / percentile(alone, 0.95);
    return [
      measured(
        'R9',
        neighboursWhat,
        slowed,
        'ratio',
        { atMost: 1.1 },
        {
          aloneMs: percentile(alone, 0.95),
          besideMs: percentile(beside, 0.95),
          rounds,
        },
      ),
    ];
  } finally {
    await readers.close();
    await simulator.close();
  }
}
