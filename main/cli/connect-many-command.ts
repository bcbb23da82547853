import type { Command } from 'commander';
import { type AppError, isAppError, withNextStep } from '../../shared/errors.ts';
import type { Workspace } from '../composition.ts';
import { storeTenant } from '../credentials/connect-tenant.ts';
import type { Database } from '../db/database.ts';
import type { CustomCloud } from '../db/repositories/credentials.ts';
import { listTenants, type Tenant } from '../db/repositories/tenants.ts';
import { withDatabase } from './command-context.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import type { ExitStatus } from './exit-status.ts';
import { table } from './output.ts';
import { givenByFile } from './sign-in-person.ts';
import { readTenantsFile, type RefusedLine, type TenantLine } from './tenants-file.ts';
import { cloudChoice, type CustomCloudOptions, readCustomCloud, tryCredential } from './try-credential.ts';
import { usageError } from './usage-error.ts';

interface ConnectManyOptions extends CustomCloudOptions {
  csv: string;
  dryRun?: boolean;
  skipCheck?: boolean;
}

interface LineResult {
  line: number;
  name: string;
  outcome: 'connected' | 'would_connect' | 'skipped' | 'failed' | 'not_tried';
  tenantId: string | null;
  error: AppError | null;
  /** Why it was skipped, or what is missing in a tenant that was connected. */
  note: string | null;
}

/** Credentials that are tried at the same time; each is some dozens of small requests. */
const atOnce = 4;

/** `tenants connect-many`: every tenant of a CSV file, line by line. */
export function addConnectMany(tenants: Command, exit: ExitStatus, signal: AbortSignal): void {
  tenants
    .command('connect-many')
    .description('Connect the tenants of a CSV file: check every line, then each credential, then store it')
    .requiredOption('--csv <file>', 'file with a header line: name,tenantId,clientId,secretFile,…')
    .option('--dry-run', 'check the file and say what would be done; sign in nowhere, store nothing')
    .option('--skip-check', 'store the credentials without trying them')
    .option('--graph-url <url>', 'Graph address of lines whose cloud is custom')
    .option('--login-url <url>', 'sign-in address of lines whose cloud is custom')
    .option('--ca-file <file>', 'certificate authority of lines whose cloud is custom (PEM)')
    .addHelpText(
      'after',
      '\nColumns: name, tenantId, clientId; secretFile, or certificateFile and privateKeyFile; and, as needed, cloud,\n' +
        'secretExpires, tags (parted by ";"). Paths are relative to the CSV file. Tenants that are connected already are\n' +
        'skipped, so the same file can be given again. Exit code 5: a line was refused; 6: a sign-in or the network was.\n\n' +
        'Example:\n  tenantkeep tenants connect-many --csv customers.csv --dry-run',
    )
    .action(async (options: ConnectManyOptions, command: Command) => {
      await withDatabase(command, async ({ workspace, database, output }) => {
        const { lines, refused } = await readTenantsFile(options.csv, workspace.clock);
        const customCloud = await customCloudOf(lines, options);
        const known = (await listTenants(database)).filter((tenant) => tenant.state === 'connected');
        const results: LineResult[] = refused.map(refusedResult);
        let done = 0;
        const waiting = [...lines];
        const work = async (): Promise<void> => {
          for (let line = waiting.shift(); line !== undefined; line = waiting.shift()) {
            const result =
              settledBefore(line, known, signal) ??
              (options.dryRun === true
                ? resultOf(line, 'would_connect')
                : await connectLine(line, { customCloud, options, workspace, database, signal }));
            done += 1;
            results.push(result);
            output.progress(`${done} of ${lines.length}: ${line.name}, ${words[result.outcome]}`);
          }
        };
        await Promise.all(Array.from({ length: atOnce }, work));
        results.sort((a, b) => a.line - b.line);
        exit.code = signal.aborted ? exitCodes.interrupted : exitCodeOfResults(results);
        output.result({ dryRun: options.dryRun === true, lines: results.map(lineDocument) }, () => [
          ...table(
            results,
            [
              { title: 'Line', value: (result) => result.line, align: 'right' },
              { title: 'Tenant', value: (result) => result.name },
              { title: 'Result', value: (result) => words[result.outcome] },
              {
                title: 'Why',
                value: ({ error, note }) => (error === null ? (note ?? '') : withNextStep(error)),
              },
            ],
            'No tenants.',
          ),
          summaryOf(results),
        ]);
      });
    });
}

const words: Readonly<Record<LineResult['outcome'], string>> = {
  connected: 'connected',
  would_connect: 'would be connected',
  skipped: 'skipped',
  failed: 'not connected',
  not_tried: 'not tried',
};

/** What is the same for every line: without it none can be stored. */
const fatal = new Set(['administrator_needed', 'no_approved_host']);

async function connectLine(
  line: TenantLine,
  context: {
    customCloud: CustomCloud | null;
    options: ConnectManyOptions;
    workspace: Workspace;
    database: Database;
    signal: AbortSignal;
  },
): Promise<LineResult> {
  const { options, workspace, database, signal } = context;
  const { name, tenantGuid, clientId, cloud, tags, expiresAt } = line;
  const customCloud = cloud === 'custom' ? context.customCloud : null;
  try {
    const given = givenByFile(
      { tenantGuid, clientId, cloud: cloudChoice(cloud, customCloud) },
      line.credential,
    );
    const access =
      options.skipCheck === true ? null : await tryCredential(given.credential, workspace, signal);
    const tenantId = await storeTenant(database, {
      name,
      tenantGuid,
      clientId,
      cloud,
      customCloud,
      tags,
      credential: given.toSeal(),
      expiresAt,
    });
    const missing = access?.missingPermissions ?? [];
    const note = missing.length === 0 ? null : `Missing permissions: ${missing.join(', ')}.`;
    return { ...resultOf(line, 'connected'), tenantId, note };
  } catch (error) {
    if (signal.aborted) return resultOf(line, 'not_tried', 'The command was interrupted.');
    if (!isAppError(error) || fatal.has(error.code)) throw error;
    return { ...resultOf(line, 'failed'), error };
  }
}

function settledBefore(line: TenantLine, known: readonly Tenant[], signal: AbortSignal): LineResult | null {
  if (signal.aborted) return resultOf(line, 'not_tried', 'The command was interrupted.');
  const same = known.find((tenant) => tenant.entraTenantId === line.tenantGuid);
  if (same !== undefined) return resultOf(line, 'skipped', `Connected already as ${same.name}.`);
  const namesake = known.find((tenant) => tenant.name.toLowerCase() === line.name.toLowerCase());
  if (namesake === undefined) return null;
  const error = usageError(`Another tenant is called ${namesake.name}.`, 'Give the line another name.');
  return { ...resultOf(line, 'failed'), error };
}

function resultOf(
  { line, name }: { line: number; name: string },
  outcome: LineResult['outcome'],
  note: string | null = null,
): LineResult {
  return { line, name, outcome, tenantId: null, error: null, note };
}

function refusedResult(refused: RefusedLine): LineResult {
  return { ...resultOf(refused, 'failed'), error: refused.error };
}

async function customCloudOf(
  lines: readonly TenantLine[],
  options: ConnectManyOptions,
): Promise<CustomCloud | null> {
  const isNeeded = lines.some((line) => line.cloud === 'custom');
  return readCustomCloud(isNeeded ? 'custom' : 'global', options);
}

function exitCodeOfResults(results: readonly LineResult[]): number {
  const errors = results.flatMap(({ error }) => error ?? []);
  if (errors.length === 0) return exitCodes.ok;
  return errors.some((error) => exitCodeOf(error) === exitCodes.environment)
    ? exitCodes.environment
    : exitCodes.runFailed;
}

function summaryOf(results: readonly LineResult[]): string {
  const counts = Map.groupBy(results, ({ outcome }) => outcome);
  return (Object.keys(words) as LineResult['outcome'][])
    .flatMap((outcome) => {
      const count = counts.get(outcome)?.length ?? 0;
      return count === 0 ? [] : [`${count} ${words[outcome]}`];
    })
    .join(', ');
}

function lineDocument({ error, ...result }: LineResult): object {
  return {
    ...result,
    error: error === null ? null : { code: error.code, message: error.message, nextStep: error.nextStep },
  };
}
