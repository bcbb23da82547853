import { isAppError } from '../../../shared/errors.ts';
import { type AuditChainVerdict, type SavedHead, verifyAuditChain } from '../../audit/verify-chain.ts';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../db/database.ts';
import { noteChainCheck } from '../../db/repositories/alerts.ts';
import { listAuditHeads } from '../../db/repositories/audit-trail.ts';
import type { Log } from '../ports.ts';

const roundEveryMs = 24 * 3_600_000;

/**
 * Walks every audit chain once a day, one at each call, against the ends that this host saved outside the database.
 * Every host does: each has seen the chains at other moments.
 */
export function createChainWalk(parts: {
  database: Database;
  savedHeads: () => Promise<SavedHead[]>;
  clock: Clock;
  log: Log;
}): { checkNext(): Promise<void> } {
  const { database, clock, log } = parts;
  let waiting: (string | null)[] = [];
  let roundDueMs = clock.monotonicMs();

  return {
    async checkNext() {
      if (waiting.length === 0) {
        if (clock.monotonicMs() < roundDueMs) return;
        roundDueMs = clock.monotonicMs() + roundEveryMs;
        const saved = await parts.savedHeads();
        const heads = await listAuditHeads(database, { allTenants: true });
        // A chain whose head is gone as a whole is known only from what was saved.
        const known = [...heads.map((head) => head.tenantId), ...saved.map((head) => head.tenantId)];
        waiting = [...new Set(known)];
      }
      const tenantId = waiting.shift();
      if (tenantId === undefined) return;
      const verdict = await walk(database, tenantId, await parts.savedHeads());
      const { firstBroken } = verdict;
      if (firstBroken !== null) log.error({ tenantId, ...firstBroken }, 'An audit chain is broken');
      await noteChainCheck(database, {
        tenantId,
        events: verdict.events,
        headHash: verdict.headHash,
        brokenSequence: firstBroken?.sequence ?? null,
        what: firstBroken?.what ?? null,
      });
    },
  };
}

async function walk(
  database: Database,
  tenantId: string | null,
  savedHeads: readonly SavedHead[],
): Promise<AuditChainVerdict> {
  try {
    return await verifyAuditChain(database, tenantId, savedHeads);
  } catch (error) {
    if (!isAppError(error) || error.code !== 'audit_not_visible') throw error;
    // A host sees every chain, so one that is not there was removed.
    const what = 'The chain is gone, although this host saved its end.';
    return { events: 0, headHash: '0'.repeat(64), firstBroken: { sequence: '1', what } };
  }
}
