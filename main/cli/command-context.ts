import type { Command } from 'commander';
import type { Database } from '../db/database.ts';
import type { DatabaseAccess } from '../database-access.ts';
import { enterDatabase, openTechnicianDatabase, openWorkspace, type Workspace } from '../composition.ts';
import { createOutput, type Output } from './output.ts';
import { toReportedError } from './reported-error.ts';

/** Options that every command has. */
export interface GlobalOptions {
  home?: string;
  json?: boolean;
}

/** What a command works with, opened as far as it needs it and closed in the right order. */
export interface CommandContext {
  workspace: Workspace;
  access: DatabaseAccess;
  /** The person's own connection: row-level security decides what it sees. */
  database: Database;
  output: Output;
}

export function globalOptions(command: Command): GlobalOptions {
  return command.optsWithGlobals<GlobalOptions>();
}

/** Runs a command that needs home and configuration only. */
export async function withWorkspace<T>(
  command: Command,
  work: (context: { workspace: Workspace; output: Output }) => Promise<T>,
): Promise<T> {
  const { home, json } = globalOptions(command);
  const workspace = await openWorkspace({ home, logName: 'cli' });
  try {
    return await work({ workspace, output: createOutput(json === true) });
  } catch (error) {
    throw noteInLog(error, workspace);
  } finally {
    workspace.log.close();
  }
}

/** Runs a command that needs the database, with the person's login. */
export async function withDatabase<T>(
  command: Command,
  work: (context: CommandContext) => Promise<T>,
): Promise<T> {
  return withWorkspace(command, async ({ workspace, output }) => {
    const access = await enterDatabase(workspace);
    try {
      const database = await openTechnicianDatabase(access, workspace.log);
      try {
        return await work({ workspace, access, database, output });
      } finally {
        await database.close();
      }
    } finally {
      await access.leave();
    }
  });
}

function noteInLog(error: unknown, workspace: Workspace): unknown {
  const reported = toReportedError(error);
  workspace.log.error(
    { error, code: reported.code, correlationId: reported.correlationId },
    'A command failed',
  );
  return reported;
}
