import type { Sql } from '../database.ts';
import { throwIfRefused } from './refusals.ts';
import type { Schedule, ScheduleContent } from './schedules.ts';

/** Schedule templates of the workspace. Every technician sees them; administrators change them. */

export interface TemplateContent extends ScheduleContent {
  /** A tenant with one of these is covered. */
  tags: string[];
  /** Minutes over which the starts of different tenants are distributed; 0: all together. */
  spreadMinutes: number;
}

export interface ScheduleTemplate extends TemplateContent {
  templateId: string;
  /** Grows with every change; what an edit or an application must have seen. */
  version: number;
  changedAt: Date;
  /** Login of whoever changed it last. */
  changedBy: string;
  /** Schedules that come from it: in all tenants for administrators, for others in theirs. */
  schedules: number;
}

/** All templates, by name. */
export async function listTemplates(sql: Sql): Promise<ScheduleTemplate[]> {
  return await sql.query<ScheduleTemplate>(
    `select t.id as "templateId", t.name, t.cadence, t.time_zone as "timeZone", t.spec, t.tags,
            t.spread_minutes as "spreadMinutes", t.version, t.changed_at as "changedAt", t.changed_by as "changedBy",
            coalesce(c.schedules, 0) as schedules
       from app.schedule_templates t
       left join app.count_template_schedules() c on c.template_id = t.id
      order by lower(t.name), t.id`,
  );
}

/**
 * Creates a template (`seen` null) or changes the one that was seen; answers its id and version. Throws AppError:
 * administrator_needed, schedule_template_changed, schedule_template_name_taken, schedule_template_not_found.
 */
export async function setTemplate(
  sql: Sql,
  seen: { templateId: string; version: number } | null,
  content: TemplateContent,
): Promise<{ templateId: string; version: number }> {
  const [row] = await sql.query<{
    template_id: string;
    template_version: number;
    refused: string | null;
  }>('select * from app.set_schedule_template($1, $2, $3, $4::jsonb, $5, $6::jsonb, $7, $8)', [
    seen?.templateId ?? null,
    seen?.version ?? null,
    content.name,
    JSON.stringify(content.cadence),
    content.timeZone,
    JSON.stringify(content.spec),
    content.tags,
    content.spreadMinutes,
  ]);
  throwIfRefused(row!.refused);
  return { templateId: row!.template_id, version: row!.template_version };
}

/** Removes a template; its schedules stay, detached. Answers how many. Throws AppError like `setTemplate`. */
export async function removeTemplate(
  sql: Sql,
  seen: { templateId: string; version: number },
): Promise<number> {
  const [row] = await sql.query<{ detached: number; refused: string | null }>(
    'select * from app.remove_schedule_template($1, $2)',
    [seen.templateId, seen.version],
  );
  throwIfRefused(row!.refused);
  return row!.detached;
}

/** Ends a schedule's link with its template. Throws AppError: schedule_not_found, tenant_forbidden, schedule_not_templated. */
export async function detachSchedule(sql: Sql, scheduleId: string): Promise<void> {
  const [row] = await sql.query<{ refused: string | null }>('select app.detach_schedule($1) as refused', [
    scheduleId,
  ]);
  throwIfRefused(row!.refused);
}

/** A schedule as it is compared with a template. */
export type ComparedSchedule = Pick<
  Schedule,
  | 'scheduleId'
  | 'tenantId'
  | 'name'
  | 'enabled'
  | 'cadence'
  | 'timeZone'
  | 'spec'
  | 'version'
  | 'templateId'
  | 'templateVersion'
>;

/** Every schedule that the login may see and that was not removed. */
export async function listComparedSchedules(sql: Sql): Promise<ComparedSchedule[]> {
  return await sql.query<ComparedSchedule>(
    `select s.id as "scheduleId", s.tenant_id as "tenantId", s.name, s.enabled, s.cadence, s.time_zone as "timeZone",
            s.spec, s.spec_version as "version", s.template_id as "templateId", s.template_version as "templateVersion"
       from app.backup_schedules s where s.deleted_at is null`,
  );
}
