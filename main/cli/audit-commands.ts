import type { Command } from 'commander';
import { AppError } from '../../shared/errors.ts';
import { instantFromIso } from '../../shared/model/instant.ts';
import { csvDelimiters, type CsvDelimiter } from '../audit/csv.ts';
import { exportAudit, parseStored } from '../audit/export-audit.ts';
import { verifyAuditChain, type AuditChainVerdict } from '../audit/verify-chain.ts';
import { appVersion } from '../composition.ts';
import type { Database } from '../db/database.ts';
import {
  listAuditHeads,
  listNewestAuditEvents,
  reportAuditEvent,
  type AuditTrailFilter,
} from '../db/repositories/audit-trail.ts';
import { withDatabase } from './command-context.ts';
import { exitCodes } from './exit-codes.ts';
import type { ExitStatus } from './exit-status.ts';
import { findTenant } from './find-by-name.ts';
import { localIso, table } from './output.ts';
import { oneOf, usageError, wholeNumber } from './usage-error.ts';

interface FilterOptions {
  tenant?: string;
  workspace?: boolean;
  action?: string;
  actor?: string;
  outcome?: string;
  from?: string;
  to?: string;
}

/** `audit list|verify|export`. */
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

  audit
    .command('verify')
    .description('Recompute the chains; exit code 5 where one is broken')
    .option('--tenant <name>', 'only the chain of this tenant')
    .option('--workspace', 'only the chain of the workspace')
    .addHelpText('after', '\nExample:\n  tenantkeep audit verify')
    .action(async (options: FilterOptions, command: Command) => {
      await withDatabase(command, async ({ database, output }) => {
        const { scope } = await readFilter(database, options);
        const heads = await listAuditHeads(database, scope);
        const chains: ({ tenantId: string | null; name: string } & AuditChainVerdict)[] = [];
        for (const head of heads) {
          const verdict = await verifyAuditChain(database, head.tenantId);
          chains.push({ tenantId: head.tenantId, name: head.tenantName ?? '(workspace)', ...verdict });
          await reportAuditEvent(database, {
            tenantId: head.tenantId,
            action: 'audit.verified',
            targetKind: head.tenantId === null ? 'workspace' : 'tenant',
            ...(head.tenantId === null ? {} : { targetId: head.tenantId }),
            outcome: verdict.firstBroken === null ? 'success' : 'failure',
            detail: { events: verdict.events, headHash: verdict.headHash },
          });
        }
        const verified = chains.every((chain) => chain.firstBroken === null);
        if (!verified) exit.code = exitCodes.runFailed;
        output.result(
          { verified, events: chains.reduce((sum, chain) => sum + chain.events, 0), chains },
          () =>
            chains.map((chain) =>
              chain.firstBroken === null
                ? `${chain.name}: verified 1 to ${chain.events}, head ${chain.headHash}.`
                : `${chain.name}: broken at ${chain.firstBroken.sequence}. ${chain.firstBroken.what}`,
            ),
        );
      });
    });

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
  if (options.tenant !== undefined && options.workspace === true) {
    throw usageError('Give either --tenant or --workspace.');
  }
  const outcome =
    options.outcome === undefined
      ? undefined
      : oneOf(options.outcome, '--outcome', ['success', 'failure', 'denied'] as const);
  const from = options.from === undefined ? undefined : instant(options.from, '--from');
  const to = options.to === undefined ? undefined : instant(options.to, '--to');
  const scope =
    options.tenant !== undefined
      ? { tenantId: (await findTenant(database, options.tenant)).tenantId }
      : options.workspace === true
        ? ({ workspace: true } as const)
        : ({ allTenants: true } as const);
  return {
    scope,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(options.action === undefined ? {} : { action: options.action }),
    ...(options.actor === undefined ? {} : { actor: options.actor }),
    ...(outcome === undefined ? {} : { outcome }),
  };
}

function instant(text: string, option: string): Date {
  try {
    return instantFromIso(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new AppError('usage', `${option} must be an instant such as 2026-01-31T00:00:00Z, not "${text}".`, {
      nextStep: 'Write date, time and offset.',
    });
  }
}
