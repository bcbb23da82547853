import { z } from 'zod';
import { timeZoneSchema } from '../model/cadence.ts';
import { exportTools } from '../model/export-tools.ts';
import { typeOutcomes } from '../model/run-states.ts';
import { cursorSchema, idSchema, instantSchema, pageOf, pageSizeSchema } from './fields.ts';
import { mutation, query } from './procedure.ts';

export const backupSetRowSchema = z.object({
  id: idSchema,
  tenantId: idSchema,
  tenantName: z.string(),
  /** Null for an import, as are the run and the number. */
  scheduleId: idSchema.nullable(),
  scheduleName: z.string().nullable(),
  runId: idSchema.nullable(),
  seq: z.number().int().nullable(),
  /** When it was sealed; for an import the instant as which it was taken. */
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
  /** Where an import came from; null for a set that a run sealed. */
  imported: z
    .object({
      tool: z.enum(exportTools),
      folder: z.string(),
      at: instantSchema,
      by: z.string(),
      files: z.number().int(),
      /** Files that no object was made of. */
      leftOut: z.number().int(),
      /** Objects whose id the tool left out. */
      madeIds: z.number().int(),
    })
    .nullable(),
});
export type BackupSetRow = z.output<typeof backupSetRowSchema>;

export const setInput = z.strictObject({ tenantId: idSchema, backupSetId: idSchema });

/** A month in the zone in which the list is read. */
const monthSchema = z.string().regex(/^\d{4}-(?:0[1-9]|1[0-2])$/, 'A month is written as 2026-11.');

/** Sets that runs sealed, imported ones, or both. */
export const setOrigins = ['all', 'run', 'import'] as const;

/** Why no date stands in the place of a removal. */
export const removalObstacles = ['pinned', 'newest_complete_copy', 'no_next_slot'] as const;

export const backupSets = {
  'backup-sets.list': query({
    input: z.strictObject({
      tenantId: idSchema.nullable().default(null),
      month: monthSchema.nullable().default(null),
      timeZone: timeZoneSchema.default('UTC'),
      origin: z.enum(setOrigins).default('all'),
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
      origin: z.enum(setOrigins).default('all'),
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
      /** Of an import: files that no object was made of, the first thousand of them. */
      leftOut: z.array(z.object({ path: z.string(), reason: z.string() })),
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
  /** Removes an imported set for good. Sets of runs are removed by retention alone. */
  'backup-sets.delete-import': mutation({
    input: setInput,
    output: z.object({}),
    permission: 'set.import',
    scope: 'tenant',
    auditAction: 'set.import_deleted',
  }),
} as const;
