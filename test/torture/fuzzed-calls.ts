import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../main/clock.ts';
import { measured, notMeasured } from '../support/measurement.ts';
import { type MeasurementCase, trialsFor } from '../support/measurement-runner.ts';
import { runVitestFile } from '../support/run-vitest-file.ts';

/** S3: a hundred thousand fuzzed calls a transport, by the test that sends fewer in `npm test`. */
export const fuzzedCalls: MeasurementCase = {
  id: 'S3',
  what: 'fuzzed calls by IPC and by the console',
  wholeMinutes: { fixed: 0.2, trials: 12 },
  async measure({ seed, share }) {
    const callsPlanned = trialsFor(share, 100_000, 500);
    const directory = await mkdtemp(join(tmpdir(), 'tenantkeep-fuzz-'));
    const reportFile = join(directory, 'report.jsonl');
    try {
      const startedMs = systemClock.monotonicMs();
      const output = await runVitestFile(
        'test/security/contract-fuzz.test.ts',
        {
          TENANTKEEP_TEST_SEED: String(seed),
          TENANTKEEP_FUZZ_CALLS: String(callsPlanned),
          TENANTKEEP_FUZZ_REPORT: reportFile,
        },
        ['-t', 'fuzzed calls'],
      );
      const minutes = (systemClock.monotonicMs() - startedMs) / 60_000;
      const text = await readFile(reportFile, 'utf8').catch(() => '');
      const transports = text
        .split('\n')
        .filter((line) => line !== '')
        .map(
          (line) =>
            JSON.parse(line) as {
              transport: string;
              calls: number;
              refused: number;
              answered: number;
              problems: number;
            },
        );
      if (transports.length < 2) {
        return [notMeasured('S3', 'fuzzed calls', 'count', `not both ran: ${output.slice(-500)}`)];
      }
      return transports.flatMap(({ transport, calls, ...counts }) => [
        measured(
          'S3',
          `calls by ${transport}`,
          calls,
          'count',
          { atLeast: callsPlanned },
          { seed, ...counts },
        ),
        measured(
          'S3',
          `crashes, stacks and wrong answers by ${transport}`,
          counts.problems,
          'count',
          { atMost: 0 },
          { minutes: Number(minutes.toFixed(1)) },
        ),
      ]);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
};
