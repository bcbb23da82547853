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
  const kept = walk.keep(document, setLikePaths(policyType), 0);
  const text = kept.text();
  const stable = Buffer.from(text, 'utf8');
  const maxBytes = options.maxBytes ?? defaultMaxBytes;
  if (stable.length > maxBytes) {
    throw new AppError('response_too_large', 'The object is larger than the limit for one object.', {
      details: { size: stable.length, limit: maxBytes },
    });
  }
  const volatile = emptyJsonObject();
  for (const [pointer, value] of kept.volatile) volatile[pointer] = value;
  return {
    stable,
    sha256: sha256Hex(stable),
    volatile,
    secrets: kept.secrets,
    missingSecrets: kept.missingSecrets,
    unknownKinds: unknownKindsOf(document, policyType.knownODataTypes),
  };
}

function unknownKindsOf(document: JsonObject, known: readonly string[]): { kind: string; value: string }[] {
  const value = document['@odata.type'];
  if (typeof value !== 'string' || known.length === 0) return [];
  const bare = value.replace(/^#/, '');
  return known.some((name) => name.replace(/^#/, '') === bare) ? [] : [{ kind: '@odata.type', value }];
}

/** A value after the split, with what was found below it; pointers are relative to the value. */
class Kept {
  readonly value: JsonValue;
  volatile: [pointer: string, value: JsonValue][] = [];
  secrets: CapturedSecret[] = [];
  missingSecrets: MissingSecret[] = [];

  constructor(value: JsonValue) {
    this.value = value;
  }

  text(): string {
    return writeCanonicalJson(this.value);
  }

  /** Takes over what was found in a member that stands under `token`. */
  adopt(token: string, member: Kept): void {
    for (const [pointer, value] of member.volatile) this.volatile.push([token + pointer, value]);
    for (const found of member.secrets) this.secrets.push({ ...found, pointer: token + found.pointer });
    for (const found of member.missingSecrets) {
      this.missingSecrets.push({ ...found, pointer: token + found.pointer });
    }
  }
}

class SplitWalk {
  private readonly volatileNames: ReadonlySet<string>;
  private readonly secretNames: ReadonlySet<string>;
  private readonly fingerprintKey: Uint8Array;

  constructor(policyType: SplitRules, fingerprintKey: Uint8Array) {
    this.volatileNames = new Set(policyType.volatileProperties);
    this.secretNames = new Set(policyType.secretProperties);
    this.fingerprintKey = fingerprintKey;
  }

  keep(value: JsonValue, path: SetLikePath | undefined, depth: number): Kept {
    if (depth > maxJsonDepth) {
      throw new AppError('response_invalid', 'The object is nested too deeply.', {
        details: { problem: 'too_deep', limit: maxJsonDepth },
      });
    }
    if (Array.isArray(value)) return this.keepArray(value, path, depth);
    if (isJsonObject(value)) return this.keepObject(value, path, depth);
    return new Kept(value);
  }

  private keepObject(source: JsonObject, path: SetLikePath | undefined, depth: number): Kept {
    const stable = emptyJsonObject();
    const kept = new Kept(stable);
    // In key order, so that lists of findings do not depend on the order in which Graph wrote the properties.
    for (const name of Object.keys(source).sort()) {
      const value = source[name]!;
      const token = pointerToken(name);
      const verdict = judgeSecret(source, name, value, this.secretNames);
      if (verdict.kind === 'secret') {
        const canonical = writeCanonicalJson(value);
        const fingerprint = fingerprintSecret(this.fingerprintKey, canonical);
        kept.secrets.push({ pointer: token, fingerprint, value: canonical });
        stable[name] = fingerprint;
        continue;
      }
      if (this.volatileNames.has(name)) {
        // A volatile value goes to the manifest as it is, so secrets inside it must be dealt with first.
        const inside = this.keep(value, undefined, depth + 1);
        kept.volatile.push(
          [token, inside.value],
          ...inside.volatile.map(([p, v]) => [token + p, v] as [string, JsonValue]),
        );
        kept.adopt(token, Object.assign(inside, { volatile: [] }));
        continue;
      }
      if (verdict.kind === 'missing')
        kept.missingSecrets.push({ pointer: token, reference: verdict.reference });
      const member = this.keep(value, path?.members.get(name), depth + 1);
      stable[name] = member.value;
      kept.adopt(token, member);
    }
    return kept;
  }

  private keepArray(source: JsonValue[], path: SetLikePath | undefined, depth: number): Kept {
    const below = path?.members.get('[]');
    let members = source.map((member) => this.keep(member, below, depth + 1));
    if (path?.setLike) members = sortMembers(members, path.identity);
    const kept = new Kept(members.map((member) => member.value));
    for (let index = 0; index < members.length; index += 1) kept.adopt(pointerToken(index), members[index]!);
    return kept;
  }
}

/**
 * By identity, then by the member's own text, then by its volatile values: equal sets come out equal in
 * whatever order they were served, also where two members share an identity.
 */
function sortMembers(members: Kept[], identity: string | null): Kept[] {
  const keyed = members.map((member) => {
    const text = member.text();
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

function volatileText(member: Kept): string {
  return writeCanonicalJson(member.volatile.map(([pointer, value]) => [pointer, value]));
}

/** The order of UTF-16 code units, as in RFC 8785; independent of locale. */
export function compareCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
