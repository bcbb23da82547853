import { z } from 'zod';
import type { Contract } from '../../../shared/contract/index.ts';
import type { InputOf } from '../../../shared/contract/procedure.ts';
import { runStates } from '../../../shared/model/run-states.ts';

export const runViews = ['list', 'timeline', 'matrix'] as const;
export type RunView = (typeof runViews)[number];

/** Periods that end now. */
export const periods = {
  '1h': { word: 'Last hour', hours: 1 },
  '6h': { word: 'Last 6 hours', hours: 6 },
  '24h': { word: 'Last 24 hours', hours: 24 },
  '7d': { word: 'Last 7 days', hours: 7 * 24 },
  '14d': { word: 'Last 14 days', hours: 14 * 24 },
  '30d': { word: 'Last 30 days', hours: 30 * 24 },
  '90d': { word: 'Last 90 days', hours: 90 * 24 },
} as const;
export type Period = keyof typeof periods;
export const periodNames = Object.keys(periods) as [Period, ...Period[]];

const text = z.string().max(200).optional().catch(undefined);
const instant = z.iso.datetime({ offset: true }).optional().catch(undefined);
const flag = z.literal(true).optional().catch(undefined);

/** What the address of the runs page holds besides the open run. */
export const runsSearchFields = {
  view: z.enum(runViews).optional().catch(undefined),
  state: z
    .union([z.enum(runStates), z.array(z.enum(runStates)).max(runStates.length)])
    .optional()
    .catch(undefined),
  reason: text,
  trigger: z.enum(['scheduled', 'manual']).optional().catch(undefined),
  onHost: text,
  policyType: text,
  runSchedule: z.uuid().optional().catch(undefined),
  period: z.enum(periodNames).optional().catch(undefined),
  /** A period of one's own, which goes before `period`. */
  from: instant,
  to: instant,
  /** Timeline: rows are hosts; rows without runs are left out; the table in the place of the bars. */
  hostRows: flag,
  busyOnly: flag,
  asTable: flag,
};

const searchSchema = z.object(runsSearchFields);
export type RunsSearch = z.output<typeof searchSchema> & {
  tenantId?: string | undefined;
  run?: string | undefined;
  runTenant?: string | undefined;
};

export type RunFilterInput = Omit<InputOf<Contract['runs.list']>, 'cursor' | 'pageSize'>;

/** The states of the address, which holds one or several. */
export function statesOf(search: RunsSearch): readonly (typeof runStates)[number][] {
  if (search.state === undefined) return [];
  return typeof search.state === 'string' ? [search.state] : search.state;
}

/** The filter that the address asks for; a period that ends now is counted from `nowMs`. */
export function filterOf(search: RunsSearch, nowMs: number): RunFilterInput {
  const own = search.from !== undefined || search.to !== undefined;
  const hours = !own && search.period !== undefined ? periods[search.period].hours : null;
  return {
    tenantId: search.tenantId ?? null,
    scheduleId: search.runSchedule ?? null,
    states: [...statesOf(search)],
    reason: search.reason ?? null,
    trigger: search.trigger ?? null,
    host: search.onHost ?? null,
    troubledType: search.policyType ?? null,
    from: hours === null ? (search.from ?? null) : new Date(nowMs - hours * 3_600_000).toISOString(),
    to: search.to ?? null,
  };
}

/** The address without any filter; the view, the tenant and the open run stay. */
export const noFilter = {
  state: undefined,
  reason: undefined,
  trigger: undefined,
  onHost: undefined,
  policyType: undefined,
  runSchedule: undefined,
  period: undefined,
  from: undefined,
  to: undefined,
} as const satisfies Partial<RunsSearch>;

export function isFiltered(search: RunsSearch): boolean {
  return (Object.keys(noFilter) as (keyof typeof noFilter)[]).some((field) => search[field] !== undefined);
}
