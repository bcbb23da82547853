import type { ExportTool } from '../../../shared/model/export-tools.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../snapshot/json-value.ts';
import type { ManifestEntry } from '../../snapshot/manifest.ts';
import { emptyJsonObject } from '../../snapshot/parse-json.ts';
import { layoutOf } from '../import/export-layouts.ts';
import { isMadeId } from '../import/made-id.ts';

/**
 * Two objects of which at least one was imported, without what differs because a tool wrote it and not because
 * somebody set it: OData annotations and actions, what the tools write in forms of their own, and whatever only one
 * side has at its top. Microsoft Graph writes every property of an object, empty ones too, so a property that is not
 * there was left out by the tool.
 */
export function withoutToolForms(
  former: JsonObject,
  later: JsonObject,
  tools: readonly ExportTool[],
): { before: JsonObject; after: JsonObject } {
  const ownForms = new Set(tools.flatMap((tool) => layoutOf(tool).ownForms));
  const before = emptyJsonObject();
  const after = emptyJsonObject();
  for (const name of Object.keys(former)) {
    if (isAnnotation(name) || ownForms.has(name) || !Object.hasOwn(later, name)) continue;
    before[name] = withoutAnnotations(former[name]!);
    after[name] = withoutAnnotations(later[name]!);
  }
  return { before, after };
}

/** Said by some answers of Graph and not by others: contexts, links, counts, actions. The type of an object stays. */
function isAnnotation(name: string): boolean {
  return (name.includes('@odata.') && name !== '@odata.type') || name.startsWith('#microsoft.graph.');
}

function withoutAnnotations(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutAnnotations);
  if (!isJsonObject(value)) return value;
  const kept = emptyJsonObject();
  for (const name of Object.keys(value)) {
    if (!isAnnotation(name)) kept[name] = withoutAnnotations(value[name]!);
  }
  return kept;
}

/** Which objects are the same: those of one id, then, where the tool left the id out of either, those of one name. */
export function pairImported(
  before: readonly ManifestEntry[],
  after: readonly ManifestEntry[],
): { both: [ManifestEntry, ManifestEntry][]; added: ManifestEntry[]; removed: ManifestEntry[] } {
  const open = new Map(before.map((entry) => [entry.id, entry]));
  const both: [ManifestEntry, ManifestEntry][] = [];
  const unpaired: ManifestEntry[] = [];
  for (const entry of after) {
    const same = open.get(entry.id);
    if (same === undefined) unpaired.push(entry);
    else {
      both.push([same, entry]);
      open.delete(entry.id);
    }
  }
  const byName = Map.groupBy(open.values(), (entry) => entry.name);
  const added: ManifestEntry[] = [];
  for (const entry of unpaired) {
    const candidates = byName.get(entry.name) ?? [];
    const index = candidates.findIndex((candidate) => isMadeId(candidate.id) || isMadeId(entry.id));
    const [same] = index < 0 ? [] : candidates.splice(index, 1);
    if (same === undefined) added.push(entry);
    else {
      both.push([same, entry]);
      open.delete(same.id);
    }
  }
  return { both, added, removed: [...open.values()] };
}
