import { z } from 'zod';
import { cadenceSchema, timeZoneSchema } from '../model/cadence.ts';
import { alertRuleSchema, policyTypeSelectionSchema, retentionRuleSchema } from '../model/run-spec.ts';
import { runStates } from '../model/run-states.ts';
import { idSchema, instantSchema, nameSchema } from './fields.ts';
import { mutation, query } from './procedure.ts';
import { healthSchema, healthStates } from './tenants.ts';

export const scheduleRowSchema = z.object({
  id: idSchema,
  tenantId: idSchema,
  tenantName: z.string(),
  name: z.string(),
  enabled: z.boolean(),
  pausedReason: z.string().nullable(),
  /** When the pause ends by itself; null while enabled, or when somebody must resume it. */
  resumeAt: instantSchema.nullable(),
  cadence: cadenceSchema,
  /** The cadence in words, with its zone. */
  cadenceWords: z.string(),
  timeZone: z.string(),
  policyTypes: policyTypeSelectionSchema,
  retention: retentionRuleSchema,
  alerts: alertRuleSchema,
  /** Null while paused, or when the cadence cannot be computed; then `dispatchError` says why. */
  nextSlotAt: instantSchema.nullable(),
  dispatchError: z.string().nullable(),
  version: z.number().int(),
  /** Newest first, at most ten. */
  lastRuns: z.array(z.object({ id: idSchema, state: z.enum(runStates), at: instantSchema })),
  activeRunId: idSchema.nullable(),
  /** Name of the host that holds the active run; null while none runs, or while it waits for one. */
  activeHost: z.string().nullable(),
  /** Policy types of the newest run that says so: complete ones, and all that it asked for. */
  lastTypes: z.object({ complete: z.number().int(), total: z.number().int() }).nullable(),
  health: healthSchema,
  /** The template that it follows; null: none. */
  template: z
    .object({
      id: idSchema,
      name: z.string(),
      /** The version that was last applied. */
      appliedVersion: z.number().int(),
      /** Something of the schedule is not as the template says. */
      differs: z.boolean(),
    })
    .nullable(),
});
export type ScheduleRow = z.output<typeof scheduleRowSchema>;

const scheduleInput = { tenantId: idSchema, scheduleId: idSchema };
/** The version that the editor saw; another one means that somebody changed the schedule meanwhile. */
const versionInput = { expectedVersion: z.number().int().min(1) };

export const pauseReasonSchema = z.string().trim().min(3, 'Pausing needs a reason.').max(500);

/** Which schedules a list shows; all conditions hold together. */
export const scheduleFilterSchema = z.strictObject({
  /** Part of the name of the schedule or of its tenant, case-insensitive. */
  search: z.string().max(200).default(''),
  status: z.enum(['on', 'paused', 'no_slot', 'running']).nullable().default(null),
  /** State of the newest run. */
  lastState: z.enum(runStates).nullable().default(null),
  health: z.enum(healthStates).nullable().default(null),
});

const scheduleFields = {
  name: nameSchema,
  cadence: cadenceSchema,
  timeZone: timeZoneSchema,
  policyTypes: policyTypeSelectionSchema,
  retention: retentionRuleSchema,
  alerts: alertRuleSchema.default({}),
};

export const schedules = {
  'schedules.list': query({
    input: z.strictObject({
      tenantId: idSchema.nullable().default(null),
      filter: scheduleFilterSchema.default(() => scheduleFilterSchema.parse({})),
    }),
    output: z.object({
      rows: z.array(scheduleRowSchema),
      /** Schedules that there are without the filter. */
      unfiltered: z.number().int(),
    }),
    permission: 'schedule.view',
    scope: 'permitted-tenants',
  }),
  'schedules.get': query({
    input: z.strictObject(scheduleInput),
    output: scheduleRowSchema,
    permission: 'schedule.view',
    scope: 'tenant',
  }),
  'schedules.policy-types': query({
    input: z.strictObject({}),
    output: z.object({
      types: z.array(
        z.object({
          key: z.string(),
          displayName: z.string(),
          category: z.string(),
          priority: z.enum(['core', 'extended', 'optional']),
          permission: z.string().nullable(),
        }),
      ),
    }),
    permission: null,
    scope: 'self',
  }),
  'schedules.preview': query({
    input: z.strictObject({
      tenantId: idSchema,
      cadence: cadenceSchema,
      timeZone: timeZoneSchema,
      count: z.number().int().min(1).max(50).default(10),
    }),
    output: z.object({
      words: z.string(),
      slots: z.array(
        z.object({
          slotUtc: instantSchema,
          localTime: z.string(),
          offset: z.string(),
          note: z.enum(['gap', 'overlap', 'month_end']).nullable(),
        }),
      ),
      /** The next clock change within twelve months that moves or doubles a slot, as a sentence. */
      clockChange: z.string().nullable(),
      problems: z.array(z.object({ code: z.string(), path: z.string(), message: z.string() })),
    }),
    permission: 'schedule.preview',
    scope: 'tenant',
  }),
  'schedules.create': mutation({
    input: z.strictObject({ tenantId: idSchema, ...scheduleFields }),
    output: scheduleRowSchema,
    permission: 'schedule.create',
    scope: 'tenant',
    auditAction: 'schedule.created',
  }),
  'schedules.edit': mutation({
    input: z.strictObject({ ...scheduleInput, ...versionInput, ...scheduleFields }),
    output: scheduleRowSchema,
    permission: 'schedule.edit',
    scope: 'tenant',
    auditAction: 'schedule.edited',
  }),
  'schedules.pause': mutation({
    input: z.strictObject({
      ...scheduleInput,
      ...versionInput,
      reason: pauseReasonSchema,
      /** When hosts resume it by themselves; null: when somebody does. */
      resumeAt: instantSchema.nullable().default(null),
    }),
    output: scheduleRowSchema,
    permission: 'schedule.pause',
    scope: 'tenant',
    auditAction: 'schedule.paused',
  }),
  'schedules.resume': mutation({
    input: z.strictObject({ ...scheduleInput, ...versionInput }),
    output: scheduleRowSchema,
    permission: 'schedule.resume',
    scope: 'tenant',
    auditAction: 'schedule.resumed',
  }),
  'schedules.remove': mutation({
    input: z.strictObject({ ...scheduleInput, ...versionInput }),
    output: z.object({ removed: z.boolean() }),
    permission: 'schedule.delete',
    scope: 'tenant',
    auditAction: 'schedule.deleted',
  }),
} as const;
