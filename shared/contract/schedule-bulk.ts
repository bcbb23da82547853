import { z } from 'zod';
import { cadenceSchema } from '../model/cadence.ts';
import { retentionRuleSchema } from '../model/run-spec.ts';
import { idSchema, instantSchema } from './fields.ts';
import { mutation } from './procedure.ts';
import { pauseReasonSchema } from './schedules.ts';

/** Most rows of one call; a page with more asks several times and shows how far it is. */
export const mostBulkRows = 200;

const rowInput = { tenantId: idSchema, scheduleId: idSchema, expectedVersion: z.number().int().min(1) };
const bulkItems = z.array(z.strictObject(rowInput)).min(1).max(mostBulkRows);

/**
 * What became of each row, in the order of the input. Each row is a change of its own with its own audit event: what
 * one of them is refused takes nothing from the others. Rows are not named again, so a tenant without membership
 * answers as one that does not exist.
 */
export const bulkOutput = z.object({
  results: z.array(
    z.discriminatedUnion('ok', [
      z.object({
        ok: z.literal(true),
        /** The version after the change, for taking it back. */
        version: z.number().int().nullable(),
        /** What was made: the run, or the copied schedule. */
        createdId: idSchema.nullable(),
      }),
      z.object({ ok: z.literal(false), code: z.string(), message: z.string() }),
    ]),
  ),
});
export type BulkResult = z.output<typeof bulkOutput>['results'][number];

export const scheduleBulk = {
  'schedules.bulk-pause': mutation({
    input: z.strictObject({
      items: bulkItems,
      reason: pauseReasonSchema,
      resumeAt: instantSchema.nullable().default(null),
    }),
    output: bulkOutput,
    permission: 'schedule.pause',
    scope: 'permitted-tenants',
    auditAction: 'schedule.paused',
  }),
  'schedules.bulk-resume': mutation({
    input: z.strictObject({ items: bulkItems }),
    output: bulkOutput,
    permission: 'schedule.resume',
    scope: 'permitted-tenants',
    auditAction: 'schedule.resumed',
  }),
  'schedules.bulk-run': mutation({
    input: z.strictObject({ items: bulkItems }),
    output: bulkOutput,
    permission: 'run.start',
    scope: 'permitted-tenants',
    auditAction: 'run.requested',
  }),
  'schedules.bulk-retention': mutation({
    input: z.strictObject({
      /** The rule stands at each row, so that taking a change back can give each its own again. */
      items: z
        .array(z.strictObject({ ...rowInput, retention: retentionRuleSchema }))
        .min(1)
        .max(mostBulkRows),
    }),
    output: bulkOutput,
    permission: 'retention.edit',
    scope: 'permitted-tenants',
    auditAction: 'schedule.edited',
  }),
  'schedules.bulk-copy': mutation({
    input: z.strictObject({
      /** Each schedule with the tenant that gets a copy of it, under the same name. */
      items: z
        .array(z.strictObject({ tenantId: idSchema, scheduleId: idSchema, toTenantId: idSchema }))
        .min(1)
        .max(mostBulkRows),
    }),
    output: bulkOutput,
    permission: 'schedule.create',
    scope: 'permitted-tenants',
    auditAction: 'schedule.created',
  }),
  /** Moves schedules of one tenant to other minutes, all of them or none. */
  'schedules.spread': mutation({
    input: z.strictObject({
      tenantId: idSchema,
      changes: z
        .array(
          z.strictObject({
            scheduleId: idSchema,
            expectedVersion: z.number().int().min(1),
            cadence: cadenceSchema,
          }),
        )
        .min(1)
        .max(500),
    }),
    output: z.object({ moved: z.number().int() }),
    permission: 'schedule.spread',
    scope: 'tenant',
    auditAction: 'schedule.edited',
  }),
} as const;
