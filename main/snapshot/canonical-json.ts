import { AppError } from '../../shared/errors.ts';
import { isJsonObject, type JsonValue } from './json-value.ts';
import { maxJsonDepth } from './parse-json.ts';

/**
 * The one text form of a JSON value: RFC 8785 (JSON Canonicalization Scheme), with two additions that our data
 * needs and that the RFC leaves out.
 *
 * - Numbers: the layout of RFC 8785 section 3.2.2.3, applied to the exact decimal digits of the source text
 *   instead of the digits of the nearest double. For every number that a double holds exactly as written this
 *   is the RFC's output; a number with more digits keeps them. Only the spelling is normalised (`1.0` and `1`,
 *   `1E3` and `1000` are one value), never the value.
 * - Strings: a lone surrogate, which the RFC refuses, is written as its lowercase `\udxxx` escape.
 *
 * Keys are sorted by UTF-16 code units, there is no white space, and the bytes are UTF-8.
 * Throws `AppError` `response_invalid` for nesting beyond `maxJsonDepth` and for numbers that are not numbers.
 */
export function writeCanonicalJson(value: JsonValue): string {
  return write(value, 0);
}

/** Canonical text of the value as UTF-8 bytes. */
export function canonicalBytes(value: JsonValue): Uint8Array {
  return Buffer.from(write(value, 0), 'utf8');
}

function write(value: JsonValue, depth: number): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      return canonicalNumber(String(value));
    default:
      break;
  }
  if (value === null) return 'null';
  if (depth > maxJsonDepth) {
    throw new AppError('response_invalid', 'The JSON document is nested too deeply.', {
      details: { problem: 'too_deep', limit: maxJsonDepth },
    });
  }
  if (Array.isArray(value)) {
    let text = '[';
    for (let index = 0; index < value.length; index += 1) {
      if (index > 0) text += ',';
      text += write(value[index]!, depth + 1);
    }
    return text + ']';
  }
  if (!isJsonObject(value)) {
    return canonicalNumber(value.value);
  }
  let text = '{';
  let first = true;
  // The default order of sort() is that of UTF-16 code units, as RFC 8785 section 3.2.3 asks.
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (member === undefined) continue;
    text += first ? JSON.stringify(key) : ',' + JSON.stringify(key);
    text += ':' + write(member, depth + 1);
    first = false;
  }
  return text + '}';
}

const plainInteger = /^(?:0|-?[1-9]\d{0,20})$/;
const jsonNumber = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * The canonical spelling of a JSON number, without loss: the decimal layout of ECMAScript's Number::toString
 * with the exact digits of `text`. Equal values have equal spellings.
 */
export function canonicalNumber(text: string): string {
  if (plainInteger.test(text)) return text;
  const match = jsonNumber.exec(text);
  if (match === null) throw notANumber();
  const fraction = match[3] ?? '';
  const exponent = match[4] === undefined ? 0 : Number(match[4]);
  let digits = (match[2]! + fraction).replace(/^0+/, '');
  if (digits === '') return '0';
  const trimmed = digits.replace(/0+$/, '');
  // value = 0.digits × 10^point, the n of Number::toString
  const point = digits.length - fraction.length + exponent;
  if (!Number.isSafeInteger(point)) throw notANumber();
  digits = trimmed;
  return (match[1] ?? '') + layOut(digits, point);
}

function layOut(digits: string, point: number): string {
  const count = digits.length;
  if (count <= point && point <= 21) return digits + '0'.repeat(point - count);
  if (point > 0 && point <= 21) return `${digits.slice(0, point)}.${digits.slice(point)}`;
  if (point > -6 && point <= 0) return `0.${'0'.repeat(-point)}${digits}`;
  const exponent = point - 1;
  const power = `e${exponent < 0 ? '-' : '+'}${Math.abs(exponent)}`;
  return count === 1 ? digits + power : `${digits[0]}.${digits.slice(1)}${power}`;
}

function notANumber(): AppError {
  return new AppError('response_invalid', 'The JSON document holds a number that cannot be kept.', {
    details: { problem: 'number' },
  });
}
