import { stringify } from 'lossless-json';
import type { z } from 'zod';
import type { backupSetRowSchema } from '../../../shared/contract/backup-sets.ts';
import { AppError } from '../../../shared/errors.ts';
import { typeReasons, type TypeReason } from '../../../shared/model/reasons.ts';
import type { Sql } from '../../db/database.ts';
import {
  type BackupSetOverview,
  listBackupSetOverviews,
} from '../../db/repositories/backup-set-overviews.ts';
import { readSetParts } from '../../db/repositories/backup-sets.ts';
import { notOffered } from '../../domain/policy-types/not-offered.ts';
import { findPolicyType } from '../../domain/policy-types/registry.ts';
import { diffBackupSets, diffItem, unknownSet } from '../../engine/backup/diff.ts';
import { loadManifests, loadPayload } from '../../engine/backup/stored-documents.ts';
import { verifyBackupSets } from '../../engine/backup/verify.ts';
import { writeCanonicalJson } from '../../snapshot/canonical-json.ts';
import { isJsonObject, type JsonValue } from '../../snapshot/json-value.ts';
import type { ManifestEntry } from '../../snapshot/manifest.ts';
import { parseJson } from '../../snapshot/parse-json.ts';
import { maskSecrets } from '../../snapshot/secrets.ts';
import type { Handlers } from '../router.ts';

type BackupSetRowInput = z.input<typeof backupSetRowSchema>;

/** Documents travel in slices of this many characters, so that one huge object cannot stall a page. */
const sliceChars = 256 * 1024;

function setRow(set: BackupSetOverview): BackupSetRowInput {
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
    pinned:
      set.pinnedAt === null
        ? null
        : { at: set.pinnedAt.toISOString(), by: set.pinnedBy ?? '', reason: set.pinReason ?? '' },
  };
}

async function requireSet(sql: Sql, tenantId: string, setId: string): Promise<BackupSetOverview> {
  const { rows } = await listBackupSetOverviews(sql, { tenantId, setId }, { cursor: null, limit: 1 });
  if (rows[0] === undefined) throw unknownSet();
  return rows[0];
}

/** Every object of a set with its policy type, in the order of type and name. */
async function entriesOf(
  sql: Sql,
  tenantId: string,
  setId: string,
  typeKey: string | null,
): Promise<(ManifestEntry & { typeKey: string })[]> {
  await requireSet(sql, tenantId, setId);
  const parts = (await readSetParts(sql, tenantId, setId)).filter(
    (part) => part.manifest !== null && (typeKey === null || part.typeKey === typeKey),
  );
  const manifests = await loadManifests(
    sql,
    tenantId,
    parts.map((part) => part.manifest!),
  );
  return parts.flatMap((part) =>
    manifests
      .get(part.manifest!)!
      .map((entry) => ({ ...entry, typeKey: part.typeKey }))
      .sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id)),
  );
}

async function requireEntry(sql: Sql, tenantId: string, setId: string, typeKey: string, graphId: string) {
  const entry = (await entriesOf(sql, tenantId, setId, typeKey)).find((each) => each.id === graphId);
  if (entry === undefined) {
    throw new AppError('item_not_found', 'The backup set holds no such item.');
  }
  return entry;
}

function shown(value: JsonValue | undefined): string | null {
  return value === undefined ? null : writeCanonicalJson(value);
}

export const backupSetHandlers: Pick<
  Handlers,
  | 'backup-sets.list'
  | 'backup-sets.get'
  | 'backup-sets.items'
  | 'backup-sets.item'
  | 'backup-sets.compare'
  | 'backup-sets.compare-item'
  | 'backup-sets.verify'
  | 'backup-sets.pin'
  | 'backup-sets.unpin'
> = {
  'backup-sets.list': async ({ session }, { tenantId, cursor, pageSize }) => {
    const page = await listBackupSetOverviews(
      session.database,
      { tenantId, setId: null },
      { cursor, limit: pageSize },
    );
    return { rows: page.rows.map(setRow), nextCursor: page.nextCursor, total: null };
  },

  'backup-sets.get': async ({ session }, { tenantId, backupSetId }) => {
    const set = await requireSet(session.database, tenantId, backupSetId);
    const parts = await readSetParts(session.database, tenantId, backupSetId);
    return {
      set: setRow(set),
      previousId: set.previousSetId,
      parts: parts.map((part) => {
        const type = findPolicyType(part.typeKey);
        return {
          typeKey: part.typeKey,
          displayName: type?.displayName ?? part.typeKey,
          category: type?.category ?? 'Unknown',
          outcome: part.outcome,
          reason: part.reason,
          sentence: part.reason === null ? null : typeReasons[part.reason as TypeReason].sentence,
          items: part.captured,
        };
      }),
      notOffered: notOffered.map(({ name, note }) => ({ name, note })),
    };
  },

  'backup-sets.items': async ({ session }, input) => {
    const needle = input.search.trim().toLowerCase();
    const entries = (
      await entriesOf(session.database, input.tenantId, input.backupSetId, input.typeKey)
    ).filter((entry) => `${entry.name}\n${entry.id}`.toLowerCase().includes(needle));
    // A set is immutable, so a position in its ordered list is a stable cursor.
    const start = input.cursor === null ? 0 : Number(input.cursor);
    if (!Number.isSafeInteger(start) || start < 0) {
      throw new AppError('cursor_invalid', 'This page of the list does not exist.');
    }
    const end = start + input.pageSize;
    return {
      rows: entries
        .slice(start, end)
        .map(({ typeKey, id, name, hash }) => ({ typeKey, graphId: id, name, hash })),
      nextCursor: end < entries.length ? String(end) : null,
      total: entries.length,
    };
  },

  'backup-sets.item': async ({ session }, { tenantId, backupSetId, typeKey, graphId, offset }) => {
    const entry = await requireEntry(session.database, tenantId, backupSetId, typeKey, graphId);
    const document = parseJson(await loadPayload(session.database, tenantId, entry.hash));
    if (!isJsonObject(document)) throw new Error('A payload is always an object.');
    const text = stringify(maskSecrets(document), null, 2) ?? '';
    return {
      name: entry.name,
      hash: entry.hash,
      text: text.slice(offset, offset + sliceChars),
      totalChars: text.length,
      volatile: entry.volatile ?? {},
    };
  },

  'backup-sets.compare': async ({ session }, { tenantId, leftId, rightId }) => {
    const diff = await diffBackupSets(
      session.database,
      { tenantId, setId: leftId },
      { tenantId, setId: rightId },
    );
    const kinds = ['added', 'changed', 'removed'] as const;
    return {
      notCompared: diff.notCompared,
      types: diff.compared
        .map((type) => ({
          typeKey: type.typeKey,
          displayName: findPolicyType(type.typeKey)?.displayName ?? type.typeKey,
          items: kinds.flatMap((difference) =>
            type[difference].map((item) => ({ graphId: item.id, name: item.name, difference })),
          ),
        }))
        .filter((type) => type.items.length > 0),
    };
  },

  'backup-sets.compare-item': async ({ session }, { tenantId, leftId, rightId, typeKey, graphId }) => {
    const [before, after] = await Promise.all([
      requireEntry(session.database, tenantId, leftId, typeKey, graphId),
      requireEntry(session.database, tenantId, rightId, typeKey, graphId),
    ]);
    const changes = await diffItem(
      session.database,
      { before: tenantId, after: tenantId },
      { hashBefore: before.hash, hashAfter: after.hash },
      findPolicyType(typeKey) ?? null,
    );
    return {
      changes: changes.map((change) => ({
        path: change.pointer,
        difference: change.kind === 'reordered' ? 'changed' : change.kind,
        before: shown(change.before),
        after: shown(change.after),
      })),
    };
  },

  'backup-sets.verify': async ({ session, correlationId }, { tenantId, backupSetId }) => {
    const set = await requireSet(session.database, tenantId, backupSetId);
    const report = await verifyBackupSets(session.database, tenantId, { setIds: [backupSetId] });
    await session.database.query(
      `select app.audit_report($1, 'set.verified', 'backup_set', $2, $3, null, $4::jsonb, $5)`,
      [
        tenantId,
        backupSetId,
        report.damages.length === 0 ? 'success' : 'failure',
        JSON.stringify({ items: report.itemsVerified, damages: report.damages.length }),
        correlationId,
      ],
    );
    return {
      verified: report.damages.length === 0,
      items: report.itemsVerified,
      rootHash: set.root,
      damages: report.damages.slice(0, 100).map((damage) => ({
        where: damage.itemName ?? damage.typeKey ?? damage.setId ?? 'chain',
        what: damage.sentence,
      })),
    };
  },

  'backup-sets.pin': async ({ session }, { tenantId, backupSetId, reason }) => {
    await requireSet(session.database, tenantId, backupSetId);
    await session.database.query('select app.pin_set($1, $2)', [backupSetId, reason]);
    return setRow(await requireSet(session.database, tenantId, backupSetId));
  },

  'backup-sets.unpin': async ({ session }, { tenantId, backupSetId }) => {
    await requireSet(session.database, tenantId, backupSetId);
    await session.database.query('select app.unpin_set($1)', [backupSetId]);
    return setRow(await requireSet(session.database, tenantId, backupSetId));
  },
};
