import type { TenantRole } from '../../../shared/model/permissions.ts';
import type { CredentialKind } from './credentials.ts';
import type { CloudChoice } from '../../graph/clouds.ts';
import type { Sql } from '../database.ts';
import { throwIfRefused } from './refusals.ts';

/**
 * Tenants as people see them; row-level security leaves out those that the login may not see. Deleted tenants are in
 * deleted-tenants.ts alone.
 */

export interface Tenant {
  tenantId: string;
  name: string;
  entraTenantId: string;
  cloud: 'global' | 'gcc-high' | 'dod' | 'china' | 'custom';
  state: 'connected' | 'disconnected';
  tags: string[];
  createdAt: Date;
  /** Set by hand; null: by the cadence of each schedule. */
  allowedAgeMinutes: number | null;
  credentialKind: CredentialKind | null;
  credentialExpiresAt: Date | null;
  /** The caller's own role; null for a host or an administrator without membership. */
  myRole: TenantRole | null;
}

const select = `
  select t.id as "tenantId", t.name, t.entra_tenant_id as "entraTenantId", t.cloud, t.state, t.tags,
         t.created_at as "createdAt", t.allowed_age_minutes as "allowedAgeMinutes", c.kind as "credentialKind", c.expires_at as "credentialExpiresAt",
         m.role as "myRole"
    from app.tenants t
    left join app.credentials c on c.tenant_id = t.id and c.replaced_at is null
    left join app.tenant_memberships m on m.tenant_id = t.id and m.technician_id = (select app.current_technician_id())
   where t.state <> 'deleted'`;

/** Every tenant that the login may see, by name. */
export async function listTenants(sql: Sql): Promise<Tenant[]> {
  return await sql.query<Tenant>(`${select} order by lower(t.name), t.id`);
}

/** One tenant; null when there is none or the caller may not see it. */
export async function getTenant(sql: Sql, tenantId: string): Promise<Tenant | null> {
  const [row] = await sql.query<Tenant>(`${select} and t.id = $1`, [tenantId]);
  return row ?? null;
}

/** Sets the age up to which a good set counts as protection; null: by cadence. Throws refusals as `AppError`. */
export async function setAllowedAge(sql: Sql, tenantId: string, minutes: number | null): Promise<void> {
  const [row] = await sql.query<{ refused: string | null }>('select app.set_allowed_age($1, $2) as refused', [
    tenantId,
    minutes,
  ]);
  throwIfRefused(row!.refused);
}

/** Changes name and tags. Throws AppError `tenant_forbidden`. */
export async function editTenant(
  sql: Sql,
  tenantId: string,
  name: string,
  tags: readonly string[],
): Promise<void> {
  const [row] = await sql.query<{ refused: string | null }>('select app.edit_tenant($1, $2, $3) as refused', [
    tenantId,
    name,
    tags,
  ]);
  throwIfRefused(row!.refused);
}

/** A tenant with the state of its connection, as rules judge it. */
export type TenantConnection = Pick<
  Tenant,
  'tenantId' | 'name' | 'state' | 'credentialKind' | 'credentialExpiresAt'
>;

/** Every tenant, by name. For hosts, which know nothing of memberships. */
export async function listTenantConnections(sql: Sql): Promise<TenantConnection[]> {
  return await sql.query<TenantConnection>(
    `select t.id as "tenantId", t.name, t.state, c.kind as "credentialKind", c.expires_at as "credentialExpiresAt"
       from app.tenants t
       left join app.credentials c on c.tenant_id = t.id and c.replaced_at is null
      where t.state <> 'deleted'
      order by lower(t.name), t.id`,
  );
}

/** The clouds of connected tenants that the login may see, each once. */
export async function listClouds(sql: Sql): Promise<CloudChoice[]> {
  const rows = await sql.query<{
    cloud: Tenant['cloud'];
    custom: { graphUrl: string; loginUrl: string } | null;
  }>(`select distinct cloud, custom_cloud as custom from app.tenants where state = 'connected'`);
  return rows.map(({ cloud, custom }) => {
    if (cloud !== 'custom') return { name: cloud };
    if (custom === null) throw new Error('A tenant of a custom cloud has its addresses in its row.');
    return { name: 'custom', ...custom };
  });
}
