import type { Command } from 'commander';
import { realpath, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { AppError, isAppError } from '../../shared/errors.ts';
import { enterDatabase, openTechnicianDatabase, type Workspace } from '../composition.ts';
import { resolveHome } from '../config.ts';
import { readServiceInstance, type ServiceInstance } from '../db/repositories/service-instance.ts';
import { hostNodeOptions } from '../node-options.ts';
import { carryOutPlan, runCommand } from '../service-install/carry-out-plan.ts';
import { planInstallation, planRemoval, type Plan } from '../service-install/installation-plan.ts';
import {
  serviceWords,
  type ServiceDefinition,
  type ServicePlatform,
} from '../service-install/service-definition.ts';
import { servicePlatform } from '../service-install/service-platform.ts';
import { readUnitState, type UnitState } from '../service-install/unit-state.ts';
import { globalOptions, withWorkspace } from './command-context.ts';
import { exitCodes } from './exit-codes.ts';
import type { ExitStatus } from './exit-status.ts';
import { createOutput, facts, localIso } from './output.ts';
import { logLineText, readServiceLog } from './service-log.ts';
import { oneOf, usageError, wholeNumber } from './usage-error.ts';

const platforms = ['linux', 'windows', 'macos'] as const satisfies readonly ServicePlatform[];

interface InstallOptions {
  account?: string;
  metricsPort?: string;
  start: boolean;
  dryRun?: boolean;
  platform?: string;
}

/** `service install|uninstall|status|logs`. */
export function addServiceInstallCommands(service: Command, exit: ExitStatus): void {
  service
    .command('install')
    .description('Run at every start of this computer, without anyone signed in')
    .option('--account <account>', 'account to run under; default: the owner of the home, else you')
    .option('--metrics-port <port>', 'serve health and metrics on this loopback port')
    .option('--no-start', 'wait for the next start of the computer')
    .option('--dry-run', 'show every file and command, change nothing')
    .option('--platform <platform>', `with --dry-run: show it for ${platforms.join(', ')}`)
    .addHelpText(
      'after',
      '\nExamples:\n  tenantkeep service install --home /var/lib/tenantkeep --account tenantkeep --dry-run\n  sudo tenantkeep service install --home /var/lib/tenantkeep --account tenantkeep',
    )
    .action(async (options: InstallOptions, command: Command) => {
      const { home: given, json } = globalOptions(command);
      const platform = choosePlatform(options);
      const home = chooseHome(given);
      const definition: ServiceDefinition = {
        program: [process.execPath, ...hostNodeOptions, await realpath(process.argv[1]!)],
        home,
        account: options.account ?? (await defaultAccount(home)),
        metricsPort:
          options.metricsPort === undefined
            ? null
            : wholeNumber(options.metricsPort, '--metrics-port', 1, 65_535),
      };
      if (platform !== 'windows' && definition.account === 'root') {
        throw usageError(
          'The service does not run as root.',
          'Choose an ordinary account with --account, such as one made by "useradd --system tenantkeep".',
        );
      }
      const plan = planInstallation(platform, definition, { start: options.start });
      const notes = [...plan.notes, ...environmentNotes()];
      if (options.dryRun !== true) await carryOutPlan(plan, runCommand);
      const document = {
        platform,
        account: definition.account,
        home,
        command: serviceWords(definition),
        ...planDocument(plan),
        notes,
        done: options.dryRun !== true,
      };
      createOutput(json === true).result(document, () =>
        options.dryRun === true
          ? [...planLines(plan), ...notes]
          : [`The service is installed and runs under ${definition.account}.`, ...notes],
      );
    });

  service
    .command('uninstall')
    .description('Stop the service and take it off this computer; the backups stay')
    .option('--dry-run', 'show every file and command, change nothing')
    .option('--platform <platform>', `with --dry-run: show it for ${platforms.join(', ')}`)
    .addHelpText('after', '\nExample:\n  sudo tenantkeep service uninstall --home /var/lib/tenantkeep')
    .action(async (options: { dryRun?: boolean; platform?: string }, command: Command) => {
      const { home: given, json } = globalOptions(command);
      const platform = choosePlatform(options);
      const plan = planRemoval(platform, chooseHome(given));
      if (options.dryRun !== true) await carryOutPlan(plan, runCommand);
      createOutput(json === true).result(
        { platform, ...planDocument(plan), notes: plan.notes, done: options.dryRun !== true },
        () => [
          ...(options.dryRun === true ? planLines(plan) : ['The service is taken off this computer.']),
          ...plan.notes,
        ],
      );
    });

  service
    .command('status')
    .description('What the system and the database know of the service; exit code 6 when it does not run')
    .addHelpText('after', '\nExample:\n  tenantkeep service status --json')
    .action(async (_options: object, command: Command) => {
      await withWorkspace(command, async ({ workspace, output }) => {
        const platform = servicePlatform(process.platform);
        const unit = platform === null ? null : await readUnitState(platform, runCommand);
        const { host, reason } = await readHost(workspace);
        const running = host?.online === true;
        if (!running) exit.code = exitCodes.environment;
        output.result({ running, unit, host: host === null ? null : hostDocument(host), reason }, () =>
          statusLines(running, unit, host, reason),
        );
      });
    });

  service
    .command('logs')
    .description('The last lines of the log of the service')
    .option('--lines <count>', 'how many', '50')
    .addHelpText('after', '\nExample:\n  tenantkeep service logs --lines 200')
    .action(async (options: { lines: string }, command: Command) => {
      const { home, json } = globalOptions(command);
      const lines = await readServiceLog(
        resolveHome(home).logsDirectory,
        wholeNumber(options.lines, '--lines', 1, 100_000),
      );
      createOutput(json === true).result({ lines }, () =>
        lines.length === 0 ? ['The service wrote nothing here yet.'] : lines.map(logLineText),
      );
    });
}

function choosePlatform(options: { dryRun?: boolean; platform?: string }): ServicePlatform {
  if (options.platform !== undefined) {
    if (options.dryRun !== true) throw usageError('--platform goes with --dry-run only.');
    return oneOf(options.platform, '--platform', platforms);
  }
  const platform = servicePlatform(process.platform);
  if (platform === null) {
    throw new AppError(
      'service_platform_unknown',
      `TenantKeep knows no way to install a service on ${process.platform}.`,
      { nextStep: 'Start "tenantkeep service run" from the supervisor of this system.' },
    );
  }
  return platform;
}

/** The home, which a call through sudo would otherwise look for among root's own files. */
function chooseHome(given: string | undefined): string {
  if (process.getuid?.() === 0 && given === undefined && !process.env['TENANTKEEP_HOME']) {
    throw usageError(
      'As root it is not clear which home is meant.',
      'Name it with --home, such as /var/lib/tenantkeep.',
    );
  }
  return resolve(resolveHome(given).directory);
}

/** The secrets of a home belong to its owner; a new home will belong to whoever asks. */
async function defaultAccount(home: string): Promise<string> {
  if (process.platform === 'win32') {
    const domain = process.env['USERDOMAIN'];
    return domain ? `${domain}\\${userInfo().username}` : userInfo().username;
  }
  try {
    const { uid } = await stat(home);
    const answer = await runCommand(['id', '-nu', String(uid)]);
    if (answer.exitCode === 0) return answer.stdout.trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return process.env['SUDO_USER'] ?? userInfo().username;
}

function environmentNotes(): string[] {
  return process.env['TENANTKEEP_DATABASE_URL']
    ? [
        'TENANTKEEP_DATABASE_URL is set here, but the service starts with an environment of its own: write the URL without its password into config.json of the home.',
      ]
    : [];
}

function planDocument(plan: Plan): object {
  return {
    files: plan.steps.flatMap((step) =>
      step.do === 'write'
        ? [
            {
              path: step.path,
              mode: step.mode.toString(8).padStart(4, '0'),
              encoding: step.encoding,
              content: step.content,
            },
          ]
        : [],
    ),
    removed: plan.steps.flatMap((step) => (step.do === 'remove' ? [step.path] : [])),
    commands: plan.steps.flatMap((step) => (step.do === 'run' ? [step.words] : [])),
  };
}

function planLines(plan: Plan): string[] {
  return plan.steps.flatMap((step) => {
    switch (step.do) {
      case 'write':
        return [`write ${step.path}:`, '', ...step.content.trimEnd().split('\n'), ''];
      case 'remove':
        return [`remove ${step.path}`];
      case 'run':
        return [`run ${step.words.map((word) => (/\s/.test(word) ? `"${word}"` : word)).join(' ')}`];
    }
  });
}

async function readHost(
  workspace: Workspace,
): Promise<{ host: ServiceInstance | null; reason: string | null }> {
  try {
    const access = await enterDatabase(workspace);
    try {
      const database = await openTechnicianDatabase(access, workspace.log);
      try {
        const host = await readServiceInstance(database, workspace.hostKey.recipient);
        return {
          host,
          reason: host === null ? 'This computer never ran the service on this database.' : null,
        };
      } finally {
        await database.close();
      }
    } finally {
      await access.leave();
    }
  } catch (error) {
    if (!isAppError(error)) throw error;
    return { host: null, reason: error.message };
  }
}

function hostDocument(host: ServiceInstance): object {
  return {
    ...host,
    startedAt: host.startedAt.toISOString(),
    lastSeenAt: host.lastSeenAt.toISOString(),
    lastTickAt: host.lastTickAt?.toISOString() ?? null,
  };
}

function statusLines(
  running: boolean,
  unit: UnitState | null,
  host: ServiceInstance | null,
  reason: string | null,
): string[] {
  return [
    running ? 'The service runs.' : 'The service does not run.',
    ...facts([
      ['installed', unit === null ? 'unknown: the service manager does not answer here' : unit.installed],
      ...(unit?.installed === true
        ? ([
            ['at boot', unit.enabled],
            ['system says', unit.systemSays],
            ['process', unit.processId],
          ] as const)
        : []),
      ...(host === null
        ? ([['database', reason]] as const)
        : ([
            ['host', host.hostName],
            ['state', host.online ? host.state : `${host.state}, offline`],
            ['version', host.version],
            ['started', localIso(host.startedAt)],
            ['last seen', localIso(host.lastSeenAt)],
            ['last tick', localIso(host.lastTickAt)],
            ['runs now', host.running],
          ] as const)),
    ]),
  ];
}
