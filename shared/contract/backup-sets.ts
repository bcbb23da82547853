import { z } from 'zod';
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
  pinned: z.object({ at: instantSchema, by: z.string(), reason: z.string() }).nullable(),
});
export type BackupSetRow = z.output<typeof backupSetRowSchema>;

const setInput = z.strictObject({ tenantId: idSchema, backupSetId: idSchema });
const itemKey = { typeKey: z.string().max(100), graphId: z.string().max(500) };

const differenceKinds = ['added', 'changed', 'removed'] as const;

export const backupSets = {
  'backup-sets.list': query({
    input: z.strictObject({
      tenantId: idSchema.nullable().default(null),
      cursor: cursorSchema,
      pageSize: pageSizeSchema,
    }),
    output: pageOf(backupSetRowSchema),
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
          items: z.number().int(),
        }),
      ),
      notOffered: z.array(z.object({ name: z.string(), note: z.string() })),
    }),
    permission: 'set.view',
    scope: 'tenant',
  }),
  'backup-sets.items': query({
    input: z.strictObject({
      tenantId: idSchema,
      backupSetId: idSchema,
      typeKey: z.string().max(100).nullable().default(null),
      /** Part of a name or id, case-insensitive. */
      search: z.string().max(200).default(''),
      cursor: cursorSchema,
      pageSize: pageSizeSchema,
    }),
    output: pageOf(
      z.object({ typeKey: z.string(), graphId: z.string(), name: z.string(), hash: z.string() }),
    ),
    permission: 'set.view',
    scope: 'tenant',
  }),
  'backup-sets.item': query({
    input: z.strictObject({
      tenantId: idSchema,
      backupSetId: idSchema,
      ...itemKey,
      /** Position in the text; documents above 256 KB are read in slices. */
      offset: z.number().int().min(0).default(0),
    }),
    output: z.object({
      name: z.string(),
      hash: z.string(),
      text: z.string(),
      totalChars: z.number().int(),
      volatile: z.record(z.string(), z.unknown()),
    }),
    permission: 'set.view',
    scope: 'tenant',
  }),
  'backup-sets.compare': query({
    input: z.strictObject({ tenantId: idSchema, leftId: idSchema, rightId: idSchema }),
    output: z.object({
      notCompared: z.array(z.object({ typeKey: z.string(), reason: z.string() })),
      types: z.array(
        z.object({
          typeKey: z.string(),
          displayName: z.string(),
          items: z.array(
            z.object({ graphId: z.string(), name: z.string(), difference: z.enum(differenceKinds) }),
          ),
        }),
      ),
    }),
    permission: 'set.compare',
    scope: 'tenant',
  }),
  'backup-sets.compare-item': query({
    input: z.strictObject({ tenantId: idSchema, leftId: idSchema, rightId: idSchema, ...itemKey }),
    output: z.object({
      changes: z.array(
        z.object({
          path: z.string(),
          difference: z.enum(differenceKinds),
          before: z.string().nullable(),
          after: z.string().nullable(),
        }),
      ),
    }),
    permission: 'set.compare',
    scope: 'tenant',
  }),
  'backup-sets.verify': query({
    input: setInput,
    output: z.object({
      verified: z.boolean(),
      items: z.number().int(),
      rootHash: z.string(),
      damages: z.array(z.object({ where: z.string(), what: z.string() })),
    }),
    permission: 'set.verify',
    scope: 'tenant',
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
