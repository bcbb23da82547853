import { mayDo, type Permission, weakestRoleFor } from '../../shared/model/permissions.ts';
import type { Contract } from '../../shared/contract/index.ts';
import type { OutputOf } from '../../shared/contract/procedure.ts';
import { holdsSomewhere } from '../components/permitted-pages.ts';
import { useProcedure } from './use-procedure.ts';

/**
 * Null when the signed-in person may do it in that tenant, otherwise the role that is needed, as a sentence. Until
 * the answer is here nothing is held back: the router decides in any case.
 */
export function useObstacle(permission: Permission, tenantId: string | null): string | null {
  const me = useProcedure('session.me', {});
  return me.data === undefined ? null : obstacle(me.data, permission, tenantId);
}

function obstacle(
  { administrator, memberships }: OutputOf<Contract['session.me']>,
  permission: Permission,
  tenantId: string | null,
): string | null {
  const role = memberships.find((membership) => membership.tenantId === tenantId)?.role ?? null;
  if (mayDo(permission, { administrator, role })) return null;
  const needed = weakestRoleFor(permission);
  return needed === null
    ? 'This needs a workspace administrator.'
    : `This needs the role ${needed} in the tenant.`;
}

/** The same for many tenants at once: answers the obstacle of each tenant that is asked about. */
export function useObstacles(): (permission: Permission, tenantId: string) => string | null {
  const me = useProcedure('session.me', {});
  return (permission, tenantId) => (me.data === undefined ? null : obstacle(me.data, permission, tenantId));
}

/** True when the permission holds in at least one tenant, for actions that choose the tenant later. */
export function useMayDoSomewhere(permission: Permission): boolean {
  const me = useProcedure('session.me', {});
  if (me.data === undefined) return true;
  return holdsSomewhere(permission, me.data);
}
