import { parseArgs } from 'node:util';
import { type Measurement, report } from './measurement.ts';

export interface MeasurementOptions {
  /** Seed of everything random in the run; printed, so that a failure can be repeated. */
  seed: number;
  /** How long open-ended parts may go on. */
  minutes: number;
}

/** One entry of a bench or torture suite; it may give several figures. */
export interface MeasurementCase {
  id: string;
  what: string;
  measure(options: MeasurementOptions): Promise<Measurement[]>;
}

/**
 * The command line shared by `npm run bench` and `npm run torture`: `--json`, `--only P4,P5`, `--seed N`,
 * `--minutes N`. Sets the exit code: 0 all targets met, 1 a target missed or a case crashed, 2 bad usage.
 */
export async function runMeasurements(name: string, cases: readonly MeasurementCase[]): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      only: { type: 'string' },
      seed: { type: 'string', default: '7' },
      minutes: { type: 'string', default: '10' },
    },
  });
  if (values.help) {
    process.stdout.write(
      `npm run ${name} -- [--only ${cases.map((entry) => entry.id).join(',')}] [--seed N] [--minutes N] [--json]\n` +
        cases.map((entry) => `  ${entry.id.padEnd(6)} ${entry.what}\n`).join(''),
    );
    return;
  }
  const wanted = values.only?.split(',').map((id) => id.trim());
  const unknown = wanted?.filter((id) => !cases.some((entry) => entry.id === id)) ?? [];
  const seed = Number(values.seed);
  const minutes = Number(values.minutes);
  if (unknown.length > 0 || !Number.isSafeInteger(seed) || !(minutes > 0)) {
    process.stderr.write(
      unknown.length > 0
        ? `No such case: ${unknown.join(', ')}. Known: ${cases.map((entry) => entry.id).join(', ')}.\n`
        : 'The seed is a whole number and the minutes are above 0.\n',
    );
    process.exitCode = 2;
    return;
  }
  const results: Measurement[] = [];
  for (const entry of cases) {
    if (wanted && !wanted.includes(entry.id)) continue;
    process.stderr.write(`${entry.id} ${entry.what} (seed ${seed}) …\n`);
    try {
      results.push(...(await entry.measure({ seed, minutes })));
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      results.push({
        id: entry.id,
        what: entry.what,
        value: null,
        unit: '',
        target: '',
        ok: false,
        detail: { crashed: error instanceof Error ? error.message : String(error), seed },
      });
    }
  }
  process.exitCode = report(results, values.json);
}
