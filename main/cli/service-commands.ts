import type { Command } from 'commander';
import { join } from 'node:path';
import { AppError } from '../../shared/errors.ts';
import { resolveHome } from '../config.ts';
import { policyTypes } from '../domain/policy-types/registry.ts';
import { runService } from '../service.ts';
import { runSimulator } from '../simulator/process.ts';
import { globalOptions } from './command-context.ts';
import type { ExitStatus } from './exit-status.ts';
import { findRenderer } from './find-renderer.ts';
import { createOutput, facts, table } from './output.ts';
import { addServiceInstallCommands } from './service-install-commands.ts';
import { wholeNumber } from './usage-error.ts';

/** `service …`, and `simulator`: like `service run` a command that stays until it is told to stop. */
export function addServiceCommands(program: Command, exit: ExitStatus, signal: AbortSignal): void {
  const service = program
    .command('service')
    .description('The host that dispatches schedules and carries out runs');
  service
    .command('run')
    .description('Run in the foreground until SIGTERM or Ctrl+C; a second signal ends at once')
    .option('--console', 'serve the screens to a browser on this computer')
    .option('--console-port <port>', 'port of the console; 0: a free one', '0')
    .option('--metrics-port <port>', 'serve /healthz and /metrics on this loopback port; 0: a free one')
    .addHelpText(
      'after',
      '\nExamples:\n  tenantkeep service run --home /var/lib/tenantkeep\n  tenantkeep service run --console',
    )
    .action(
      async (options: { console?: boolean; consolePort: string; metricsPort?: string }, command: Command) => {
        const { home, json } = globalOptions(command);
        const output = createOutput(json === true);
        await runService({
          home,
          signal,
          ...(options.console === true && {
            console: {
              port: wholeNumber(options.consolePort, '--console-port', 0, 65_535),
              rendererDirectory: await findRenderer(),
            },
          }),
          ...(options.metricsPort !== undefined && {
            metricsPort: wholeNumber(options.metricsPort, '--metrics-port', 0, 65_535),
          }),
          onReady: (ready) =>
            output.result({ ready: true, ...ready }, () => [
              `TenantKeep is running on the database at ${ready.location}. Ctrl+C stops it.`,
              ...(ready.console === null ? [] : [`Console: ${ready.console}`]),
              ...(ready.metricsPort === null
                ? []
                : [`Health and metrics: http://127.0.0.1:${ready.metricsPort}/healthz and /metrics`]),
            ]),
        });
      },
    );
  addServiceInstallCommands(service, exit);

  program
    .command('simulator')
    .description('Play Microsoft Graph and its sign-in service on this computer, for trials and tests')
    .option('--port <port>', 'port of the Graph host; the sign-in host takes the next one; 0: free ones', '0')
    .option(
      '--directory <directory>',
      'where ca.pem and the credentials of the tenants are written; default: in the home',
    )
    .option('--import <directory>', 'serve a folder of exported policy JSON as a tenant')
    .option('--tenants <count>', 'so many generated tenants instead of the three demo customers')
    .option('--objects <count>', 'objects of each generated tenant', '300')
    .option('--seed <number>', 'same seed, same tenants', '1')
    .option('--fault <fault>', 'a fault, may be given again: name[=key:value,…]', collect, [])
    .option('--latency <ms>', 'before each answer: 100 or 100+-50')
    .option('--no-throttle', 'without the published throttling limits')
    .option('--token-lifetime <seconds>', 'lifetime of access tokens', '3599')
    .addHelpText(
      'after',
      '\nExamples:\n  tenantkeep simulator --port 8443\n  tenantkeep simulator --import ./exported-policies --latency 100+-50',
    )
    .action(async (options: SimulatorCommandOptions, command: Command) => {
      const { home, json } = globalOptions(command);
      const output = createOutput(json === true);
      const { ready, finished } = await runSimulator(
        {
          types: policyTypes,
          port: wholeNumber(options.port, '--port', 0, 65_534),
          directory: options.directory ?? join(resolveHome(home).directory, 'simulator'),
          seed: wholeNumber(options.seed, '--seed', 0, 2_000_000_000),
          faults: options.fault,
          throttle: options.throttle,
          tokenLifetimeSeconds: wholeNumber(options.tokenLifetime, '--token-lifetime', 1, 86_400),
          ...(options.import === undefined ? {} : { importDirectory: options.import }),
          ...(options.latency === undefined ? {} : { latency: options.latency }),
          ...(options.tenants === undefined
            ? {}
            : {
                tenants: wholeNumber(options.tenants, '--tenants', 1, 1_000),
                objects: wholeNumber(options.objects, '--objects', 1, 100_000),
              }),
        },
        signal,
      ).catch(describePortTaken);
      output.result(ready, () => [
        'The simulator is running. Ctrl+C stops it.',
        ...facts([
          ['Graph', ready.graphUrl],
          ['sign-in', ready.loginUrl],
          ['CA file', ready.caFile],
        ]),
        '',
        ...table(
          ready.tenants,
          [
            { title: 'Tenant', value: (tenant) => tenant.name },
            { title: 'Tenant id', value: (tenant) => tenant.tenantId },
            { title: 'Client id', value: (tenant) => tenant.clientId },
            { title: 'Objects', value: (tenant) => tenant.objects, align: 'right' },
            { title: 'Secret file', value: (tenant) => tenant.secretFile },
          ],
          'No tenants.',
        ),
        ...(ready.imported === null ? [] : ['', JSON.stringify(ready.imported)]),
      ]);
      await finished;
    });
}

interface SimulatorCommandOptions {
  port: string;
  directory?: string;
  import?: string;
  tenants?: string;
  objects: string;
  seed: string;
  fault: string[];
  latency?: string;
  throttle: boolean;
  tokenLifetime: string;
}

function collect(value: string, former: string[]): string[] {
  return [...former, value];
}

function describePortTaken(error: unknown): never {
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'EADDRINUSE' || code === 'EACCES') {
    throw new AppError('port_taken', 'The port of the simulator cannot be opened.', {
      nextStep: 'Choose another one with --port, or 0 for a free one.',
      cause: error,
    });
  }
  throw error;
}
