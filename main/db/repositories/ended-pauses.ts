import type { Sql } from '../database.ts';

/** A paused schedule whose pause was to end by now. */
export interface EndedPause {
  scheduleId: string;
  tenantId: string;
  version: number;
  /** As stored; a newer version may have written a kind that this one does not know. */
  cadence: unknown;
  timeZone: string;
  resumeAt: Date;
}

/** Pauses that are over, oldest first, of connected tenants; for hosts. */
export async function listEndedPauses(sql: Sql): Promise<EndedPause[]> {
  return await sql.query<EndedPause>(
    `select s.id as "scheduleId", s.tenant_id as "tenantId", s.spec_version as version, s.cadence,
            s.time_zone as "timeZone", s.resume_at as "resumeAt"
       from app.backup_schedules s
       join app.tenants t on t.id = s.tenant_id and t.state = 'connected'
      where s.resume_at <= (select app.db_now()) and not s.enabled and s.deleted_at is null
      order by s.resume_at, s.id limit 1000`,
  );
}

/** Resumes the schedule, audited; false when another host was quicker or somebody changed it meanwhile. */
export async function endPause(
  sql: Sql,
  pause: { scheduleId: string; version: number; nextSlotAt: Date | null; computedWith: string },
): Promise<boolean> {
  const [row] = await sql.query<{ resumed: boolean }>('select app.end_pause($1, $2, $3, $4) as resumed', [
    pause.scheduleId,
    pause.version,
    pause.nextSlotAt?.toISOString() ?? null,
    pause.computedWith,
  ]);
  return row!.resumed;
}
