import { isWanted } from '../../main/simulator/data/generic-maker.ts';
import {
  boundaryCounts,
  capture,
  childLists,
  differences,
  readableTypes,
  simulatedReaders,
} from '../capture/simulated-capture.ts';
import { measured, type Measurement } from '../support/measurement.ts';
import { type MeasurementCase, type MeasurementOptions, trialsFor } from '../support/measurement-runner.ts';
import { startReadOnlySimulator } from '../support/read-only-simulator.ts';
import { randomOf } from '../support/random.ts';

/** R12: the boundary numbers of rows on every list and child list of the registry, 2,000 too. */
export const counts: MeasurementCase = {
  id: 'R12',
  what: '0, 1, 20, 21, 25, 26, 100, 101 and 2,000 rows on every list and child list',
  wholeMinutes: { fixed: 0.1, trials: 6 },
  measure: (options) =>
    measureCounts(options, {
      sizes: [...boundaryCounts, 2000],
      types: trialsFor(options.share, readableTypes.length, 4),
    }),
};

/** `types`: how many of the registry, drawn by the seed. */
export async function measureCounts(
  { seed }: Pick<MeasurementOptions, 'seed'>,
  size: { sizes: readonly number[]; types: number },
): Promise<Measurement[]> {
  const simulator = await startReadOnlySimulator({
    types: readableTypes,
    tenants: 1,
    objects: 300,
    throttle: false,
    seed,
  });
  const tenant = simulator.tenants[0]!;
  const readers = simulatedReaders(simulator, new Map([['tenant', tenant]]));
  const { control } = simulator;
  const wrong: string[] = [];
  let lists = 0;
  const check = async (type: (typeof readableTypes)[number], what: string) => {
    lists += 1;
    const { readings, items } = await capture(readers, [type.key]);
    const held = control.objects(tenant.name, type.key);
    const [reading] = readings;
    if (reading!.outcome !== 'complete')
      wrong.push(`${type.key} ${what}: ${reading!.outcome} ${reading!.reason}`);
    wrong.push(...differences(type, held, items).map((lost) => `${type.key} ${what}: ${lost}`));
  };
  const random = randomOf(seed);
  const drawn = readableTypes
    .map((type) => ({ type, at: random() }))
    .toSorted((left, right) => left.at - right.at)
    .slice(0, size.types);
  try {
    for (const { type } of drawn) {
      for (const count of type.shape === 'collection' ? size.sizes : []) {
        control.setCount(tenant.name, type.key, count);
        await check(type, `with ${count}`);
      }
      for (const name of childLists(type)) {
        if (type.shape === 'collection') control.setCount(tenant.name, type.key, 40);
        const child = type.children.find((each) => each.name === name)!;
        const holder = control
          .objects(tenant.name, type.key)
          .find(({ document }) => isWanted(child, document));
        if (holder === undefined) {
          wrong.push(`${type.key}: no object has ${name}`);
          continue;
        }
        for (const count of size.sizes) {
          control.setChildCount(tenant.name, type.key, holder.id, name, count);
          await check(type, `with ${count} ${name}`);
        }
      }
    }
  } finally {
    await readers.close();
    await simulator.close();
  }
  return [
    measured(
      'R12',
      'lists of which something was not captured as served',
      wrong.length,
      'count',
      { atMost: 0 },
      {
        seed,
        types: drawn.length,
        lists,
        first: wrong.slice(0, 5),
      },
    ),
  ];
}
