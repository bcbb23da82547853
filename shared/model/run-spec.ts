import { z } from 'zod';

/** Which policy types a schedule asks for. Unknown keys are kept: they make a run partial, never crash it. */
export const policyTypeSelectionSchema = z.union([
  z.literal('core'),
  z.literal('all'),
  z.array(z.string().min(1).max(100)).min(1).max(500),
]);
export type PolicyTypeSelection = z.infer<typeof policyTypeSelectionSchema>;

const count = z.number().int().min(0).max(10_000);

/** How many backup sets are kept. `keepLast` counts sets of the schedule; the other rules add to it. */
export const retentionRuleSchema = z.strictObject({
  keepLast: z.number().int().min(1).max(10_000),
  daily: count.optional(),
  weekly: count.optional(),
  monthly: count.optional(),
});
export type RetentionRule = z.infer<typeof retentionRuleSchema>;

/** When a schedule asks for attention; who is told is not part of the schedule. Absent: the usual rule. */
export const alertRuleSchema = z.strictObject({
  /** How old the last good backup set may be; absent: twice the longest gap between neighbouring slots. */
  allowedAgeMinutes: z
    .number()
    .int()
    .min(5)
    .max(366 * 24 * 60)
    .optional(),
  /** After this many runs in a row without a backup set. */
  failedTimes: z.number().int().min(1).max(100).optional(),
  /** At the first partial run after a complete one, until there is a complete one again. */
  firstPartial: z.boolean().optional(),
});

/** What holds where an alert rule says nothing. */
export const usualAlertRule = { failedTimes: 3, firstPartial: true } as const;

export type AlertRule = z.infer<typeof alertRuleSchema>;

/** What a run does; copied from the schedule into the run when it is created and frozen there. */
export const runSpecSchema = z.strictObject({
  policyTypes: policyTypeSelectionSchema,
  retention: retentionRuleSchema,
  alerts: alertRuleSchema.optional(),
});
export type RunSpec = z.infer<typeof runSpecSchema>;
