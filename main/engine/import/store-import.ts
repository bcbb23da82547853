import type { Database, Sql } from '../../db/database.ts';
import { claimSetImport, type ImportedSetPart, sealImport } from '../../db/repositories/imported-sets.ts';
import {
  holdOffSweep,
  insertContent,
  insertSealedSecrets,
  lockExistingContent,
  type StoredContent,
  touchContent,
  type ContentTable,
} from '../../db/repositories/stored-content.ts';
import { policyTypes } from '../../domain/policy-types/registry.ts';
import { AppError, isAppError } from '../../../shared/errors.ts';
import { manifestItem, type ManifestItem, writeManifest } from '../../snapshot/manifest.ts';
import { type CapturedSecret, fingerprintDigest } from '../../snapshot/secrets.ts';
import { compareCodeUnits, splitDocument, type SplitRules } from '../../snapshot/split-document.ts';
import { packBytes } from '../../snapshot/stored-bytes.ts';
import type { BackupSecrets } from '../backup/backup-secrets.ts';
import { sealNewSecrets } from '../backup/seal-new-secrets.ts';
import { rootOfImport } from '../backup/set-root.ts';
import type { CollectedFolder, ImportedObject } from './collect-objects.ts';
import type { LeftOut } from './walk-folder.ts';

/** Files that the set lists by name; all are counted. */
const listedLeftOut = 1000;
const contentBatch = 200;

/** An object of a type that this version does not know: whatever any type calls a secret is one. */
const unknownRules: SplitRules = {
  volatileProperties: [],
  secretProperties: [...new Set(policyTypes.flatMap((type) => type.secretProperties))],
  setLikeArrays: [],
  knownODataTypes: [],
};

export interface StoredImport {
  setId: string;
  root: string;
  items: number;
  newBytes: number;
  /** With objects that could not be stored. */
  leftOut: LeftOut[];
}

interface Prepared {
  items: Map<string, ManifestItem[]>;
  payloads: Map<string, StoredContent>;
  secrets: CapturedSecret[];
  uses: { payload: string; fingerprint: string }[];
  leftOut: LeftOut[];
}

/**
 * Stores a folder as the set that a person asked for, with the host's login and in one transaction: the set is there
 * whole or not at all. Whoever asked, for which tenant and as what time stands in the request, which the person's own
 * login wrote; nothing of it is believed from here.
 *
 * Throws `import_not_requested`, `import_nothing_found`.
 */
export async function storeImport(
  database: Database,
  secrets: BackupSecrets,
  request: { requestId: string; tenantId: string },
  folder: CollectedFolder,
): Promise<StoredImport> {
  const prepared = await prepare(folder, await secrets.fingerprintKey(request.tenantId));
  if (prepared.items.size === 0) throw nothingFound();
  return database.transaction(
    async (tx) => {
      const claimed = await claimSetImport(tx, request.requestId);
      if (claimed === null || claimed.tenantId !== request.tenantId) throw notRequested();
      const { tenantId } = claimed;
      await holdOffSweep(tx, tenantId);
      let newBytes = await storeContents(tx, 'payloads', tenantId, [...prepared.payloads.values()]);
      // Under the sweep lock, so that a value that is known now is not swept before this commits.
      const sealed = await sealNewSecrets(tx, secrets, tenantId, prepared.secrets);
      await insertSealedSecrets(tx, tenantId, sealed, prepared.uses);
      const { parts, manifests } = await manifestsOf(prepared.items, folder.objects);
      newBytes += await storeContents(tx, 'manifests', tenantId, manifests);
      const items = parts.reduce((sum, part) => sum + part.items, 0);
      const { setId, ...named } = claimed;
      const root = rootOfImport({ ...named, id: setId, items }, parts).sha256;
      await sealImport(
        tx,
        request.requestId,
        {
          id: setId,
          importedAt: claimed.importedAt,
          files: folder.files,
          newBytes,
          leftOut: prepared.leftOut.length,
          root,
        },
        parts,
        prepared.leftOut.slice(0, listedLeftOut),
      );
      return { setId, root, items, newBytes, leftOut: prepared.leftOut };
    },
    { statementTimeoutMs: 120_000 },
  );
}

/** Splits and compresses every object, before the transaction that must not wait for it. */
async function prepare(folder: CollectedFolder, fingerprintKey: Uint8Array): Promise<Prepared> {
  const prepared: Prepared = {
    items: new Map(),
    payloads: new Map(),
    secrets: [],
    uses: [],
    leftOut: [...folder.leftOut],
  };
  for (const object of folder.objects) {
    const split = splitOrReason(object, fingerprintKey);
    if ('reason' in split) {
      prepared.leftOut.push({ path: object.file.path, reason: split.reason });
      continue;
    }
    const items = prepared.items.get(object.typeKey) ?? [];
    items.push(manifestItem(object.id, object.name, split));
    prepared.items.set(object.typeKey, items);
    prepared.secrets.push(...split.secrets);
    for (const secret of split.secrets) {
      prepared.uses.push({ payload: split.sha256, fingerprint: fingerprintDigest(secret.fingerprint) });
    }
    if (!prepared.payloads.has(split.sha256)) {
      const { sha256, stable } = split;
      prepared.payloads.set(sha256, { sha256, size: stable.length, ...(await packBytes(stable)) });
    }
  }
  return prepared;
}

function splitOrReason(object: ImportedObject, fingerprintKey: Uint8Array) {
  try {
    return splitDocument(object.document, object.type ?? unknownRules, { fingerprintKey });
  } catch (error) {
    if (!isAppError(error)) throw error;
    return {
      reason:
        error.code === 'response_too_large' ? 'larger than the limit for one object' : 'nested too deeply',
    };
  }
}

async function manifestsOf(
  items: ReadonlyMap<string, readonly ManifestItem[]>,
  objects: readonly ImportedObject[],
): Promise<{ parts: ImportedSetPart[]; manifests: StoredContent[] }> {
  const made = new Set(
    objects.filter((object) => object.madeId).map(({ typeKey, id }) => `${typeKey} ${id}`),
  );
  const known = new Set(objects.filter((object) => object.type !== null).map((object) => object.typeKey));
  const parts: ImportedSetPart[] = [];
  const manifests: StoredContent[] = [];
  for (const typeKey of [...items.keys()].sort(compareCodeUnits)) {
    const own = items.get(typeKey)!;
    const { sha256, bytes } = writeManifest(typeKey, own);
    manifests.push({ sha256, size: bytes.length, ...(await packBytes(bytes)) });
    parts.push({
      typeKey,
      known: known.has(typeKey),
      items: own.length,
      madeIds: own.filter((item) => made.has(`${typeKey} ${item.id}`)).length,
      manifest: sha256,
    });
  }
  return { parts, manifests };
}

/** Stores what the tenant lacks, a batch at a time; answers the bytes that were added. */
async function storeContents(
  tx: Sql,
  table: ContentTable,
  tenantId: string,
  contents: readonly StoredContent[],
): Promise<number> {
  let added = 0;
  // One order for all writers of a tenant, over the batches, too.
  const sorted = contents.toSorted((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
  for (let start = 0; start < sorted.length; start += contentBatch) {
    const batch = sorted.slice(start, start + contentBatch);
    const hashes = batch.map((content) => content.sha256);
    const existing = await lockExistingContent(tx, table, tenantId, hashes);
    await touchContent(tx, table, tenantId, [...existing]);
    const fresh = batch.filter((content) => !existing.has(content.sha256));
    const inserted = await insertContent(tx, table, tenantId, fresh);
    for (const content of fresh) if (inserted.has(content.sha256)) added += content.bytes.length;
  }
  return added;
}

/** No object was found that could be kept. */
export function nothingFound(): AppError {
  return new AppError('import_nothing_found', 'No object of Intune or Entra was found in the folder.', {
    nextStep: 'Name the folder into which the tool exported, or another tool with --tool.',
  });
}

function notRequested(): AppError {
  return new AppError('import_not_requested', 'Nobody asked for this import within the last hour.', {
    nextStep: 'Start the import again.',
  });
}
