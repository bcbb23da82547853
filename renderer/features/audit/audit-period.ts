/** Periods of the audit page; the default is said on the page, never silent. */
export const auditPeriods = {
  '24h': { words: 'Last 24 hours', hours: 24 },
  '7d': { words: 'Last 7 days', hours: 7 * 24 },
  '30d': { words: 'Last 30 days', hours: 30 * 24 },
  '90d': { words: 'Last 90 days', hours: 90 * 24 },
  '365d': { words: 'Last 365 days', hours: 365 * 24 },
  all: { words: 'All time', hours: null },
} as const;
export type AuditPeriod = keyof typeof auditPeriods;

const quarterMs = 15 * 60_000;

/** Start of a period, to the quarter of an hour, so that the same page asks the same question for a while. */
export function periodStart(period: AuditPeriod, nowMs: number): string | null {
  const { hours } = auditPeriods[period];
  if (hours === null) return null;
  return new Date(Math.floor((nowMs - hours * 3_600_000) / quarterMs) * quarterMs).toISOString();
}
