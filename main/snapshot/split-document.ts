import type { PolicyType } from '../domain/policy-types/policy-type.ts';
import { AppError } from '../../shared/errors.ts';
import { writeCanonicalJson } from './canonical-json.ts';
import { pointerToken } from './json-pointer.ts';
import { isJsonObject, type JsonObject, type JsonValue } from './json-value.ts';
import { emptyJsonObject, maxJsonDepth } from './parse-json.ts';
import { fingerprintSecret, judgeSecret, type CapturedSecret, type MissingSecret } from './secrets.ts';
import { memberIdentity, setLikePaths, type SetLikePath } from './set-like-arrays.ts';
import { sha256Hex } from './sha256.ts';

/** What of the registry's record the split looks at. */
export type SplitRules = Pick<
  PolicyType,
  'volatileProperties' | 'secretProperties' | 'setLikeArrays' | 'knownODataTypes'
>;

export interface SplitOptions {
  /** 32 bytes or more, the same for all runs and hosts of a tenant, or every secret would look changed. */
  fingerprintKey: Uint8Array;
  /** Largest stable document in bytes; default 50 MiB. */
  maxBytes?: number;
}

export interface SplitDocument {
  /** The stable document as canonical JSON in UTF-8: the payload. */
  stable: Uint8Array;
  /** SHA-256 of `stable`, 64 hexadecimal digits. */
  sha256: string;
  /** What was left out of the stable document: JSON pointer into it (arrays in their stable order) → value. */
  volatile: Record<string, JsonValue>;
  secrets: CapturedSecret[];
  missingSecrets: MissingSecret[];
  /** `@odata.type` of the object where the registry does not know it: for the radar, never a gate. */
  unknownKinds: { kind: string; value: string }[];
}

const defaultMaxBytes = 50 * 1024 * 1024;

/**
 * Splits one object into what identifies a version (the stable document) and what only ticks (volatile values).
 * Set-like arrays are sorted by identity, secrets are replaced by keyed fingerprints and handed out apart.
 * Everything else stays exactly as Graph served it, base64 bodies and unknown properties included.
 *
 * Throws `AppError`: `response_too_large` beyond `maxBytes`, `response_invalid` beyond `maxJsonDepth`.
 */
export function splitDocument(
  document: JsonObject,
  policyType: SplitRules,
  options: SplitOptions,
): SplitDocument {
  const walk = new SplitWalk(policyType, options.fingerprintKey);
  const value = walk.keep(document, setLikePaths(policyType), 0);
  const { found } = walk;
  const stable = Buffer.from(walk.text(value), 'utf8');
  const maxBytes = options.maxBytes ?? defaultMaxBytes;
  if (stable.length > maxBytes) {
    throw new AppError('response_too_large', 'The object is larger than the limit for one object.', {
      details: { size: stable.length, limit: maxBytes },
    });
  }
  const volatile = emptyJsonObject();
  for (const [pointer, kept] of found.volatile) volatile[pointer] = kept;
  return {
    stable,
    sha256: sha256Hex(stable),
    volatile,
    secrets: found.secrets,
    missingSecrets: found.missingSecrets,
    unknownKinds: unknownKindsOf(document, policyType.knownODataTypes),
  };
}

function unknownKindsOf(document: JsonObject, known: readonly string[]): { kind: string; value: string }[] {
  const value = document['@odata.type'];
  if (typeof value !== 'string' || known.length === 0) return [];
  const bare = value.replace(/^#/, '');
  return known.some((name) => name.replace(/^#/, '') === bare) ? [] : [{ kind: '@odata.type', value }];
}

/** What was found in a value, with pointers relative to it. */
class Found {
  volatile: [pointer: string, value: JsonValue][] = [];
  secrets: CapturedSecret[] = [];
  missingSecrets: MissingSecret[] = [];

  /** Takes over what was found in a value that stands under `prefix`. */
  adopt(prefix: string, inner: Found): void {
    for (const [pointer, value] of inner.volatile) this.volatile.push([prefix + pointer, value]);
    for (const secret of inner.secrets) this.secrets.push({ ...secret, pointer: prefix + secret.pointer });
    for (const missing of inner.missingSecrets) {
      this.missingSecrets.push({ ...missing, pointer: prefix + missing.pointer });
    }
  }
}

/**
 * Copies a document without its volatile values and secrets, keys in order. Nearly every property is plain, so
 * where the walk stands is kept as a list of names, and a pointer is only written where something is found.
 */
class SplitWalk {
  private readonly volatileNames: ReadonlySet<string>;
  private readonly secretNames: ReadonlySet<string>;
  private readonly fingerprintKey: Uint8Array;
  found = new Found();
  private place: (string | number)[] = [];
  /** The built-in writer would write the copies canonically: no number as text, no key that sorts as a number. */
  private isPlain = true;

  constructor(policyType: SplitRules, fingerprintKey: Uint8Array) {
    this.volatileNames = new Set(policyType.volatileProperties);
    this.secretNames = new Set(policyType.secretProperties);
    this.fingerprintKey = fingerprintKey;
  }

  /** Canonical JSON of a value that `keep` has answered. */
  text(kept: JsonValue): string {
    return this.isPlain ? JSON.stringify(kept) : writeCanonicalJson(kept);
  }

  keep(value: JsonValue, path: SetLikePath | undefined, depth: number): JsonValue {
    if (typeof value !== 'object' || value === null) return value;
    if (depth > maxJsonDepth) {
      throw new AppError('response_invalid', 'The object is nested too deeply.', {
        details: { problem: 'too_deep', limit: maxJsonDepth },
      });
    }
    if (Array.isArray(value)) {
      return path?.setLike && value.length > 1
        ? this.keepSet(value, path, depth)
        : this.keepArray(value, path, depth);
    }
    if (isJsonObject(value)) return this.keepObject(value, path, depth);
    this.isPlain = false;
    return value;
  }

  private keepObject(source: JsonObject, path: SetLikePath | undefined, depth: number): JsonValue {
    const stable: JsonObject = {};
    // In key order, so that lists of findings do not depend on the order in which Graph wrote the properties.
    for (const name of Object.keys(source).sort()) {
      const value = source[name]!;
      const verdict = judgeSecret(source, name, value, this.secretNames);
      this.place.push(name);
      if (verdict.kind === 'secret') {
        setOwn(stable, name, this.keepSecret(value));
      } else if (this.volatileNames.has(name)) {
        this.keepVolatile(value, depth);
      } else {
        if (verdict.kind === 'missing') {
          this.found.missingSecrets.push({ pointer: this.pointer(), reference: verdict.reference });
        }
        if (isArrayIndex(name)) this.isPlain = false;
        setOwn(stable, name, this.keep(value, path?.members.get(name), depth + 1));
      }
      this.place.pop();
    }
    return Object.setPrototypeOf(stable, null) as JsonObject;
  }

  /** Hands out a secret and answers the fingerprint that stands for it. */
  private keepSecret(value: JsonValue): string {
    const canonical = writeCanonicalJson(value);
    const fingerprint = fingerprintSecret(this.fingerprintKey, canonical);
    this.found.secrets.push({ pointer: this.pointer(), fingerprint, value: canonical });
    return fingerprint;
  }

  /** A volatile value goes to the manifest as it is, so secrets inside it must be dealt with first. */
  private keepVolatile(value: JsonValue, depth: number): void {
    const pointer = this.pointer();
    const entry: [string, JsonValue] = [pointer, null];
    this.found.volatile.push(entry);
    entry[1] = this.keep(value, undefined, depth + 1);
  }

  private keepArray(source: JsonValue[], path: SetLikePath | undefined, depth: number): JsonValue[] {
    const below = path?.members.get('[]');
    const members: JsonValue[] = [];
    for (let index = 0; index < source.length; index += 1) {
      this.place.push(index);
      members.push(this.keep(source[index]!, below, depth + 1));
      this.place.pop();
    }
    return members;
  }

  /** Members of a set get their places by sorting, so what is found in one is kept apart until then. */
  private keepSet(source: JsonValue[], path: SetLikePath, depth: number): JsonValue[] {
    const below = path.members.get('[]');
    const { found, place } = this;
    const members = source.map((member) => {
      this.found = new Found();
      this.place = [];
      return { value: this.keep(member, below, depth + 1), found: this.found };
    });
    this.found = found;
    this.place = place;
    const sorted = this.sortMembers(members, path.identity);
    const prefix = this.pointer();
    for (const [index, member] of sorted.entries()) {
      found.adopt(prefix + pointerToken(index), member.found);
    }
    return sorted.map((member) => member.value);
  }

  /**
   * By identity, then by the member's own text, then by its volatile values: equal sets come out equal in
   * whatever order they were served, also where two members share an identity.
   */
  private sortMembers(members: KeptMember[], identity: string | null): KeptMember[] {
    const keyed = members.map((member) => {
      const text = this.text(member.value);
      return { member, text, identity: memberIdentity(member.value, identity) ?? text };
    });
    keyed.sort(
      (a, b) =>
        compareCodeUnits(a.identity, b.identity) ||
        compareCodeUnits(a.text, b.text) ||
        compareCodeUnits(volatileText(a.member), volatileText(b.member)),
    );
    return keyed.map((entry) => entry.member);
  }

  private pointer(): string {
    return this.place.map(pointerToken).join('');
  }
}

interface KeptMember {
  value: JsonValue;
  found: Found;
}

function volatileText({ found }: KeptMember): string {
  return writeCanonicalJson(found.volatile.map(([pointer, value]) => [pointer, value]));
}

/** Sets a property whatever its name: an assignment to `__proto__` would set no property. */
function setOwn(object: JsonObject, name: string, value: JsonValue): void {
  if (name !== '__proto__') object[name] = value;
  else Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

/** Keys that an object enumerates by number, before all others. */
function isArrayIndex(name: string): boolean {
  const first = name.codePointAt(0) ?? 0;
  return first >= 0x30 && first <= 0x39;
}

/** The order of UTF-16 code units, as in RFC 8785; independent of locale. */
export function compareCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
