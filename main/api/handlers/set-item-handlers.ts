import { stringify } from 'lossless-json';
import { AppError } from '../../../shared/errors.ts';
import type { Sql } from '../../db/database.ts';
import { readSmallContent } from '../../db/repositories/stored-content.ts';
import {
  listSetItems,
  nameReferences,
  readItemHistory,
  requireSetItem,
  type SetItem,
} from '../../engine/backup/set-items.ts';
import { loadPayload } from '../../engine/backup/stored-documents.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../snapshot/json-value.ts';
import { parseJson } from '../../snapshot/parse-json.ts';
import { readableText, readableValues } from '../../snapshot/readable-values.ts';
import { maskSecrets, maskSecretsInText } from '../../snapshot/secrets.ts';
import { unpackBytes } from '../../snapshot/stored-bytes.ts';
import { valueAt } from '../../snapshot/json-pointer.ts';
import type { Handlers } from '../router.ts';

/** Texts travel in slices of at most this many characters, so that one huge object cannot stall a page. */
const sliceChars = 256 * 1024;
/** Documents up to this many bytes are laid out over lines; larger ones are shown as they are stored. */
const laidOutBytes = 1024 * 1024;
/** Objects above this are not opened to count their assignments. */
const countedBytes = 256 * 1024;

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** When Microsoft says that the object last changed; text of a tenant, so only an instant is believed. */
function changedAtOf(item: SetItem): string | null {
  const said = item.volatile?.['/lastModifiedDateTime'] ?? item.volatile?.['/modifiedDateTime'];
  return typeof said === 'string' && instant.test(said) ? said : null;
}

async function countAssignments(
  sql: Sql,
  tenantId: string,
  items: readonly SetItem[],
): Promise<Map<string, number>> {
  const rows = await readSmallContent(
    sql,
    'payloads',
    tenantId,
    items.map((item) => item.hash),
    countedBytes,
  );
  const counts = new Map<string, number>();
  for (const [hash, row] of rows) {
    const document: unknown = JSON.parse(Buffer.from(await unpackBytes(row)).toString('utf8'));
    const assignments = (document as { assignments?: unknown }).assignments;
    if (Array.isArray(assignments)) counts.set(hash, assignments.length);
  }
  return counts;
}

async function loadDocument(sql: Sql, tenantId: string, hash: string): Promise<JsonObject> {
  const document = parseJson(await loadPayload(sql, tenantId, hash));
  if (!isJsonObject(document)) throw new Error('A payload is always an object.');
  return document;
}

/** The whole text of which slices are shown, with secrets masked. */
async function shownText(sql: Sql, tenantId: string, hash: string, readable: string | null): Promise<string> {
  if (readable !== null) {
    const document = await loadDocument(sql, tenantId, hash);
    const text = readableText(readable, valueAt(document, readable));
    if (text === null) throw new AppError('item_not_found', 'There is no readable text at this place.');
    return text;
  }
  const canonical = await loadPayload(sql, tenantId, hash);
  if (canonical.length > laidOutBytes) return maskSecretsInText(Buffer.from(canonical).toString('utf8'));
  return stringify(maskSecrets(parseJson(canonical) as JsonValue), null, 2) ?? '';
}

/** A slice never ends between the halves of one character. */
function sliceOf(text: string, offset: number): { text: string; nextOffset: number | null } {
  let end = Math.min(text.length, offset + sliceChars);
  if (end < text.length && /[\uD800-\uDBFF]/.test(text[end - 1]!)) end -= 1;
  return { text: text.slice(offset, end), nextOffset: end < text.length ? end : null };
}

export const setItemHandlers: Pick<
  Handlers,
  'backup-sets.items' | 'backup-sets.item' | 'backup-sets.item-notes' | 'backup-sets.item-history'
> = {
  'backup-sets.items': async ({ session }, input) => {
    const { tenantId } = input;
    const needle = input.search.trim().toLowerCase();
    const items = (await listSetItems(session.database, tenantId, input.backupSetId, input.typeKey)).filter(
      (item) => `${item.name}\n${item.id}`.toLowerCase().includes(needle),
    );
    // A set is immutable, so a position in its ordered list is a stable cursor.
    const start = input.cursor === null ? 0 : Number(input.cursor);
    if (!Number.isSafeInteger(start) || start < 0) {
      throw new AppError('cursor_invalid', 'This page of the list does not exist.');
    }
    const end = start + input.pageSize;
    const page = items.slice(start, end);
    const assignments = await countAssignments(session.database, tenantId, page);
    return {
      rows: page.map((item) => ({
        typeKey: item.typeKey,
        graphId: item.id,
        name: item.name,
        hash: item.hash,
        changedAt: changedAtOf(item),
        assignments: assignments.get(item.hash) ?? null,
        secretsNotCaptured: item.missingSecrets?.length ?? 0,
      })),
      nextCursor: end < items.length ? String(end) : null,
      total: items.length,
    };
  },

  'backup-sets.item': async ({ session }, input) => {
    const { tenantId, backupSetId, typeKey, graphId, readable, offset } = input;
    const entry = await requireSetItem(session.database, tenantId, backupSetId, typeKey, graphId);
    const text = await shownText(session.database, tenantId, entry.hash, readable);
    return { name: entry.name, hash: entry.hash, ...sliceOf(text, offset), totalChars: text.length };
  },

  'backup-sets.item-notes': async ({ session }, { tenantId, backupSetId, typeKey, graphId }) => {
    const entry = await requireSetItem(session.database, tenantId, backupSetId, typeKey, graphId);
    const document = await loadDocument(session.database, tenantId, entry.hash);
    return {
      name: entry.name,
      volatile: Object.entries(entry.volatile ?? {}).map(([pointer, value]) => ({
        pointer,
        value: maskSecretsInText(typeof value === 'string' ? value : JSON.stringify(value)),
      })),
      secrets: entry.secrets ?? [],
      secretsNotCaptured: (entry.missingSecrets ?? []).map((missing) => missing.pointer),
      references: await nameReferences(session.database, tenantId, backupSetId, document),
      readable: readableValues(document).map(({ pointer, text }) => ({ pointer, chars: text.length })),
    };
  },

  'backup-sets.item-history': async ({ session }, { tenantId, typeKey, graphId }) => ({
    versions: (await readItemHistory(session.database, tenantId, typeKey, graphId)).map((version) => ({
      difference: version.difference,
      name: version.name,
      hash: version.hash,
      backupSetId: version.setId,
      seq: version.sequence,
      sealedAt: version.sealedAt.toISOString(),
      sets: version.sets,
      previousSetId: version.previousSetId,
    })),
  }),
};
