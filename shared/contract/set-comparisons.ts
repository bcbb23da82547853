import { z } from 'zod';
import { backupSetRowSchema } from './backup-sets.ts';
import { idSchema } from './fields.ts';
import { query } from './procedure.ts';

const differenceKinds = ['added', 'changed', 'removed'] as const;

/** The two sets; those of another tenant for whoever may compare in both. */
export const comparedSetsFields = {
  tenantId: idSchema,
  leftId: idSchema,
  rightId: idSchema,
  /** Null: the same tenant. */
  rightTenantId: idSchema.nullable().default(null),
};

const graphId = z.string().max(500).nullable();

export const setComparisons = {
  'backup-sets.compare': query({
    input: z.strictObject(comparedSetsFields),
    output: z.object({
      left: backupSetRowSchema,
      right: backupSetRowSchema,
      /**
       * Items of one tenant are paired by id, those of two tenants by name; with an import by id, and by name where
       * the tool left the id out.
       */
      pairedBy: z.enum(['id', 'name', 'id-or-name']),
      counts: z.object({ added: z.number().int(), changed: z.number().int(), removed: z.number().int() }),
      notCompared: z.array(z.object({ typeKey: z.string(), displayName: z.string(), reason: z.string() })),
      unchangedTypes: z.number().int(),
      types: z.array(
        z.object({
          typeKey: z.string(),
          displayName: z.string(),
          category: z.string(),
          added: z.number().int(),
          changed: z.number().int(),
          removed: z.number().int(),
          items: z.array(
            z.object({
              leftGraphId: graphId,
              rightGraphId: graphId,
              name: z.string(),
              difference: z.enum(differenceKinds),
            }),
          ),
        }),
      ),
      /** Changes that are counted but not listed, because they are too many for a page. */
      itemsLeftOut: z.number().int(),
    }),
    permission: 'set.compare',
    scope: 'tenant',
  }),
  'backup-sets.compare-item': query({
    input: z
      .strictObject({
        ...comparedSetsFields,
        typeKey: z.string().max(100),
        leftGraphId: graphId,
        rightGraphId: graphId,
        /** Also what Microsoft changes by itself, such as dates and counters. */
        withVolatile: z.boolean().default(false),
      })
      .refine((input) => input.leftGraphId !== null || input.rightGraphId !== null, 'An item is needed.'),
    output: z.object({
      changes: z.array(
        z.object({
          path: z.string(),
          difference: z.enum([...differenceKinds, 'reordered']),
          before: z.string().nullable(),
          after: z.string().nullable(),
          /** The value is a secret: that it changed can be told, not what it is. */
          secret: z.boolean(),
          volatile: z.boolean(),
          /** Base64 on both sides, shown as its text. */
          readable: z.boolean(),
          /** Characters that were cut off the longer value. */
          cut: z.number().int(),
        }),
      ),
      changesLeftOut: z.number().int(),
    }),
    permission: 'set.compare',
    scope: 'tenant',
  }),
} as const;
