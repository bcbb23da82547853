import type { TenantRole } from '../../../shared/model/permissions.ts';
import type { Sql } from '../database.ts';

/** The technician behind the login that asks; null for a login that is none. */
export async function readMyself(sql: Sql): Promise<{ name: string; administrator: boolean } | null> {
  const [row] = await sql.query<{ name: string; administrator: boolean }>(
    `select t.name, t.administrator from app.technicians t
      where t.id = (select app.current_technician_id())`,
  );
  return row ?? null;
}

export interface MyMembership {
  tenantId: string;
  tenantName: string;
  role: TenantRole;
  /** The tenant's Graph is on a loopback address: a simulator. */
  simulated: boolean;
}

/** The tenants in which the login has a role. */
export async function listMyMemberships(sql: Sql): Promise<MyMembership[]> {
  return await sql.query<MyMembership>(
    `select t.id as "tenantId", t.name as "tenantName", m.role,
            t.cloud = 'custom'
              and coalesce(t.custom_cloud ->> 'graphUrl', '') ~ '^https://(127\\.0\\.0\\.1|localhost|\\[::1\\])[:/]' as simulated
       from app.tenant_memberships m
       join app.tenants t on t.id = m.tenant_id
      where m.technician_id = (select app.current_technician_id())
      order by lower(t.name)`,
  );
}

/** The caller's flag and role in one tenant, read afresh for every decision. */
export async function readHolding(
  sql: Sql,
  tenantId: string | null,
): Promise<{ administrator: boolean; role: TenantRole | null }> {
  const [row] = await sql.query<{ administrator: boolean; role: TenantRole | null }>(
    `select app.is_administrator() as administrator,
            (select m.role from app.tenant_memberships m
              where m.tenant_id = $1 and m.technician_id = (select app.current_technician_id())) as role`,
    [tenantId],
  );
  return row!;
}
