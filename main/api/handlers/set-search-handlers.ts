import { searchBackupSets } from '../../engine/backup/search.ts';
import { findPolicyType } from '../../domain/policy-types/registry.ts';
import type { Handlers } from '../router.ts';

/** How long one answer of a search works before it tells how far it is. */
const budgetMs = 700;

export const setSearchHandlers: Pick<Handlers, 'backup-sets.search'> = {
  'backup-sets.search': async ({ session, clock }, input) => {
    const page = await searchBackupSets(
      session.database,
      {
        tenantId: input.tenantId,
        setId: input.backupSetId,
        sets: input.sets,
        text: input.text,
        inSettings: input.inSettings,
      },
      { cursor: input.cursor, limit: input.pageSize, budgetMs, nowMs: () => clock.monotonicMs() },
    );
    return {
      rows: page.hits.map((hit) => ({
        tenantId: hit.tenantId,
        tenantName: hit.tenantName,
        backupSetId: hit.setId,
        seq: hit.sequence,
        sealedAt: hit.sealedAt.toISOString(),
        typeKey: hit.typeKey,
        displayName: findPolicyType(hit.typeKey)?.displayName ?? hit.typeKey,
        graphId: hit.item.id,
        name: hit.item.name,
        matched: hit.matched,
        pointer: hit.pointer,
        excerpt: hit.excerpt,
        more: hit.more,
      })),
      nextCursor: page.cursor,
      progress: page.progress,
      unreadable: page.unreadable,
    };
  },
};
