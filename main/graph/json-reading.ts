import { isJsonObject, type JsonObject, type JsonValue } from '../snapshot/json-value.ts';

/** The number behind a JSON value whose digits were kept as written; null for anything else. */
export function numberOf(value: JsonValue | undefined): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isJsonObject(value)) return null;
  const number = Number(String(value));
  return Number.isFinite(number) ? number : null;
}

/** The value at a dotted path of properties, such as `templateReference.templateFamily`. */
export function valueAt(object: JsonObject, path: string): JsonValue | undefined {
  // `@odata.type` is one property although it holds a dot.
  if (path in object) return object[path];
  let current: JsonValue | undefined = object;
  for (const name of path.split('.')) {
    if (!isJsonObject(current)) return undefined;
    current = current[name];
  }
  return current;
}

/** Text of a property that is a non-empty string, or the text of a number; null otherwise. */
export function textAt(object: JsonObject, path: string): string | null {
  const value = valueAt(object, path);
  if (typeof value === 'string') return value === '' ? null : value;
  const number = numberOf(value);
  return number === null ? null : String(number);
}
