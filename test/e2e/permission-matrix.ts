import {
  type Permission,
  type permissions,
  type TenantRole,
  tenantRoles,
} from '../../shared/model/permissions.ts';

/**
 * The matrix of permissions and roles as it was designed, written down a second time: a permission that moves in
 * shared/model/permissions.ts has to move here, too, on purpose. Letters: Workspace administrator, Owner, Manager,
 * oPerator, Auditor, Reader.
 */
const designed = `
tenant.view                                                       W O M P A R
tenant.connect                                                    W
tenant.edit                                                         O M
tenant.check-access                                                 O M P
tenant.replace-credential tenant.reseal                             O M
tenant.disconnect tenant.delete                                     O
member.view                                                       W O M   A
member.manage                                                     W O
schedule.view schedule.preview                                      O M P A R
schedule.create schedule.edit schedule.pause schedule.resume        O M
schedule.delete schedule.spread                                     O M
run.view                                                            O M P A R
run.start run.cancel run.retry                                      O M P
run.support-bundle                                                  O M P A
set.view set.search set.compare                                     O M P A R
set.verify                                                          O M P A
set.pin                                                             O M P
set.unpin set.import retention.edit                                 O M
set.export item.export                                              O M P A
audit.view                                                          O M P A
audit.export audit.verify                                           O M   A
tenant.notifications                                                O M
attention.snooze                                                    O M P
workspace.audit workspace.technicians workspace.hosts             W
workspace.defaults workspace.notifications workspace.updates      W
host.pause-own                                                    W O M P
self.preferences                                                  W O M P A R
`;

export const holders = [...tenantRoles, 'administrator', 'none'] as const;
export type Holder = (typeof holders)[number];

const letters: Readonly<Record<TenantRole | 'administrator', string>> = {
  administrator: 'W',
  owner: 'O',
  manager: 'M',
  operator: 'P',
  auditor: 'A',
  reader: 'R',
};

const rows = new Map<string, Set<string>>(
  designed
    .trim()
    .split('\n')
    .flatMap((line) => {
      const words = line.trim().split(/\s+/);
      const granted = new Set(words.filter((word) => /^[A-Z]$/.test(word)));
      return words.filter((word) => word.includes('.')).map((name) => [name, granted] as const);
    }),
);

/** True when the design gives the permission to whoever holds this and nothing else. */
export function isDesigned(permission: Permission, holder: Holder): boolean {
  return holder !== 'none' && rows.get(permission)!.has(letters[holder]);
}

/** The product's own table in the same form, for comparing. */
export function matrixOf(table: typeof permissions): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(table).map(([name, grant]) => [name, grant.map((holder) => letters[holder]).toSorted()]),
  );
}

export const designedMatrix: Record<string, string[]> = Object.fromEntries(
  [...rows].map(([name, granted]) => [name, [...granted].toSorted()]),
);
