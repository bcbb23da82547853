import { randomBytes } from 'node:crypto';
import type { TenantRole } from '../../../shared/model/permissions.ts';
import type { Sql } from '../database.ts';
import { createPassword, scramVerifier } from '../scram-verifier.ts';
import { throwIfRefused } from './refusals.ts';

/** People of the workspace. Who may see and change what is decided by the database for the login that asks. */

export interface Technician {
  technicianId: string;
  name: string;
  login: string;
  administrator: boolean;
  memberships: { tenantId: string; tenantName: string; role: TenantRole }[];
}

/**
 * Technicians that the caller may see, by name, with those memberships that the caller may see: in one statement, hence
 * of one moment.
 */
export async function readTechnicians(sql: Sql): Promise<(Technician & { addedAt: Date })[]> {
  return await sql.query<Technician & { addedAt: Date }>(
    `select t.id as "technicianId", t.name, t.db_role::text as login, t.administrator, t.added_at as "addedAt",
            coalesce((select jsonb_agg(jsonb_build_object('tenantId', m.tenant_id, 'tenantName', n.name, 'role', m.role)
                                       order by lower(n.name), n.id)
                        from app.tenant_memberships m join app.tenants n on n.id = m.tenant_id
                       where m.technician_id = t.id), '[]') as memberships
       from app.technicians t
      where t.removed_at is null
      order by lower(t.name), t.id`,
  );
}

/** A login for a person: readable in the audit log, and with a random end, because logins are shared by all databases of a server. */
export function loginForName(name: string): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 40);
  return `tech_${plain === '' ? 'unnamed' : plain}_${randomBytes(3).toString('hex')}`;
}

/**
 * Adds a technician and makes the login. The password is made here, answered once, and known to the server only
 * as a verifier. For administrators.
 */
export async function addTechnician(
  sql: Sql,
  technician: { name: string; login: string; administrator: boolean },
): Promise<{ technicianId: string; password: string }> {
  const password = createPassword();
  const [row] = await sql.query<{ technicianId: string | null; refused: string | null }>(
    `select technician_id as "technicianId", refused from app.add_technician($1, $2, $3, $4)`,
    [technician.name, technician.login, scramVerifier(password), technician.administrator],
  );
  throwIfRefused(row!.refused);
  return { technicianId: row!.technicianId!, password };
}

/** Takes every right from a technician at once, also in connections that are open. For administrators. */
export async function removeTechnician(sql: Sql, technicianId: string, reason: string | null): Promise<void> {
  const [row] = await sql.query<{ refused: string | null }>(
    `select app.remove_technician($1, $2) as refused`,
    [technicianId, reason],
  );
  throwIfRefused(row!.refused);
}

/** Gives or changes the role of a technician in a tenant. For administrators and owners of the tenant. */
export async function grantMembership(
  sql: Sql,
  tenantId: string,
  technicianId: string,
  role: TenantRole,
): Promise<void> {
  const [row] = await sql.query<{ refused: string | null }>(
    `select app.grant_membership($1, $2, $3) as refused`,
    [tenantId, technicianId, role],
  );
  throwIfRefused(row!.refused);
}

/** Takes the role away. For administrators and owners of the tenant. */
export async function revokeMembership(sql: Sql, tenantId: string, technicianId: string): Promise<void> {
  const [row] = await sql.query<{ refused: string | null }>(
    `select app.revoke_membership($1, $2) as refused`,
    [tenantId, technicianId],
  );
  throwIfRefused(row!.refused);
}

/** Gives or takes the flag of a workspace administrator. For administrators; the last one keeps it. */
export async function setAdministrator(
  sql: Sql,
  technicianId: string,
  administrator: boolean,
): Promise<void> {
  const [row] = await sql.query<{ refused: string | null }>(
    `select app.set_administrator($1, $2) as refused`,
    [technicianId, administrator],
  );
  throwIfRefused(row!.refused);
}
