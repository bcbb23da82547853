import { isJsonObject, type JsonObject, type JsonValue } from './json-value.ts';

/** Properties whose value, or whose members, are ids of directory or Intune objects that a policy points to. */
const referenceProperties = new Set([
  'groupId',
  'deviceAndAppManagementAssignmentFilterId',
  'includeGroups',
  'excludeGroups',
  'includeUsers',
  'excludeUsers',
  'includeRoles',
  'excludeRoles',
  'includeLocations',
  'excludeLocations',
  'includeApplications',
  'excludeApplications',
  'includeServicePrincipals',
  'excludeServicePrincipals',
  'principalId',
]);
const guid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const emptyGuid = '00000000-0000-0000-0000-000000000000';

/**
 * Collects into `ids` what an object refers to: groups and filters of assignments, users, groups, roles,
 * locations and apps of conditional access, who holds a role, scope tags. Words such as `All` or `AllTrusted` are no ids; scope
 * tags are small numbers and kept as they are.
 */
export function collectReferenceIds(document: JsonObject, ids: Set<string>): void {
  for (const name of Object.keys(document)) {
    const value = document[name]!;
    if (referenceProperties.has(name)) collect(value, isGuid, ids);
    else if (name === 'roleScopeTagIds' || name === 'roleScopeTags') collect(value, isScopeTagId, ids);
    descend(value, ids);
  }
}

function descend(value: JsonValue, ids: Set<string>): void {
  if (Array.isArray(value)) for (const member of value) descend(member, ids);
  else if (isJsonObject(value)) collectReferenceIds(value, ids);
}

function collect(value: JsonValue, accepts: (id: string) => boolean, ids: Set<string>): void {
  for (const member of Array.isArray(value) ? value : [value]) {
    if (typeof member === 'string' && accepts(member)) ids.add(member);
  }
}

const isGuid = (id: string): boolean => guid.test(id) && id !== emptyGuid;
const isScopeTagId = (id: string): boolean => /^\d{1,10}$/.test(id);
