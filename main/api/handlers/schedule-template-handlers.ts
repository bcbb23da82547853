import type { z } from 'zod';
import type { StandingRow, templateRowSchema } from '../../../shared/contract/schedule-templates.ts';
import { AppError } from '../../../shared/errors.ts';
import { type TemplateStandingState, templateStandings } from '../../../shared/model/template-standings.ts';
import type { Sql } from '../../db/database.ts';
import { detachSchedule, removeTemplate } from '../../db/repositories/schedule-templates.ts';
import { getSchedule } from '../../db/repositories/schedules.ts';
import { cadenceWords } from '../../domain/schedule-words.ts';
import {
  applyStanding,
  type JudgedTemplate,
  judgeTemplates,
  saveTemplate,
} from '../../engine/apply-template.ts';
import type { Log } from '../../engine/ports.ts';
import type { Handlers } from '../router.ts';
import { eachRow } from './each-row.ts';
import { specOf } from './schedule-handlers.ts';

type TemplateProcedure = 'list' | 'drift' | 'create' | 'edit' | 'remove' | 'apply' | 'detach';

function templateRow({ template, standings }: JudgedTemplate): z.input<typeof templateRowSchema> {
  const count = (state: TemplateStandingState) =>
    standings.filter(({ standing }) => standing === state).length;
  return {
    id: template.templateId,
    version: template.version,
    name: template.name,
    cadence: template.cadence,
    cadenceWords: cadenceWords(template.cadence, template.timeZone),
    timeZone: template.timeZone,
    policyTypes: template.spec.policyTypes,
    retention: template.spec.retention,
    alerts: template.spec.alerts ?? {},
    tags: template.tags,
    spreadMinutes: template.spreadMinutes,
    changedAt: template.changedAt.toISOString(),
    changedBy: template.changedBy,
    schedules: template.schedules,
    standings: Object.fromEntries(templateStandings.map((state) => [state, count(state)])) as Record<
      TemplateStandingState,
      number
    >,
  };
}

function standingRows({ template, standings }: JudgedTemplate): StandingRow[] {
  return standings.map(({ schedule, content, leftOut, ...standing }) => ({
    templateId: template.templateId,
    templateName: template.name,
    templateVersion: template.version,
    tenantId: standing.tenantId,
    tenantName: standing.tenantName,
    standing: standing.standing,
    step: standing.step,
    leftOut: leftOut?.message ?? null,
    schedule:
      schedule === null
        ? null
        : {
            id: schedule.scheduleId,
            name: schedule.name,
            enabled: schedule.enabled,
            version: schedule.version,
            appliedVersion: schedule.templateId === template.templateId ? schedule.templateVersion : null,
          },
    differences: standing.differences,
    cadenceWords: cadenceWords(content.cadence, content.timeZone),
  }));
}

async function rowOf(sql: Sql, templateId: string) {
  return templateRow(requireTemplate(await judgeTemplates(sql), templateId));
}

function requireTemplate(judged: readonly JudgedTemplate[], templateId: string): JudgedTemplate {
  const found = judged.find(({ template }) => template.templateId === templateId);
  if (found === undefined) {
    throw new AppError('schedule_template_not_found', 'There is no such schedule template.');
  }
  return found;
}

/** Templates of the workspace, how tenants stand to them, and their application tenant by tenant. */
export function scheduleTemplateHandlers(parts: {
  log: Log;
}): Pick<Handlers, `schedule-templates.${TemplateProcedure}`> {
  return {
    'schedule-templates.list': async ({ session }) => ({
      templates: (await judgeTemplates(session.database)).map(templateRow),
    }),

    'schedule-templates.drift': async ({ session }, { templateId, takeOver }) => {
      const judged = await judgeTemplates(session.database, takeOver);
      return {
        rows: judged
          .filter(({ template }) => templateId === null || template.templateId === templateId)
          .flatMap(standingRows),
      };
    },

    'schedule-templates.create': async ({ session }, input) =>
      await rowOf(
        session.database,
        await saveTemplate(session.database, null, { ...input, spec: specOf(input) }),
      ),

    'schedule-templates.edit': async ({ session }, { templateId, expectedVersion, ...input }) => {
      const seen = { templateId, version: expectedVersion };
      await saveTemplate(session.database, seen, { ...input, spec: specOf(input) });
      return await rowOf(session.database, templateId);
    },

    'schedule-templates.remove': async ({ session }, { templateId, expectedVersion }) => ({
      detached: await removeTemplate(session.database, { templateId, version: expectedVersion }),
    }),

    'schedule-templates.apply': async (context, { templateId, expectedVersion, takeOver, items }) => {
      const sql = context.session.database;
      const judged = await judgeTemplates(sql, takeOver);
      return await eachRow(parts.log, context, items, async ({ tenantId, seenVersion }) => {
        const { template, standings } = requireTemplate(judged, templateId);
        if (template.version !== expectedVersion) {
          throw new AppError('schedule_template_changed', 'Somebody else changed the template meanwhile.');
        }
        const standing = standings.find((row) => row.tenantId === tenantId);
        if (standing === undefined) {
          throw new AppError('tenant_not_covered', 'The template does not cover this tenant.');
        }
        if (standing.step !== 'none' && (standing.schedule?.version ?? null) !== seenVersion) {
          throw new AppError('schedule_changed', 'Somebody else changed the schedule meanwhile.');
        }
        return await applyStanding(sql, template, standing);
      });
    },

    'schedule-templates.detach': async ({ session }, { tenantId, scheduleId }) => {
      // The function of the database asks for the schedule alone; the call names its tenant, too.
      if ((await getSchedule(session.database, tenantId, scheduleId)) === null) {
        throw new AppError('schedule_not_found', 'There is no such schedule.');
      }
      await detachSchedule(session.database, scheduleId);
      return { detached: true };
    },
  };
}
