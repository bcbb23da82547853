import { z } from 'zod';
import { cadenceSchema, timeZoneSchema } from '../model/cadence.ts';
import { alertRuleSchema, policyTypeSelectionSchema, retentionRuleSchema } from '../model/run-spec.ts';
import { templatedParts, templateStandings, templateSteps } from '../model/template-standings.ts';
import { idSchema, instantSchema, nameSchema, tagsSchema } from './fields.ts';
import { mutation, query } from './procedure.ts';
import { bulkOutput, mostBulkRows } from './schedule-bulk.ts';

const templateFields = {
  name: nameSchema,
  cadence: cadenceSchema,
  timeZone: timeZoneSchema,
  policyTypes: policyTypeSelectionSchema,
  retention: retentionRuleSchema,
  alerts: alertRuleSchema.default({}),
  tags: tagsSchema.min(1, 'A template needs at least one tag: it says which tenants are covered.'),
  spreadMinutes: z
    .number()
    .int('The spread is a whole number of minutes.')
    .min(0, 'The spread is 0 minutes or more.')
    .max(1440, 'The spread is at most 1440 minutes.')
    .default(0),
};

export const templateRowSchema = z.object({
  id: idSchema,
  version: z.number().int(),
  name: z.string(),
  cadence: cadenceSchema,
  cadenceWords: z.string(),
  timeZone: z.string(),
  policyTypes: policyTypeSelectionSchema,
  retention: retentionRuleSchema,
  alerts: alertRuleSchema,
  tags: z.array(z.string()),
  spreadMinutes: z.number().int(),
  changedAt: instantSchema,
  changedBy: z.string(),
  /** Schedules that come from it: in all tenants for administrators, for others in theirs. */
  schedules: z.number().int(),
  /** Tenants by how they stand to it; those that the caller does not see are not among them. */
  standings: z.record(z.enum(templateStandings), z.number().int()),
});
export type TemplateRow = z.output<typeof templateRowSchema>;

const standingRowSchema = z.object({
  templateId: idSchema,
  templateName: z.string(),
  templateVersion: z.number().int(),
  tenantId: idSchema,
  tenantName: z.string(),
  standing: z.enum(templateStandings),
  /** What applying the template would do now. */
  step: z.enum(templateSteps),
  /** Why the tenant is left out of it; null when it is not. */
  leftOut: z.string().nullable(),
  /** The schedule that comes from the template, or that has its name. */
  schedule: z
    .object({
      id: idSchema,
      name: z.string(),
      enabled: z.boolean(),
      version: z.number().int(),
      /** The version of the template that was last applied; null: it does not come from it. */
      appliedVersion: z.number().int().nullable(),
    })
    .nullable(),
  differences: z.array(z.object({ part: z.enum(templatedParts), template: z.string(), own: z.string() })),
  /** When the schedule starts in this tenant by the template, in words. */
  cadenceWords: z.string(),
});
export type StandingRow = z.output<typeof standingRowSchema>;

const versionInput = { templateId: idSchema, expectedVersion: z.number().int().min(1) };

export const scheduleTemplates = {
  'schedule-templates.list': query({
    input: z.strictObject({}),
    output: z.object({ templates: z.array(templateRowSchema) }),
    permission: 'schedule.view',
    scope: 'permitted-tenants',
  }),
  /** How tenants stand to one template or to all: what differs, what is missing, what applying would do. */
  'schedule-templates.drift': query({
    input: z.strictObject({
      templateId: idSchema.nullable().default(null),
      /** Judged as if schedules that merely have the template's name were taken over. */
      takeOver: z.boolean().default(false),
    }),
    output: z.object({ rows: z.array(standingRowSchema) }),
    permission: 'schedule.view',
    scope: 'permitted-tenants',
  }),
  'schedule-templates.create': mutation({
    input: z.strictObject(templateFields),
    output: templateRowSchema,
    permission: 'workspace.defaults',
    scope: 'workspace',
    auditAction: 'schedule_template.created',
  }),
  'schedule-templates.edit': mutation({
    input: z.strictObject({ ...versionInput, ...templateFields }),
    output: templateRowSchema,
    permission: 'workspace.defaults',
    scope: 'workspace',
    auditAction: 'schedule_template.edited',
  }),
  /** The schedules stay, detached. */
  'schedule-templates.remove': mutation({
    input: z.strictObject(versionInput),
    output: z.object({ detached: z.number().int() }),
    permission: 'workspace.defaults',
    scope: 'workspace',
    auditAction: 'schedule_template.removed',
  }),
  /** Applies the version that was seen to tenants, each a change of its own. Both ids null: nothing was to be done. */
  'schedule-templates.apply': mutation({
    input: z.strictObject({
      ...versionInput,
      takeOver: z.boolean().default(false),
      items: z
        .array(
          z.strictObject({
            tenantId: idSchema,
            /** The version of the schedule that was seen; null: there was none. */
            seenVersion: z.number().int().min(1).nullable(),
          }),
        )
        .min(1)
        .max(mostBulkRows),
    }),
    output: bulkOutput,
    permission: 'schedule.create',
    scope: 'permitted-tenants',
    auditAction: 'schedule.created',
  }),
  /** The schedule stays as it is and follows the template no longer. */
  'schedule-templates.detach': mutation({
    input: z.strictObject({ tenantId: idSchema, scheduleId: idSchema }),
    output: z.object({ detached: z.boolean() }),
    permission: 'schedule.edit',
    scope: 'tenant',
    auditAction: 'schedule.detached',
  }),
} as const;
