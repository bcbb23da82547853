import type { Command } from 'commander';
import { csvDelimiters, type CsvDelimiter } from '../audit/csv.ts';
import { exportAudit, parseStored } from '../audit/export-audit.ts';
import { appVersion } from '../composition.ts';
import type { Database } from '../db/database.ts';
import {
  listNewestAuditEvents,
  reportAuditEvent,
  type AuditTrailFilter,
} from '../db/repositories/audit-trail.ts';
import { addAcceptRestoreCommand } from './accept-restore-command.ts';
import { addVerifyCommand, addVerifyExportCommand } from './audit-verify-commands.ts';
import { withDatabase } from './command-context.ts';
import type { ExitStatus } from './exit-status.ts';
import { readAuditScope } from './audit-scope.ts';
import { localIso, table } from './output.ts';
import { givenInstant, oneOf, usageError, wholeNumber } from './usage-error.ts';

interface FilterOptions {
  tenant?: string;
  workspace?: boolean;
  action?: string;
  actor?: string;
  outcome?: string;
  from?: string;
  to?: string;
}

/** `audit list|verify|export|verify-export`. */
export function addAuditCommands(program: Command, exit: ExitStatus, signal: AbortSignal): void {
  const audit = program
    .command('audit')
    .description('Who did what, in chains that show every change to them');

  withFilterOptions(audit.command('list'))
    .description('List audit events, newest first')
    .option('--limit <count>', 'how many', '50')
    .addHelpText('after', '\nExample:\n  tenantkeep audit list --tenant Contoso --action run. --limit 20')
    .action(async (options: FilterOptions & { limit: string }, command: Command) => {
      const limit = wholeNumber(options.limit, '--limit', 1, 10_000);
      await withDatabase(command, async ({ database, output }) => {
        const events = await listNewestAuditEvents(database, await readFilter(database, options), limit);
        output.result(
          {
            events: events.map((event) => ({
              ...event,
              at: event.at.toISOString(),
              before: parseStored(event.before),
              after: parseStored(event.after),
            })),
          },
          () =>
            table(
              events,
              [
                { title: 'Time', value: (event) => localIso(event.at) },
                { title: 'No', value: (event) => event.sequence, align: 'right' },
                { title: 'Tenant', value: (event) => event.tenantName ?? '(workspace)' },
                { title: 'Actor', value: (event) => event.actor },
                { title: 'Action', value: (event) => event.action },
                {
                  title: 'Target',
                  value: (event) => [event.targetKind, event.targetId].filter(Boolean).join(' '),
                },
                { title: 'Outcome', value: (event) => event.outcome },
                { title: 'Reason', value: (event) => event.reason ?? '' },
              ],
              'No audit events.',
            ),
        );
      });
    });

  addVerifyCommand(audit, exit);
  addVerifyExportCommand(audit, exit);
  addAcceptRestoreCommand(audit);

  withFilterOptions(audit.command('export'))
    .description('Write exactly the events of the filter to a file, with a manifest that proves it unaltered')
    .option('--csv <file>', 'CSV that opens in spreadsheets')
    .option('--jsonl <file>', 'one JSON document per line')
    .option('--delimiter <delimiter>', `${Object.keys(csvDelimiters).join(', ')} (CSV)`, 'comma')
    .addHelpText(
      'after',
      '\nExample:\n  tenantkeep audit export --tenant Contoso --csv contoso-audit.csv --delimiter semicolon',
    )
    .action(
      async (
        options: FilterOptions & { csv?: string; jsonl?: string; delimiter: string },
        command: Command,
      ) => {
        const delimiter = oneOf(
          options.delimiter,
          '--delimiter',
          Object.keys(csvDelimiters) as CsvDelimiter[],
        );
        const path = options.csv ?? options.jsonl;
        if (path === undefined || (options.csv !== undefined && options.jsonl !== undefined)) {
          throw usageError('Give either --csv or --jsonl with a file.');
        }
        await withDatabase(command, async ({ database, output }) => {
          const filter = await readFilter(database, options);
          const { scope } = filter;
          const manifest = await exportAudit(database, path, {
            filter,
            format: options.csv === undefined ? 'jsonl' : 'csv',
            delimiter,
            appVersion,
            signal,
            onProgress: (rows) => output.progress(`${rows} events written`),
          });
          await reportAuditEvent(database, {
            tenantId: 'tenantId' in scope ? scope.tenantId : null,
            action: 'audit.exported',
            targetKind: 'file',
            detail: { filter: manifest.filter, rows: manifest.rows, sha256: manifest.sha256 },
          });
          output.result({ ...manifest, file: path, manifestFile: `${path}.manifest.json` }, () => [
            `${manifest.rows} events written to ${path}; its manifest is ${path}.manifest.json.`,
          ]);
        });
      },
    );
}

function withFilterOptions(command: Command): Command {
  return command
    .option('--tenant <name>', 'only events of this tenant')
    .option('--workspace', 'only events of the workspace')
    .option('--action <action>', 'an action such as run.started, or a category such as run.')
    .option('--actor <login>', 'only events of this login')
    .option('--outcome <outcome>', 'success, failure or denied')
    .option('--from <time>', 'from this instant on, ISO 8601 with offset')
    .option('--to <time>', 'before this instant, ISO 8601 with offset');
}

async function readFilter(database: Database, options: FilterOptions): Promise<AuditTrailFilter> {
  const outcome =
    options.outcome === undefined
      ? undefined
      : oneOf(options.outcome, '--outcome', ['success', 'failure', 'denied'] as const);
  const from = options.from === undefined ? undefined : givenInstant(options.from, '--from');
  const to = options.to === undefined ? undefined : givenInstant(options.to, '--to');
  const scope = await readAuditScope(database, options);
  return {
    scope,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(options.action === undefined ? {} : { action: options.action }),
    ...(options.actor === undefined ? {} : { actor: options.actor }),
    ...(outcome === undefined ? {} : { outcome }),
  };
}
