import type { LosslessNumber } from 'lossless-json';

/**
 * JSON as it came from Microsoft Graph, without loss: numbers keep their digits as written, unknown
 * properties are kept, objects have no prototype (so `__proto__` is an ordinary key).
 */
export type JsonValue = null | boolean | string | number | LosslessNumber | JsonValue[] | JsonObject;
export interface JsonObject {
  [key: string]: JsonValue;
}

/** True for a JSON object: not null, not an array, not a number kept as text. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    (value as { isLosslessNumber?: unknown }).isLosslessNumber !== true
  );
}
