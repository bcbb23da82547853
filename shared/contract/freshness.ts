import { z } from 'zod';
import { idSchema, instantSchema } from './fields.ts';
import { query } from './procedure.ts';

/** How the last complete capture of a policy type stands against the age that its schedule promises. Worst first. */
export const freshnessStates = ['never_captured', 'late', 'awaited', 'fresh', 'not_available'] as const;
export type FreshnessState = (typeof freshnessStates)[number];

/** The word for people and what it means; the same on screen, in files and in the terminal. */
export const freshnessWords: Readonly<Record<FreshnessState, { word: string; meaning: string }>> = {
  never_captured: {
    word: 'Never captured',
    meaning: 'No backup set holds a complete copy, and the first allowed age has passed.',
  },
  late: { word: 'Late', meaning: 'The last complete copy is older than promised.' },
  awaited: {
    word: 'Awaited',
    meaning: 'No complete copy yet; the schedule is younger than its allowed age.',
  },
  fresh: { word: 'Fresh', meaning: 'The last complete copy is as young as promised.' },
  not_available: { word: 'Not available', meaning: 'The tenant does not have this feature.' },
};

const freshnessRowSchema = z.object({
  tenantId: idSchema,
  tenantName: z.string(),
  typeKey: z.string(),
  typeName: z.string(),
  state: z.enum(freshnessStates),
  lastCompleteAt: instantSchema.nullable(),
  ageMs: z.number().nullable(),
  allowedAgeMs: z.number(),
  /** Why the last attempt brought no complete copy; null where it did. */
  reason: z.string().nullable(),
});
export type FreshnessRow = z.infer<typeof freshnessRowSchema>;

const freshnessReportSchema = z.object({
  /** The database's time at which ages were computed. */
  at: instantSchema,
  /** Worst first. */
  rows: z.array(freshnessRowSchema),
  /** Over all rows of the tenants asked for, whatever the filter and the limit. */
  counts: z.record(z.enum(freshnessStates), z.number().int()),
  /** Tenants for which nothing is promised, so that no row speaks of them, and why. */
  unpromised: z.array(z.object({ tenantId: idSchema, tenantName: z.string(), sentence: z.string() })),
});
export type FreshnessReport = z.infer<typeof freshnessReportSchema>;

export const freshness = {
  'freshness.get': query({
    input: z.strictObject({
      tenantId: idSchema.nullable().default(null),
      state: z.enum(freshnessStates).nullable().default(null),
      limit: z.number().int().min(1).max(5_000).default(1_000),
    }),
    output: freshnessReportSchema,
    permission: 'run.view',
    scope: 'permitted-tenants',
  }),
  /** The whole report as a file: CSV for spreadsheets, HTML to print. */
  'freshness.file': query({
    input: z.strictObject({
      tenantId: idSchema.nullable().default(null),
      format: z.enum(['csv', 'html']),
    }),
    output: z.object({ name: z.string(), text: z.string() }),
    permission: 'run.view',
    scope: 'permitted-tenants',
  }),
} as const;
