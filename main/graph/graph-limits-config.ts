import { z } from 'zod';
import { defaultGraphLimits, type GraphLimits, type RequestRate } from './graph-limits.ts';

const milliseconds = z.number().int().min(0).max(86_400_000);
const rate = z.strictObject({
  limit: z.number().int().min(1).max(1_000_000),
  windowMs: z.number().int().min(1).max(3_600_000),
});
const rates: Record<keyof GraphLimits['rates'], z.ZodOptional<typeof rate>> = {
  intune: rate.optional(),
  intuneDevices: rate.optional(),
  conditionalAccess: rate.optional(),
  directory: rate.optional(),
  cloudPc: rate.optional(),
};

/**
 * `graph` in config.json: the numbers of the Graph client that a site may have to change, because Microsoft
 * changes its limits without notice and other programs use the same tenants. What is left out is as published.
 */
export const graphLimitsConfigSchema = z
  .strictObject({
    rates: z.strictObject(rates).optional(),
    appRate: rate.optional(),
    concurrentRequestsPerTenant: z.number().int().min(1).max(64).optional(),
    batchSize: z.number().int().min(1).max(20).optional(),
    maxAttempts: z.number().int().min(1).max(20).optional(),
    backoffBaseMs: milliseconds.min(100).optional(),
    backoffCapMs: milliseconds.min(100).optional(),
    retryAfterFloorMs: milliseconds.optional(),
    retryAfterCapMs: milliseconds.min(1000).optional(),
    waitBudgetMs: milliseconds.optional(),
    reportWaitsOverMs: milliseconds.optional(),
    maxPages: z.number().int().min(1).max(100_000).optional(),
  })
  .transform(changesOf);

/** The changes alone: a name that is not given must not hide a default. */
function changesOf(given: {
  rates?: Partial<Record<keyof GraphLimits['rates'], RequestRate | undefined>> | undefined;
  [name: string]: unknown;
}): Partial<GraphLimits> {
  const named = Object.entries(given).filter(([, value]) => value !== undefined);
  const changes = Object.fromEntries(named) as Partial<GraphLimits>;
  if (given.rates !== undefined) changes.rates = { ...defaultGraphLimits.rates, ...definedOf(given.rates) };
  return changes;
}

function definedOf(
  rates: Partial<Record<keyof GraphLimits['rates'], RequestRate | undefined>>,
): Partial<GraphLimits['rates']> {
  return Object.fromEntries(Object.entries(rates).filter(([, value]) => value !== undefined));
}
