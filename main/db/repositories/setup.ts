import type { Sql } from '../database.ts';

export interface SetupState {
  /** False for a login that is no technician. */
  ended: boolean;
  administrator: boolean;
  /** Has a role in some tenant, and therefore sees runs. */
  member: boolean;
  /** Of everything that the login may see. */
  tenantConnected: boolean;
  scheduleOn: boolean;
  goodSet: boolean;
}

/** How far the workspace is from its first good backup set, as the caller sees it. */
export async function readSetupState(sql: Sql): Promise<SetupState> {
  const [row] = await sql.query<SetupState>(
    `select coalesce((select t.setup_ended_at is not null from app.technicians t
                       where t.id = (select app.current_technician_id())), false) as ended,
            app.is_administrator() as administrator,
            exists (select 1 from app.permitted_tenants()) as member,
            exists (select 1 from app.tenants t where t.state = 'connected') as "tenantConnected",
            exists (select 1 from app.backup_schedules s where s.enabled and s.deleted_at is null) as "scheduleOn",
            exists (select 1 from app.backup_runs r where r.state = 'succeeded') as "goodSet"`,
  );
  return row!;
}

/** Finishes the first-run wizard for the caller. */
export async function endSetup(sql: Sql): Promise<void> {
  await sql.query('select app.end_setup()');
}
