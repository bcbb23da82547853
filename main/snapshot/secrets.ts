import { createHmac } from 'node:crypto';
import { isJsonObject, type JsonObject, type JsonValue } from './json-value.ts';

/** A secret that Graph gave: it left the stable document, and its value goes to the sealing port, nowhere else. */
export interface CapturedSecret {
  /** JSON pointer into the stable document. */
  pointer: string;
  /** What stands there instead; equal secrets of a tenant have equal fingerprints. */
  fingerprint: string;
  /** Canonical JSON of the value. Never to be logged, stored unsealed or shown. */
  value: string;
}

/** A secret that Graph did not give: only a mask or a reference is in the backup. */
export interface MissingSecret {
  pointer: string;
  /** Microsoft's reference to the value, where it names one. */
  reference: string | null;
}

const fingerprintPrefix = 'tenantkeep-secret:hmac-sha256:';

/** Stands in a stable document for a secret; keyed, so that it cannot be guessed back from a short value. */
export function fingerprintSecret(key: Uint8Array, canonicalValue: string): string {
  return fingerprintPrefix + createHmac('sha256', key).update(canonicalValue).digest('hex');
}

/** True for the text that stands in a document for a secret. */
export function isSecretFingerprint(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && /^tenantkeep-secret:hmac-sha256:[0-9a-f]{64}$/.test(value);
}

/** The fingerprint's 32 bytes as hexadecimal digits: the key of the sealed value in the database. */
export function fingerprintDigest(fingerprint: string): string {
  return fingerprint.slice(fingerprintPrefix.length);
}

/** A copy in which every fingerprint reads "(secret)": for lists, diffs and screens. */
export function maskSecrets(value: JsonValue): JsonValue {
  if (isSecretFingerprint(value)) return '(secret)';
  if (Array.isArray(value)) return value.map(maskSecrets);
  if (!isJsonObject(value)) return value;
  const masked: JsonObject = { __proto__: null } as unknown as JsonObject;
  for (const key of Object.keys(value)) masked[key] = maskSecrets(value[key]!);
  return masked;
}

/** The same in the text of a document, for documents that are too large to be taken apart. */
export function maskSecretsInText(text: string): string {
  return text.replaceAll(/tenantkeep-secret:hmac-sha256:[0-9a-f]{64}/g, '(secret)');
}

/** How one property is to be kept. */
export type SecretVerdict =
  { kind: 'plain' } | { kind: 'secret' } | { kind: 'missing'; reference: string | null };

const plain: SecretVerdict = { kind: 'plain' };
const secret: SecretVerdict = { kind: 'secret' };

/**
 * Ends of property names that carry secrets. Ends, not parts: `passwordRequiredType`, `tokenType` or
 * `preSharedKeyEncoding` are settings that a technician needs to see.
 */
const secretNameEnd =
  /(?:password|passphrase|passcode|secret|secretvalue|secrettext|sharedkey|privatekey|apikey|accesskey|accountkey|secretkey|accesstoken|refreshtoken|tokenvalue|connectionstring|sastoken|^token|^qrcodecontent)$/i;

/** First characters of masks: hardly any other text needs a closer look. */
const maskStart: ReadonlySet<string> = new Set(['*', '•', '●', 'K']);
/** `****` in its usual lengths, dots of a masked field, and the base64 of asterisks that encrypted bodies show. */
const mask = /^(?:\*{3,}|[•●]{3,}|(?:Kioq)+(?:Kg==|Kio=)?)$/;

/**
 * Judges one property of `holder`. `registered` are the names that the policy type lists.
 *
 * - Custom (OMA-URI) settings: a mask in `value` means that Graph kept it back, and the reference is
 *   `secretReferenceValueId`; where `isEncrypted` stands beside a value that is no mask, that value is a secret.
 * - Settings catalog secret values: `valueState` says whether `value` is a token standing for the secret or
 *   the secret itself (deviceManagementConfigurationSecretSettingValue).
 * - A mask in any property is a value that Graph kept back.
 * - Registered names hold secrets whatever their shape; names found by pattern only where they hold text,
 *   because booleans and numbers (`passwordRequired`) are settings.
 */
export function judgeSecret(
  holder: JsonObject,
  name: string,
  value: JsonValue,
  registered: ReadonlySet<string>,
): SecretVerdict {
  if (value === null || value === '' || typeof value === 'boolean') return plain;
  if (Array.isArray(value) && value.length === 0) return plain;
  if (typeof value === 'string' && maskStart.has(value[0]!) && mask.test(value))
    return { kind: 'missing', reference: referenceIn(holder) };
  if (name === 'value') {
    const kind = holder['@odata.type'];
    if (typeof kind === 'string' && kind.endsWith('ConfigurationSecretSettingValue')) {
      return holder['valueState'] === 'encryptedValueToken'
        ? { kind: 'missing', reference: typeof value === 'string' ? value : null }
        : secret;
    }
    // Masks were told apart above: a readable value of an encrypted setting is the secret itself.
    if (holder['isEncrypted'] === true) return secret;
  }
  if (registered.has(name)) return secret;
  return typeof value === 'string' && endsLikeSecret(name) ? secret : plain;
}

/** What the pattern says of names: the same few thousand stand in every object, and new ones are bounded. */
const judgedNames = new Map<string, boolean>();

function endsLikeSecret(name: string): boolean {
  let verdict = judgedNames.get(name);
  if (verdict === undefined) {
    verdict = secretNameEnd.test(name);
    if (judgedNames.size < 10_000 && name.length < 200) judgedNames.set(name, verdict);
  }
  return verdict;
}

function referenceIn(holder: JsonObject): string | null {
  const reference = holder['secretReferenceValueId'];
  return typeof reference === 'string' ? reference : null;
}
