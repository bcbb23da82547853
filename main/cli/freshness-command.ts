import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { AppError } from '../../shared/errors.ts';
import { freshnessStates, freshnessWords } from '../../shared/contract/freshness.ts';
import { ageWords } from '../../shared/model/age-words.ts';
import { freshnessCsv } from '../reports/freshness-csv.ts';
import { freshnessHtml } from '../reports/freshness-html.ts';
import { readFreshnessReport } from '../reports/freshness-report.ts';
import { withDatabase } from './command-context.ts';
import { findTenant } from './find-by-name.ts';
import { table } from './output.ts';

interface FreshnessOptions {
  tenant?: string;
  csv?: string;
  html?: string;
}

/** `freshness`: what is older than promised, on the terminal or as files for others. */
export function addFreshnessCommand(program: Command): void {
  program
    .command('freshness')
    .description('Age of the last complete copy of each policy type against the promised age, worst first')
    .option('--tenant <name>', 'only this tenant, by name or id')
    .option('--csv <file>', 'write the report as CSV that opens in spreadsheets')
    .option('--html <file>', 'write the report as a page to print or hand to a customer')
    .addHelpText('after', '\nExample:\n  tenantkeep freshness --tenant Contoso --html contoso-freshness.html')
    .action(async (options: FreshnessOptions, command: Command) => {
      await withDatabase(command, async ({ database, output }) => {
        const tenant = options.tenant === undefined ? null : await findTenant(database, options.tenant);
        const report = await readFreshnessReport(database, tenant?.tenantId ?? null);
        const files: string[] = [];
        for (const [file, write] of [
          [options.csv, freshnessCsv],
          [options.html, freshnessHtml],
        ] as const) {
          if (file === undefined) continue;
          await writeReport(file, write(report));
          files.push(file);
        }
        // The terminal shows what somebody has to look at; files and --json have every row.
        const shown = report.rows.filter((row) => row.state !== 'fresh' && row.state !== 'not_available');
        output.result({ ...report, files }, () => [
          freshnessStates.map((state) => `${freshnessWords[state].word}: ${report.counts[state]}`).join(', '),
          ...(files.length > 0
            ? files.map((file) => `The report is in ${file}.`)
            : table(
                shown,
                [
                  { title: 'Tenant', value: (row) => row.tenantName },
                  { title: 'Policy type', value: (row) => row.typeName },
                  { title: 'State', value: (row) => freshnessWords[row.state].word },
                  { title: 'Age', value: (row) => (row.ageMs === null ? 'never' : ageWords(row.ageMs)) },
                  { title: 'Allowed', value: (row) => ageWords(row.allowedAgeMs) },
                  { title: 'Last attempt', value: (row) => row.reason ?? '' },
                ],
                'Nothing that is promised is late.',
              )),
          ...report.unpromised.map(({ tenantName, sentence }) => `${tenantName}: ${sentence}`),
        ]);
      });
    });
}

async function writeReport(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { mode: 0o600 });
  } catch (error) {
    throw new AppError('file_not_writable', `${file} cannot be written.`, {
      nextStep: 'Check the path and that this account may write there.',
      cause: error,
    });
  }
}
