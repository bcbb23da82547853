import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { AppError } from '../../shared/errors.ts';
import { appVersion } from '../composition.ts';
import { resolveHome } from '../config.ts';
import { createLog } from '../logging/log.ts';
import { addAuditCommands } from './audit-commands.ts';
import { addBackupSetsCommands } from './backup-sets-commands.ts';
import type { GlobalOptions } from './command-context.ts';
import { addDatabaseCommands } from './database-commands.ts';
import { addDemoCommand } from './demo-command.ts';
import { stopWithParentVariable } from './child-process.ts';
import { exitCodeHelp, exitCodes } from './exit-codes.ts';
import type { ExitStatus } from './exit-status.ts';
import { toReportedError, type ReportedError } from './reported-error.ts';
import { addAlertsCommands } from './alerts-commands.ts';
import { addFreshnessCommand } from './freshness-command.ts';
import { addHostsCommands } from './hosts-commands.ts';
import { addRunsCommands } from './runs-commands.ts';
import { addSchedulesCommands } from './schedules-commands.ts';
import { addServiceCommands } from './service-commands.ts';
import { addSignInCommands } from './sign-in-commands.ts';
import { addTemplatesCommands } from './templates-commands.ts';
import { addTechniciansCommands } from './technicians-commands.ts';
import { addTenantsCommands } from './tenants-commands.ts';
import { addTypesCommands } from './types-commands.ts';
import { addUpdatesCommands } from './updates-commands.ts';

/** The command line as a tree; running it is `runProgram`. */
export function createProgram(exit: ExitStatus, signal: AbortSignal): Command {
  const program = new Command('tenantkeep')
    .description(
      'Scheduled, complete, verifiable backups of the Microsoft Intune and Entra configuration of many tenants',
    )
    .version(appVersion, '--version', 'print the version')
    .option('--home <directory>', 'home of this installation; default: TENANTKEEP_HOME, else the usual place')
    .option('--json', 'one JSON document on stdout; errors as JSON on stderr')
    .helpOption('--help', 'show help')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: () => undefined })
    .addHelpText('after', `\n${exitCodeHelp}\n\nExample:\n  tenantkeep demo --once --json`)
    .exitOverride();
  addDemoCommand(program, exit, signal);
  addServiceCommands(program, exit, signal);
  addDatabaseCommands(program, exit);
  addTypesCommands(program);
  addTenantsCommands(program, exit, signal);
  addSchedulesCommands(program);
  addTemplatesCommands(program, exit, signal);
  addRunsCommands(program, exit, signal);
  addBackupSetsCommands(program, exit);
  addAuditCommands(program, exit, signal);
  addTechniciansCommands(program);
  addSignInCommands(program);
  addHostsCommands(program);
  addAlertsCommands(program);
  addFreshnessCommand(program);
  addUpdatesCommands(program, exit);
  for (const command of allCommands(program)) {
    if (command !== program && command.commands.length === 0) {
      command.addHelpText('after', `\n${exitCodeHelp}`);
    }
    // A group that is called without a command shows its help; that is a usage error for scripts.
    if (command.commands.length > 0) {
      command.action((_options: unknown, self: Command) => {
        const given = self.args[0];
        throw new AppError(
          'usage',
          given === undefined
            ? `"${pathOf(self)}" needs a command: ${self.commands.map((each) => each.name()).join(', ')}.`
            : `"${pathOf(self)}" has no command "${given}".`,
          { nextStep: `See "${pathOf(self)} --help".` },
        );
      });
      command.allowExcessArguments();
    }
  }
  return program;
}

/**
 * Runs one command line and answers its exit code. The first SIGINT or SIGTERM asks the command to stop in good
 * order, the second ends the process at once.
 */
export async function runProgram(words: readonly string[]): Promise<number> {
  const exit: ExitStatus = { code: exitCodes.ok };
  const stop = new AbortController();
  let signals = 0;
  const onSignal = (): void => {
    signals += 1;
    if (signals > 1) process.exit(exitCodes.interrupted);
    stop.abort(new AppError('interrupted', 'The command was interrupted.'));
  };
  const stopWatching = stopWithParent(onSignal);
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  // A reader that went away (`| head`) is no error of ours.
  process.stdout.on('error', () => process.exit(exitCodes.ok));
  const program = createProgram(exit, stop.signal);
  try {
    await program.parseAsync([...words], { from: 'user' });
    return exit.code;
  } catch (error) {
    return await reportFailure(error, program, words, stop.signal);
  } finally {
    stopWatching();
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

/**
 * A process that the demo started gives up when the demo is gone, in whatever way it went: its stdin, which the
 * demo holds open, then ends.
 */
function stopWithParent(stop: () => void): () => void {
  if (process.env[stopWithParentVariable] !== '1') return () => undefined;
  process.stdin.once('end', stop).once('error', stop).resume();
  return () => process.stdin.destroy();
}

async function reportFailure(
  error: unknown,
  program: Command,
  words: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  // Help and version were asked for and printed.
  if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.ok;
  const reported = toReportedError(
    error instanceof CommanderError
      ? new AppError('usage', sentence(error.message), { nextStep: 'See --help for an example.' })
      : error,
  );
  // What a command did not put into its own log yet.
  if (reported.correlationId !== null && reported !== error) await logUnexpected(reported, program);
  process.stderr.write(`${words.includes('--json') ? reported.toJsonLine() : reported.toLine()}\n`);
  return signal.aborted ? exitCodes.interrupted : reported.exitCode;
}

/** The stack of what nobody expected goes into the log, where its correlation id leads to it. */
async function logUnexpected(reported: ReportedError, program: Command): Promise<void> {
  const { logsDirectory } = resolveHome(program.opts<GlobalOptions>().home);
  const log = await createLog({ level: 'error', file: join(logsDirectory, 'cli.log') });
  log.error({ error: reported.cause, correlationId: reported.correlationId }, 'A command failed');
  log.close();
}

function sentence(message: string): string {
  const text = message
    .replace(/^error: /, '')
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim();
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?)]$/.test(first) ? first : `${first}.`;
}

function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
