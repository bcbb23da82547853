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
  const scan = scanText(text, limits.maxDepth ?? maxJsonDepth);
  return (scan.areNumbersExact ? parseExact(text, scan.members) : undefined) ?? parseLossless(text);
}

/**
 * Reads a text whose numbers a double holds digit for digit with the built-in parser, which is ten times quicker
 * than the lossless one. Undefined where that parser cannot say what is wrong: a text that is no JSON, or an
 * object with one key twice, of which it keeps the last and so returns fewer members than the text holds.
 */
function parseExact(text: string, members: number): JsonValue | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
  return takePrototypes(value as JsonValue) === members ? (value as JsonValue) : undefined;
}

/** Takes the prototype from every object, in place; answers how many members all objects have. */
function takePrototypes(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 0;
  let members = 0;
  if (Array.isArray(value)) {
    for (const member of value) members += takePrototypes(member);
    return members;
  }
  const object = value as JsonObject;
  for (const key of Object.keys(object)) members += 1 + takePrototypes(object[key]!);
  // Objects of one shape stay of one shape; copying them would cost twice the memory.
  Object.setPrototypeOf(object, null);
  return members;
}

function parseLossless(text: string): JsonValue {
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

/** What can be told about a text before anything is built from it. */
interface TextScan {
  /** Members of all objects, counted by their colons. */
  members: number;
  /** Every number is written with at most 15 digits and no exponent: a double gives back the same value. */
  areNumbersExact: boolean;
}

const quote = 0x22;
const colon = 0x3a;
const longestExactNumber = 15;

/** Reads the text once, outside of strings, before a recursive parser sees it. Throws for deep nesting. */
function scanText(text: string, maxDepth: number): TextScan {
  const scan: TextScan = { members: 0, areNumbersExact: true };
  let depth = 0;
  let position = 0;
  while (position < text.length) {
    const code = text.charCodeAt(position);
    if (code === quote) {
      position = endOfString(text, position);
      continue;
    }
    if (isNumberStart(code)) {
      const end = endOfNumber(text, position);
      if (!isExactNumber(text, position, end)) scan.areNumbersExact = false;
      position = end;
      continue;
    }
    if (code === 0x5b || code === 0x7b) {
      depth += 1;
      if (depth > maxDepth) {
        throw new AppError('response_invalid', 'The JSON document is nested too deeply.', {
          details: { problem: 'too_deep', limit: maxDepth },
        });
      }
    } else if (code === 0x5d || code === 0x7d) depth -= 1;
    else if (code === colon) scan.members += 1;
    position += 1;
  }
  return scan;
}

/** A digit or a minus. */
function isNumberStart(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || code === 0x2d;
}

/** Behind digits, signs, points and exponents; whether they are in order is for the parser to say. */
function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  for (; end < text.length; end += 1) {
    const code = text.charCodeAt(end);
    if (!isNumberStart(code) && code !== 0x2e && code !== 0x65 && code !== 0x45 && code !== 0x2b) break;
  }
  return end;
}

function isExactNumber(text: string, start: number, end: number): boolean {
  if (end - start > longestExactNumber) return false;
  for (let position = start; position < end; position += 1) {
    const code = text.charCodeAt(position);
    if (code === 0x65 || code === 0x45) return false;
  }
  // A negative zero is told from zero by its sign only.
  return !(text.charCodeAt(start) === 0x2d && text.charCodeAt(start + 1) === 0x30);
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
