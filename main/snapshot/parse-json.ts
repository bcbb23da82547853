import { parse } from 'lossless-json';
import { AppError } from '../../shared/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from './json-value.ts';

/** What `parseJson` accepts; anything beyond is refused with a reason, never cut short. */
export interface ParseLimits {
  /** UTF-8 bytes (or UTF-16 units of text) of one document; default 64 MiB. */
  maxBytes?: number;
  /** Nesting of arrays and objects; default 200. Recursive readers overflow the stack at a few thousand. */
  maxDepth?: number;
}

/** Deepest nesting that is stored. Real settings catalog policies stay below 60. */
export const maxJsonDepth = 200;
const defaultMaxBytes = 64 * 1024 * 1024;

/**
 * Reads JSON text without loss: numbers keep their digits, unknown properties stay, objects have no prototype,
 * NUL and lone surrogates survive as escapes. A byte-order mark is skipped.
 *
 * Throws `AppError` with code `response_too_large` (more bytes than allowed) or `response_invalid` (not UTF-8,
 * not JSON, nested too deeply, or one key twice with different values: RFC 8259 section 4 leaves the meaning
 * of such an object open, so a copy of it could not be faithful). No content is ever put in the message.
 */
export function parseJson(input: Uint8Array | string, limits: ParseLimits = {}): JsonValue {
  const maxBytes = limits.maxBytes ?? defaultMaxBytes;
  if (input.length > maxBytes) {
    throw new AppError('response_too_large', 'The JSON document is larger than the limit.', {
      details: { size: input.length, limit: maxBytes },
    });
  }
  const text = typeof input === 'string' ? withoutMark(input) : decodeUtf8(input);
  refuseDeepNesting(text, limits.maxDepth ?? maxJsonDepth);
  let value: unknown;
  const long = new LongStrings();
  try {
    value = parse(long.takeOut(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw invalid(...problemOf(error));
  }
  return withoutPrototypes(value as JsonValue, long);
}

/** An object without prototype, on which every key, `__proto__` too, is an ordinary property. */
export function emptyJsonObject(): JsonObject {
  return { __proto__: null } as unknown as JsonObject;
}

function invalid(problem: string, sentence: string): AppError {
  return new AppError('response_invalid', sentence, { details: { problem } });
}

/** The parser's messages quote the text, which may hold a secret: only the position may leave this file. */
function problemOf(error: SyntaxError): [problem: string, sentence: string] {
  const position = /position (\d+)$/.exec(error.message)?.[1];
  const where = position === undefined ? '' : ` near character ${position}`;
  return error.message.startsWith('Duplicate key')
    ? ['duplicate_key', `The JSON document holds one key twice with different values${where}.`]
    : ['not_json', `The text is not valid JSON${where}.`];
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw invalid('not_utf8', 'The JSON document is not valid UTF-8.');
  }
}

function withoutMark(text: string): string {
  return text.codePointAt(0) === 0xfeff ? text.slice(1) : text;
}

/** Counts brackets outside strings before the recursive parser sees them. */
function refuseDeepNesting(text: string, maxDepth: number): void {
  let depth = 0;
  const marks = /["[\]{}]/g;
  for (let match = marks.exec(text); match !== null; match = marks.exec(text)) {
    const mark = match[0];
    if (mark === '"') {
      marks.lastIndex = endOfString(text, match.index);
    } else if (mark === '[' || mark === '{') {
      depth += 1;
      if (depth > maxDepth) {
        throw new AppError('response_invalid', 'The JSON document is nested too deeply.', {
          details: { problem: 'too_deep', limit: maxDepth },
        });
      }
    } else {
      depth -= 1;
    }
  }
}

/** Index after the closing quote of the string that opens at `start`; the end of the text when it never closes. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1) {
    let backslashes = 0;
    while (text.codePointAt(end - 1 - backslashes) === 0x5c) backslashes += 1;
    if (backslashes % 2 === 0) return end + 1;
    end = text.indexOf('"', end + 1);
  }
  return text.length;
}

function withoutPrototypes(value: JsonValue, long: LongStrings): JsonValue {
  if (typeof value === 'string') return long.restore(value);
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1)
      value[index] = withoutPrototypes(value[index]!, long);
    return value;
  }
  if (!isJsonObject(value)) return value;
  const bare = emptyJsonObject();
  for (const key of Object.keys(value)) bare[key] = withoutPrototypes(value[key]!, long);
  return bare;
}

/** Longer values of strings are read apart, in UTF-16 units. */
const longString = 256 * 1024;

/**
 * Keeps long strings out of the lossless parser, which joins a string from its characters one by one: 50 MB of
 * them take it close to 2 GB. They are read by JSON.parse, which for a string loses nothing. Keys stay where
 * they are, because the parser compares them.
 */
class LongStrings {
  private readonly values: string[] = [];
  private mark = '';

  takeOut(text: string): string {
    if (text.length <= longString) return text;
    const pieces: string[] = [];
    let from = 0;
    for (let start = text.indexOf('"'); start !== -1;) {
      const end = endOfString(text, start);
      if (end - start > longString && !/^\s*:/.test(text.slice(end, end + 20))) {
        if (this.values.length === 0) this.mark = unusedMark(text);
        pieces.push(text.slice(from, start), `"${this.mark}${this.values.length}"`);
        this.values.push(JSON.parse(text.slice(start, end)) as string);
        from = end;
      }
      start = text.indexOf('"', end);
    }
    if (this.values.length === 0) return text;
    pieces.push(text.slice(from));
    return pieces.join('');
  }

  restore(value: string): string {
    if (this.values.length === 0 || !value.startsWith(this.mark)) return value;
    return this.values[Number(value.slice(this.mark.length))]!;
  }
}

/** Letters that the text does not hold, so that no value of its own can be taken for a mark. */
function unusedMark(text: string): string {
  let mark = 'long string ';
  while (text.includes(mark)) mark = `another ${mark}`;
  return mark;
}
