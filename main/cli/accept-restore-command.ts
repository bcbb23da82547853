import type { Command } from 'commander';
import { AppError } from '../../shared/errors.ts';
import { giveUpSavedHeads, readSavedHeads, saveHeads } from '../audit/saved-heads.ts';
import { type SavedHead, verifyAuditChain } from '../audit/verify-chain.ts';
import { savedHeadsPlace } from '../composition.ts';
import type { Database } from '../db/database.ts';
import { acceptRestoredCopy, listAuditHeads } from '../db/repositories/audit-trail.ts';
import { readDatabaseTime } from '../db/repositories/schedules.ts';
import { withDatabase } from './command-context.ts';

/** `audit accept-restore`. */
export function addAcceptRestoreCommand(audit: Command): void {
  audit
    .command('accept-restore')
    .description(
      'After an older copy of the database was put back: give up the ends of chains that this computer saved later, and say so in the audit log',
    )
    .requiredOption('--reason <reason>', 'what happened, for the audit log')
    .addHelpText(
      'after',
      '\nEvery computer that saved later ends has to do it. Chains that are broken in themselves are not accepted.\n\nExample:\n  tenantkeep audit accept-restore --reason "server lost, restored from the dump of the night"',
    )
    .action(async (options: { reason: string }, command: Command) => {
      await withDatabase(command, async ({ workspace, access, database, output }) => {
        const { file, location } = savedHeadsPlace(workspace, access);
        const saved = await readSavedHeads(file, location);
        const lost = await findLostEnds(database, saved);
        if (lost.length === 0) {
          output.result({ givenUp: [] }, () => ['The chains continue every saved end; nothing is given up.']);
          return;
        }
        await acceptRestoredCopy(
          database,
          options.reason,
          lost.map(({ tenantId, sequence, hash, savedAt }) => ({ tenantId, sequence, hash, savedAt })),
        );
        const keptIn = await giveUpSavedHeads(file, location, lost, await readDatabaseTime(database));
        await saveHeads({ sql: database, file, location, seesAll: false, log: workspace.log });
        output.result({ givenUp: lost, keptIn }, () => [
          `${lost.length} saved ends were given up; they are kept in ${keptIn} and in the audit log.`,
        ]);
      });
    });
}

/** Saved ends that their chain does not continue. Throws `audit_chain_broken` for a chain that no restore explains. */
async function findLostEnds(database: Database, saved: readonly SavedHead[]): Promise<SavedHead[]> {
  const lost: SavedHead[] = [];
  const heads = await listAuditHeads(database, { allTenants: true });
  for (const head of heads) {
    const own = saved.filter(({ tenantId }) => tenantId === head.tenantId);
    const inItself = await verifyAuditChain(database, head.tenantId);
    if (inItself.firstBroken !== null) {
      const name = head.tenantName ?? 'the workspace';
      throw new AppError(
        'audit_chain_broken',
        `The audit chain of ${name} is broken in itself at ${inItself.firstBroken.sequence}; no restored copy explains that.`,
        { nextStep: 'Restore another copy, and find out who changed this one.' },
      );
    }
    if ((await verifyAuditChain(database, head.tenantId, own)).firstBroken !== null) lost.push(...own);
  }
  // An administrator sees every tenant: one that is not there was connected after the copy was made.
  const there = await database.query<{ id: string }>('select t.id from app.tenants t');
  return [
    ...lost,
    ...saved.filter(({ tenantId }) => tenantId !== null && !there.some(({ id }) => id === tenantId)),
  ];
}
