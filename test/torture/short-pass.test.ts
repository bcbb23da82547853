import { expect, it } from 'vitest';
import type { Measurement } from '../support/measurement.ts';
import { measureFreezes } from './freezes.ts';
import { measureKills } from './kills.ts';
import { measureNetworks } from './networks.ts';
import { measureRaces } from './races.ts';

/**
 * The torture in small: real host processes on a real server, the same faults and the same checker, with one seed
 * and few trials, side by side because most of it is waiting. `npm run torture` gives the figures.
 */
const seed = 20_261_124;
const options = { seed };

/** All broken rules were printed with their rows by then. Times are for quiet machines, hence not asserted. */
function expectHeld(results: readonly Measurement[]): void {
  expect(results.filter((result) => result.ok === false && result.unit === 'count')).toEqual([]);
}

it.concurrent('killed hosts leave no slot lost, doubled or half done', { timeout: 90_000 }, async () => {
  const points = [
    'after lock-due',
    'before commit of insert-due',
    'after commit of claim',
    'before seal',
    'before commit of finish',
    'after commit of finish',
  ];
  expectHeld(await measureKills(options, { points, randomKills: 2 }));
});

it.concurrent('racing hosts give every slot one row', { timeout: 90_000 }, async () => {
  expectHeld(await measureRaces(options, { hosts: 3, slots: 160 }));
});

it.concurrent('an owner that lost its run writes nothing', { timeout: 90_000 }, async () => {
  expectHeld(await measureNetworks(options, { hosts: 2, trials: 2, budgetMs: 15_000 }));
});

it.concurrent('a frozen host runs nothing late', { timeout: 90_000 }, async () => {
  expectHeld(await measureFreezes(options, { trials: 2 }));
});
