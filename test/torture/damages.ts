import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measured, notMeasured } from '../support/measurement.ts';
import { type MeasurementCase, trialsFor } from '../support/measurement-runner.ts';
import { runVitestFile } from '../support/run-vitest-file.ts';

/** R16: a thousand planted damages to backup sets and the audit, by the test that plants fewer in `npm test`. */
export const damages: MeasurementCase = {
  id: 'R16',
  what: 'planted damages to stored sets and the audit chain',
  wholeMinutes: { fixed: 0.1, trials: 3 },
  async measure({ seed, share }) {
    const damagesPlanned = trialsFor(share, 1_000, 30);
    const directory = await mkdtemp(join(tmpdir(), 'tenantkeep-damages-'));
    const reportFile = join(directory, 'report.json');
    try {
      const output = await runVitestFile('test/security/planted-damages.test.ts', {
        TENANTKEEP_TEST_SEED: String(seed),
        TENANTKEEP_DAMAGES: String(damagesPlanned),
        TENANTKEEP_DAMAGES_REPORT: reportFile,
      });
      const text = await readFile(reportFile, 'utf8').catch(() => null);
      if (text === null) {
        return [
          notMeasured('R16', 'planted damages', 'count', `the test did not run: ${output.slice(-500)}`),
        ];
      }
      const counts = JSON.parse(text) as {
        planted: number;
        found: number;
        falseAlarms: number;
        checksOfTheUndamaged: number;
        unseen: string[];
      };
      return [
        measured('R16', 'damages planted', counts.planted, 'count', { atLeast: damagesPlanned }, { seed }),
        measured(
          'R16',
          'share of damages found',
          counts.found / counts.planted,
          'share',
          { atLeast: 1 },
          {
            unseen: counts.unseen,
          },
        ),
        measured(
          'R16',
          'undamaged chains and sets that were blamed',
          counts.falseAlarms,
          'count',
          { atMost: 0 },
          {
            checked: counts.checksOfTheUndamaged,
          },
        ),
      ];
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
};
