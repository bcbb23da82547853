import { z } from 'zod';

/** Building blocks that several domains of the contract share. Instants travel as ISO 8601 text in UTC. */

export const idSchema = z.uuid();
export const instantSchema = z.iso.datetime({ offset: true });
export const tenantInputSchema = z.strictObject({ tenantId: idSchema });

/** A name that a person gives: trimmed, one line, no control characters. */
export const nameSchema = z
  .string()
  .trim()
  .min(1, 'A name is needed.')
  .max(200, 'A name has at most 200 characters.')
  .regex(/^[^\p{Cc}]*$/u, 'A name holds no control characters.');

/** Short words by which tenants are grouped; each is compared as it is written. */
export const tagsSchema = z
  .array(
    z
      .string()
      .trim()
      .min(1, 'A tag is not empty.')
      .max(50, 'A tag has at most 50 characters.')
      .regex(/^[^\p{Cc}]*$/u, 'A tag holds no control characters.'),
  )
  .max(20, 'At most 20 tags are possible.');

/** Opaque position in a list, as answered by the page before. */
export const cursorSchema = z.string().max(500).nullable().default(null);
export const pageSizeSchema = z.number().int().min(1).max(500).default(100);

/** A page of rows; `nextCursor` is null on the last one. `total` is null where counting would cost too much. */
export function pageOf<Row extends z.ZodType>(row: Row) {
  return z.object({
    rows: z.array(row),
    nextCursor: z.string().nullable(),
    total: z.number().int().nullable(),
  });
}

export const countsByOutcomeSchema = z.object({
  complete: z.number().int(),
  incomplete: z.number().int(),
  notAvailable: z.number().int(),
  unknown: z.number().int(),
  notAttempted: z.number().int(),
});
