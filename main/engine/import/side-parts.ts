import { isJsonObject, type JsonObject, type JsonValue } from '../../snapshot/json-value.ts';
import { emptyJsonObject } from '../../snapshot/parse-json.ts';
import type { FoundObject } from './collect-objects.ts';
import type { ExportLayout } from './export-layouts.ts';
import type { FolderFile } from './walk-folder.ts';

/** A file that holds a part of an object in another file. */
export interface SidePart {
  file: FolderFile;
  what: 'assignments' | 'settings';
  /** Property of the object that the part becomes. */
  property: string;
  rows: JsonValue[];
  /** Folder of the object's file, and what that file is called or the object's id is. */
  directory: string;
  base: string;
}

const intents = '/deviceManagement/intents';
const admx = '/deviceManagement/groupPolicyConfigurations';
const guid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;

/** What a file is a part of, by its place and name; null: it holds objects of its own. */
export function sidePartOf(
  layout: ExportLayout,
  file: FolderFile,
  folder: { lists: readonly string[]; rest: readonly string[] } | null,
  value: JsonValue,
): SidePart | null {
  const base = file.name.replace(/\.(?:json|ya?ml)$/i, '');
  const last = file.segments.at(-1)?.toLowerCase();
  if (
    folder !== null &&
    layout.assignmentsFolder !== null &&
    last === layout.assignmentsFolder.toLowerCase()
  ) {
    const directory = file.segments.slice(0, -1).join('/');
    return { file, what: 'assignments', property: 'assignments', rows: rowsOf(value), directory, base };
  }
  if (layout.tool !== 'IntuneManagement' || !base.endsWith('_Settings') || folder === null) return null;
  const list = folder.lists.find((path) => path === intents || path === admx);
  if (list === undefined) return null;
  return {
    file,
    what: 'settings',
    property: list === intents ? 'settings' : 'definitionValues',
    rows: rowsOf(isJsonObject(value) && 'settings' in value ? value['settings']! : value),
    directory: file.segments.join('/'),
    base: base.replace(/_Settings$/, ''),
  };
}

/** A list of one is written as the one by PowerShell. */
function rowsOf(value: JsonValue): JsonValue[] {
  if (isJsonObject(value) && Array.isArray(value['value'])) return value['value'];
  if (Array.isArray(value)) return value;
  return value === null ? [] : [value];
}

/** True for an administrative template as IntuneBackupAndRestore writes it, with or without its policy. */
export function isDefinitionList(lists: readonly string[], value: JsonValue): boolean {
  if (!lists.includes(admx)) return false;
  if (isJsonObject(value) && isJsonObject(value['Policy']) && 'Definitions' in value) return true;
  const rows = rowsOf(value);
  return rows.length > 0 && rows.every((row) => isJsonObject(row) && 'definition@odata.bind' in row);
}

/** Such a template as one object. Without its policy it has the name of its file, and no id. */
export function definitionValuesOf(value: JsonValue, base: string): JsonObject {
  const body = emptyJsonObject();
  if (isJsonObject(value) && isJsonObject(value['Policy'])) {
    for (const [name, member] of Object.entries(value['Policy'])) body[name] = member;
    body['definitionValues'] = rowsOf(value['Definitions'] ?? []);
  } else {
    body['displayName'] = base;
    body['definitionValues'] = rowsOf(value);
  }
  return body;
}

/** Puts parts into the objects that they belong to; answers those that belong to none. */
export function attachSideParts(found: readonly FoundObject[], parts: readonly SidePart[]): SidePart[] {
  const byFile = new Map<string, FoundObject>();
  const byId = new Map<string, FoundObject>();
  for (const object of found) {
    const directory = object.file.segments.join('/');
    if (object.at === '')
      byFile.set(placeOf(directory, object.file.name.replace(/\.(?:json|ya?ml)$/i, '')), object);
    const id = object.body['id'];
    if (typeof id === 'string') byId.set(placeOf(directory, id), object);
  }
  return parts.filter((part) => {
    const id = guid.exec(part.base)?.[0];
    const object =
      byFile.get(placeOf(part.directory, part.base)) ??
      (id === undefined ? undefined : byId.get(placeOf(part.directory, id)));
    if (object === undefined) return true;
    object.body[part.property] = part.rows;
    return false;
  });
}

/** Windows, where most of these folders come from, does not tell large letters from small ones. */
function placeOf(directory: string, name: string): string {
  return `${directory}/${name}`.toLowerCase();
}
