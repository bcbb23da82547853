import { z } from 'zod';
import { cadenceSchema, localTimeSchema, timeZoneSchema } from '../model/cadence.ts';
import { retentionRuleSchema } from '../model/run-spec.ts';
import { idSchema, instantSchema } from './fields.ts';
import { query } from './procedure.ts';

/** A schedule as it stands in the editor: `scheduleId` null while it was never saved. */
const draftInput = {
  tenantId: idSchema,
  scheduleId: idSchema.nullable().default(null),
  cadence: cadenceSchema,
  timeZone: timeZoneSchema,
};

/** What is worth knowing before a schedule is saved. */
export const scheduleAdvice = {
  'schedules.advice': query({
    input: z.strictObject(draftInput),
    output: z.object({
      /** Other schedules of the tenant that start in the same minute within the coming seven days; null: none. */
      collision: z
        .object({
          /** Wall time of the first minute that they share, in the zone of the schedule asked about. */
          localTime: z.string(),
          others: z.array(z.object({ scheduleId: idSchema, name: z.string() })),
        })
        .nullable(),
      /** Both null until the schedule has good runs to judge by. */
      medianRunMs: z.number().int().nullable(),
      shortestGapMs: z.number().int().nullable(),
      /** Zones of the tenant's other schedules, when this one is in none of them. */
      otherZones: z.array(z.string()),
    }),
    permission: 'schedule.preview',
    scope: 'tenant',
  }),
  'schedules.spread-plan': query({
    input: z.strictObject({
      tenantId: idSchema,
      timeZone: timeZoneSchema,
      from: localTimeSchema,
      to: localTimeSchema,
      /** The schedule in the editor takes part as it stands there. */
      draft: z
        .strictObject({ scheduleId: idSchema.nullable(), cadence: cadenceSchema, timeZone: timeZoneSchema })
        .nullable()
        .default(null),
    }),
    output: z.object({
      moves: z.array(
        z.object({
          /** Null: the schedule in the editor, which was never saved. */
          scheduleId: idSchema.nullable(),
          name: z.string(),
          expectedVersion: z.number().int(),
          before: z.string(),
          after: z.string(),
          cadence: cadenceSchema,
          overlapsOwnTenant: z.boolean(),
        }),
      ),
      /** Schedules that stay: they are in another zone, outside the window, or have several times a day. */
      staying: z.number().int(),
    }),
    permission: 'schedule.spread',
    scope: 'tenant',
  }),
  'schedules.retention-preview': query({
    input: z.strictObject({ tenantId: idSchema, scheduleId: idSchema, retention: retentionRuleSchema }),
    output: z.object({
      sets: z.number().int(),
      kept: z.number().int(),
      /** Sets that the next successful run would remove, oldest first, at most ten. */
      removedNext: z.array(instantSchema),
      removedNextCount: z.number().int(),
      /** The set that goes first once newer ones come; null when nothing ever goes by this rule. */
      nextToGo: instantSchema.nullable(),
    }),
    permission: 'schedule.view',
    scope: 'tenant',
  }),
} as const;
