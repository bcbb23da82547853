import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Command } from 'commander';
import type { UpdateDecision } from '../domain/update-decision.ts';
import type { UpdateCheck } from '../updates/check-for-update.ts';
import { withWorkspace } from './command-context.ts';
import { exitCodes } from './exit-codes.ts';
import type { ExitStatus } from './exit-status.ts';
import { facts } from './output.ts';

/** What stands in the way of an update or of the work, and is not mended on this computer alone. */
const obstacles: readonly UpdateDecision['kind'][] = ['waits-for-migration', 'too-old', 'malformed-entry'];

/** `updates check`: asks the feed, installs nothing. */
export function addUpdatesCommands(program: Command, exit: ExitStatus): void {
  const updates = program.command('updates').description('Newer versions of TenantKeep');
  updates
    .command('check')
    .description('Ask the update feed for the newest version, and whether it fits the database')
    .addHelpText(
      'after',
      '\nNothing is installed. 0 says that this version is the newest or that a newer one can be installed; 6 that a newer\none waits for "tenantkeep migrate", that the feed has none that fits, or that feed or database cannot be asked.\n\nExample:\n  tenantkeep updates check --json',
    )
    .action((_options: object, command: Command) =>
      withWorkspace(command, async ({ workspace, output }) => {
        // Loaded here, because no other command asks the feed.
        const [{ readDatabaseDemands, updateFacts }, { checkForUpdate }, { findFeed }] = await Promise.all([
          import('../update-facts.ts'),
          import('../updates/check-for-update.ts'),
          import('../updates/feed-place.ts'),
        ]);
        const { config, clock } = workspace;
        const feed = await findFeed(config.updates.feedUrl, await packedResources());
        const check = await checkForUpdate({
          feed,
          facts: updateFacts(workspace, await readDatabaseDemands(workspace)),
          clock,
        });
        if (obstacles.includes(check.decision.kind)) exit.code = exitCodes.environment;
        output.result(documentOf(check), () => linesOf(check));
      }),
    );
}

/** The folder of resources of the packed command; null where it runs from a checkout. */
async function packedResources(): Promise<string | null> {
  const app = join(dirname(await realpath(process.argv[1]!)), '..', '..');
  return basename(app) === 'app.asar.unpacked' ? dirname(app) : null;
}

function documentOf({ app, database, entry, decision, words, feed }: UpdateCheck): object {
  return {
    version: app.version,
    schemaVersion: app.schemaVersion,
    newest: 'malformed' in entry ? null : entry,
    database,
    decision: decision.kind,
    sentence: words.sentence,
    nextStep: nextStepOf(decision, words.nextStep),
    feed,
  };
}

function linesOf({ app, database, entry, decision, words, feed }: UpdateCheck): string[] {
  const nextStep = nextStepOf(decision, words.nextStep);
  return [
    words.sentence,
    ...(nextStep === null ? [] : [nextStep]),
    ...facts([
      ['this version', `${app.version}, for schema version ${app.schemaVersion}`],
      [
        'newest version',
        'malformed' in entry ? null : `${entry.version}, for schema version ${entry.schemaVersion}`,
      ],
      ['database', `schema version ${database.schemaVersion}, ${database.kind}`],
      ['feed', feed],
    ]),
  ];
}

/** How a version gets onto this computer is another thing in a terminal than in the window of the desktop. */
function nextStepOf(decision: UpdateDecision, nextStep: string | null): string | null {
  return decision.kind === 'install' || decision.kind === 'needed-now'
    ? 'A host is upgraded with the package manager of its system or the installer; a desktop offers the update by itself.'
    : nextStep;
}
