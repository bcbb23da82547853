import { resolve } from 'node:path';
import type { Command } from 'commander';
import { AppError } from '../../shared/errors.ts';
import { readConnectionFile } from '../sign-in/read-connection-file.ts';
import {
  inUseInWords,
  leavingInWords,
  planSignIn,
  protectionInWords,
  signIn,
  signOut,
} from '../sign-in/sign-in.ts';
import { withWorkspace } from './command-context.ts';
import { facts } from './output.ts';

/** `sign-in` and `sign-out`. */
export function addSignInCommands(program: Command): void {
  program
    .command('sign-in')
    .description('Use the workspace and the login of a connection file on this computer')
    .argument('<file>', 'connection file that an administrator made for you')
    .option('--replace', 'also where another database is used here; nothing in that one is deleted')
    .addHelpText(
      'after',
      '\nThe login is tried on the server first; if it is refused, nothing changes. Delete the file afterwards.\n\nExample:\n  tenantkeep sign-in rita-meier.connection',
    )
    .action(async (given: string, options: { replace?: boolean }, command: Command) => {
      await withWorkspace(command, async ({ workspace, output }) => {
        const file = resolve(given);
        const connection = await readConnectionFile(file);
        const plan = await planSignIn(workspace, connection);
        if (plan.replaces && options.replace !== true) {
          throw new AppError(
            'sign_in_replaces_database',
            `Signing in to ${connection.database} on ${connection.server} needs --replace, because another database is used here.`,
            { nextStep: leavingInWords(plan.now) },
          );
        }
        const person = await signIn(workspace, plan);
        workspace.log.info({ login: person.login }, 'A person signed in with a connection file');
        const { database, server } = connection;
        output.result({ person, server, database, before: plan.now, file }, () => [
          `${person.name} is signed in here.`,
          ...facts([
            ['login', person.login],
            ['database', `${database} on ${server}`],
            ['administrator', person.administrator],
          ]),
          protectionInWords(plan.databaseUrl),
          `Delete ${file}: it holds the password, which is kept among the secrets of this computer now.`,
          'Programs of this home that run already use the database from before until they are started again.',
        ]);
      });
    });

  program
    .command('sign-out')
    .description('Forget the login of a connection file; nothing in any database is deleted')
    .addHelpText('after', '\nExample:\n  tenantkeep sign-out')
    .action(async (_options: object, command: Command) => {
      await withWorkspace(command, async ({ workspace, output }) => {
        const left = await signOut(workspace);
        workspace.log.info({ login: left.login }, 'A person signed out');
        output.result(left, () => [
          `${left.login} is signed out of ${left.location}.`,
          inUseInWords(left.now),
          'Programs of this home that run already go on as before until they are started again.',
        ]);
      });
    });
}
