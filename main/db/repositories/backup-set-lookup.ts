import type { Sql } from '../database.ts';

/** Just enough of a set to find it by what a person typed. */
export interface BackupSetAddress {
  setId: string;
  tenantId: string;
  tenantName: string;
  scheduleId: string;
  scheduleName: string;
  sequence: number;
}

/** Sets that the login may see whose id begins with the text; with a tenant and no text: all of it, newest first. */
export async function findBackupSets(
  sql: Sql,
  filter: { tenantId: string | null; scheduleId: string | null; idPrefix: string },
  limit: number,
): Promise<BackupSetAddress[]> {
  return sql.query<BackupSetAddress>(
    `select b.id as "setId", b.tenant_id as "tenantId", t.name as "tenantName", b.schedule_id as "scheduleId",
            s.name as "scheduleName", b.sequence::float8 as sequence
       from app.backup_sets b
       join app.tenants t on t.id = b.tenant_id
       join app.backup_schedules s on s.id = b.schedule_id
      where ($1::uuid is null or b.tenant_id = $1) and ($2::uuid is null or b.schedule_id = $2)
        and starts_with(b.id::text, $3)
      order by b.tenant_id, b.sequence desc limit $4`,
    [filter.tenantId, filter.scheduleId, filter.idPrefix, limit],
  );
}
