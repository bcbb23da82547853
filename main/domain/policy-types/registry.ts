import { isJsonObject, type JsonObject, type JsonValue } from '../../snapshot/json-value.ts';
import { appsTypes } from './apps.ts';
import { complianceTypes } from './compliance.ts';
import { conditionalAccessTypes } from './conditional-access.ts';
import { deviceConfigurationTypes } from './device-configuration.ts';
import { endpointSecurityTypes } from './endpoint-security.ts';
import { enrollmentTypes } from './enrollment.ts';
import { entraDirectoryTypes } from './entra-directory.ts';
import { entraPoliciesTypes } from './entra-policies.ts';
import { foundationsTypes } from './foundations.ts';
import type { PolicyType } from './policy-type.ts';
import { scriptsTypes } from './scripts.ts';
import { updatesTypes } from './updates.ts';
import { windows365Types } from './windows-365.ts';

/** Every policy type that this version knows, by category. */
export const policyTypes: readonly PolicyType[] = [
  ...deviceConfigurationTypes,
  ...endpointSecurityTypes,
  ...scriptsTypes,
  ...enrollmentTypes,
  ...complianceTypes,
  ...updatesTypes,
  ...appsTypes,
  ...foundationsTypes,
  ...windows365Types,
  ...conditionalAccessTypes,
  ...entraPoliciesTypes,
  ...entraDirectoryTypes,
];

const byKey = new Map(policyTypes.map((type) => [type.key, type]));

/** The record of a key; undefined for a key that this version does not know. */
export function findPolicyType(key: string): PolicyType | undefined {
  return byKey.get(key);
}

/** The types of a selection, and the keys in it that this version does not know. */
export function resolveSelection(selection: 'core' | 'all' | readonly string[]): {
  known: PolicyType[];
  unknown: string[];
} {
  if (selection === 'all') return { known: [...policyTypes], unknown: [] };
  if (selection === 'core') {
    return { known: policyTypes.filter((type) => type.priority === 'core'), unknown: [] };
  }
  const keys = [...new Set(selection)];
  return {
    known: keys.flatMap((key) => byKey.get(key) ?? []),
    unknown: keys.filter((key) => !byKey.has(key)),
  };
}

function listOf(type: PolicyType): string {
  return [type.apiVersion, type.listPath, type.listQuery.filter ?? ''].join(' ');
}

/** Types that share one Graph list stand together: the list is fetched once for all of them. */
export function listGroups(types: readonly PolicyType[]): PolicyType[][] {
  return [...Map.groupBy(types, listOf).values()];
}

function valueAt(row: JsonObject, path: string): JsonValue | undefined {
  if (Object.hasOwn(row, path)) return row[path];
  let value: JsonValue | undefined = row;
  for (const name of path.split('.')) value = isJsonObject(value) ? value[name] : undefined;
  return value;
}

/**
 * The type of a group to which a row of the shared list belongs; null when it belongs to a type of the same
 * list that was not asked for. A value that no type names goes to the type with `fallback`.
 */
export function ownerOfRow(group: readonly PolicyType[], row: JsonObject): PolicyType | null {
  const [first] = group;
  if (first === undefined) return null;
  if (first.split === undefined) return first;
  const sharing = policyTypes.filter((type) => type.split !== undefined && listOf(type) === listOf(first));
  const value = valueAt(row, first.split.property);
  const owner =
    sharing.find((type) => typeof value === 'string' && type.split!.values.includes(value)) ??
    sharing.find((type) => type.split!.fallback);
  return group.find((type) => type.key === owner?.key) ?? null;
}

/** The least permissions with which all of the types and their required parts can be read, sorted. */
export function allPermissions(types: readonly PolicyType[]): string[] {
  const needed = new Set<string>();
  for (const type of types) {
    if (type.permission !== null) needed.add(type.permission);
    for (const child of type.children) {
      if (child.importance === 'required' && child.permission !== undefined) needed.add(child.permission);
    }
  }
  return [...needed].sort();
}
