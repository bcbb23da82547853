import { AppError } from '../../shared/errors.ts';
import type { Sql } from './database.ts';

export interface LoginDescription {
  login: string;
  isSuperuser: boolean;
  bypassRls: boolean;
  isOwner: boolean;
  isHost: boolean;
  isTechnician: boolean;
  /** An administrator of the workspace. */
  administrator: boolean;
}

/** What the login of this connection is to the database; for `doctor`, and to refuse a login in the wrong place. */
export async function describeLogin(sql: Sql): Promise<LoginDescription> {
  const [row] = await sql.query<LoginDescription>(
    `select r.rolname::text as login, r.rolsuper as "isSuperuser", r.rolbypassrls as "bypassRls",
            ${memberOf('tenantkeep_owner')} as "isOwner",
            ${memberOf('tenantkeep_host')} as "isHost",
            ${memberOf('tenantkeep_technician')} as "isTechnician"
       from pg_roles r where r.rolname = session_user`,
  );
  const administrator =
    row!.isTechnician &&
    (await sql.query<{ administrator: boolean }>('select app.is_administrator() as administrator'))[0]!
      .administrator;
  return { ...row!, administrator };
}

/** Direct or inherited membership; a superuser is not counted as a member of everything. */
function memberOf(group: string): string {
  return `exists (select 1 from pg_roles g where g.rolname = '${group}' and not r.rolsuper and pg_has_role(r.oid, g.oid, 'usage'))`;
}

/** True for a login for which row-level security would not hold. */
export function isAboveRowSecurity(description: LoginDescription): boolean {
  return description.isSuperuser || description.bypassRls || description.isOwner;
}

/** Refuses a login for which row-level security would not hold: `database_login_too_strong`. */
export function requireIsolatedLogin(description: LoginDescription): void {
  if (!isAboveRowSecurity(description)) return;
  throw new AppError(
    'database_login_too_strong',
    `The login ${description.login} stands above row-level security; TenantKeep does not run with it.`,
    {
      nextStep:
        'Use a login that "tenantkeep technicians add" made for a person, or "tenantkeep migrate" for this computer.',
    },
  );
}
