import { parseArgs } from 'node:util';
import { systemClock } from '../../main/clock.ts';
import { type FigureRecord, recordFigures } from './figures-sections.ts';
import { machineFacts, type Measurement, type RecordedFigures, report } from './measurement.ts';

export interface MeasurementOptions {
  /** Seed of everything random in the run; printed, so that a failure can be repeated. */
  seed: number;
  /** How long open-ended parts may go on. */
  minutes: number;
  /** Above 0, at most 1: how much of the whole number of trials there is time for. */
  share: number;
}

/** How many of `whole` trials a run has time for; never fewer than `least`. */
export function trialsFor(share: number, whole: number, least: number): number {
  return Math.min(whole, Math.max(least, Math.round(whole * share)));
}

/** One entry of a bench or torture suite; it may give several figures. */
export interface MeasurementCase {
  id: string;
  what: string;
  /** About how long it takes on 2 cores, so that `--minutes` can be divided: `fixed` whatever the share is. */
  wholeMinutes?: { fixed: number; trials: number };
  measure(options: MeasurementOptions): Promise<Measurement[]>;
}

/**
 * The command line shared by `npm run bench` and `npm run torture`: `--json`, `--only P4,P5`, `--seed N`,
 * `--minutes N`. Where cases say how long they take, `--minutes` is for all that are wanted together, and without it
 * every case has its whole number of trials. Sets the exit code: 0 all targets met, 1 a target missed or a case
 * crashed, 2 bad usage.
 */
export async function runMeasurements(
  name: string,
  cases: readonly MeasurementCase[],
  record: FigureRecord,
): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      record: { type: 'boolean', default: false },
      only: { type: 'string' },
      seed: { type: 'string', default: '7' },
      minutes: { type: 'string' },
    },
  });
  if (values.help) {
    process.stdout.write(
      `npm run ${name} -- [--only ${cases.map((entry) => entry.id).join(',')}] [--seed N] [--minutes N] [--json] [--record]\n` +
        (minutesOf(cases) > 0
          ? `  Without --minutes: the whole number of trials, about ${Math.round(minutesOf(cases))} minutes.\n`
          : '') +
        cases.map((entry) => `  ${entry.id.padEnd(6)} ${entry.what}\n`).join(''),
    );
    return;
  }
  const wanted = values.only?.split(',').map((id) => id.trim());
  const unknown = wanted?.filter((id) => !cases.some((entry) => entry.id === id)) ?? [];
  const seed = Number(values.seed);
  const minutes = Number(values.minutes ?? 10);
  // What is published has had its whole number of trials.
  const isShortened = values.record && values.minutes !== undefined;
  if (unknown.length > 0 || !Number.isSafeInteger(seed) || !(minutes > 0) || isShortened) {
    process.stderr.write(
      unknown.length > 0
        ? `No such case: ${unknown.join(', ')}. Known: ${cases.map((entry) => entry.id).join(', ')}.\n`
        : 'The seed is a whole number, the minutes are above 0, and --record goes without --minutes.\n',
    );
    process.exitCode = 2;
    return;
  }
  const figures: RecordedFigures = { machine: machineFacts(), seconds: {}, results: {} };
  const chosen = cases.filter((entry) => wanted?.includes(entry.id) ?? true);
  const share = values.minutes === undefined ? 1 : shareOf(chosen, minutes);
  for (const entry of chosen) {
    const startedMs = systemClock.monotonicMs();
    process.stderr.write(`${entry.id} ${entry.what} (seed ${seed}) …\n`);
    try {
      figures.results[entry.id] = await entry.measure({ seed, minutes, share });
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      figures.results[entry.id] = [
        {
          id: entry.id,
          what: entry.what,
          value: null,
          unit: '',
          target: '',
          ok: false,
          detail: { crashed: error instanceof Error ? error.message : String(error), seed },
        },
      ];
    }
    const seconds = Math.ceil((systemClock.monotonicMs() - startedMs) / 1000);
    figures.seconds[entry.id] = seconds;
    process.stderr.write(`${entry.id} took ${seconds} s\n`);
  }
  if (values.record) {
    recordFigures(
      record,
      figures,
      cases.map((entry) => entry.id),
    );
  }
  process.exitCode = report(figures, values.json);
}

/** What remains of the minutes after the fixed parts, as a share of what all trials take; a hundredth at least. */
function shareOf(cases: readonly MeasurementCase[], minutes: number): number {
  const trials = minutesOf(cases, 'trials');
  return trials === 0 ? 1 : Math.min(1, Math.max(0.01, (minutes - minutesOf(cases, 'fixed')) / trials));
}

function minutesOf(cases: readonly MeasurementCase[], part?: 'fixed' | 'trials'): number {
  return cases.reduce((total, { wholeMinutes: { fixed, trials } = { fixed: 0, trials: 0 } }) => {
    return total + (part === 'fixed' ? fixed : part === 'trials' ? trials : fixed + trials);
  }, 0);
}
