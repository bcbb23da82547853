import { isRecord, parseJson, recordsOf } from '../json.ts';
import type { Json, JsonRecord } from '../json.ts';

/** Bytes of a text file as text: UTF-8 with or without mark, UTF-16 either way by its byte-order mark. */
export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  // TextDecoder drops the mark of its own encoding.
  return new TextDecoder(encoding, { fatal: true }).decode(bytes);
}

/** One object found in a file, with what its surroundings say about it. */
export interface FoundObject {
  body: JsonRecord;
  /** Place in the file, such as `value[3]`; empty for a file that is one object. */
  at: string;
  /** Context of the list that it was a row of. */
  listContext: string | null;
}

/** A part of a file that holds no object. */
export interface NoObject {
  at: string;
  reason: string;
}

/**
 * Objects of a file: one object, an array, a Graph list (`{value: []}`), or one wrapped in a single property
 * (`{filters: []}`). Throws SyntaxError for text that is not JSON.
 */
export function findObjects(text: string): (FoundObject | NoObject)[] {
  return unwrap(parseJson(text), '', null, 0);
}

const own = new Set(['id', 'displayName', 'name', 'fileName', '@odata.type', 'conditions', 'settings']);

function unwrap(
  value: Json,
  at: string,
  listContext: string | null,
  depth: number,
): (FoundObject | NoObject)[] {
  if (Array.isArray(value)) {
    if (value.length === 0) return [{ at, reason: 'an empty list' }];
    return value.flatMap((member, index) => unwrap(member, `${at}[${index}]`, listContext, depth + 1));
  }
  if (!isRecord(value)) return [{ at, reason: 'not an object' }];
  const context = typeof value['@odata.context'] === 'string' ? value['@odata.context'] : null;
  if (Array.isArray(value['value']) && !('id' in value)) {
    return unwrap(value['value'], `${at}value`, context ?? listContext, depth + 1);
  }
  const keys = Object.keys(value).filter((key) => !key.includes('@odata.'));
  const [only] = keys;
  if (depth < 4 && keys.length === 1 && only !== undefined && !own.has(only)) {
    const inner = value[only]!;
    if (isRecord(inner) || recordsOf(inner).length > 0)
      return unwrap(inner, `${at}${only}`, context, depth + 1);
  }
  return [{ body: value, at, listContext }];
}
