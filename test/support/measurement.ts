import { cpus, totalmem } from 'node:os';
import { styleText } from 'node:util';

/**
 * One figure of a bench or torture run. `value` is null where it could not be had on this machine; then
 * `detail` gives the reason and the figure counts as neither passed nor failed.
 */
export interface Measurement {
  /** The id of the target this figure answers, such as `P4` or `R9`. */
  id: string;
  /** What was measured, in a few words. */
  what: string;
  value: number | null;
  /** Unit of `value`, such as `ratio`, `objects/s`, `ms`; `count` for trials or violations. */
  unit: string;
  /** The bound in words, such as `<= 1.5`. */
  target: string;
  ok: boolean | null;
  detail: Record<string, unknown>;
}

/** A measurement with its verdict computed from the bound, so that no report can claim more than its figure. */
export function measured(
  id: string,
  what: string,
  value: number,
  unit: string,
  bound: { atMost?: number; atLeast?: number },
  detail: Record<string, unknown> = {},
): Measurement {
  const ok =
    Number.isFinite(value) &&
    (bound.atMost === undefined || value <= bound.atMost) &&
    (bound.atLeast === undefined || value >= bound.atLeast);
  const target = [
    ...(bound.atMost === undefined ? [] : [`<= ${bound.atMost}`]),
    ...(bound.atLeast === undefined ? [] : [`>= ${bound.atLeast}`]),
  ].join(' and ');
  return { id, what, value, unit, target, ok, detail };
}

/** A figure that this machine cannot give, with the reason. */
export function notMeasured(id: string, what: string, unit: string, reason: string): Measurement {
  return { id, what, value: null, unit, target: '', ok: null, detail: { reason } };
}

/** Median of an odd or even number of samples; throws on none. */
export function median(samples: readonly number[]): number {
  if (samples.length === 0) throw new RangeError('median of nothing');
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The value below which `share` (0 to 1) of the samples lie, by nearest rank. */
export function percentile(samples: readonly number[], share: number): number {
  if (samples.length === 0) throw new RangeError('percentile of nothing');
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))]!;
}

/** Figures of one machine, by the cases that gave them. */
export interface RecordedFigures {
  machine: Record<string, unknown>;
  /** Seconds that each case took. */
  seconds: Record<string, number>;
  /** Results by the case that gave them. */
  results: Record<string, Measurement[]>;
}

/** What the figures were taken on; no names, no paths. */
export function machineFacts(): Record<string, unknown> {
  return {
    cores: cpus().length,
    model: cpus()[0]?.model ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
  };
}

/** Prints one JSON document or a table; answers the exit code: 1 if any figure missed its target. */
export function report(figures: RecordedFigures, asJson: boolean): number {
  const { machine, seconds } = figures;
  const results = Object.values(figures.results).flat();
  if (asJson) {
    process.stdout.write(`${JSON.stringify({ machine, seconds, results })}\n`);
  } else {
    for (const result of results) {
      const verdict =
        result.ok === null
          ? styleText('yellow', 'not had')
          : result.ok
            ? styleText('green', 'ok     ')
            : styleText('red', 'MISSED ');
      const value = result.value === null ? '-' : Number(result.value.toPrecision(4)).toString();
      process.stdout.write(
        `${result.id.padEnd(6)} ${verdict} ${value.padStart(10)} ${result.unit.padEnd(10)} ${result.target.padEnd(12)} ${result.what}\n`,
      );
      if (Object.keys(result.detail).length > 0) {
        process.stdout.write(`       ${JSON.stringify(result.detail)}\n`);
      }
    }
  }
  return results.some((result) => result.ok === false) ? 1 : 0;
}
