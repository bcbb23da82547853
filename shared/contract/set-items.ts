import { z } from 'zod';
import { cursorSchema, idSchema, instantSchema, pageOf, pageSizeSchema } from './fields.ts';
import { query } from './procedure.ts';

export const itemKeyFields = { typeKey: z.string().max(100), graphId: z.string().max(500) };
const pointerSchema = z.string().max(20_000);

/** An object of a set: what it is, what of it can be read in words, and what happened to it. */
export const setItems = {
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
      z.object({
        typeKey: z.string(),
        graphId: z.string(),
        name: z.string(),
        hash: z.string(),
        /** When Microsoft says that it last changed. */
        changedAt: instantSchema.nullable(),
        /** Null where the type has none, or the object is too large to look. */
        assignments: z.number().int().nullable(),
        secretsNotCaptured: z.number().int(),
      }),
    ),
    permission: 'set.view',
    scope: 'tenant',
  }),
  'backup-sets.item': query({
    input: z.strictObject({
      tenantId: idSchema,
      backupSetId: idSchema,
      ...itemKeyFields,
      /** A pointer of `readable` in the notes: its text instead of the document. */
      readable: pointerSchema.nullable().default(null),
      /** Position in the text; longer texts are read in slices. */
      offset: z.number().int().min(0).default(0),
    }),
    output: z.object({
      name: z.string(),
      hash: z.string(),
      text: z.string(),
      /** Where the next slice begins; null at the end. */
      nextOffset: z.number().int().nullable(),
      totalChars: z.number().int(),
    }),
    permission: 'set.view',
    scope: 'tenant',
  }),
  /** What the text of an item does not say by itself. */
  'backup-sets.item-notes': query({
    input: z.strictObject({ tenantId: idSchema, backupSetId: idSchema, ...itemKeyFields }),
    output: z.object({
      name: z.string(),
      /** Values that Microsoft changes by itself, by pointer; they are kept beside the document. */
      volatile: z.array(z.object({ pointer: z.string(), value: z.string() })),
      /** Pointers of values that are shown as "(secret)". */
      secrets: z.array(z.string()),
      /** Pointers of values that Microsoft Graph kept back. */
      secretsNotCaptured: z.array(z.string()),
      references: z.array(
        z.object({
          id: z.string(),
          kind: z.string().nullable(),
          /** Null: nobody knows it any more. */
          name: z.string().nullable(),
          /** False: the set has no name for it, this one is of the last run. */
          fromSet: z.boolean(),
        }),
      ),
      /** Base64 payloads that are a text, such as scripts. */
      readable: z.array(z.object({ pointer: z.string(), chars: z.number().int() })),
    }),
    permission: 'set.view',
    scope: 'tenant',
  }),
  /** Each version of an item that the sets of the tenant hold, newest first. */
  'backup-sets.item-history': query({
    input: z.strictObject({ tenantId: idSchema, ...itemKeyFields }),
    output: z.object({
      versions: z.array(
        z.object({
          difference: z.enum(['added', 'changed', 'removed']),
          /** Name then; for a removed item its last one. */
          name: z.string(),
          hash: z.string().nullable(),
          /** The first set that holds this version. */
          backupSetId: idSchema,
          seq: z.number().int(),
          sealedAt: instantSchema,
          /** How many sets in a row hold it. */
          sets: z.number().int(),
          /** The set before, where the type was complete; to compare with. */
          previousSetId: idSchema.nullable(),
        }),
      ),
    }),
    permission: 'set.view',
    scope: 'tenant',
  }),
} as const;
