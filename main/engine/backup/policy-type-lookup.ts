import type { PolicyType } from '../../domain/policy-types/policy-type.ts';
import type { PolicyTypeSelection } from '../../../shared/model/run-spec.ts';

/** The registry of policy types as the backup asks it. */
export interface PolicyTypeLookup {
  find(key: string): PolicyType | undefined;
  /** Keys of the core types, or of all. */
  keysOf(selection: 'core' | 'all'): readonly string[];
}

/** The policy types that a schedule asks for: those this version knows, and the keys that it does not. */
export function selectPolicyTypes(
  lookup: PolicyTypeLookup,
  selection: PolicyTypeSelection,
): { known: PolicyType[]; unknown: string[] } {
  const keys = typeof selection === 'string' ? lookup.keysOf(selection) : selection;
  const known: PolicyType[] = [];
  const unknown: string[] = [];
  for (const key of new Set(keys)) {
    const type = lookup.find(key);
    if (type) known.push(type);
    else unknown.push(key);
  }
  return { known, unknown };
}
