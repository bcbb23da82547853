import { textOf } from '../json.ts';
import type { ChildRead, PolicyType } from '../../domain/policy-types/policy-type.ts';
import type { Json, JsonRecord } from '../json.ts';
import { childKey } from '../routes.ts';
import { collectionPart, storedObject } from '../tenant.ts';
import type { StoredObject, StoredPart } from '../tenant.ts';
import { makeAssignments, scopeTags, timestamp, timestamps } from './maker-context.ts';
import type { MakerContext } from './maker-context.ts';

/** Makes the `index`th object of a list. */
export type ObjectMaker = (context: MakerContext, index: number, type: PolicyType) => StoredObject;

/** A plausible value for a property of which only the name is known. */
function valueFor(context: MakerContext, property: string): Json {
  const { random } = context;
  if (/DateTime$|Date$/.test(property)) return timestamp(random);
  if (/Count$|^version$|^size$|^revision$/.test(property)) return random.integer(1, 40);
  if (/^(is|has|uses|in)[A-Z]|^inUse$|Enabled$|Paused$/.test(property)) return random.chance(0.5);
  if (/password|secret|token(Value)?$|qrCode/i.test(property)) return '****';
  if (property.endsWith('s') && !/[Ss]tatus$|address$/i.test(property)) return [];
  if (/status$|state$/i.test(property)) return random.pick(['available', 'active', 'enabled']);
  return `${property} ${random.hex(4)}`;
}

/**
 * An object with the shape that the registry knows: identity, name, derived type, dates, volatile and secret
 * properties, and rows for each child. For types that have no maker of their own.
 */
export const makeGenericObject: ObjectMaker = (context, index, type) => {
  const { random } = context;
  const id = random.guid();
  const isIntune = /^\/device(App)?Management\//.test(type.listPath);
  const body: JsonRecord = {};
  if (type.knownODataTypes.length > 0) {
    const kind = random.pick(type.knownODataTypes);
    body['@odata.type'] = kind.startsWith('#') ? kind : `#${kind}`;
  }
  body[type.identityProperty ?? 'id'] = id;
  const nameProperty = type.nameProperty;
  if (nameProperty !== null && nameProperty !== 'id' && nameProperty !== type.identityProperty) {
    body[nameProperty] = `${type.displayName} ${index + 1}`;
  }
  if (type.shape === 'collection') body['description'] = `${context.organization}: ${type.displayName}`;
  if (isIntune && type.shape === 'collection') {
    Object.assign(body, timestamps(random), { roleScopeTagIds: scopeTags(context) });
  }
  for (const property of [...type.volatileProperties, ...type.secretProperties]) {
    if (/^[a-z][A-Za-z0-9]*$/.test(property) && !(property in body)) {
      body[property] = valueFor(context, property);
    }
  }
  Object.assign(body, {
    [`${type.listPath.split('/').at(-1)!.replace(/s$/, '')}Setting`]: random.pick([
      'strict',
      'balanced',
      'open',
    ]),
    isDefault: index === 0,
  });
  const object = storedObject(id, body);
  addGenericParts(context, type, object);
  return object;
};

/** Fills in rows for every child of the registry that a maker has not made. */
export function addGenericParts(context: MakerContext, type: PolicyType, object: StoredObject): void {
  for (const child of type.children) {
    const key = childKey(type, child.path);
    if (key === null || key === '' || child.forEach || object.parts.has(key)) continue;
    if (key.startsWith('getOmaSettingPlainTextValue')) continue;
    if (!isWanted(child, object.body)) continue;
    object.parts.set(key, genericPart(context, child, object.id));
  }
  for (const child of type.children) {
    if (!child.forEach) continue;
    const parent = object.parts.get(child.forEach.child);
    if (parent?.kind !== 'collection') continue;
    for (const row of parent.objects) {
      const last = child.path.split('?')[0]!.split('/').at(-1)!;
      if (!row.parts.has(last)) row.parts.set(last, genericPart(context, child, row.id));
    }
  }
}

/** Whether a child is read for this object, or for this row where it is read row by row (the record's `when`). */
export function isWanted(child: ChildRead, body: JsonRecord): boolean {
  const { odataType, propertyPresent, propertyAbsent } = child.when ?? {};
  if (odataType && !odataType.includes(textOf(body, '@odata.type'))) return false;
  if (propertyPresent !== undefined && isEmpty(body[propertyPresent])) return false;
  return propertyAbsent === undefined || isEmpty(body[propertyAbsent]);
}

function isEmpty(value: Json | undefined): boolean {
  return (
    value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
  );
}

function genericPart(context: MakerContext, child: ChildRead, objectId: string): StoredPart {
  const { random } = context;
  if (/assignments$/i.test(child.name)) {
    return collectionPart(makeAssignments(context, objectId));
  }
  if (child.shape === 'single') {
    return { kind: 'single', body: { id: random.guid(), displayName: child.name } };
  }
  const rows: JsonRecord[] = [];
  for (let row = random.integer(0, 3); row > 0; row--) {
    rows.push({ id: random.guid(), displayName: `${child.name} ${row}`, value: random.hex(8) });
  }
  return collectionPart(rows);
}

/** Makes the properties that count or announce children agree with the children. */
export function settleCounts(type: PolicyType, object: StoredObject): void {
  for (const child of type.children) {
    const part = object.parts.get(childKey(type, child.path) ?? '');
    if (part?.kind !== 'collection') continue;
    if (child.countProperty !== undefined) object.body[child.countProperty] = part.objects.length;
    if (child.nonEmptyProperty !== undefined) object.body[child.nonEmptyProperty] = part.objects.length > 0;
  }
}
