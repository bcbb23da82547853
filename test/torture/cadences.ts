import * as fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { nextSlot, previewSlots } from '../../main/domain/cadence.ts';
import { settleSlots } from '../../main/domain/slot.ts';
import type { Cadence } from '../../shared/model/cadence.ts';
import { anyCadence } from '../domain/cadence/arbitrary-cadence.ts';
import { slotsByWalking } from '../domain/cadence/wall-clock-walk.ts';
import { type Measurement, measured } from '../support/measurement.ts';
import { type MeasurementCase, type MeasurementOptions, trialsFor } from '../support/measurement-runner.ts';
import { between, pick, randomOf } from '../support/random.ts';

/** R7: every zone, every change of its clock, random cadences; preview, dispatch and an oracle agree. */
export const cadences: MeasurementCase = {
  id: 'R7',
  what: 'all zones, all clock changes 2024 to 2034, random cadences: preview = dispatch = oracle',
  wholeMinutes: { fixed: 0.1, trials: 8 },
  measure: (options) => measureCadences(options, { share: options.share, randomCadences: 5_000 }),
};

const dayMs = 86_400_000;
const fromMs = Date.UTC(2024, 0, 1);
const toMs = Date.UTC(2034, 0, 1);
const seen = 10;

interface Trial {
  timeZone: string;
  cadence: Cadence;
  afterMs: number;
}

export async function measureCadences(
  { seed }: Pick<MeasurementOptions, 'seed'>,
  scope: { share: number; randomCadences: number },
): Promise<Measurement[]> {
  const random = randomOf(seed);
  const zones = Intl.supportedValuesOf('timeZone');
  const changes = zones.flatMap((timeZone) => changesOf(timeZone).map((ms) => ({ timeZone, ms })));
  // One cadence for each clock change, and random ones at random times in random zones.
  const generated = fc.sample(anyCadence, { seed, numRuns: changes.length + scope.randomCadences });
  const trials: Trial[] = [
    ...changes.map(({ timeZone, ms }, index) => ({
      timeZone,
      cadence: generated[index]!,
      afterMs: ms - Math.round(between(random, 0, 1.5 * dayMs)),
    })),
    ...Array.from({ length: scope.randomCadences }, (_, index) => ({
      timeZone: zones[index % zones.length]!,
      cadence: generated[changes.length + index]!,
      afterMs: Math.round(between(random, fromMs, toMs)),
    })),
  ];
  const order = trials
    .map((trial, index) => ({ trial, atChange: index < changes.length, key: random() }))
    .sort((a, b) => a.key - b.key)
    .slice(0, trialsFor(scope.share, trials.length, 200));
  let done = 0;
  let atChanges = 0;
  const wrong: object[] = [];
  for (const { trial, atChange } of order) {
    const difference = compare(trial);
    done += 1;
    if (atChange) atChanges += 1;
    if (difference === null) continue;
    wrong.push({ ...trial, after: new Date(trial.afterMs).toISOString(), ...difference });
    process.stderr.write(`BROKEN R7 (seed ${seed}): ${JSON.stringify(wrong.at(-1))}\n`);
  }
  const detail = {
    seed,
    zones: zones.length,
    clockChanges: changes.length,
    ofThoseTried: atChanges,
    planned: trials.length,
  };
  return [
    measured('R7', 'trials', done, 'count', { atLeast: order.length }, detail),
    measured(
      'R7',
      'trials in which preview, dispatch and oracle differ',
      wrong.length,
      'count',
      { atMost: 0 },
      {
        first: wrong.slice(0, 3),
        example: pick(random, trials).cadence,
      },
    ),
  ];
}

function changesOf(timeZone: string): number[] {
  const changes: number[] = [];
  let moment = Temporal.Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO(timeZone);
  for (;;) {
    const change = moment.getTimeZoneTransition('next');
    if (change === null || change.epochMilliseconds >= toMs) return changes;
    changes.push(change.epochMilliseconds);
    moment = change;
  }
}

/** Null when all three agree over the two days after the instant. */
function compare({ timeZone, cadence, afterMs }: Trial): object | null {
  const endMs = afterMs + 2 * dayMs;
  const oracle = slotsByWalking(cadence, timeZone, afterMs, endMs);
  const preview = previewSlots(cadence, timeZone, new Date(afterMs), Math.max(seen, oracle.length))
    .map((slot) => slot.slotUtc.getTime())
    .filter((ms) => ms <= endMs);
  // The dispatcher finds the same slots when it comes back after two days.
  const settlement = settleSlots(
    { cadence, timeZone, nextSlotAt: nextSlot(cadence, timeZone, new Date(afterMs)) },
    new Date(endMs),
    120,
  );
  const counted = settlement.slots.reduce((sum, slot) => sum + (slot.missedCount ?? 1), 0);
  const named = settlement.slots
    .filter((slot) => slot.missedCount === null)
    .map((slot) => slot.slotAt.getTime());
  const previewDiffers = preview.join() !== oracle.join();
  const dispatchDiffers = counted !== oracle.length || named.some((ms) => !oracle.includes(ms));
  return previewDiffers || dispatchDiffers ? { oracle, preview, dispatch: named, counted } : null;
}
