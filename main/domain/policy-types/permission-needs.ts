import type { PolicyType } from './policy-type.ts';

/** One read and the permissions of which any one is enough, least first. */
interface Need {
  accepted: readonly string[];
}

/**
 * As few permissions as cover all required reads. Reads that only one permission opens decide first; a read
 * that is then still closed asks for its least one. Broad permissions (Directory.Read.All and the like) are
 * never asked for, because they are never the least.
 */
export function needsOfSelection(types: readonly PolicyType[]): string[] {
  const needs = types.flatMap(needsOfType);
  const granted = new Set<string>();
  for (const { accepted } of needs) if (accepted.length === 1) granted.add(accepted[0]!);
  for (const { accepted } of needs) {
    if (!accepted.some((permission) => granted.has(permission))) granted.add(accepted[0]!);
  }
  return [...granted].sort();
}

function needsOfType(type: PolicyType): Need[] {
  const children = type.children.filter((child) => child.importance === 'required' && !child.notRead);
  return [
    ...(type.acceptedPermissions.length > 0 ? [{ accepted: type.acceptedPermissions }] : []),
    ...children.flatMap((child) => (child.permission ? [{ accepted: [child.permission] }] : [])),
  ];
}
