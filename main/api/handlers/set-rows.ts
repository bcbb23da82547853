import type { z } from 'zod';
import type { backupSetRowSchema } from '../../../shared/contract/backup-sets.ts';
import { instantFromIso } from '../../../shared/model/instant.ts';
import type { Sql } from '../../db/database.ts';
import {
  type BackupSetOverview,
  listBackupSetOverviews,
} from '../../db/repositories/backup-set-overviews.ts';
import { unknownSet } from '../../engine/backup/diff.ts';

/** A set as the contract lists it. */
export function setRow(set: BackupSetOverview): z.input<typeof backupSetRowSchema> {
  const { verification } = set;
  return {
    id: set.id,
    tenantId: set.tenantId,
    tenantName: set.tenantName,
    scheduleId: set.scheduleId,
    scheduleName: set.scheduleName,
    runId: set.runId,
    seq: set.sequence,
    sealedAt: set.sealedAt.toISOString(),
    rootHash: set.root,
    complete: set.complete,
    types: set.types,
    items: set.items,
    added: set.added,
    changed: set.changed,
    removed: set.removed,
    newBytes: set.newBytes,
    pinned:
      set.pinnedAt === null
        ? null
        : { at: set.pinnedAt.toISOString(), by: set.pinnedBy ?? '', reason: set.pinReason ?? '' },
    verified:
      verification === null ? null : { ...verification, at: instantFromIso(verification.at).toISOString() },
    imported:
      set.imported === null ? null : { ...set.imported, at: instantFromIso(set.imported.at).toISOString() },
  };
}

/** One set of the tenant. Throws `backup_set_unknown`. */
export async function requireSet(sql: Sql, tenantId: string, setId: string): Promise<BackupSetOverview> {
  const { rows } = await listBackupSetOverviews(sql, { tenantId, setId }, { cursor: null, limit: 1 });
  if (rows[0] === undefined) throw unknownSet();
  return rows[0];
}
