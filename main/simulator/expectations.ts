import type { ChildRead, PolicyType } from '../domain/policy-types/policy-type.ts';
import { isWanted } from './data/generic-maker.ts';
import type { Json, JsonRecord } from './json.ts';
import { isRecord, recordsOf, textOf } from './json.ts';
import { parseFilter } from './odata-query.ts';
import { childKey, permissionsOf } from './routes.ts';
import type { SimulatedTenant, StoredObject, StoredPart } from './tenant.ts';

/** An object as a complete backup must hold it. */
export interface ExpectedObject {
  id: string;
  document: JsonRecord;
}

/** The fewest reads for a set of types: pages of lists, single reads and pages of children. */
export interface LeastReads {
  /** Graph reads, items of a $batch counted one by one; parts that only enrich are included. */
  reads: number;
  /** The same without parts that only enrich. */
  requiredReads: number;
  /** Requests on the line when everything but list pages goes in batches of 20. */
  roundTrips: number;
  objects: number;
}

function splitValue(type: PolicyType, object: StoredObject): Json {
  const property = type.split?.property ?? '';
  let value: Json = object.body;
  for (const key of property.startsWith('@') ? [property] : property.split('.')) {
    value = isRecord(value) ? (value[key] ?? null) : null;
  }
  return value;
}

/** The type to which an object of a shared list belongs; `sharing` holds all types of that list. */
export function ownerOf(sharing: readonly PolicyType[], object: StoredObject): PolicyType | undefined {
  const [first] = sharing;
  if (!first?.split) return first;
  const value = splitValue(first, object);
  return (
    sharing.find((type) => typeof value === 'string' && type.split?.values.includes(value)) ??
    sharing.find((type) => type.split?.fallback)
  );
}

/** Objects of a list that the type's own query shows. */
function listed(tenant: SimulatedTenant, type: PolicyType): StoredObject[] {
  const objects = tenant.collections.get(type.listPath) ?? [];
  const { filter } = type.listQuery;
  // Types that share a list are told apart by the client, so only a lone type's filter counts.
  if (filter === undefined || type.split) return [...objects];
  const condition = parseFilter(filter);
  return objects.filter((object) => condition(object.body));
}

/** Whole objects of one type; `sharing` holds all types of its list. */
export function objectsOfType(
  tenant: SimulatedTenant,
  type: PolicyType,
  sharing: readonly PolicyType[],
): ExpectedObject[] {
  return listed(tenant, type)
    .filter((object) => ownerOf(sharing, object) === type)
    .map((object) => {
      const document: JsonRecord = { ...object.body };
      for (const child of type.children) {
        const key = childKey(type, child.path);
        if (key === null || key === '' || child.forEach || !isWanted(child, object.body)) continue;
        const part = object.parts.get(key);
        if (part) document[child.name] = partDocument(part);
      }
      return { id: object.id, document };
    });
}

function partDocument(part: StoredPart): Json {
  if (part.kind === 'single') return part.body;
  return part.objects.map((row) => {
    const body: JsonRecord = { ...row.body };
    for (const [name, below] of row.parts) body[name] = partDocument(below);
    return body;
  });
}

function pages(rows: number, size: number): number {
  return Math.max(1, Math.ceil(rows / size));
}

/** Counts the reads that the registry's contracts ask for, given what the tenant holds. */
export function leastReads(
  tenant: SimulatedTenant,
  types: readonly PolicyType[],
  all: readonly PolicyType[],
): LeastReads {
  let lists = 0;
  let below = 0;
  let enriching = 0;
  const outside = new Set<string>();
  const held = new Set([...tenant.apps.values()].flatMap((app) => [...app.roles]));
  let objects = 0;
  for (const [listPath, sharing] of Map.groupBy(types, (type) => type.listPath)) {
    const first = sharing[0]!;
    const isDenied = !sharing.some((type) => permissionsOf(type).some((permission) => held.has(permission)));
    if (isDenied || tenant.unavailable.has(listPath)) {
      lists += 1;
      continue;
    }
    const ofList = all.filter((type) => type.listPath === listPath);
    const rows = first.split ? [...(tenant.collections.get(listPath) ?? [])] : listed(tenant, first);
    const size = /\/(configurationPolicies|compliancePolicies)$/.test(listPath)
      ? 25
      : listPath.endsWith('/deviceConfigurations')
        ? 30
        : 100;
    lists += first.shape === 'singleton' ? 1 : pages(rows.length, first.listQuery.top ?? size);
    for (const object of rows) {
      const type = ownerOf(ofList, object);
      if (!type || !sharing.includes(type)) continue;
      objects += 1;
      if (type.detailGetRequired && type.shape === 'collection') below += 1;
      below += childReads(type, object, 'required', outside);
      enriching += childReads(type, object, 'enrichment', outside);
    }
  }
  enriching += outside.size;
  return {
    reads: lists + below + enriching,
    requiredReads: lists + below,
    roundTrips: lists + Math.ceil((below + enriching) / 20),
    objects,
  };
}

/** `outside` collects paths that several objects share, such as the template of an intent: one read serves all. */
function childReads(
  type: PolicyType,
  object: StoredObject,
  importance: ChildRead['importance'],
  outside: Set<string>,
): number {
  let reads = 0;
  for (const child of type.children) {
    if (child.importance !== importance || child.notRead !== undefined || child.inline === 'list') continue;
    if (child.forEach) {
      reads += rowsOf(object, child.forEach.child).filter((row) => isWanted(child, row)).length;
      continue;
    }
    if (!isWanted(child, object.body)) continue;
    if (child.inline === 'item') {
      // Its answer is the item itself and takes the place of the single read.
      reads += type.detailGetRequired ? 0 : 1;
      continue;
    }
    const key = childKey(type, child.path);
    if (key === null) {
      outside.add(child.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => textOf(object.body, name)));
      continue;
    }
    const part = object.parts.get(key);
    const size = child.name === 'settings' ? 25 : 100;
    reads += part?.kind === 'collection' ? pages(part.objects.length, size) : 1;
  }
  return reads;
}

/** Rows of a child list, or of an array that the object itself holds under that name. */
function rowsOf(object: StoredObject, name: string): JsonRecord[] {
  const part = object.parts.get(name);
  return part?.kind === 'collection' ? part.objects.map((row) => row.body) : recordsOf(object.body[name]);
}
