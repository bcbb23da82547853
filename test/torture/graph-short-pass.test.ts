import { expect, it } from 'vitest';
import type { Measurement } from '../support/measurement.ts';
import { measureCounts } from './counts.ts';
import { measureShapes } from './damaged-answers.ts';
import { measureSignIns } from './sign-ins.ts';
import { measureThrottling } from './throttling.ts';

/**
 * R9 to R12 in small and by one seed; `npm run torture` gives the figures. The 1,500 fuzzed answers of R10 are in
 * test/graph/fuzz.test.ts. Speeds are not asserted here.
 */
const options = { seed: 20_261_124 };

function expectHeld(results: readonly Measurement[]): void {
  const counted = results.filter((result) => result.unit === 'count');
  expect(counted.length).toBeGreaterThan(0);
  expect(counted.filter((result) => result.ok !== true)).toEqual([]);
}

it(
  'R9: honours every form of Retry-After while four of five answers are 429',
  { timeout: 60_000 },
  async () => {
    expectHeld(await measureThrottling(options, { simulatedMinutes: 1, objects: 100, rounds: 1 }));
  },
);

it('R10: sees every named shape of a broken answer', { timeout: 60_000 }, async () => {
  expectHeld(await measureShapes(options));
});

it('R11: renews an ended token once, and names a dead sign-in', { timeout: 60_000 }, async () => {
  expectHeld(await measureSignIns(options));
});

it('R12: captures 2,000 rows of lists and child lists', { timeout: 60_000 }, async () => {
  expectHeld(await measureCounts(options, { sizes: [2000], types: 6 }));
});
