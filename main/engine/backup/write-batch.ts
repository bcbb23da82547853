import type { Sql } from '../../db/database.ts';
import { markPoliciesDeleted, upsertPolicies } from '../../db/repositories/policies.ts';
import { upsertRunTypes, type RunType } from '../../db/repositories/run-types.ts';
import {
  holdOffSweep,
  insertContent,
  insertSealedSecrets,
  lockExistingContent,
  touchContent,
  type StoredContent,
} from '../../db/repositories/stored-content.ts';
import { writeManifest, type WrittenManifest } from '../../snapshot/manifest.ts';
import { fingerprintDigest } from '../../snapshot/secrets.ts';
import type { SplitDocument } from '../../snapshot/split-document.ts';
import { packBytes, type StoredBytes } from '../../snapshot/stored-bytes.ts';
import type { TypeReading } from '../ports.ts';
import type { SealedSecret } from './seal-new-secrets.ts';
import type { TypeCapture } from './type-capture.ts';

/** The run on whose behalf a batch is written. */
interface BatchRun {
  runId: string;
  tenantId: string;
  attempt: number;
}

/** A whole object that waits to be written. */
export interface PendingItem {
  capture: TypeCapture;
  graphId: string;
  name: string;
  split: SplitDocument;
}

/** An object compressed for storing: done before the transaction, which must not wait for it. */
interface PackedItem extends PendingItem {
  packed: StoredBytes;
}

/** The end of a type: after its reading, or without one. */
export type Ending = { capture: TypeCapture; reading: TypeReading } | { capture: null; record: RunType };

/**
 * What one transaction of a run writes: payloads, secrets and current state of altered objects, then manifests and
 * records of the types that ended. Called behind the fence; every step may be sent again as it is, because all
 * rows are keyed by hash, by object or by (run, type).
 *
 * @returns the records as written, and the bytes of payloads that each type added.
 */
export async function writeBatch(
  tx: Sql,
  run: BatchRun,
  altered: readonly PackedItem[],
  sealed: readonly SealedSecret[],
  finishes: readonly Ending[],
): Promise<{ records: RunType[]; added: Map<TypeCapture, number> }> {
  const { tenantId, runId, attempt } = run;
  await holdOffSweep(tx, tenantId);
  const added = await writePayloads(tx, tenantId, altered);
  await insertSealedSecrets(tx, tenantId, sealed, secretUses(altered));
  await upsertPolicies(
    tx,
    tenantId,
    lastOfEach(altered).map(({ capture, graphId, name, split }) => ({
      typeKey: capture.typeKey,
      graphId,
      name,
      hash: split.sha256,
      readStartedAt: capture.readStartedAt,
    })),
  );
  const records = await writeEndings(tx, tenantId, finishes, added);
  await upsertRunTypes(tx, { runId, tenantId, attempt }, records);
  return { records, added };
}

/** Stores the payloads that the tenant lacks; answers the bytes that each type added. */
async function writePayloads(
  tx: Sql,
  tenantId: string,
  altered: readonly PackedItem[],
): Promise<Map<TypeCapture, number>> {
  const added = new Map<TypeCapture, number>();
  if (altered.length === 0) return added;
  const byHash = new Map(altered.map((item) => [item.split.sha256, item]));
  const existing = await lockExistingContent(tx, 'payloads', tenantId, [...byHash.keys()]);
  await touchContent(tx, 'payloads', tenantId, [...existing]);
  const contents = new Map<string, StoredContent>();
  for (const [sha256, { split, packed }] of byHash) {
    if (!existing.has(sha256)) contents.set(sha256, { sha256, size: split.stable.length, ...packed });
  }
  const inserted = await insertContent(tx, 'payloads', tenantId, [...contents.values()]);
  for (const sha256 of inserted) {
    const { capture } = byHash.get(sha256)!;
    added.set(capture, (added.get(capture) ?? 0) + contents.get(sha256)!.bytes.length);
  }
  return added;
}

async function writeEndings(
  tx: Sql,
  tenantId: string,
  endings: readonly Ending[],
  added: ReadonlyMap<TypeCapture, number>,
): Promise<RunType[]> {
  const manifests = new Map<TypeCapture, WrittenManifest>();
  for (const ending of endings) {
    // A type that was not read leaves no manifest; an empty one says "complete, and there is nothing".
    if (ending.capture && (ending.reading.outcome === 'complete' || ending.capture.items.size > 0)) {
      manifests.set(
        ending.capture,
        writeManifest(ending.capture.typeKey, [...ending.capture.items.values()]),
      );
    }
  }
  const manifestBytes = await writeManifests(tx, tenantId, manifests);
  const records: RunType[] = [];
  for (const ending of endings) {
    if (!ending.capture) {
      records.push(ending.record);
      continue;
    }
    const { capture } = ending;
    const manifest = manifests.get(capture)?.sha256 ?? null;
    const record = capture.conclude(ending.reading, manifest);
    record.newBytes +=
      (added.get(capture) ?? 0) + (manifest === null ? 0 : (manifestBytes.get(manifest) ?? 0));
    if (record.outcome === 'complete') await markDeleted(tx, tenantId, capture);
    records.push(record);
  }
  return records;
}

/** Stores the manifests that the tenant lacks; answers the bytes of each that was added. */
async function writeManifests(
  tx: Sql,
  tenantId: string,
  manifests: ReadonlyMap<TypeCapture, WrittenManifest>,
): Promise<Map<string, number>> {
  const hashes = [...manifests.values()].map((manifest) => manifest.sha256);
  const existing = await lockExistingContent(tx, 'manifests', tenantId, hashes);
  const fresh = [...manifests].filter(([, manifest]) => !existing.has(manifest.sha256));
  await provePayloads(
    tx,
    tenantId,
    fresh.map(([capture]) => capture),
  );
  const contents = new Map<string, StoredContent>();
  for (const [, { sha256, bytes }] of fresh) {
    contents.set(sha256, { sha256, size: bytes.length, ...(await packBytes(bytes)) });
  }
  const inserted = await insertContent(tx, 'manifests', tenantId, [...contents.values()]);
  return new Map([...inserted].map((sha256) => [sha256, contents.get(sha256)!.bytes.length]));
}

/**
 * Every payload that a new manifest names must be there when it is committed. Objects that did not change
 * were not written by this run; the sweep cannot have taken them, and this is where we look.
 */
async function provePayloads(tx: Sql, tenantId: string, captures: readonly TypeCapture[]): Promise<void> {
  const hashes = new Set(captures.flatMap((capture) => [...capture.items.values()].map((item) => item.hash)));
  const existing = await lockExistingContent(tx, 'payloads', tenantId, [...hashes]);
  if (existing.size === hashes.size) return;
  for (const capture of captures) {
    for (const item of capture.items.values()) {
      if (!existing.has(item.hash)) throw new PayloadGoneError(capture.typeKey, item.id);
    }
  }
}

/** Only types that may lack something are asked: with nothing gone there is no statement at all. */
async function markDeleted(tx: Sql, tenantId: string, capture: TypeCapture): Promise<void> {
  const gone = [...capture.former.values()].some(
    (state) => !state.deleted && !capture.items.has(state.graphId),
  );
  if (!gone) return;
  await markPoliciesDeleted(tx, tenantId, capture.typeKey, [...capture.items.keys()], capture.readStartedAt);
}

/** A payload that a manifest is about to name is not in the database. Never expected; nothing is committed. */
class PayloadGoneError extends Error {
  override readonly name = 'PayloadGoneError';

  constructor(typeKey: string, graphId: string) {
    super(`The payload of ${typeKey} ${graphId} is not in the database.`);
  }
}

/** When an object was given twice in one batch, the later one stands, as in its manifest. */
function lastOfEach(items: readonly PendingItem[]): PendingItem[] {
  return [...new Map(items.map((item) => [`${item.capture.typeKey}\n${item.graphId}`, item])).values()];
}

function secretUses(items: readonly PendingItem[]): { payload: string; fingerprint: string }[] {
  return items.flatMap(({ split }) =>
    split.secrets.map((secret) => ({
      payload: split.sha256,
      fingerprint: fingerprintDigest(secret.fingerprint),
    })),
  );
}
