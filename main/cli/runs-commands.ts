import type { Command } from 'commander';
import { runStates, type RunState } from '../../shared/model/run-states.ts';
import type { Sql } from '../db/database.ts';
import { countLiveHosts } from '../db/repositories/hosts.ts';
import { readRunOutcomes } from '../db/repositories/run-outcomes.ts';
import {
  cancelRun,
  getRun,
  listRunAttempts,
  listRunEvents,
  listRuns,
  requestRun,
  type Run,
} from '../db/repositories/runs.ts';
import { withDatabase, type CommandContext } from './command-context.ts';
import type { ExitStatus } from './exit-status.ts';
import { findOne, findSchedule, findTenant } from './find-by-name.ts';
import { facts, localIso, table } from './output.ts';
import { exitCodeOfRun, runDocument, runSentence, typeSentence } from './run-document.ts';
import { oneOf, wholeNumber } from './usage-error.ts';
import { waitForRun } from './wait-for-run.ts';

/** `run-now` and `runs list|show|cancel|retry`. */
export function addRunsCommands(program: Command, exit: ExitStatus, signal: AbortSignal): void {
  program
    .command('run-now')
    .description('Back up a tenant now; carries the run out itself where no host is alive')
    .requiredOption('--tenant <name>', 'tenant, by name or id')
    .requiredOption('--schedule <name>', 'schedule whose types and retention apply, by name or id')
    .option('--wait', 'wait until the run has ended; the exit code tells how')
    .addHelpText('after', '\nExample:\n  tenantkeep run-now --tenant Contoso --schedule nightly --wait')
    .action(async (options: { tenant: string; schedule: string; wait?: boolean }, command: Command) => {
      await withDatabase(command, async (context) => {
        const tenant = await findTenant(context.database, options.tenant);
        const schedule = await findSchedule(context.database, tenant, options.schedule);
        const requested = await requestRun(context.database, schedule.scheduleId);
        if (!requested.created) {
          context.output.progress('A run of this schedule is active already; this is it.');
        }
        await followRun(
          context,
          exit,
          signal,
          { ...requested, tenantId: tenant.tenantId },
          options.wait === true,
        );
      });
    });

  const runs = program.command('runs').description('What happened and what is happening');

  runs
    .command('list')
    .description('List runs, newest first')
    .option('--tenant <name>', 'tenant, by name or id')
    .option('--schedule <name>', 'schedule of that tenant')
    .option('--state <states>', `states separated by commas: ${runStates.join(', ')}`)
    .option('--limit <count>', 'how many', '50')
    .addHelpText('after', '\nExample:\n  tenantkeep runs list --tenant Contoso --state failed,partial')
    .action(
      async (
        options: { tenant?: string; schedule?: string; state?: string; limit: string },
        command: Command,
      ) => {
        const limit = wholeNumber(options.limit, '--limit', 1, 10_000);
        const states: RunState[] = (options.state ?? '')
          .split(',')
          .filter((state) => state.trim() !== '')
          .map((state) => oneOf(state.trim(), '--state', runStates));
        await withDatabase(command, async ({ database, output }) => {
          const tenant = options.tenant === undefined ? null : await findTenant(database, options.tenant);
          const schedule =
            tenant === null || options.schedule === undefined
              ? null
              : await findSchedule(database, tenant, options.schedule);
          const { rows } = await listRuns(
            database,
            tenant === null ? { allTenants: true } : { tenantId: tenant.tenantId },
            { states, ...(schedule === null ? {} : { scheduleId: schedule.scheduleId }) },
            { cursor: null, limit },
          );
          output.result({ runs: rows.map(runDocument) }, () => runTable(rows));
        });
      },
    );

  runs
    .command('show')
    .description('Show a run with its policy types, attempts and, on request, events')
    .argument('<run>', 'id of the run, or its first 8 characters')
    .option('--events', 'with the progress log')
    .addHelpText('after', '\nExample:\n  tenantkeep runs show 3f2a9c1e --events')
    .action(async (given: string, options: { events?: boolean }, command: Command) => {
      await withDatabase(command, async ({ database, output }) => {
        const run = await findRun(database, given);
        const types = await readRunOutcomes(database, run.tenantId, run.runId);
        const attempts = await listRunAttempts(database, run.tenantId, run.runId);
        const events =
          options.events === true
            ? (await listRunEvents(database, run.tenantId, run.runId, { cursor: null, limit: 10_000 })).rows
            : [];
        output.result({ run: runDocument(run), sentence: runSentence(run), types, attempts, events }, () => [
          ...facts([
            ['run', run.runId],
            ['tenant', run.tenantName],
            ['schedule', run.scheduleName],
            ['state', `${run.state}${run.reason === null ? '' : ` (${run.reason})`}`],
            ['meaning', runSentence(run)],
            ['trigger', run.trigger],
            ['slot', localIso(run.slotAt)],
            ['created', localIso(run.createdAt)],
            ['started', localIso(run.startedAt)],
            ['finished', localIso(run.finishedAt)],
            ['host', run.hostName],
            ['attempt', run.attempt],
            ['backup set', run.backupSetId],
          ]),
          '',
          ...table(
            types,
            [
              { title: 'Type', value: (row) => row.typeKey },
              { title: 'Outcome', value: (row) => row.outcome },
              { title: 'Items', value: (row) => row.captured, align: 'right' },
              { title: 'Requests', value: (row) => row.requests, align: 'right' },
              { title: 'Reason', value: (row) => row.reason ?? '' },
              { title: 'Meaning', value: (row) => typeSentence(row) },
            ],
            'No policy type was read.',
          ),
          ...(options.events === true
            ? [
                '',
                ...table(
                  events,
                  [
                    { title: 'Time', value: (event) => localIso(event.at) },
                    { title: 'Level', value: (event) => event.level },
                    { title: 'Code', value: (event) => event.code },
                    { title: 'Type', value: (event) => event.typeKey ?? '' },
                    { title: 'Message', value: (event) => event.message },
                  ],
                  'No events.',
                ),
              ]
            : []),
        ]);
      });
    });

  runs
    .command('cancel')
    .description('Cancel a run: a waiting one at once, a running one within seconds')
    .argument('<run>', 'id of the run, or its first 8 characters')
    .addHelpText('after', '\nExample:\n  tenantkeep runs cancel 3f2a9c1e')
    .action(async (given: string, _options: object, command: Command) => {
      await withDatabase(command, async ({ database, output }) => {
        const run = await findRun(database, given);
        const answer = await cancelRun(database, run.runId);
        output.result({ run: { id: run.runId }, ...answer }, () => [
          answer.state === 'running'
            ? `Run ${run.runId} of ${run.tenantName} is being cancelled.`
            : `Run ${run.runId} of ${run.tenantName} is ${answer.state}.`,
        ]);
      });
    });

  runs
    .command('retry')
    .description('Start a new run in place of one that did not end well')
    .argument('<run>', 'id of the run, or its first 8 characters')
    .option('--wait', 'wait until the new run has ended; the exit code tells how')
    .addHelpText('after', '\nExample:\n  tenantkeep runs retry 3f2a9c1e --wait')
    .action(async (given: string, options: { wait?: boolean }, command: Command) => {
      await withDatabase(command, async (context) => {
        const former = await findRun(context.database, given);
        const requested = await requestRun(context.database, former.scheduleId, former.runId);
        await followRun(
          context,
          exit,
          signal,
          { ...requested, tenantId: former.tenantId },
          options.wait === true,
        );
      });
    });
}

/** Waits for a requested run where that was asked for, or where nobody else could carry it out. */
async function followRun(
  context: CommandContext,
  exit: ExitStatus,
  signal: AbortSignal,
  requested: { runId: string; tenantId: string; created: boolean },
  wait: boolean,
): Promise<void> {
  const { database, output } = context;
  const isAlone = async () => (await countLiveHosts(database, requested.tenantId)).canOpenTenant === 0;
  const mustWait = wait || (await isAlone());
  const run = mustWait
    ? await waitForRun({ ...context, signal }, requested)
    : await getRun(database, { tenantId: requested.tenantId }, requested.runId);
  if (run === null) return;
  if (mustWait) exit.code = exitCodeOfRun(run.state);
  output.result({ run: runDocument(run), created: requested.created }, () => [
    `Run ${run.runId} of ${run.tenantName}: ${run.state}. ${runSentence(run)}`,
    ...(run.counts === null
      ? []
      : [
          `${run.counts.items} items; ${run.counts.added} added, ${run.counts.changed} changed, ${run.counts.removed} removed.`,
        ]),
  ]);
}

/** A run by its id or the beginning of it. */
async function findRun(database: Sql, given: string): Promise<Run> {
  const id = given.trim().toLowerCase();
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) {
    const run = await getRun(database, { allTenants: true }, id);
    if (run !== null) return run;
  }
  const { rows } = await listRuns(database, { allTenants: true }, {}, { cursor: null, limit: 2_000 });
  return findOne(rows, given, {
    noun: 'run',
    code: 'run',
    id: (run) => run.runId,
    name: (run) => run.runId,
    listCommand: 'runs list',
  });
}

function runTable(rows: readonly Run[]): string[] {
  return table(
    rows,
    [
      { title: 'Created', value: (run) => localIso(run.createdAt) },
      { title: 'Tenant', value: (run) => run.tenantName },
      { title: 'Schedule', value: (run) => run.scheduleName },
      { title: 'Trigger', value: (run) => run.trigger },
      { title: 'State', value: (run) => run.state },
      {
        title: 'Reason',
        value: (run) =>
          run.missedCount === null ? (run.reason ?? '') : `${run.reason} (${run.missedCount} slots)`,
      },
      { title: 'Items', value: (run) => run.counts?.items ?? null, align: 'right' },
      { title: 'Run', value: (run) => run.runId },
    ],
    'No runs.',
  );
}
