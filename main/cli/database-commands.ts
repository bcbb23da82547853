import type { Command } from 'commander';
import { appVersion, enterDatabase, openTechnicianDatabase, type Workspace } from '../composition.ts';
import { migrateAndProvision } from '../database-access.ts';
import { type Check, runCheck } from '../diagnostics/check.ts';
import { examineComputer } from '../diagnostics/computer-checks.ts';
import { examineCredentials } from '../diagnostics/credential-check.ts';
import { examineDatabase } from '../diagnostics/database-checks.ts';
import { describeInstallation } from '../installation.ts';
import { withWorkspace } from './command-context.ts';
import { exitCodes } from './exit-codes.ts';
import type { ExitStatus } from './exit-status.ts';
import { facts, table } from './output.ts';

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
              {
                title: 'Finding',
                value: ({ finding, nextStep }) => (nextStep === null ? finding : `${finding}. ${nextStep}`),
              },
            ],
            '',
          ),
        );
      });
    });
}

async function examine(workspace: Workspace): Promise<Check[]> {
  const { home, config, secrets, log, clock } = workspace;
  const checks = await examineComputer({ version: appVersion, home, config, secrets, log });
  checks.push(
    await runCheck(
      { key: 'database', name: 'Database' },
      async () => {
        const access = await enterDatabase(workspace);
        try {
          const database = await openTechnicianDatabase(access, log);
          try {
            checks.push(...(await examineDatabase(database, { clock, log })));
            checks.push(await examineCredentials(database, describeInstallation(workspace, access), log));
          } finally {
            await database.close();
          }
          return { state: 'ok', finding: `${access.kind} at ${access.location}` };
        } finally {
          await access.leave();
        }
      },
      log,
    ),
  );
  return checks;
}
