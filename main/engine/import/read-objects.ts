import { stringify } from 'lossless-json';
import { parse as parseYaml, YAMLParseError } from 'yaml';
import { isAppError } from '../../../shared/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../snapshot/json-value.ts';
import { parseJson } from '../../snapshot/parse-json.ts';

/** An object inside a file, or a part of it that is none. */
export type FoundInFile = { body: JsonObject; at: string } | { reason: string; at: string };

/** YAML is read by a slower parser that builds a tree of its own. */
export const mostYamlBytes = 16 * 1024 * 1024;

/** What a file says: its value, or in one sentence why it cannot be read. No message quotes the file. */
export function readValue(
  bytes: Uint8Array,
  format: 'json' | 'yaml',
): { value: JsonValue } | { reason: string } {
  const text = decodeText(bytes);
  if (text === null) return { reason: 'not text in UTF-8 or UTF-16' };
  if (text.trim() === '') return { reason: 'empty' };
  try {
    return { value: parseJson(format === 'yaml' ? jsonOfYaml(text) : text) };
  } catch (error) {
    if (error instanceof YAMLParseError || error instanceof ReferenceError)
      return { reason: 'not valid YAML' };
    // Both parsers call themselves for what is nested; the limit below is far from the end of the stack.
    if (error instanceof RangeError) return { reason: 'nested too deeply' };
    if (isAppError(error))
      return { reason: sentences[String(error.details?.['problem'])] ?? 'not valid JSON' };
    throw error;
  }
}

const sentences: Readonly<Record<string, string>> = {
  too_deep: 'nested too deeply',
  duplicate_key: 'holds one key twice with different values',
};

/**
 * Text by its byte-order mark: UTF-8 with or without one, UTF-16 either way, which is what Windows PowerShell writes.
 * Null for bytes that are no text.
 */
function decodeText(bytes: Uint8Array): string | null {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

/**
 * YAML 1.1, as PyYAML writes it, as JSON text. Whole numbers keep their digits; an instant that is written without
 * quotes stays the text that it is. Aliases are bounded by the parser, so that no small file becomes a large one.
 */
function jsonOfYaml(text: string): string {
  const value: unknown = parseYaml(text, {
    version: '1.1',
    intAsBigInt: true,
    logLevel: 'silent',
    customTags: (tags) =>
      tags.filter((tag) => typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:timestamp'),
  });
  return stringify(value) ?? 'null';
}

/**
 * Objects of a value: one, an array of them, a Graph list (`{"value": []}`), or a list wrapped in one property
 * (`{"filters": []}`).
 */
export function findObjects(value: JsonValue, at = ''): FoundInFile[] {
  if (Array.isArray(value)) {
    if (value.length === 0) return [{ at, reason: 'an empty list' }];
    return value.flatMap((member, index) => findObjects(member, `${at}[${index}]`));
  }
  if (!isJsonObject(value)) return [{ at, reason: 'not an object' }];
  const list = value['value'];
  if (Array.isArray(list) && !('id' in value)) return findObjects(list, `${at}value`);
  const names = Object.keys(value).filter((name) => !name.includes('@odata.'));
  const only = names.length === 1 ? value[names[0]!] : undefined;
  if (Array.isArray(only) && only.length > 0 && only.every((member) => isJsonObject(member))) {
    return findObjects(only, `${at}${names[0]!}`);
  }
  return names.length === 0 ? [{ at, reason: 'an object without properties' }] : [{ body: value, at }];
}
