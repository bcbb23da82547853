import type { Cadence } from '../../../shared/model/cadence.ts';
import type { RunSpec } from '../../../shared/model/run-spec.ts';
import type { SettledSlot } from '../../domain/slot.ts';
import type { Sql } from '../database.ts';
import { throwIfRefused } from './refusals.ts';

/** Schedules as people see and change them. Each change runs with the person's own login. */

export interface Schedule {
  scheduleId: string;
  tenantId: string;
  name: string;
  enabled: boolean;
  pauseReason: string | null;
  /** When the pause ends by itself; null: when somebody resumes it. */
  resumeAt: Date | null;
  /** As stored; a newer version may have written a kind that this one does not know. */
  cadence: Cadence;
  timeZone: string;
  spec: RunSpec;
  /** Grows with every change; what an edit must have seen. */
  version: number;
  /** Null while paused or when the cadence never fires again. */
  nextSlotAt: Date | null;
  /** Why the last dispatch of this schedule failed; null when it did not. */
  dispatchError: string | null;
  createdAt: Date;
  changedAt: Date;
  /** The template that it follows, with the version that was last applied; both null without one. */
  templateId: string | null;
  templateVersion: number | null;
}

/** A schedule with the database's time at which it was read. */
export interface ScheduleAsOf extends Schedule {
  now: Date;
}

const columns = `
  s.id as "scheduleId", s.tenant_id as "tenantId", s.name, s.enabled, s.pause_reason as "pauseReason",
  s.resume_at as "resumeAt", s.cadence,
  s.time_zone as "timeZone", s.spec, s.spec_version as "version", s.next_slot_at as "nextSlotAt",
  s.dispatch_error as "dispatchError", s.created_at as "createdAt", s.changed_at as "changedAt",
  s.template_id as "templateId", s.template_version as "templateVersion"`;

/** All schedules of a tenant that were not removed, by name. */
export async function listSchedules(sql: Sql, tenantId: string): Promise<Schedule[]> {
  return await sql.query<Schedule>(
    `select ${columns} from app.backup_schedules s
      where s.tenant_id = $1 and s.deleted_at is null order by lower(s.name), s.id`,
    [tenantId],
  );
}

/** One schedule with the database's time; null when the caller cannot see one, or it was removed. */
export async function getSchedule(
  sql: Sql,
  tenantId: string,
  scheduleId: string,
): Promise<ScheduleAsOf | null> {
  const [row] = await sql.query<ScheduleAsOf>(
    `select ${columns}, app.db_now() as now from app.backup_schedules s
      where s.tenant_id = $1 and s.id = $2 and s.deleted_at is null`,
    [tenantId, scheduleId],
  );
  return row ?? null;
}

/** The database's time, from which first slots are computed. */
export async function readDatabaseTime(sql: Sql): Promise<Date> {
  const [row] = await sql.query<{ now: Date }>('select app.db_now() as now');
  return row!.now;
}

export interface ScheduleContent {
  name: string;
  cadence: Cadence;
  timeZone: string;
  spec: RunSpec;
}

/** The template's version whose content a schedule gets; it is refused unless the template says the same. */
export interface TemplateLink {
  templateId: string;
  version: number;
}

/** S9, creating. Answers the id. Throws `AppError` (tenant_forbidden, schedule_name_taken, schedule_due, …). */
export async function createSchedule(
  sql: Sql,
  schedule: ScheduleContent & {
    tenantId: string;
    nextSlotAt: Date | null;
    computedWith: string;
    template?: TemplateLink;
  },
): Promise<string> {
  const [row] = await sql.query<{ schedule_id: string | null; refused: string | null }>(
    'select * from app.create_schedule($1, $2, $3::jsonb, $4, $5::jsonb, $6, $7, $8, $9)',
    [
      schedule.tenantId,
      schedule.name,
      JSON.stringify(schedule.cadence),
      schedule.timeZone,
      JSON.stringify(schedule.spec),
      schedule.nextSlotAt?.toISOString() ?? null,
      schedule.computedWith,
      schedule.template?.templateId ?? null,
      schedule.template?.version ?? null,
    ],
  );
  throwIfRefused(row!.refused);
  return row!.schedule_id!;
}

/** What the editor looked at; anything else in the row means that somebody was quicker. */
export interface SeenSchedule {
  scheduleId: string;
  version: number;
  nextSlotAt: Date | null;
}

/**
 * S9, editing, pausing and resuming. `settled` accounts for slots that were overdue. Answers the new version.
 * Throws `AppError`: schedule_changed (load again), schedule_due (compute again), tenant_forbidden, ….
 */
export async function editSchedule(
  sql: Sql,
  seen: SeenSchedule,
  settled: readonly SettledSlot[],
  content: ScheduleContent & {
    enabled: boolean;
    pauseReason: string | null;
    resumeAt: Date | null;
    nextSlotAt: Date | null;
    computedWith: string;
    template?: TemplateLink | undefined;
  },
): Promise<number> {
  const [row] = await sql.query<{ spec_version: number | null; refused: string | null }>(
    `select * from app.edit_schedule($1, $2, $3, $4::jsonb, $5, $6::jsonb, $7, $8::jsonb, $9, $10, $11, $12, $13, $14, $15)`,
    [
      seen.scheduleId,
      seen.version,
      seen.nextSlotAt?.toISOString() ?? null,
      JSON.stringify(settled),
      content.name,
      JSON.stringify(content.cadence),
      content.timeZone,
      JSON.stringify(content.spec),
      content.enabled,
      content.pauseReason,
      content.resumeAt?.toISOString() ?? null,
      content.nextSlotAt?.toISOString() ?? null,
      content.computedWith,
      content.template?.templateId ?? null,
      content.template?.version ?? null,
    ],
  );
  throwIfRefused(row!.refused);
  return row!.spec_version!;
}

/** S9, removing: the row stays for its runs and sets, the name becomes free, waiting runs are cancelled. */
export async function deleteSchedule(
  sql: Sql,
  seen: SeenSchedule,
  settled: readonly SettledSlot[],
): Promise<void> {
  const [row] = await sql.query<{ refused: string | null }>(
    'select app.delete_schedule($1, $2, $3, $4::jsonb) as refused',
    [seen.scheduleId, seen.version, seen.nextSlotAt?.toISOString() ?? null, JSON.stringify(settled)],
  );
  throwIfRefused(row!.refused);
}
