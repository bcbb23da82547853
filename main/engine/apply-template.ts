import { AppError } from '../../shared/errors.ts';
import type { Sql } from '../db/database.ts';
import {
  listComparedSchedules,
  listTemplates,
  type ScheduleTemplate,
  setTemplate,
  type TemplateContent,
} from '../db/repositories/schedule-templates.ts';
import { listTenants } from '../db/repositories/tenants.ts';
import { requireValidCadence } from '../domain/cadence.ts';
import { requireValidSpread } from '../domain/template-spread.ts';
import { judgeTemplate, type TemplateStanding } from '../domain/template-standing.ts';
import { addSchedule, changeSchedule } from './change-schedule.ts';

/** Schedule templates as people use them, the same for every front, with the person's own login. */

export interface JudgedTemplate {
  template: ScheduleTemplate;
  standings: TemplateStanding[];
}

/** Every template with the standing of the tenants that it concerns, as far as the login may see them. */
export async function judgeTemplates(sql: Sql, takeOver = false): Promise<JudgedTemplate[]> {
  const [templates, tenants, schedules] = await Promise.all([
    listTemplates(sql),
    listTenants(sql),
    listComparedSchedules(sql),
  ]);
  return templates.map((template) => ({
    template,
    standings: judgeTemplate(template, tenants, schedules, takeOver),
  }));
}

/**
 * Creates a template (`seen` null) or changes the one that was seen; answers its id. Throws AppError: a cadence issue,
 * spread_invalid, administrator_needed, schedule_template_changed, schedule_template_name_taken.
 */
export async function saveTemplate(
  sql: Sql,
  seen: { templateId: string; version: number } | null,
  content: TemplateContent,
): Promise<string> {
  requireValidCadence(content.cadence, content.timeZone);
  requireValidSpread(content.cadence, content.spreadMinutes);
  const tags = [...new Set(content.tags)].sort();
  return (await setTemplate(sql, seen, { ...content, tags })).templateId;
}

/** What applying did: the created schedule's id or the changed one's version; both null: nothing was to be done. */
export interface TemplateApplied {
  createdId: string | null;
  version: number | null;
}

/**
 * Carries out one tenant's step in one change with one audit event. What the standing saw is what the database
 * compares, so a schedule or template that changed meanwhile is refused. Throws AppError like `addSchedule` and
 * `changeSchedule`, and the reason for which the tenant is left out.
 */
export async function applyStanding(
  sql: Sql,
  template: Pick<ScheduleTemplate, 'templateId' | 'version'>,
  { tenantId, step, schedule, content, leftOut }: TemplateStanding,
): Promise<TemplateApplied> {
  const link = { templateId: template.templateId, version: template.version };
  switch (step) {
    case 'none':
      return { createdId: null, version: null };
    case 'left_out':
      throw new AppError(leftOut!.code, leftOut!.message);
    case 'create': {
      const createdId = await addSchedule(sql, { tenantId, ...content, template: link });
      return { createdId, version: null };
    }
    case 'change':
    case 'take_over': {
      const { scheduleId, version: expectedVersion } = schedule!;
      const change = { ...content, expectedVersion, template: link };
      return { createdId: null, version: await changeSchedule(sql, tenantId, scheduleId, change) };
    }
  }
}
