import type { Command } from 'commander';
import { constants } from 'node:fs';
import { access as checkAccess, mkdir, statfs } from 'node:fs/promises';
import {
  appVersion,
  enterDatabase,
  openHostCredentials,
  openTechnicianDatabase,
  type Workspace,
} from '../composition.ts';
import { migrateAndProvision } from '../database-access.ts';
import { schemaStatus } from '../db/migrate.ts';
import { describeLogin } from '../db/logins.ts';
import { listTenants } from '../db/repositories/tenants.ts';
import { withWorkspace } from './command-context.ts';
import { exitCodes } from './exit-codes.ts';
import type { ExitStatus } from './exit-status.ts';
import { facts, table } from './output.ts';
import { toReportedError } from './reported-error.ts';

/** `migrate` and `doctor`. */
export function addDatabaseCommands(program: Command, exit: ExitStatus): void {
  program
    .command('migrate')
    .description("Bring the database to this version's schema and give this computer its logins there")
    .addHelpText(
      'after',
      '\nThe database is the embedded one, or the one that TENANTKEEP_DATABASE_URL names with the login of its owner.\n\nExample:\n  TENANTKEEP_DATABASE_URL=postgres://owner:…@db.example.com/tenantkeep tenantkeep migrate',
    )
    .action(async (_options: object, command: Command) => {
      await withWorkspace(command, async ({ workspace, output }) => {
        const report = await migrateAndProvision(workspace);
        output.result(report, () => [
          report.applied.length === 0
            ? `The database has schema version ${report.schemaVersion} already.`
            : `The database now has schema version ${report.schemaVersion}.`,
          ...facts([
            ['database', report.location],
            ['person', report.technicianLogin],
            ['host', report.hostLogin],
          ]),
        ]);
      });
    });

  program
    .command('doctor')
    .description('Check this installation: home, secrets, disk, database, logins, credentials')
    .addHelpText('after', '\nExample:\n  tenantkeep doctor --json')
    .action(async (_options: object, command: Command) => {
      await withWorkspace(command, async ({ workspace, output }) => {
        const checks = await examine(workspace);
        if (checks.some((check) => check.state === 'problem')) exit.code = exitCodes.environment;
        output.result({ version: appVersion, checks }, () =>
          table(
            checks,
            [
              { title: 'State', value: (check) => check.state },
              { title: 'Check', value: (check) => check.name },
              { title: 'Finding', value: (check) => check.finding },
            ],
            '',
          ),
        );
      });
    });
}

interface Check {
  name: string;
  state: 'ok' | 'warning' | 'problem';
  finding: string;
}

const leastFreeBytes = 1_000_000_000;

async function examine(workspace: Workspace): Promise<Check[]> {
  const { home, secrets } = workspace;
  const checks: Check[] = [
    { name: 'program', state: 'ok', finding: `TenantKeep ${appVersion} on Node ${process.versions.node}` },
  ];
  const attempt = async (name: string, check: () => Promise<Omit<Check, 'name'>>): Promise<void> => {
    try {
      checks.push({ name, ...(await check()) });
    } catch (error) {
      workspace.log.warn({ error, check: name }, 'A check of the doctor failed');
      checks.push({ name, state: 'problem', finding: toReportedError(error).toLine() });
    }
  };
  await attempt('home', async () => {
    await mkdir(home.directory, { recursive: true, mode: 0o700 });
    await checkAccess(home.directory, constants.R_OK | constants.W_OK | constants.X_OK);
    return { state: 'ok', finding: home.directory };
  });
  await attempt('disk', async () => {
    const { bavail, bsize } = await statfs(home.directory);
    const free = bavail * bsize;
    return {
      state: free < leastFreeBytes ? 'warning' : 'ok',
      finding: `${Math.round(free / 1_000_000).toString()} MB free`,
    };
  });
  await attempt('secrets', async () => {
    const { kind, location, warnings } = await secrets.describe();
    return warnings.length === 0
      ? {
          state: 'ok',
          finding: `kept in ${kind === 'file' ? `files of mode 0600 in ${location}` : location}`,
        }
      : { state: 'warning', finding: warnings.join(' ') };
  });
  await attempt('database', async () => {
    const access = await enterDatabase(workspace);
    try {
      const database = await openTechnicianDatabase(access, workspace.log);
      try {
        const status = await schemaStatus(database);
        const login = await describeLogin(database);
        checks.push({
          name: 'login',
          state: login.isSuperuser || login.bypassRls ? 'problem' : 'ok',
          finding: `${login.login}${login.administrator ? ', administrator of the workspace' : ''}`,
        });
        const tenants = (await listTenants(database)).filter((tenant) => tenant.state === 'connected');
        await attempt('credentials', async () => {
          const credentials = await openHostCredentials(workspace, access);
          try {
            const openable = new Set(await credentials.loader.openableTenantIds());
            const closed = tenants.filter((tenant) => !openable.has(tenant.tenantId));
            return closed.length === 0
              ? { state: 'ok', finding: `all ${tenants.length} connected tenants can be opened by this host` }
              : {
                  state: 'warning',
                  finding: `not sealed to this host: ${closed.map((tenant) => tenant.name).join(', ')}`,
                };
          } finally {
            await credentials.close();
          }
        });
        return {
          state: 'ok',
          finding: `${access.kind} at ${access.location}, schema version ${status.schemaVersion}`,
        };
      } finally {
        await database.close();
      }
    } finally {
      await access.leave();
    }
  });
  return checks;
}
