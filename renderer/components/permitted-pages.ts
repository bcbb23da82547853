import { mayDo, type Permission, type TenantRole } from '../../shared/model/permissions.ts';

/** A page that is there for whoever has one of the permissions in any tenant; null: for everybody. */
export interface PermittedPage {
  permissions: readonly Permission[] | null;
}

/** What a technician holds over all tenants. */
export interface Holdings {
  administrator: boolean;
  memberships: readonly { role: TenantRole }[];
}

/** True when the permission holds in at least one tenant, or in the workspace. */
export function holdsSomewhere(permission: Permission, { administrator, memberships }: Holdings): boolean {
  return (
    mayDo(permission, { administrator, role: null }) ||
    memberships.some(({ role }) => mayDo(permission, { administrator, role }))
  );
}

/** The pages with something to show for these holdings; the others leave the navigation. */
export function permittedPages<Page extends PermittedPage>(
  pages: readonly Page[],
  holdings: Holdings,
): Page[] {
  return pages.filter(
    ({ permissions }) =>
      permissions === null || permissions.some((permission) => holdsSomewhere(permission, holdings)),
  );
}
