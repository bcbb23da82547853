import type { TenantRole } from '../../../shared/model/permissions.ts';
import type { Sql } from '../database.ts';

export interface Member {
  technicianId: string;
  name: string;
  login: string;
  administrator: boolean;
  /** Null: no role in the tenant. */
  role: TenantRole | null;
  grantedAt: Date | null;
  grantedBy: string | null;
}

/** Technicians that the login may see, each with the role in one tenant; by name. */
export async function listMembers(sql: Sql, tenantId: string): Promise<Member[]> {
  return await sql.query<Member>(
    `select t.id as "technicianId", t.name, t.db_role::text as login, t.administrator, m.role,
            m.granted_at as "grantedAt", m.granted_by::text as "grantedBy"
       from app.technicians t
       left join app.tenant_memberships m on m.technician_id = t.id and m.tenant_id = $1
      where t.removed_at is null
      order by lower(t.name), t.id`,
    [tenantId],
  );
}
