import { canonicalNumber } from './canonical-json.ts';
import { pointerToken } from './json-pointer.ts';
import { isJsonObject, type JsonValue } from './json-value.ts';
import { parseJson } from './parse-json.ts';
import { readableText } from './readable-values.ts';
import { isSecretFingerprint } from './secrets.ts';

/** Settings of a document that hold a text, in their key or in their value. */
export interface FoundInDocument {
  /** JSON pointer of the first of them, in document order. */
  pointer: string;
  /** What stands there, cut around the hit; "(secret)" for a secret whose key was found. */
  excerpt: string;
  /** Further ones. */
  more: number;
}

/** Properties that can hold a base64 payload: only documents with one are worth decoding. */
const payloadProperty =
  /"(?:\w{0,60}[sS]criptContent(?:Base64)?|rulesContent|payload|payloadJson|encodedSettingXml|configurationXml|startMenuLayoutXml|configurationFileContent)":"/;

/**
 * Looks for a text in the keys and values of a stored document, ignoring case, in base64 payloads as in plain ones.
 * A secret is never found by its value: what stands in the document for it is no text to look into. `needle` is
 * in lower case. Null when there is nothing.
 *
 * Parsing is dear, so the bytes are looked at first: what is not in them as text is in no key and in no value.
 */
export function findInDocument(canonical: Uint8Array, needle: string): FoundInDocument | null {
  const text = Buffer.from(canonical.buffer, canonical.byteOffset, canonical.byteLength).toString('utf8');
  const escaped = JSON.stringify(needle).slice(1, -1);
  if (!text.toLowerCase().includes(escaped) && !payloadProperty.test(text)) return null;
  const search = new DocumentSearch(needle);
  search.look(parseJson(canonical), '', '');
  return search.found;
}

class DocumentSearch {
  private readonly needle: string;
  found: FoundInDocument | null = null;

  constructor(needle: string) {
    this.needle = needle;
  }

  look(value: JsonValue, name: string, pointer: string): void {
    if (Array.isArray(value)) {
      value.forEach((member, index) => this.look(member, name, pointer + pointerToken(index)));
    } else if (isJsonObject(value)) {
      for (const key of Object.keys(value)) {
        const place = pointer + pointerToken(key);
        if (key.toLowerCase().includes(this.needle)) this.add(place, excerptOf(value[key]!));
        else this.look(value[key]!, key, place);
      }
    } else {
      this.lookAtScalar(value, name, pointer);
    }
  }

  private lookAtScalar(value: JsonValue, name: string, pointer: string): void {
    if (isSecretFingerprint(value)) return;
    const plain = scalarText(value);
    const at = plain.toLowerCase().indexOf(this.needle);
    if (at >= 0) return this.add(pointer, around(plain, at, this.needle.length));
    const decoded = readableText(name, value);
    const inside = decoded === null ? -1 : decoded.toLowerCase().indexOf(this.needle);
    if (inside >= 0) this.add(pointer, around(decoded!, inside, this.needle.length));
  }

  private add(pointer: string, excerpt: string): void {
    if (this.found === null) this.found = { pointer, excerpt, more: 0 };
    else this.found.more += 1;
  }
}

const excerptChars = 160;

function scalarText(value: JsonValue): string {
  if (typeof value === 'string') return value;
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return canonicalNumber(String(value));
  return Array.isArray(value) || isJsonObject(value) ? '' : canonicalNumber(value.value);
}

/** The value of a setting whose key was found; what is below it is looked at on the screen. */
function excerptOf(value: JsonValue): string {
  if (isSecretFingerprint(value)) return '(secret)';
  if (Array.isArray(value)) return `${value.length} values`;
  if (isJsonObject(value)) return `${Object.keys(value).length} settings`;
  return around(scalarText(value), 0, 0);
}

function around(text: string, at: number, length: number): string {
  const start = Math.max(0, at - 40);
  const end = Math.min(text.length, Math.max(at + length + 40, start + excerptChars));
  const cut = text.slice(start, end).toWellFormed();
  return `${start > 0 ? '…' : ''}${cut}${end < text.length ? '…' : ''}`;
}
