import { z } from 'zod';
import { cadenceSchema, timeZoneSchema } from '../model/cadence.ts';
import { policyTypeSelectionSchema, retentionRuleSchema } from '../model/run-spec.ts';
import { runStates } from '../model/run-states.ts';
import { idSchema, instantSchema, nameSchema } from './fields.ts';
import { mutation, query } from './procedure.ts';

export const scheduleRowSchema = z.object({
  id: idSchema,
  tenantId: idSchema,
  tenantName: z.string(),
  name: z.string(),
  enabled: z.boolean(),
  pausedReason: z.string().nullable(),
  cadence: cadenceSchema,
  /** The cadence in words, with its zone. */
  cadenceWords: z.string(),
  timeZone: z.string(),
  policyTypes: policyTypeSelectionSchema,
  retention: retentionRuleSchema,
  /** Null while paused, or when the cadence cannot be computed; then `dispatchError` says why. */
  nextSlotAt: instantSchema.nullable(),
  dispatchError: z.string().nullable(),
  version: z.number().int(),
  /** Newest first, at most ten. */
  lastRuns: z.array(z.object({ id: idSchema, state: z.enum(runStates), at: instantSchema })),
  activeRunId: idSchema.nullable(),
});
export type ScheduleRow = z.output<typeof scheduleRowSchema>;

const scheduleInput = { tenantId: idSchema, scheduleId: idSchema };
/** The version that the editor saw; another one means that somebody changed the schedule meanwhile. */
const versionInput = { expectedVersion: z.number().int().min(1) };

const scheduleFields = {
  name: nameSchema,
  cadence: cadenceSchema,
  timeZone: timeZoneSchema,
  policyTypes: policyTypeSelectionSchema,
  retention: retentionRuleSchema,
};

export const schedules = {
  'schedules.list': query({
    input: z.strictObject({ tenantId: idSchema.nullable().default(null) }),
    output: z.object({ rows: z.array(scheduleRowSchema) }),
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
      reason: z.string().trim().min(3, 'Pausing needs a reason.').max(500),
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
