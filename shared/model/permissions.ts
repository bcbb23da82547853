/**
 * Who may do what. The screen greys out by this table, the router refuses by it, and row-level security in
 * the database decides again on its own; a test walks every cell through all three.
 */

/** Roles that a technician can have in one tenant, strongest first. */
export const tenantRoles = ['owner', 'manager', 'operator', 'auditor', 'reader'] as const;
export type TenantRole = (typeof tenantRoles)[number];

type Grant = readonly ('administrator' | TenantRole)[];

const everyone = ['administrator', ...tenantRoles] as const;
const members = tenantRoles;
const changers = ['owner', 'manager'] as const;
const operating = ['owner', 'manager', 'operator'] as const;
const examining = ['owner', 'manager', 'operator', 'auditor'] as const;
const administrators = ['administrator'] as const;

/**
 * `administrator` is a flag on the technician beside the roles: it runs the workspace and, beyond names and
 * health, sees no tenant data without a membership.
 */
export const permissions = {
  'tenant.view': everyone,
  'tenant.connect': administrators,
  'tenant.edit': changers,
  'tenant.check-access': operating,
  'tenant.replace-credential': changers,
  'tenant.reseal': changers,
  'tenant.disconnect': ['owner'],
  'tenant.delete': ['owner'],
  'tenant.notifications': changers,
  'member.view': ['administrator', 'owner', 'manager', 'auditor'],
  'member.manage': ['administrator', 'owner'],
  'schedule.view': members,
  'schedule.preview': members,
  'schedule.create': changers,
  'schedule.edit': changers,
  'schedule.pause': changers,
  'schedule.resume': changers,
  'schedule.delete': changers,
  'schedule.spread': changers,
  'run.view': members,
  'run.start': operating,
  'run.cancel': operating,
  'run.retry': operating,
  'run.support-bundle': examining,
  'set.view': members,
  'set.search': members,
  'set.compare': members,
  'set.verify': examining,
  'set.pin': operating,
  'set.unpin': changers,
  'set.import': changers,
  'set.export': examining,
  'item.export': examining,
  'retention.edit': changers,
  // An operator sees only the events of their own doing; the database filters the rows.
  'audit.view': examining,
  'audit.export': ['owner', 'manager', 'auditor'],
  'audit.verify': ['owner', 'manager', 'auditor'],
  'attention.snooze': operating,
  'workspace.audit': administrators,
  'workspace.technicians': administrators,
  'workspace.hosts': administrators,
  'workspace.defaults': administrators,
  'workspace.notifications': administrators,
  'workspace.updates': administrators,
  'host.pause-own': ['administrator', 'owner', 'manager', 'operator'],
  'self.preferences': everyone,
} as const satisfies Record<string, Grant>;
export type Permission = keyof typeof permissions;

/** What one technician holds: the flag, and at most one role in the tenant that is asked about. */
export interface Holding {
  administrator: boolean;
  role: TenantRole | null;
}

/** True when the flag or the role gives the permission in that tenant. */
export function mayDo(permission: Permission, holding: Holding): boolean {
  const grant: Grant = permissions[permission];
  return (
    (holding.administrator && grant.includes('administrator')) ||
    (holding.role !== null && grant.includes(holding.role))
  );
}

/** The weakest role that gives the permission, for "needs the role operator"; null when only administrators have it. */
export function weakestRoleFor(permission: Permission): TenantRole | null {
  const grant: Grant = permissions[permission];
  return tenantRoles.findLast((role) => grant.includes(role)) ?? null;
}
