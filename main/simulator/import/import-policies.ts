import { readFile, readdir } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { AppError, errorText } from '../../../shared/errors.ts';
import { isRecord, recordsOf, textOf } from '../json.ts';
import type { Json, JsonRecord } from '../json.ts';
import { guidFromText } from '../random.ts';
import { childKey } from '../routes.ts';
import type { Route } from '../routes.ts';
import { createTenant, storedObject } from '../tenant.ts';
import type { SimulatedTenant, StoredObject, StoredPart } from '../tenant.ts';
import { decodeText, findObjects } from './decode-json-file.ts';
import type { FoundObject } from './decode-json-file.ts';
import { createPlacer } from './place-object.ts';

/** What an import made of a folder. */
export interface ImportReport {
  /** JSON files read. */
  files: number;
  /** Objects found in them, rows of child lists included. */
  found: number;
  placed: PlacedObject[];
  /** Found again with the same content under the same id; served once. */
  repeated: { file: string; at: string; id: string }[];
  notPlaced: { file: string; at: string; reason: string }[];
}

interface PlacedObject {
  /** Relative to the folder, with forward slashes. */
  file: string;
  at: string;
  listPath: string;
  id: string;
  by: 'odataType' | 'odataContext' | 'shape' | 'parent';
  /** The file had no id, or another object has it already. */
  newId: boolean;
}

/**
 * Loads a folder of exported policy JSON as one tenant: any depth, UTF-8 or UTF-16, one object or many a file.
 * Children inside an object (settings, assignments, definition values) are served at their own paths.
 * Throws AppError `simulator_import_unreadable`.
 */
export async function importPolicies(
  directory: string,
  routes: readonly Route[],
  tenantName = 'Imported policies',
): Promise<{ tenant: SimulatedTenant; report: ImportReport }> {
  const tenant = createTenant(tenantName, guidFromText(`import/${tenantName}`));
  const report: ImportReport = { files: 0, found: 0, placed: [], repeated: [], notPlaced: [] };
  const place = createPlacer(routes);
  const byPath = new Map(routes.map((route) => [route.listPath, route]));
  const children: { found: FoundObject; file: string; listPath: string; parentId: string; child: string }[] =
    [];

  for (const path of await jsonFiles(directory)) {
    const file = relative(directory, path).split(sep).join('/');
    report.files++;
    const parts = await readObjects(path).catch((error: unknown) => {
      report.notPlaced.push({ file, at: '', reason: errorText(error) });
      return [];
    });
    const values = definitionValues(parts, file);
    for (const found of values === null ? parts : [values]) {
      if (!('body' in found)) {
        report.notPlaced.push({ file, at: found.at, reason: found.reason });
        continue;
      }
      report.found++;
      const placement = values === null ? place(found, file) : admxPlacement;
      if (placement.kind === 'none') report.notPlaced.push({ file, at: found.at, reason: placement.reason });
      else if (placement.kind === 'child') children.push({ found, file, ...placement });
      else store(tenant, byPath.get(placement.listPath)!, found, file, placement.by, report);
    }
  }
  for (const child of children) attach(tenant, child, report);
  nameGroups(tenant);
  return { tenant, report };
}

const admxPlacement = {
  kind: 'object',
  listPath: '/deviceManagement/groupPolicyConfigurations',
  by: 'shape',
} as const;

async function jsonFiles(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && entry.name.toLowerCase().endsWith('.json'))
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted();
  } catch (error) {
    throw new AppError('simulator_import_unreadable', `The folder to import cannot be read: ${directory}`, {
      nextStep: 'Name an existing folder with exported JSON files.',
      cause: error,
    });
  }
}

async function readObjects(path: string) {
  try {
    return findObjects(decodeText(await readFile(path)));
  } catch (error) {
    if (error instanceof SyntaxError) throw new Error(`not JSON: ${error.message}`, { cause: error });
    if (error instanceof TypeError) throw new Error('not text in UTF-8 or UTF-16', { cause: error });
    throw error;
  }
}

/** A file that is a bare list of ADMX definition values is one administrative template without its head. */
function definitionValues(parts: readonly object[], file: string): FoundObject | null {
  const bodies = parts.flatMap((part) => ('body' in part ? [part.body as JsonRecord] : []));
  if (bodies.length === 0 || !bodies.every((body) => 'definition@odata.bind' in body)) return null;
  const displayName = basename(file).replace(/\.json$/i, '');
  return {
    body: {
      displayName,
      description: '',
      policyConfigurationIngestionType: 'builtIn',
      definitionValues: bodies,
    },
    at: '',
    listContext: null,
  };
}

function store(
  tenant: SimulatedTenant,
  route: Route,
  found: FoundObject,
  file: string,
  by: PlacedObject['by'],
  report: ImportReport,
): void {
  const given = textOf(found.body, route.identityProperty);
  const objects = tenant.collections.get(route.listPath) ?? [];
  const twin = given === '' ? undefined : objects.find((object) => object.id === given);
  const { '@odata.context': _context, ...body } = found.body;
  let id = given;
  if (twin && JSON.stringify(importedObject(route, given, body)) === JSON.stringify(twin)) {
    report.repeated.push({ file, at: found.at, id });
    return;
  }
  if (twin || given === '') {
    id = guidFromText(`${file}/${found.at}`);
    body[route.identityProperty] = id;
  }
  tenant.collections.set(route.listPath, [...objects, importedObject(route, id, body)]);
  report.placed.push({ file, at: found.at, listPath: route.listPath, id, by, newId: id !== given });
}

/** An object with its inner children taken out of the body and made parts. */
function importedObject(route: Route, id: string, body: JsonRecord): StoredObject {
  const object = storedObject(id, { ...body });
  const names = [...route.children.keys()].filter((key) => !key.includes('/'));
  moveParts(route, object, [...names, ...route.expands], '');
  for (const type of route.types) {
    for (const child of type.children) {
      const part = object.parts.get(childKey(type, child.path) ?? '');
      const rows = part?.kind === 'collection' ? part.objects.length : 0;
      if (child.countProperty !== undefined && child.countProperty in object.body) {
        object.body[child.countProperty] = rows;
      }
      if (child.nonEmptyProperty !== undefined && child.nonEmptyProperty in object.body) {
        object.body[child.nonEmptyProperty] = rows > 0;
      }
    }
  }
  return object;
}

function moveParts(route: Route, object: StoredObject, names: readonly string[], prefix: string): void {
  for (const name of new Set(names)) {
    const value = object.body[name];
    const key = prefix + name;
    const part = value === undefined ? null : partOf(route, object.id, key, value);
    if (part === null) continue;
    object.parts.set(name, part);
    for (const property of Object.keys(object.body)) {
      if (property === name || property.startsWith(`${name}@odata.`)) delete object.body[property];
    }
  }
}

function partOf(route: Route, parentId: string, key: string, given: Json): StoredPart | null {
  // PowerShell exports write a list of one as the one.
  const isLoneRow = isRecord(given) && route.children.get(key)?.shape === 'collection';
  const value = isLoneRow ? [given] : given;
  if (isRecord(value)) return { kind: 'single', body: value };
  if (!Array.isArray(value) || recordsOf(value).length !== value.length) return null;
  const below = [...route.children.keys()]
    .filter((child) => child.startsWith(`${key}/`))
    .map((child) => child.slice(key.length + 1));
  const expands = [...(route.children.get(key)?.expands ?? []), ...route.expands];
  const objects = recordsOf(value).map((row, index) => {
    const id = textOf(row, 'id') || guidFromText(`${parentId}/${key}/${index}`);
    // Rows with rows of their own are read by their ids, so a row without one gets it.
    const object = storedObject(id, below.length > 0 ? { id, ...row } : { ...row });
    moveParts(
      route,
      object,
      [...below, ...expands.filter((name) => name !== key && !key.endsWith(`/${name}`))],
      `${key}/`,
    );
    return object;
  });
  return { kind: 'collection', objects };
}

function attach(
  tenant: SimulatedTenant,
  child: { found: FoundObject; file: string; listPath: string; parentId: string; child: string },
  report: ImportReport,
): void {
  const { file, found, listPath, parentId } = child;
  const parent = (tenant.collections.get(listPath) ?? []).find((object) => object.id === parentId);
  if (!parent) {
    const reason = `a row of ${child.child} whose object "${parentId}" of ${listPath} is not in the folder`;
    report.notPlaced.push({ file, at: found.at, reason });
    return;
  }
  const before = parent.parts.get(child.child);
  const rows = before?.kind === 'collection' ? before.objects : [];
  const id = textOf(found.body, 'id') || guidFromText(`${file}/${found.at}`);
  if (rows.some((row) => row.id === id)) {
    report.repeated.push({ file, at: found.at, id });
    return;
  }
  parent.parts.set(child.child, { kind: 'collection', objects: [...rows, storedObject(id, found.body)] });
  report.placed.push({ file, at: found.at, listPath, id, by: 'parent', newId: false });
}

/** Gives names to the groups that imported assignments and conditions refer to. */
function nameGroups(tenant: SimulatedTenant): void {
  const ids = new Set<string>();
  const look = (value: Json): void => {
    if (Array.isArray(value)) value.forEach(look);
    else if (isRecord(value)) {
      for (const [key, member] of Object.entries(value)) {
        if (key === 'groupId' && typeof member === 'string' && member !== '') ids.add(member);
        else look(member);
      }
    }
  };
  const lookAt = (object: StoredObject): void => {
    look(object.body);
    for (const part of object.parts.values()) {
      if (part.kind === 'collection') part.objects.forEach(lookAt);
      else look(part.body);
    }
  };
  for (const objects of tenant.collections.values()) objects.forEach(lookAt);
  for (const id of ids) {
    tenant.directory.set(id, {
      '@odata.type': '#microsoft.graph.group',
      id,
      displayName: `Imported group ${id.slice(0, 8)}`,
      groupTypes: [],
      securityEnabled: true,
      membershipRule: null,
    });
  }
}
