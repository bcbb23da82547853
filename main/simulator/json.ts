/** JSON as the simulator holds it. Numbers whose text JavaScript cannot repeat are kept as raw JSON. */
export type Json = null | boolean | number | string | Json[] | JsonRecord;
export interface JsonRecord {
  [key: string]: Json;
}

/** Not yet in TypeScript's library: JSON.parse with source text and JSON.rawJSON (ECMAScript proposal, Node 22). */
interface SourceTextJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
  isRawJSON(value: unknown): boolean;
}
const sourceTextJson = JSON as unknown as SourceTextJson;

/** Parses JSON text so that writing it again repeats every number as it was. Throws SyntaxError. */
export function parseJson(text: string): Json {
  return sourceTextJson.parse(text, (_key, value, context) =>
    typeof value === 'number' && context.source !== undefined && String(value) !== context.source
      ? sourceTextJson.rawJSON(context.source)
      : value,
  ) as Json;
}

/** True for an object: not null, not an array, not a number kept as raw JSON. */
export function isRecord(value: unknown): value is JsonRecord {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !sourceTextJson.isRawJSON(value)
  );
}

/** The objects among the members of an array; nothing for anything else. */
export function recordsOf(value: unknown): JsonRecord[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/** The text value of a property, or an empty string. */
export function textOf(record: JsonRecord, property: string): string {
  const value = record[property];
  return typeof value === 'string' ? value : '';
}
