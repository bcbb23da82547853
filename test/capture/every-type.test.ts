import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policyTypes } from '../../main/domain/policy-types/registry.ts';
import { isWanted } from '../../main/simulator/data/generic-maker.ts';
import type { Simulator } from '../../main/simulator/start-simulator.ts';
import { startReadOnlySimulator } from '../support/read-only-simulator.ts';
import {
  boundaryCounts,
  capture,
  childLists,
  differences,
  readableTypes,
  simulatedReaders,
} from './simulated-capture.ts';

let simulator: Simulator;
let readers: ReturnType<typeof simulatedReaders>;
let tenant: string;

beforeAll(async () => {
  simulator = await startReadOnlySimulator({
    types: readableTypes,
    tenants: 1,
    objects: 300,
    throttle: false,
    seed: 3,
  });
  tenant = simulator.tenants[0]!.name;
  readers = simulatedReaders(simulator, new Map([['tenant', simulator.tenants[0]!]]));
});

afterAll(async () => {
  await readers.close();
  await simulator.close();
});

describe.each(policyTypes.map((type) => [type.key, type] as const))('%s', (key, type) => {
  const readAndCompare = async () => {
    const { readings, items } = await capture(readers, [key]);
    const held = simulator.control.objects(tenant, key);
    expect(readings).toMatchObject([
      { typeKey: key, outcome: 'complete', reason: null, expected: held.length, captured: held.length },
    ]);
    expect(differences(type, held, items)).toEqual([]);
    return held;
  };

  if (type.shape === 'singleton') {
    it('is captured as served', async () => {
      expect(await readAndCompare()).toHaveLength(1);
    });
  } else {
    it('is captured as served at every size of its list', async () => {
      for (const count of boundaryCounts) {
        simulator.control.setCount(tenant, key, count);
        expect(await readAndCompare(), `${count} objects`).toHaveLength(count);
      }
    });
  }

  it.each(childLists(type))('has its %s captured as served at every size', async (child) => {
    const ids = holdersOf(child);
    for (const [index, count] of boundaryCounts.entries()) {
      simulator.control.setChildCount(tenant, key, ids[index % ids.length]!, child, count);
      if (ids.length < boundaryCounts.length) await readAndCompare();
    }
    if (ids.length >= boundaryCounts.length) await readAndCompare();
  });

  /** Objects of the type for which the child is read: one for each size, or the only one of a singleton. */
  function holdersOf(childName: string): string[] {
    const child = type.children.find(({ name }) => name === childName)!;
    if (type.shape === 'collection') simulator.control.setCount(tenant, key, 40);
    const holders = simulator.control
      .objects(tenant, key)
      .filter(({ document }) => isWanted(child, document))
      .map(({ id }) => id);
    expect(holders.length, `an object that has ${childName}`).toBeGreaterThan(0);
    return holders.slice(0, boundaryCounts.length);
  }
});
