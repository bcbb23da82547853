import type { PolicyTypeSelection } from '../../../shared/model/run-spec.ts';
import { appTypes } from './apps.ts';
import { complianceTypes } from './compliance.ts';
import { conditionalAccessTypes } from './conditional-access.ts';
import { deviceConfigurationTypes } from './device-configuration.ts';
import { endpointSecurityTypes } from './endpoint-security.ts';
import { enrollmentTypes } from './enrollment.ts';
import { entraDirectoryTypes } from './entra-directory.ts';
import { entraPolicyTypes } from './entra-policies.ts';
import { foundationTypes } from './foundations.ts';
import { needsOfSelection } from './permission-needs.ts';
import type { PolicyType } from './policy-type.ts';
import { scriptTypes } from './scripts.ts';
import { updateTypes } from './updates.ts';
import { windows365Types } from './windows-365.ts';

/** Every policy type that this version knows, in the order in which categories are shown. */
export const policyTypes: readonly PolicyType[] = [
  ...deviceConfigurationTypes,
  ...endpointSecurityTypes,
  ...scriptTypes,
  ...enrollmentTypes,
  ...complianceTypes,
  ...updateTypes,
  ...appTypes,
  ...foundationTypes,
  ...windows365Types,
  ...conditionalAccessTypes,
  ...entraPolicyTypes,
  ...entraDirectoryTypes,
];

const byKey = new Map(policyTypes.map((type) => [type.key, type]));

export function findPolicyType(key: string): PolicyType | undefined {
  return byKey.get(key);
}

/**
 * The policy types that a schedule asks for, each once: `core`, `all` (core, extended and optional), or keys in
 * the order given. Keys that this version does not know are handed back, never thrown.
 */
export function resolveSelection(selection: PolicyTypeSelection): { known: PolicyType[]; unknown: string[] } {
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

/** The registry as the backup asks it. */
export const policyTypeLookup = {
  find: findPolicyType,
  keysOf: (selection: 'core' | 'all'): readonly string[] =>
    resolveSelection(selection).known.map((type) => type.key),
};

/** Text that is the same for types that one fetch of a list can feed. */
function listOf(type: PolicyType): string {
  return JSON.stringify([type.apiVersion, type.listPath, type.listQuery]);
}

/** Types that share one list stand together, in the order in which the first of each was given. */
export function listGroups(types: readonly PolicyType[]): PolicyType[][] {
  return [...Map.groupBy(types, listOf).values()];
}

/**
 * The type of a group to which a row of their list belongs, or null when it belongs to a type that was not asked
 * for. Asks all types of the list, so that a fallback does not swallow the rows of its absent neighbours; a value
 * that no type names goes to the fallback.
 */
export function ownerOfRow(
  group: readonly PolicyType[],
  row: Readonly<Record<string, unknown>>,
): PolicyType | null {
  const first = group[0];
  if (!first) return null;
  if (!first.split) return first;
  const value = splitValue(first.split.property, row);
  const neighbours = sharersOf(first);
  const owner =
    neighbours.find((type) => value !== null && type.split?.values.includes(value)) ??
    neighbours.find((type) => type.split?.fallback);
  return group.find((type) => type.key === owner?.key) ?? null;
}

/**
 * The application permissions that an app needs to read the selected types with all their required parts, as
 * few as Microsoft's data allows, in alphabetical order. Types that Graph refuses to apps need none.
 */
export function allPermissions(selection: PolicyTypeSelection): string[] {
  return needsOfSelection(resolveSelection(selection).known);
}

const sharers = Map.groupBy(policyTypes, listOf);

/** All types of the registry that one list feeds; for a record from elsewhere (a test's), itself. */
function sharersOf(type: PolicyType): readonly PolicyType[] {
  const known = sharers.get(listOf(type));
  return known?.some((each) => each.key === type.key) ? known : [type];
}

function splitValue(property: string, row: Readonly<Record<string, unknown>>): string | null {
  // A property such as @odata.type has a dot of its own.
  if (property.startsWith('@')) return textOf(row[property]);
  let value: unknown = row;
  for (const name of property.split('.')) {
    if (typeof value !== 'object' || value === null) return null;
    value = (value as Record<string, unknown>)[name];
  }
  return textOf(value);
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
