import type { Command } from 'commander';
import { resealForHosts } from '../composition.ts';
import type { ResealReport } from '../credentials/reseal.ts';
import type { Database } from '../db/database.ts';
import { approveHost, listHosts, removeHost, type Host } from '../db/repositories/hosts.ts';
import { withDatabase, type CommandContext } from './command-context.ts';
import { findOne } from './find-by-name.ts';
import { localIso, table } from './output.ts';
import { usageError } from './usage-error.ts';

interface NameOption {
  name: string;
}

/** `hosts list|approve|reseal|remove`. */
export function addHostsCommands(program: Command): void {
  const hosts = program.command('hosts').description('Installations that carry out backups');

  hosts
    .command('list')
    .description('List hosts, with those that wait for approval')
    .addHelpText('after', '\nExample:\n  tenantkeep hosts list --json')
    .action(async (_options: object, command: Command) => {
      await withDatabase(command, async ({ database, workspace, output }) => {
        const own = workspace.hostKey.recipient;
        const rows = await listHosts(database);
        output.result({ hosts: rows.map((host) => hostDocument(host, own)) }, () =>
          table(
            rows,
            [
              { title: 'Host', value: (host) => host.name },
              { title: 'State', value: stateOf },
              { title: 'Kind', value: (host) => host.kind },
              { title: 'Login', value: (host) => host.login },
              { title: 'Last seen', value: (host) => localIso(host.lastSeenAt) },
              { title: 'This one', value: (host) => host.publicKey === own },
              { title: 'Key', value: (host) => host.publicKey },
            ],
            'No hosts.',
          ),
        );
      });
    });

  hosts
    .command('approve')
    .description('Let a waiting host work, and seal the credentials for it too')
    .requiredOption('--name <name>', 'the host, by name, login or id')
    .addHelpText(
      'after',
      '\nCompare the key with the one that "tenantkeep hosts list" shows on that computer before you approve it.\n\nExample:\n  tenantkeep hosts approve --name OFFICE-2',
    )
    .action(async (options: NameOption, command: Command) => {
      await withDatabase(command, async (context) => {
        const host = await findHost(context.database, options.name);
        await approveHost(context.database, host.hostId);
        await showResealed(context, `${host.name} is approved.`, { approved: host.hostId });
      });
    });

  hosts
    .command('reseal')
    .description(
      'Seal every credential and secret value that this computer can open to exactly the approved hosts',
    )
    .addHelpText('after', '\nExample:\n  tenantkeep hosts reseal')
    .action(async (_options: object, command: Command) => {
      await withDatabase(command, async (context) => {
        await showResealed(context, 'Looked at every credential.', {});
      });
    });

  hosts
    .command('remove')
    .description('Take every right from a host at once, and seal the credentials without it')
    .requiredOption('--name <name>', 'the host, by name, login or id')
    .option('--reason <reason>', 'for the audit log')
    .addHelpText('after', '\nExample:\n  tenantkeep hosts remove --name OFFICE-2 --reason stolen')
    .action(async (options: NameOption & { reason?: string }, command: Command) => {
      await withDatabase(command, async (context) => {
        const host = await findHost(context.database, options.name);
        const remaining = (await listHosts(context.database)).filter(
          (other) => other.approvedAt !== null && other.publicKey !== host.publicKey,
        );
        if (host.publicKey === context.workspace.hostKey.recipient && remaining.length > 0) {
          throw usageError(
            `${host.name} is this computer, which could seal nothing after its removal.`,
            'Remove it from another host.',
          );
        }
        await removeHost(context.database, host.hostId, options.reason ?? null);
        await showResealed(
          context,
          `${host.name} is removed. If it was lost or stolen, replace the credentials that it could open.`,
          { removed: host.hostId },
        );
      });
    });
}

async function showResealed(context: CommandContext, sentence: string, document: object): Promise<void> {
  const report: ResealReport | { reason: string } = await resealForHosts(context.workspace, context.access);
  context.output.result({ ...document, credentials: report }, () => [
    sentence,
    ...('reason' in report
      ? [
          `No credential was sealed anew: ${report.reason} Run "tenantkeep hosts reseal" on a host that is approved.`,
        ]
      : [
          `${report.resealed} credentials and keys and ${report.secrets} secret values were sealed anew.`,
          ...(report.notOpenable.length === 0
            ? []
            : [
                `This computer cannot open those of ${report.notOpenable.join(', ')}: run "tenantkeep hosts reseal" on a host that can.`,
              ]),
        ]),
  ]);
}

async function findHost(database: Database, given: string): Promise<Host> {
  const hosts = await listHosts(database);
  const byLogin = hosts.filter((host) => host.login === given.trim());
  if (byLogin.length === 1) return byLogin[0]!;
  return findOne(hosts, given, {
    noun: 'host',
    code: 'host',
    id: (host) => host.hostId,
    name: (host) => host.name,
    listCommand: 'hosts list',
  });
}

function stateOf(host: Host): 'waiting' | 'alive' | 'offline' {
  return host.approvedAt === null ? 'waiting' : host.alive ? 'alive' : 'offline';
}

function hostDocument(host: Host, ownKey: string): object {
  return {
    id: host.hostId,
    name: host.name,
    login: host.login,
    kind: host.kind,
    state: stateOf(host),
    publicKey: host.publicKey,
    enrolledAt: host.enrolledAt.toISOString(),
    approvedAt: host.approvedAt?.toISOString() ?? null,
    approvedBy: host.approvedBy,
    lastSeenAt: host.lastSeenAt?.toISOString() ?? null,
    thisComputer: host.publicKey === ownKey,
  };
}
