import type { Command } from 'commander';
import { exitCodes } from './exit-codes.ts';
import type { ExitStatus } from './exit-status.ts';
import { globalOptions } from './command-context.ts';
import { runDemo } from './demo.ts';
import { createOutput, table } from './output.ts';

/** `demo`: the whole path on this computer, with simulated tenants. */
export function addDemoCommand(program: Command, exit: ExitStatus, signal: AbortSignal): void {
  program
    .command('demo')
    .description('Show everything with simulated tenants: database, simulator, service, schedules due now')
    .option('--once', 'three rounds with changes between them, or the history alone; then stop')
    .option('--history', 'begin with a fortnight of history; default without --once')
    .option('--no-history', 'begin with an empty database')
    .addHelpText(
      'after',
      '\nWithout --home a fresh one is made for the time of the demo.\n\nExamples:\n  tenantkeep demo\n  tenantkeep demo --once --json',
    )
    .action(async (options: { once?: boolean; history?: boolean }, command: Command) => {
      const { home, json } = globalOptions(command);
      const output = createOutput(json === true);
      const once = options.once === true;
      const report = await runDemo({ home, once, history: options.history ?? !once, output, signal });
      if (report === null) return;
      if (report.verify.damaged > 0 || !report.audit.verified) exit.code = exitCodes.runFailed;
      output.result(report, () => [
        ...table(
          report.tenants.flatMap(({ name, runs }) => runs.map((run, index) => ({ name, index, run }))),
          [
            { title: 'Tenant', value: ({ name }) => name },
            { title: 'Round', value: ({ index }) => index + 1, align: 'right' },
            { title: 'Trigger', value: ({ run }) => run.trigger },
            { title: 'State', value: ({ run }) => run.state },
            { title: 'Items', value: ({ run }) => run.items, align: 'right' },
            { title: 'Added', value: ({ run }) => run.added, align: 'right' },
            { title: 'Changed', value: ({ run }) => run.changed, align: 'right' },
            { title: 'Removed', value: ({ run }) => run.removed, align: 'right' },
            { title: 'New bytes', value: ({ run }) => run.backupSet?.newBytes ?? null, align: 'right' },
          ],
          'No runs.',
        ),
        `${report.retention.pruned} backup sets pruned; ${report.verify.sets} verified, ${report.verify.damaged} damaged.`,
        `${report.audit.events} audit events, ${report.audit.verified ? 'verified' : 'NOT verified'}. ${report.seconds} s.`,
      ]);
    });
}
