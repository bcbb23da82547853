import type { PolicyType } from '../domain/policy-types/policy-type.ts';
import { findPolicyType, listGroups, ownerOfRow, policyTypes } from '../domain/policy-types/registry.ts';
import type { JsonObject } from '../snapshot/json-value.ts';

/** The registry of policy types as the reader asks it; tests read other records through the same door. */
export interface PolicyTypeCatalog {
  find(key: string): PolicyType | undefined;
  all(): readonly PolicyType[];
  /** Known keys in groups of types that share one list; order of first mention. */
  groups(keys: readonly string[]): PolicyType[][];
  /** The type, of those asked for, that a row of their shared list belongs to; null when it is another's. */
  ownerOf(asked: readonly PolicyType[], row: JsonObject): PolicyType | null;
  /** False for a value, such as a template family, that no type of the list names. */
  isKnownSplitValue(type: PolicyType, value: string): boolean;
}

/** All policy types that this version knows. */
export const registeredPolicyTypes: PolicyTypeCatalog = {
  find: findPolicyType,
  all: () => policyTypes,
  groups: (keys) => listGroups([...new Set(keys)].flatMap((key) => findPolicyType(key) ?? [])),
  ownerOf: ownerOfRow,
  isKnownSplitValue: (type, value) =>
    policyTypes.some(
      ({ listPath, split }) => listPath === type.listPath && split?.values.includes(value) === true,
    ),
};

/**
 * The catalog as a signed-in person reads it: what Graph refuses to apps alone is no absence there, so that a refusal
 * says which permission the person lacks.
 */
export function forSignedInPerson(catalog: PolicyTypeCatalog): PolicyTypeCatalog {
  const known = new Map<PolicyType, PolicyType>();
  const readable = (type: PolicyType): PolicyType => {
    let own = known.get(type);
    if (own === undefined) {
      const unavailable = type.unavailable.filter((rule) => rule.reason !== 'signed_in_only');
      own = unavailable.length === type.unavailable.length ? type : { ...type, unavailable };
      known.set(type, own);
    }
    return own;
  };
  return {
    ...catalog,
    find: (key) => {
      const type = catalog.find(key);
      return type && readable(type);
    },
    all: () => catalog.all().map(readable),
    groups: (keys) => catalog.groups(keys).map((types) => types.map(readable)),
    ownerOf: (asked, row) => {
      const owner = catalog.ownerOf(asked, row);
      return owner && readable(owner);
    },
  };
}
