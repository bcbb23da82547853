import { AppError } from '../../shared/errors.ts';
import { canonicalBytes } from './canonical-json.ts';
import type { JsonObject, JsonValue } from './json-value.ts';
import { emptyJsonObject } from './parse-json.ts';
import type { MissingSecret } from './secrets.ts';
import { sha256Hex } from './sha256.ts';
import { compareCodeUnits, type SplitDocument } from './split-document.ts';

/** One object of a policy type as its manifest records it. */
export interface ManifestItem {
  /** Graph id; unique in a manifest. */
  id: string;
  /** The name as Graph served it: data, never a key. */
  name: string;
  /** SHA-256 of the stable document, 64 hexadecimal digits. */
  hash: string;
  volatile: Record<string, JsonValue>;
  /** JSON pointers of values that stand as fingerprints in the stable document. */
  secrets: string[];
  missingSecrets: MissingSecret[];
}

/** Canonical bytes of a manifest with their hash. */
export interface WrittenManifest {
  bytes: Uint8Array;
  sha256: string;
}

/** What a manifest says about an object after its document was split. */
export function manifestItem(id: string, name: string, split: SplitDocument): ManifestItem {
  return {
    id,
    name,
    hash: split.sha256,
    volatile: split.volatile,
    secrets: split.secrets.map((secret) => secret.pointer),
    missingSecrets: split.missingSecrets,
  };
}

/**
 * The list of the objects of one policy type as canonical JSON, format 1 (README.md beside this file). Items
 * are sorted by id, empty parts are left out, and nothing in it depends on when or by whom it was read, so an
 * unchanged type has an unchanged manifest.
 */
export function writeManifest(typeKey: string, items: readonly ManifestItem[]): WrittenManifest {
  const sorted = items.toSorted((a, b) => compareCodeUnits(a.id, b.id));
  const bytes = canonicalBytes({ format: 1, kind: 'manifest', type: typeKey, items: sorted.map(itemJson) });
  return { bytes, sha256: sha256Hex(bytes) };
}

function itemJson(item: ManifestItem): JsonObject {
  const json: JsonObject = emptyJsonObject();
  json['id'] = item.id;
  json['name'] = item.name;
  json['hash'] = item.hash;
  if (Object.keys(item.volatile).length > 0) json['volatile'] = item.volatile;
  if (item.secrets.length > 0) json['secrets'] = item.secrets;
  if (item.missingSecrets.length > 0) {
    json['missingSecrets'] = item.missingSecrets.map(({ pointer, reference }) => ({ pointer, reference }));
  }
  return json;
}

/** A manifest row as the built-in parser gives it: ids, names and hashes are exact, volatile numbers may not be. */
export interface ManifestEntry {
  id: string;
  name: string;
  hash: string;
  volatile?: Record<string, unknown>;
  secrets?: string[];
  missingSecrets?: MissingSecret[];
}

/**
 * Reads a manifest's canonical bytes back. Uses the built-in parser, five times quicker than the lossless one:
 * whoever needs volatile numbers to the last digit parses `bytes` with `parseJson`.
 * Throws `AppError` `manifest_unreadable` when the bytes are not a manifest of format 1.
 */
export function readManifest(bytes: Uint8Array): { type: string; items: ManifestEntry[] } {
  const { kind, type, items } = readFormat1(bytes);
  if (kind !== 'manifest' || typeof type !== 'string' || !Array.isArray(items)) throw unknownFormat();
  return { type, items: items as ManifestEntry[] };
}

/** A reference as it is read back; see `ReferenceEntry`. */
export interface StoredReference {
  id: string;
  kind: string | null;
  name: string | null;
  detail: unknown;
  resolved: boolean;
}

/** Reads a references document back. Throws `AppError` `manifest_unreadable` when the bytes are none. */
export function readReferences(bytes: Uint8Array): StoredReference[] {
  const { kind, references } = readFormat1(bytes);
  if (kind !== 'references' || !Array.isArray(references)) throw unknownFormat();
  return references as StoredReference[];
}

/** Payload hashes that a manifest names; none for a references document. Throws like `readManifest`. */
export function payloadHashesOf(bytes: Uint8Array): string[] {
  return readFormat1(bytes).kind === 'references' ? [] : readManifest(bytes).items.map((item) => item.hash);
}

function readFormat1(bytes: Uint8Array): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    throw new AppError('manifest_unreadable', 'A stored manifest is not valid JSON.', { cause: error });
  }
  if (typeof parsed !== 'object' || parsed === null || (parsed as { format?: unknown }).format !== 1) {
    throw unknownFormat();
  }
  return parsed as Record<string, unknown>;
}

function unknownFormat(): AppError {
  return new AppError(
    'manifest_unreadable',
    'A stored manifest is of a format that this version cannot read.',
    {
      nextStep: 'Update the app.',
    },
  );
}

/** The name of something that policies of a set point to: a group, a filter, a scope tag, an app. */
export interface ReferenceEntry {
  id: string;
  /** What it is (`group`, `assignmentFilter` …); null when it could not be resolved. */
  kind: string | null;
  name: string | null;
  detail: JsonObject | null;
}

/** The names behind the ids that a set's assignments mention, as canonical JSON, format 1; sorted by id. */
export function writeReferences(references: readonly ReferenceEntry[]): WrittenManifest {
  const sorted = references.toSorted((a, b) => compareCodeUnits(a.id, b.id));
  const bytes = canonicalBytes({
    format: 1,
    kind: 'references',
    references: sorted.map((entry) => ({
      id: entry.id,
      kind: entry.kind,
      name: entry.name,
      detail: entry.detail,
      resolved: entry.kind !== null,
    })),
  });
  return { bytes, sha256: sha256Hex(bytes) };
}
