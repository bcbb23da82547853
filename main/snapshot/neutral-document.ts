import { writeCanonicalJson } from './canonical-json.ts';
import { isJsonObject, type JsonObject, type JsonValue } from './json-value.ts';
import { emptyJsonObject } from './parse-json.ts';

const guid = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/i;

/**
 * A document without what differs between any two tenants although nobody set it: ids are left out, and what points
 * to a group, filter or other object is shown by that object's name. Members of arrays that had only their id to be
 * told apart by are put in the order of their text.
 */
export function neutralDocument(document: JsonObject, nameOf: (id: string) => string | null): JsonObject {
  return neutralObject(document, nameOf, true);
}

function neutralObject(
  source: JsonObject,
  nameOf: (id: string) => string | null,
  isRoot: boolean,
): JsonObject {
  const neutral = emptyJsonObject();
  for (const name of Object.keys(source)) {
    const value = source[name]!;
    if (name === 'id' && (isRoot || (typeof value === 'string' && guid.test(value)))) continue;
    neutral[name] = neutralValue(value, nameOf);
  }
  return neutral;
}

function neutralValue(value: JsonValue, nameOf: (id: string) => string | null): JsonValue {
  if (typeof value === 'string') return nameOf(value) ?? value;
  if (isJsonObject(value)) return neutralObject(value, nameOf, false);
  if (!Array.isArray(value)) return value;
  const members = value.map((member) => neutralValue(member, nameOf));
  const lostIds = value.some((member, index) => {
    const kept = members[index];
    return (
      isJsonObject(member) && isJsonObject(kept) && Object.hasOwn(member, 'id') && !Object.hasOwn(kept, 'id')
    );
  });
  if (!lostIds) return members;
  return members
    .map((member) => ({ member, text: writeCanonicalJson(member) }))
    .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .map(({ member }) => member);
}
