import type { Sql } from '../database.ts';

/** Just enough of a set to find it by what a person typed. */
export interface BackupSetAddress {
  setId: string;
  tenantId: string;
  tenantName: string;
  /** Null for an import, whose name says where it came from. */
  scheduleId: string | null;
  scheduleName: string;
  sequence: number | null;
}

/**
 * Sets that the login may see whose id begins with the text, imports too; with a tenant and no text: all sets of runs of
 * it, newest first.
 */
export async function findBackupSets(
  sql: Sql,
  filter: { tenantId: string | null; scheduleId: string | null; idPrefix: string },
  limit: number,
): Promise<BackupSetAddress[]> {
  return sql.query<BackupSetAddress>(
    `select k.id as "setId", k.tenant_id as "tenantId", t.name as "tenantName", k.schedule_id as "scheduleId",
            k.name as "scheduleName", k.sequence::float8 as sequence
       from (select b.id, b.tenant_id, b.schedule_id, s.name, b.sequence
               from app.backup_sets b
               join app.backup_schedules s on s.id = b.schedule_id
              where ($1::uuid is null or b.tenant_id = $1) and ($2::uuid is null or b.schedule_id = $2)
                and starts_with(b.id::text, $3)
             union all
             select i.id, i.tenant_id, null, 'import from ' || i.tool, null
               from app.imported_sets i
              where ($1::uuid is null or i.tenant_id = $1) and $2::uuid is null
                and $3 <> '' and starts_with(i.id::text, $3)) k
       join app.tenants t on t.id = k.tenant_id
      order by k.tenant_id, k.sequence desc nulls last limit $4`,
    [filter.tenantId, filter.scheduleId, filter.idPrefix, limit],
  );
}
