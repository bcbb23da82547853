import { allPermissions, policyTypes } from '../domain/policy-types/registry.ts';

/** Every permission that a backup of all policy types asks for, with the types that need it. */
export function permissionNeeds(): { name: string; neededFor: string[] }[] {
  return allPermissions('all').map((name) => ({
    name,
    neededFor: policyTypes
      .filter(
        (type) =>
          type.acceptedPermissions.includes(name) || type.children.some((child) => child.permission === name),
      )
      .map((type) => type.displayName),
  }));
}
