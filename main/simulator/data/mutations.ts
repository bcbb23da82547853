import { textOf } from '../json.ts';
import type { PolicyType } from '../../domain/policy-types/policy-type.ts';
import { AppError } from '../../../shared/errors.ts';
import { createRandom } from '../random.ts';
import { childKey } from '../routes.ts';
import { storedObject } from '../tenant.ts';
import type { SimulatedTenant, StoredObject } from '../tenant.ts';
import type { JsonRecord } from '../json.ts';
import { ownerOf } from '../expectations.ts';
import { parseFilter } from '../odata-query.ts';
import { inlineParts, makeObject } from './build-tenant.ts';
import { settleCounts } from './generic-maker.ts';
import { createMakerContext, makeAssignments } from './maker-context.ts';

/** What a round did to one tenant. */
export interface RoundSummary {
  tenant: string;
  added: number;
  changed: number;
  removed: number;
}

function contextOf(tenant: SimulatedTenant, seed: string) {
  const context = createMakerContext(tenant.name, 'round.example', tenant.tenantGuid, seed);
  const groups = [...tenant.directory.values()]
    .filter((row) => row['@odata.type'] === '#microsoft.graph.group')
    .map((row) => ({ id: textOf(row, 'id'), name: textOf(row, 'displayName') }));
  if (groups.length > 0) context.groups = groups;
  context.appIds = (tenant.collections.get('/deviceAppManagement/mobileApps') ?? []).map((app) => app.id);
  context.filters = (tenant.collections.get('/deviceManagement/assignmentFilters') ?? []).map((filter) => ({
    id: filter.id,
    name: textOf(filter.body, 'displayName'),
  }));
  return context;
}

/** Adds objects of a list; `sharing` begins with the type that they should belong to. Answers their ids. */
export function addObjects(
  tenant: SimulatedTenant,
  sharing: readonly PolicyType[],
  count: number,
  seed: number,
): string[] {
  const type = sharing[0]!;
  const present = tenant.collections.get(type.listPath) ?? [];
  const context = contextOf(tenant, `${seed}/${tenant.name}/${type.key}/${present.length}`);
  const taken = new Set(present.map((object) => object.id));
  const added: StoredObject[] = [];
  const { filter } = type.listQuery;
  // Built-in objects are in the tenant too, but not in the list that the type reads.
  const isShown = filter === undefined || type.split ? () => true : parseFilter(filter);
  for (let index = present.length; added.length < count; index++) {
    const made = makeObject(context, sharing, index);
    // A maker of what a tenant has once (its organization) gives one id for ever: more get ids of their own.
    const isRepeating = taken.has(made.id) && index > present.length + 2 * taken.size;
    const object = isRepeating ? renamed(type, made, context.random.guid()) : made;
    if (taken.has(object.id)) continue;
    steerInto(type, object);
    // A shared list's maker also makes its siblings' objects.
    if (ownerOf(sharing, object) !== type || !isShown(object.body)) continue;
    taken.add(object.id);
    added.push(object);
  }
  tenant.collections.set(type.listPath, [...present, ...added]);
  return added.map((object) => object.id);
}

function renamed(type: PolicyType, object: StoredObject, id: string): StoredObject {
  return { ...object, id, body: { ...object.body, [type.identityProperty ?? 'id']: id } };
}

/** Makes a shared list's object belong to the type asked for, and visible through its filter. */
function steerInto(type: PolicyType, object: StoredObject): void {
  if (type.split && !type.split.fallback) {
    const value = type.split.values[0];
    if (value === undefined) return;
    const [property = '', below] = type.split.property.startsWith('@')
      ? [type.split.property]
      : type.split.property.split('.');
    if (below === undefined) object.body[property] = value;
    else object.body[property] = { ...(object.body[property] as JsonRecord | undefined), [below]: value };
  } else if (type.split?.fallback && type.split.property.includes('.')) {
    const [property = '', below = ''] = type.split.property.split('.');
    const value = type.split.values[0] ?? 'none';
    object.body[property] = { ...(object.body[property] as JsonRecord | undefined), [below]: value };
  }
  if (type.listQuery.filter?.includes('isBuiltIn eq false')) object.body['isBuiltIn'] = false;
}

function replace(
  tenant: SimulatedTenant,
  type: PolicyType,
  id: string,
  change: (object: StoredObject) => StoredObject | null,
): void {
  const objects = tenant.collections.get(type.listPath) ?? [];
  if (!objects.some((object) => object.id === id)) {
    throw new AppError('simulator_object_unknown', `${tenant.name} has no object "${id}" of ${type.key}.`);
  }
  tenant.collections.set(
    type.listPath,
    objects.map((object) => (object.id === id ? change(object) : object)).filter((object) => object !== null),
  );
}

/** Changes an object's content; without `changes` its description. Its dates and version move on as well. */
export function changeObject(
  tenant: SimulatedTenant,
  type: PolicyType,
  id: string,
  changes: JsonRecord = { description: `Changed: ${tenant.name}` },
): void {
  replace(tenant, type, id, (object) => {
    const { version } = object.body;
    return {
      ...object,
      body: {
        ...object.body,
        ...changes,
        ...('lastModifiedDateTime' in object.body
          ? { lastModifiedDateTime: '2026-02-01T09:00:00.0000000Z' }
          : {}),
        ...(typeof version === 'number' ? { version: version + 1 } : {}),
      },
    };
  });
}

/** Removes an object. */
export function removeObject(tenant: SimulatedTenant, type: PolicyType, id: string): void {
  replace(tenant, type, id, () => null);
}

/** Gives a list exactly so many objects. */
export function setCount(
  tenant: SimulatedTenant,
  sharing: readonly PolicyType[],
  count: number,
  seed: number,
): void {
  const type = sharing[0]!;
  tenant.collections.set(type.listPath, []);
  addObjects(tenant, sharing, count, seed);
}

/** Gives a child list exactly so many rows, and makes counting properties agree. */
export function setChildCount(
  tenant: SimulatedTenant,
  type: PolicyType,
  id: string,
  childName: string,
  count: number,
): void {
  const child = type.children.find((each) => each.name === childName);
  const key = child ? childKey(type, child.path) : null;
  if (!child || key === null || key === '' || child.shape !== 'collection') {
    throw new AppError('simulator_child_unknown', `${type.key} has no child list "${childName}".`);
  }
  replace(tenant, type, id, (object) => {
    const before = object.parts.get(key);
    const model = before?.kind === 'collection' ? before.objects[0] : undefined;
    const context = contextOf(tenant, `${tenant.name}/${id}/${childName}`);
    const sample =
      model ??
      storedObject(
        '',
        /assignments/i.test(childName) ? (makeAssignments(context, id, { count: 1 })[0] ?? {}) : {},
      );
    const rows: StoredObject[] = [];
    for (let index = 0; index < count; index++) {
      const rowId = /^\d+$/.test(sample.id)
        ? String(index)
        : createRandom(`${id}/${childName}/${index}`).guid();
      rows.push({ id: rowId, body: { ...sample.body, id: rowId, row: index }, parts: sample.parts });
    }
    const changed: StoredObject = {
      ...object,
      body: { ...object.body },
      parts: new Map(object.parts).set(key, { kind: 'collection', objects: rows }),
    };
    settleCounts(type, changed);
    inlineParts(type, changed);
    return changed;
  });
}

/** Lists in which rounds change, add and remove; each with the key of a type that they belong to. */
const roundTypes = [
  'deviceCompliancePolicies',
  'deviceManagementScripts',
  'assignmentFilters',
  'deviceCategories',
  'groupPolicyConfigurations',
];

/**
 * One round: each tenant but the second gets `round` + 2 changes, 2 additions and 1 removal (a third of that in
 * the others), spread over Intune types; the second tenant only has its lists reordered. Rounds are numbered
 * from 1 and must be applied in order, once each, for the numbers to hold.
 */
export function applyRound(
  tenants: readonly SimulatedTenant[],
  types: readonly PolicyType[],
  round: number,
  seed: number,
): RoundSummary[] {
  return tenants.map((tenant, position) => {
    const random = createRandom(`${seed}/${tenant.tenantGuid}/round/${round}`);
    const summary: RoundSummary = { tenant: tenant.name, added: 0, changed: 0, removed: 0 };
    if (position % 3 === 1) {
      for (const [path, objects] of tenant.collections) tenant.collections.set(path, random.shuffle(objects));
      return summary;
    }
    const open = roundTypes
      .map((key) => types.find((type) => type.key === key))
      .filter((type) => type !== undefined)
      .filter((type) => (tenant.collections.get(type.listPath)?.length ?? 0) > 2);
    if (open.length === 0) return summary;
    const isLead = position % 3 === 0;
    const removed = new Set<string>();
    const pick = (at: number) => open[at % open.length]!;
    const before = new Map(open.map((type) => [type, [...tenant.collections.get(type.listPath)!]]));
    for (let index = 0; index < 1; index++) {
      const type = pick(index + round);
      const object = before.get(type)!.find((each) => each.id !== '0')!;
      removeObject(tenant, type, object.id);
      removed.add(object.id);
      summary.removed++;
    }
    const changed = new Set<string>();
    for (let index = 0; index < (isLead ? round + 2 : 2); index++) {
      const type = pick(index);
      const object = before.get(type)!.find((each) => !removed.has(each.id) && !changed.has(each.id));
      if (!object) continue;
      changed.add(object.id);
      changeObject(tenant, type, object.id, { description: `Reviewed in round ${round}: ${random.hex(6)}` });
      summary.changed++;
    }
    for (let index = 0; index < (isLead ? 2 : 1); index++) {
      const type = pick(index + 1);
      addObjects(
        tenant,
        [type, ...types.filter((each) => each !== type && each.listPath === type.listPath)],
        1,
        seed + round * 1000 + index,
      );
      summary.added++;
    }
    return summary;
  });
}
