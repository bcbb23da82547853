import { z } from 'zod';
import { timeZoneSchema } from '../model/cadence.ts';
import { typeOutcomes } from '../model/run-states.ts';
import { cursorSchema, idSchema, instantSchema, pageOf, pageSizeSchema } from './fields.ts';
import { mutation, query } from './procedure.ts';

export const backupSetRowSchema = z.object({
  id: idSchema,
  tenantId: idSchema,
  tenantName: z.string(),
  scheduleId: idSchema,
  scheduleName: z.string(),
  runId: idSchema,
  seq: z.number().int(),
  sealedAt: instantSchema,
  rootHash: z.string(),
  complete: z.boolean(),
  types: z.number().int(),
  items: z.number().int(),
  added: z.number().int(),
  changed: z.number().int(),
  removed: z.number().int(),
  /** Bytes that the set added to the database, compressed. */
  newBytes: z.number().int(),
  pinned: z.object({ at: instantSchema, by: z.string(), reason: z.string() }).nullable(),
  /** What the last verification found, and when; null when nobody has verified the set yet. */
  verified: z
    .object({
      at: instantSchema,
      by: z.string(),
      items: z.number().int(),
      damages: z.number().int(),
      firstDamage: z.string().nullable(),
    })
    .nullable(),
});
export type BackupSetRow = z.output<typeof backupSetRowSchema>;

export const setInput = z.strictObject({ tenantId: idSchema, backupSetId: idSchema });

/** A month in the zone in which the list is read. */
const monthSchema = z.string().regex(/^\d{4}-(?:0[1-9]|1[0-2])$/, 'A month is written as 2026-11.');

/** Why no date stands in the place of a removal. */
export const removalObstacles = ['pinned', 'newest_complete_copy', 'no_next_slot'] as const;

export const backupSets = {
  'backup-sets.list': query({
    input: z.strictObject({
      tenantId: idSchema.nullable().default(null),
      month: monthSchema.nullable().default(null),
      timeZone: timeZoneSchema.default('UTC'),
      cursor: cursorSchema,
      pageSize: pageSizeSchema,
    }),
    output: pageOf(backupSetRowSchema),
    permission: 'set.view',
    scope: 'permitted-tenants',
  }),
  /** The months that have sets, newest first. */
  'backup-sets.months': query({
    input: z.strictObject({
      tenantId: idSchema.nullable().default(null),
      timeZone: timeZoneSchema.default('UTC'),
    }),
    output: z.object({
      months: z.array(
        z.object({
          month: monthSchema,
          sets: z.number().int(),
          partial: z.number().int(),
          newBytes: z.number().int(),
        }),
      ),
    }),
    permission: 'set.view',
    scope: 'permitted-tenants',
  }),
  /** When retention will take each set of some schedules, if their slots go on as they are. */
  'backup-sets.removals': query({
    input: z.strictObject({ scheduleIds: z.array(idSchema).min(1).max(50) }),
    output: z.object({
      rows: z.array(
        z.object({
          backupSetId: idSchema,
          removedAt: instantSchema.nullable(),
          /** Why there is no date; null where there is one. */
          obstacle: z.enum(removalObstacles).nullable(),
          /** For a pinned set: when it would go once it is unpinned. */
          removedAtUnpinned: instantSchema.nullable(),
        }),
      ),
    }),
    permission: 'set.view',
    scope: 'permitted-tenants',
  }),
  'backup-sets.get': query({
    input: setInput,
    output: z.object({
      set: backupSetRowSchema,
      previousId: idSchema.nullable(),
      parts: z.array(
        z.object({
          typeKey: z.string(),
          displayName: z.string(),
          category: z.string(),
          outcome: z.enum(typeOutcomes),
          reason: z.string().nullable(),
          sentence: z.string().nullable(),
          nextStep: z.string().nullable(),
          items: z.number().int(),
          expected: z.number().int().nullable(),
          failed: z.number().int(),
        }),
      ),
      notOffered: z.array(z.object({ name: z.string(), note: z.string() })),
    }),
    permission: 'set.view',
    scope: 'tenant',
  }),
  'backup-sets.verify': mutation({
    input: z.strictObject({
      tenantId: idSchema,
      backupSetId: idSchema,
      /** Under this id `work.progress` tells how far it is and `work.cancel` ends it. */
      workId: idSchema.nullable().default(null),
    }),
    output: z.object({
      verified: z.boolean(),
      items: z.number().int(),
      rootHash: z.string(),
      previousRootHash: z.string().nullable(),
      damages: z.array(z.object({ where: z.string(), what: z.string() })),
    }),
    permission: 'set.verify',
    scope: 'tenant',
    auditAction: 'set.verified',
  }),
  'backup-sets.pin': mutation({
    input: z.strictObject({
      tenantId: idSchema,
      backupSetId: idSchema,
      reason: z.string().trim().min(3, 'A reason helps the next person.').max(500),
    }),
    output: backupSetRowSchema,
    permission: 'set.pin',
    scope: 'tenant',
    auditAction: 'set.pinned',
  }),
  'backup-sets.unpin': mutation({
    input: setInput,
    output: backupSetRowSchema,
    permission: 'set.unpin',
    scope: 'tenant',
    auditAction: 'set.unpinned',
  }),
} as const;
