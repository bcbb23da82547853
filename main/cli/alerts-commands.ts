import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { type ChannelInput, channelInputSchema } from '../../shared/contract/alerts.ts';
import { AppError } from '../../shared/errors.ts';
import {
  type AlertChannel,
  listAlertChannels,
  listAlerts,
  readTestMessage,
  removeAlertChannel,
  testAlertChannel,
} from '../db/repositories/alert-channels.ts';
import type { Database } from '../db/database.ts';
import { saveChannel } from '../notify/save-channel.ts';
import { withDatabase } from './command-context.ts';
import { findOne, findTenant } from './find-by-name.ts';
import { localIso, table } from './output.ts';
import { usageError, wholeNumber } from './usage-error.ts';

interface TenantOption {
  tenant?: string;
}
interface NameOption extends TenantOption {
  name: string;
}
interface AddOptions extends NameOption {
  teamsUrlFile?: string;
  webhookUrlFile?: string;
  signingKeyFile?: string;
  smtp?: string;
  smtpUser?: string;
  smtpPasswordFile?: string;
  smtpSecurity?: string;
  from?: string;
  to?: string[];
  criticalOnly?: boolean;
  quiet?: string;
  digest?: string;
  zone?: string;
}

const ofTenant = 'a channel of this tenant; without it, of the workspace';
const testWaitMs = 60_000;
const testPollMs = 500;

/** `alerts list` and `notifications list|add|test|remove`. */
export function addAlertsCommands(program: Command): void {
  const alerts = program.command('alerts').description('What is in trouble, and what was');
  alerts
    .command('list')
    .description('List open alerts, and those that ended in the last 14 days')
    .option('--tenant <tenant>', 'only of this tenant')
    .addHelpText('after', '\nExample:\n  tenantkeep alerts list --json')
    .action(async (options: TenantOption, command: Command) => {
      await withDatabase(command, async ({ database, output }) => {
        const tenantId = await tenantIdOf(database, options.tenant);
        const rows = await listAlerts(database, { tenantId, resolvedDays: 14 });
        output.result({ alerts: rows }, () =>
          table(
            rows,
            [
              { title: 'Since', value: (row) => localIso(row.openedAt) },
              {
                title: 'State',
                value: (row) => (row.resolvedAt === null ? 'open' : `over ${localIso(row.resolvedAt)}`),
              },
              { title: 'Severity', value: (row) => row.severity },
              { title: 'Tenant', value: (row) => row.tenantName ?? '–' },
              { title: 'What', value: (row) => row.sentence },
            ],
            'No alerts.',
          ),
        );
      });
    });

  const channels = program.command('notifications').description('Where alerts are sent');
  channels
    .command('list')
    .description('List channels, with what fails')
    .option('--tenant <tenant>', ofTenant)
    .addHelpText('after', '\nExample:\n  tenantkeep notifications list')
    .action(async (options: TenantOption, command: Command) => {
      await withDatabase(command, async ({ database, output }) => {
        const rows = await listAlertChannels(database, await tenantIdOf(database, options.tenant));
        output.result({ channels: rows }, () =>
          table(
            rows,
            [
              { title: 'Channel', value: (row) => row.name },
              { title: 'To', value: receiverOf },
              { title: 'Hears', value: (row) => (row.leastSeverity === 'critical' ? 'critical' : 'all') },
              { title: 'Last sent', value: (row) => localIso(row.lastSentAt) },
              { title: 'Waiting', value: (row) => row.waiting },
              { title: 'Problem', value: (row) => row.lastError ?? '–' },
            ],
            'No channels. Alerts are shown by "tenantkeep alerts list" and on the screens only.',
          ),
        );
      });
    });

  channels
    .command('add')
    .description('Add a channel: a workflow of Microsoft Teams, a signed webhook, or mail')
    .requiredOption('--name <name>', 'how it is called')
    .option('--tenant <tenant>', ofTenant)
    .option('--teams-url-file <file>', 'file with the address of a Teams workflow, which is a secret')
    .option('--webhook-url-file <file>', 'file with the https address of a receiver')
    .option('--signing-key-file <file>', 'file with the key that signs what is posted there')
    .option('--smtp <server:port>', 'mail server')
    .option('--smtp-security <kind>', 'tls, starttls or none', 'starttls')
    .option('--smtp-user <user>', 'login of the mail server')
    .option('--smtp-password-file <file>', 'file with its password')
    .option('--from <address>', 'sender of the mail')
    .option('--to <address...>', 'receivers of the mail')
    .option('--critical-only', 'hear of critical alerts only')
    .option('--quiet <from-to>', 'hold warnings back between these times, such as 22:00-06:30; needs --zone')
    .option('--digest <time>', 'send warnings once a day at this time; needs --zone')
    .option('--zone <zone>', 'time zone of --quiet and --digest, such as Europe/Berlin')
    .addHelpText(
      'after',
      '\nExample:\n  tenantkeep notifications add --name Night --smtp mail.example.com:587 --smtp-user alerts --smtp-password-file password.txt --from tenantkeep@example.com --to ops@example.com',
    )
    .action(async (options: AddOptions, command: Command) => {
      await withDatabase(command, async ({ database, output }) => {
        const tenantId = await tenantIdOf(database, options.tenant);
        const channelId = await saveChannel(database, tenantId, await channelOf(options));
        output.result({ channelId }, () => [
          `${options.name} is added. Try it with "tenantkeep notifications test --name ${JSON.stringify(options.name)}".`,
        ]);
      });
    });

  channels
    .command('test')
    .description('Have a host send a test message, and wait for the outcome')
    .requiredOption('--name <name>', 'the channel, by name or id')
    .option('--tenant <tenant>', ofTenant)
    .addHelpText('after', '\nExample:\n  tenantkeep notifications test --name Night')
    .action(async (options: NameOption, command: Command) => {
      await withDatabase(command, async ({ database, workspace, output }) => {
        const channel = await findChannel(database, options);
        const messageId = await testAlertChannel(database, channel.channelId);
        for (let waitedMs = 0; waitedMs < testWaitMs; waitedMs += testPollMs) {
          const result = await readTestMessage(database, messageId);
          if (result?.state === 'sent') {
            output.result({ sent: true }, () => [`${channel.name} took the test message.`]);
            return;
          }
          if (result?.state === 'failed') {
            throw new AppError('alert_not_taken', result.error ?? 'The channel did not take the message.', {
              nextStep: 'Correct the channel and try again.',
            });
          }
          await workspace.clock.sleep(testPollMs);
        }
        throw new AppError('alert_test_not_sent', 'No host sent the test message within a minute.', {
          nextStep: 'Start a host with "tenantkeep service run"; hosts send alerts.',
        });
      });
    });

  channels
    .command('remove')
    .description('Remove a channel; what waits in it is not sent')
    .requiredOption('--name <name>', 'the channel, by name or id')
    .option('--tenant <tenant>', ofTenant)
    .addHelpText('after', '\nExample:\n  tenantkeep notifications remove --name Night')
    .action(async (options: NameOption, command: Command) => {
      await withDatabase(command, async ({ database, output }) => {
        const channel = await findChannel(database, options);
        await removeAlertChannel(database, channel.channelId);
        output.result({ removed: channel.channelId }, () => [`${channel.name} is removed.`]);
      });
    });
}

async function tenantIdOf(database: Database, given: string | undefined): Promise<string | null> {
  return given === undefined ? null : (await findTenant(database, given)).tenantId;
}

async function findChannel(database: Database, options: NameOption): Promise<AlertChannel> {
  const channels = await listAlertChannels(database, await tenantIdOf(database, options.tenant));
  return findOne(channels, options.name, {
    noun: 'channel',
    code: 'alert_channel',
    id: (channel) => channel.channelId,
    name: (channel) => channel.name,
    listCommand: 'notifications list',
  });
}

function receiverOf({ settings }: AlertChannel): string {
  if (settings.kind === 'smtp') return settings.to.join(', ');
  return `${settings.kind === 'teams' ? 'Teams at ' : ''}${settings.host}`;
}

async function channelOf(options: AddOptions): Promise<ChannelInput> {
  const { zone, quiet, digest } = options;
  if ((quiet !== undefined || digest !== undefined) && zone === undefined) {
    throw usageError('--quiet and --digest need the --zone in which their times are meant.');
  }
  const [from, to] = quiet?.split('-') ?? [];
  const parsed = channelInputSchema.safeParse({
    channelId: null,
    name: options.name,
    enabled: true,
    leastSeverity: options.criticalOnly === true ? 'critical' : 'warning',
    quietHours: quiet === undefined ? null : { from, to, timeZone: zone },
    digest: digest === undefined ? null : { at: digest, timeZone: zone },
    target: await targetOf(options),
  });
  if (!parsed.success) throw usageError(parsed.error.issues[0]!.message);
  return parsed.data;
}

async function targetOf(options: AddOptions): Promise<object> {
  const { teamsUrlFile, webhookUrlFile, signingKeyFile, smtp } = options;
  const kinds = [teamsUrlFile, webhookUrlFile, smtp].filter((one) => one !== undefined);
  if (kinds.length !== 1) {
    throw usageError('Give exactly one of --teams-url-file, --webhook-url-file and --smtp.');
  }
  if (teamsUrlFile !== undefined) return { kind: 'teams', url: await secretIn(teamsUrlFile) };
  if (webhookUrlFile !== undefined) {
    if (signingKeyFile === undefined) throw usageError('A webhook needs --signing-key-file.');
    return {
      kind: 'webhook',
      url: await secretIn(webhookUrlFile),
      signingKey: await secretIn(signingKeyFile),
    };
  }
  const separator = smtp!.lastIndexOf(':');
  if (separator <= 0) throw usageError('--smtp is written as server:port, such as mail.example.com:587.');
  if (options.from === undefined || options.to === undefined) throw usageError('Mail needs --from and --to.');
  if ((options.smtpUser === undefined) !== (options.smtpPasswordFile === undefined)) {
    throw usageError('--smtp-user and --smtp-password-file go together.');
  }
  return {
    kind: 'smtp',
    server: smtp!.slice(0, separator),
    port: wholeNumber(smtp!.slice(separator + 1), '--smtp', 1, 65_535),
    security: options.smtpSecurity,
    user: options.smtpUser ?? null,
    password: options.smtpPasswordFile === undefined ? null : await secretIn(options.smtpPasswordFile),
    from: options.from,
    to: options.to,
  };
}

/** The content of a file without the line end that editors add; secrets never stand on a command line. */
async function secretIn(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    throw new AppError('file_not_found', `The file cannot be read: ${path}.`, {
      nextStep: 'Check the path and that this account may read the file.',
      cause: error,
    });
  }
}
