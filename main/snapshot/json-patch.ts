import { writeCanonicalJson } from './canonical-json.ts';
import { pointerToken } from './json-pointer.ts';
import { isJsonObject, type JsonValue } from './json-value.ts';

/** One operation of a JSON Patch (RFC 6902). */
export type PatchOperation =
  { op: 'add' | 'replace'; path: string; value: JsonValue } | { op: 'remove'; path: string };

/**
 * A JSON Patch that turns one document into the other. Arrays of another length are replaced whole: positions move
 * with each operation, and a patch that is right is worth more than one that is short.
 */
export function jsonPatch(before: JsonValue, after: JsonValue, path = ''): PatchOperation[] {
  if (isJsonObject(before) && isJsonObject(after)) {
    const operations: PatchOperation[] = [];
    for (const name of Object.keys(before)) {
      if (!Object.hasOwn(after, name)) operations.push({ op: 'remove', path: path + pointerToken(name) });
    }
    for (const name of Object.keys(after)) {
      const place = path + pointerToken(name);
      if (Object.hasOwn(before, name)) operations.push(...jsonPatch(before[name]!, after[name]!, place));
      else operations.push({ op: 'add', path: place, value: after[name]! });
    }
    return operations;
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return after.flatMap((member, index) => jsonPatch(before[index]!, member, path + pointerToken(index)));
  }
  return writeCanonicalJson(before) === writeCanonicalJson(after)
    ? []
    : [{ op: 'replace', path, value: after }];
}
