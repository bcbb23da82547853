import { typeReasons, type TypeReason } from '../../../shared/model/reasons.ts';
import type { Sql } from '../../db/database.ts';
import { listBackupSetOverviews, listSetMonths } from '../../db/repositories/backup-set-overviews.ts';
import { deleteImportedSet, readLeftOut } from '../../db/repositories/imported-sets.ts';
import { readKeptParts, readKeptSet } from '../../db/repositories/kept-sets.ts';
import { recordSetVerifications } from '../../db/repositories/set-verifications.ts';
import { notOffered } from '../../domain/policy-types/not-offered.ts';
import { findPolicyType } from '../../domain/policy-types/registry.ts';
import { forecastSetRemovals } from '../../engine/backup/forecast-removals.ts';
import { unknownSet } from '../../engine/backup/diff.ts';
import { findingsOf, verifyBackupSets } from '../../engine/backup/verify.ts';
import type { LongWork } from '../long-work.ts';
import type { Handlers } from '../router.ts';
import { requireSet, setRow } from './set-rows.ts';

/** Damages that one answer lists; the first ones are where to look first. */
const mostDamages = 100;

type Answered =
  | 'backup-sets.list'
  | 'backup-sets.months'
  | 'backup-sets.removals'
  | 'backup-sets.get'
  | 'backup-sets.verify'
  | 'backup-sets.pin'
  | 'backup-sets.unpin'
  | 'backup-sets.delete-import';

/** A set that a run sealed: only retention and its pins concern it, never an import. */
async function requireSealed(sql: Sql, tenantId: string, setId: string): Promise<void> {
  if ((await requireSet(sql, tenantId, setId)).imported !== null) throw unknownSet();
}

/** Sealed sets as a whole: which there are, what is in them and why not, their proof and their pin. */
export function backupSetHandlers(work: LongWork): Pick<Handlers, Answered> {
  return {
    'backup-sets.list': async ({ session }, { tenantId, month, timeZone, origin, cursor, pageSize }) => {
      const page = await listBackupSetOverviews(
        session.database,
        { tenantId, setId: null, month: month === null ? null : { month, timeZone }, origin },
        { cursor, limit: pageSize },
      );
      return { rows: page.rows.map(setRow), nextCursor: page.nextCursor, total: null };
    },

    'backup-sets.months': async ({ session }, { tenantId, timeZone, origin }) => ({
      months: await listSetMonths(session.database, tenantId, timeZone, origin),
    }),

    'backup-sets.removals': async ({ session }, { scheduleIds }) => ({
      rows: (await forecastSetRemovals(session.database, scheduleIds)).map((expected) => ({
        backupSetId: expected.setId,
        removedAt: expected.removedAt?.toISOString() ?? null,
        obstacle: expected.obstacle,
        removedAtUnpinned: expected.removedAtUnpinned?.toISOString() ?? null,
      })),
    }),

    'backup-sets.get': async ({ session }, { tenantId, backupSetId }) => {
      const set = await requireSet(session.database, tenantId, backupSetId);
      const kept = await readKeptSet(session.database, tenantId, backupSetId);
      const parts = kept === null ? [] : await readKeptParts(session.database, kept);
      return {
        set: setRow(set),
        previousId: set.previousSetId,
        parts: parts.map((part) => {
          const type = findPolicyType(part.typeKey);
          const reason = part.reason === null ? null : typeReasons[part.reason as TypeReason];
          return {
            typeKey: part.typeKey,
            displayName: type?.displayName ?? part.typeKey,
            category: type?.category ?? 'Unknown',
            outcome: part.outcome,
            reason: part.reason,
            sentence: reason?.sentence ?? null,
            nextStep: reason?.nextStep ?? null,
            items: part.captured,
            expected: part.expected,
            failed: part.failed,
          };
        }),
        notOffered: set.imported === null ? notOffered.map(({ name, note }) => ({ name, note })) : [],
        leftOut: set.imported === null ? [] : await readLeftOut(session.database, tenantId, backupSetId),
      };
    },

    'backup-sets.verify': async ({ session, correlationId }, { tenantId, backupSetId, workId }) => {
      const set = await requireSet(session.database, tenantId, backupSetId);
      const report = await work.run(session, workId, (control) =>
        verifyBackupSets(session.database, tenantId, { setIds: [backupSetId] }, control),
      );
      await recordSetVerifications(session.database, tenantId, findingsOf(report), correlationId);
      return {
        verified: report.damages.length === 0,
        items: report.itemsVerified,
        rootHash: set.root,
        previousRootHash: set.previousRoot,
        damages: report.damages.slice(0, mostDamages).map((damage) => ({
          where:
            damage.itemName ??
            damage.typeKey ??
            (damage.sequence === null ? 'Chain' : `Set ${damage.sequence}`),
          what: damage.sentence,
        })),
      };
    },

    'backup-sets.pin': async ({ session }, { tenantId, backupSetId, reason }) => {
      await requireSealed(session.database, tenantId, backupSetId);
      await session.database.query('select app.pin_set($1, $2)', [backupSetId, reason]);
      return setRow(await requireSet(session.database, tenantId, backupSetId));
    },

    'backup-sets.unpin': async ({ session }, { tenantId, backupSetId }) => {
      await requireSealed(session.database, tenantId, backupSetId);
      await session.database.query('select app.unpin_set($1)', [backupSetId]);
      return setRow(await requireSet(session.database, tenantId, backupSetId));
    },

    'backup-sets.delete-import': async ({ session }, { tenantId, backupSetId }) => {
      await deleteImportedSet(session.database, tenantId, backupSetId);
      return {};
    },
  };
}
