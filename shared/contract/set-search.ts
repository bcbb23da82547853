import { z } from 'zod';
import { idSchema, instantSchema, pageSizeSchema } from './fields.ts';
import { query } from './procedure.ts';

export const searchScopes = ['newest', 'all'] as const;

/**
 * Search in what the sets hold. It reads the stored objects, so an answer is a piece of the way: hits so far, how
 * far the search is, and the cursor with which it goes on. Whoever stops asking has cancelled it.
 */
export const setSearch = {
  'backup-sets.search': query({
    input: z.strictObject({
      /** Null: every tenant in which the login may search. */
      tenantId: idSchema.nullable().default(null),
      /** One set, or null for the sets of `sets`. */
      backupSetId: idSchema.nullable().default(null),
      /** The newest set of each schedule, or all of them and the imports. */
      sets: z.enum(searchScopes).default('newest'),
      text: z.string().trim().min(2, 'At least two characters are searched for.').max(200),
      /** False: names and ids alone, which needs no object to be read. */
      inSettings: z.boolean().default(true),
      cursor: z.string().max(3000).nullable().default(null),
      /** About so many: whole batches are answered. */
      pageSize: pageSizeSchema,
    }),
    output: z.object({
      rows: z.array(
        z.object({
          tenantId: idSchema,
          tenantName: z.string(),
          /** The newest set that holds this version of the item. */
          backupSetId: idSchema,
          /** Null where the set is an import. */
          seq: z.number().int().nullable(),
          sealedAt: instantSchema,
          typeKey: z.string(),
          displayName: z.string(),
          graphId: z.string(),
          name: z.string(),
          matched: z.enum(['name', 'id', 'setting']),
          /** Where in the document, for a setting; the first of them. */
          pointer: z.string().nullable(),
          /** What stands there, cut around the hit. */
          excerpt: z.string().nullable(),
          /** Further settings of the same item that match. */
          more: z.number().int(),
        }),
      ),
      nextCursor: z.string().nullable(),
      progress: z.object({
        /** Policy types searched to their end, of those in the sets asked for. */
        done: z.number().int(),
        of: z.number().int(),
        tenants: z.number().int(),
      }),
      /** Objects that could not be searched, because their stored bytes are missing or damaged. */
      unreadable: z.number().int(),
    }),
    permission: 'set.search',
    scope: 'permitted-tenants',
  }),
} as const;
