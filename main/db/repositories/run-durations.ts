import type { Sql } from '../database.ts';

/** How long the newest good runs of each schedule of a tenant took, in milliseconds, newest first, at most ten each. */
export async function goodRunDurations(sql: Sql, tenantId: string): Promise<Map<string, number[]>> {
  const rows = await sql.query<{ scheduleId: string; durations: number[] }>(
    `select s.id as "scheduleId", r.durations
       from app.backup_schedules s
       cross join lateral (
         select array_agg(extract(epoch from b.finished_at - b.started_at)::float8 * 1000 order by b.created_at desc) as durations
           from (select * from app.backup_runs g
                  where g.tenant_id = s.tenant_id and g.schedule_id = s.id and g.state in ('succeeded', 'partial')
                  order by g.created_at desc, g.id desc limit 10) b) r
      where s.tenant_id = $1 and s.deleted_at is null and r.durations is not null`,
    [tenantId],
  );
  return new Map(rows.map((row) => [row.scheduleId, row.durations]));
}
