import { z } from 'zod';
import { idSchema } from './fields.ts';
import { comparedSetsFields } from './set-comparisons.ts';
import { itemKeyFields } from './set-items.ts';

export const comparisonFormats = ['markdown', 'csv', 'json-patch'] as const;

/**
 * What of the backup sets can be saved as a file. No procedure, because a page never names a path: the shells have
 * the file written and hand it to the person.
 */
export const setExportSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('set'), tenantId: idSchema, backupSetId: idSchema }),
  z.strictObject({ kind: z.literal('item'), tenantId: idSchema, backupSetId: idSchema, ...itemKeyFields }),
  z.strictObject({
    kind: z.literal('comparison'),
    ...comparedSetsFields,
    format: z.enum(comparisonFormats),
  }),
]);
export type SetExport = z.output<typeof setExportSchema>;
