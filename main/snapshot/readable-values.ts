import { pointerToken } from './json-pointer.ts';
import { isJsonObject, type JsonValue } from './json-value.ts';

/** A base64 payload of a document as the text that a person wrote; the document itself keeps it as served. */
export interface ReadableValue {
  /** JSON pointer into the document. */
  pointer: string;
  text: string;
}

/** Larger payloads (base64 characters) are shown as served: nobody reads them, and a page would stall on them. */
const maxPayloadChars = 8 * 1024 * 1024;

/** Properties that Microsoft documents as base64 of a text; they are decoded however short they are. */
const payloadName =
  /^(?:scriptContent|detectionScriptContent|remediationScriptContent|rulesContent|payload|payloadJson|encodedSettingXml|configurationXml|startMenuLayoutXml|\w+ScriptContent(?:Base64)?|configurationFileContent)$/;

/** Below this a plain word can happen to decode to text; from here on the odds are below one in a million. */
const minUnnamedChars = 24;

/**
 * The text behind a base64 payload such as a script body or a configuration profile, or null when the value is
 * none: too short to tell, not strictly base64, or bytes of an image or certificate. `name` is the property (or
 * the JSON pointer) under which the value stands. A byte-order mark is not part of the text.
 */
export function readableText(name: string, value: JsonValue | undefined): string | null {
  if (typeof value !== 'string' || value.length > maxPayloadChars) return null;
  const named = payloadName.test(name.slice(name.lastIndexOf('/') + 1));
  if (!named && value.length < minUnnamedChars) return null;
  const bytes = bytesOfBase64(value);
  if (bytes === null || bytes.length === 0) return null;
  const text = textOfBytes(bytes);
  if (text !== null) return text;
  // Scripts saved by old editors are in the Western code page. Any bytes would pass for it: only where named.
  if (!named) return null;
  const western = new TextDecoder('windows-1252').decode(bytes);
  return isPlainText(western) ? western : null;
}

/** Every base64 payload of a document that is a text, in the document's order. */
export function readableValues(document: JsonValue): ReadableValue[] {
  const found: ReadableValue[] = [];
  collect(document, '', '', found);
  return found;
}

function collect(value: JsonValue, name: string, pointer: string, found: ReadableValue[]): void {
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      collect(value[index]!, name, pointer + pointerToken(index), found);
    }
  } else if (isJsonObject(value)) {
    for (const key of Object.keys(value)) collect(value[key]!, key, pointer + pointerToken(key), found);
  } else {
    const text = readableText(name, value);
    if (text !== null) found.push({ pointer, text });
  }
}

/** Strict: whole groups of four, padding only at the end; line breaks as MIME writers put them are allowed. */
function bytesOfBase64(value: string): Buffer | null {
  const packed = /[\r\n]/.test(value) ? value.replace(/\r?\n/g, '') : value;
  if (packed.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) return null;
  return Buffer.from(packed, 'base64');
}

function textOfBytes(bytes: Buffer): string | null {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? 'utf-16le'
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? 'utf-16be'
        : 'utf-8';
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return null;
  }
  return isPlainText(text) ? text : null;
}

/** No control characters but those that lay out a text: what holds others is data, whatever it decodes to. */
function isPlainText(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return !/[\u0000-\u0008\u000e-\u001f\u007f]/.test(text);
}
