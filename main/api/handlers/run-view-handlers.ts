import type { z } from 'zod';
import type { runFilterFields, timelineRowSchema } from '../../../shared/contract/run-views.ts';
import { AppError, isAppError } from '../../../shared/errors.ts';
import { instantFromIso } from '../../../shared/model/instant.ts';
import type { Sql } from '../../db/database.ts';
import type { RunFilter, TenantScope } from '../../db/repositories/run-filter.ts';
import { readOutcomeMatrix, readRunOutcomes } from '../../db/repositories/run-outcomes.ts';
import {
  listSchedulePauses,
  listTimelineSchedules,
  readTimelineBars,
  readTimelineSchedules,
  type TimelineBar,
  type TimelineFilter,
  type TimelineSchedule,
} from '../../db/repositories/run-timeline.ts';
import { countNewRuns, listRuns, listRunsById } from '../../db/repositories/runs.ts';
import { getSchedule, readDatabaseTime } from '../../db/repositories/schedules.ts';
import { nextSlot } from '../../domain/cadence.ts';
import { outcomeMatrix } from '../outcome-matrix.ts';
import type { Handlers } from '../router.ts';
import { runRow, runType } from './run-row.ts';

type FilterInput = { [Field in keyof typeof runFilterFields]: z.output<(typeof runFilterFields)[Field]> };
type Row = z.input<typeof timelineRowSchema>;

const mostSlots = 50;

function scopeOf({ tenantId }: FilterInput): TenantScope {
  return tenantId === null ? { allTenants: true } : { tenantId };
}

function filterOf(input: FilterInput): RunFilter {
  return {
    scheduleId: input.scheduleId,
    states: input.states,
    reason: input.reason,
    trigger: input.trigger,
    host: input.host,
    troubledType: input.troubledType,
    from: input.from === null ? null : instantFromIso(input.from),
    to: input.to === null ? null : instantFromIso(input.to),
  };
}

export const runViewHandlers: Pick<
  Handlers,
  'runs.list' | 'runs.refresh' | 'runs.timeline' | 'runs.matrix' | 'runs.type'
> = {
  'runs.list': async ({ session }, input) => {
    // Before the rows: a run that is created between the two readings is told as new rather than lost.
    const asOf = await readDatabaseTime(session.database);
    const page = await listRuns(session.database, scopeOf(input), filterOf(input), {
      cursor: input.cursor,
      limit: input.pageSize,
    });
    return {
      rows: page.rows.map(runRow),
      nextCursor: page.nextCursor,
      total: null,
      asOf: asOf.toISOString(),
    };
  },

  'runs.refresh': async ({ session }, input) => {
    const [newRuns, rows] = await Promise.all([
      countNewRuns(session.database, scopeOf(input), filterOf(input), instantFromIso(input.createdAfter)),
      listRunsById(session.database, input.runIds),
    ]);
    return { newRuns, rows: rows.map(runRow) };
  },

  'runs.timeline': async ({ session }, input) => {
    const sql = session.database;
    const scope = scopeOf(input);
    const filter: TimelineFilter = {
      ...filterOf(input),
      from: instantFromIso(input.from),
      to: instantFromIso(input.to),
    };
    const now = await readDatabaseTime(sql);
    const page = { busyOnly: input.busyOnly, after: input.cursor, limit: input.pageSize };
    const answer =
      input.rows === 'host'
        ? await hostRows(sql, scope, filter, input.bucketMs)
        : await scheduleRows(sql, scope, filter, input.bucketMs, page, now);
    return { ...answer, total: null, now: now.toISOString() };
  },

  'runs.matrix': async ({ session }, { tenantId, scheduleId }) => {
    if ((await getSchedule(session.database, tenantId, scheduleId)) === null) {
      throw new AppError('schedule_not_found', 'There is no such schedule.');
    }
    return outcomeMatrix(await readOutcomeMatrix(session.database, tenantId, scheduleId));
  },

  'runs.type': async ({ session }, { tenantId, runId, typeKey }) => {
    const [type] = await readRunOutcomes(session.database, tenantId, runId, typeKey);
    if (type === undefined) {
      throw new AppError('run_type_not_found', 'The run did not ask for that policy type.');
    }
    return runType(type);
  },
};

async function hostRows(
  sql: Sql,
  scope: TenantScope,
  filter: TimelineFilter,
  bucketMs: number,
): Promise<{ rows: Row[]; nextCursor: null }> {
  const bars = await readTimelineBars(sql, scope, filter, { by: 'host', keys: null, bucketMs });
  const rows = [...Map.groupBy(bars, (bar) => bar.key)].map(([host, ofHost]) => ({
    key: host,
    tenantId: null,
    tenantName: null,
    name: host === '' ? 'No host' : host,
    bars: ofHost.map(barOf),
    pauses: [],
    slots: [],
  }));
  return { rows, nextCursor: null };
}

async function scheduleRows(
  sql: Sql,
  scope: TenantScope,
  filter: TimelineFilter,
  bucketMs: number,
  page: { busyOnly: boolean; after: string | null; limit: number },
  now: Date,
): Promise<{ rows: Row[]; nextCursor: string | null }> {
  if (page.after !== null && !/^[0-9a-f-]{36}$/.test(page.after)) {
    throw new AppError('cursor_invalid', 'This page of the list does not exist.');
  }
  const found = await listTimelineSchedules(sql, scope, filter, { ...page, limit: page.limit + 1 });
  const keys = found.slice(0, page.limit);
  const [schedules, bars, pauses] = await Promise.all([
    readTimelineSchedules(sql, keys),
    readTimelineBars(sql, scope, filter, { by: 'schedule', keys, bucketMs }),
    listSchedulePauses(sql, keys, filter),
  ]);
  const barsBySchedule = Map.groupBy(bars, (bar) => bar.key);
  const pausesBySchedule = Map.groupBy(pauses, (pause) => pause.scheduleId);
  return {
    rows: schedules.map((schedule) => ({
      key: schedule.scheduleId,
      tenantId: schedule.tenantId,
      tenantName: schedule.tenantName,
      name: schedule.name,
      bars: (barsBySchedule.get(schedule.scheduleId) ?? []).map(barOf),
      pauses: (pausesBySchedule.get(schedule.scheduleId) ?? []).map((pause) => ({
        from: pause.from.toISOString(),
        to: pause.to?.toISOString() ?? null,
        reason: pause.reason,
      })),
      slots: comingSlots(schedule, now, filter.to),
    })),
    nextCursor: found.length > page.limit ? keys.at(-1)! : null,
  };
}

function barOf(bar: TimelineBar): Row['bars'][number] {
  return [bar.startMs, bar.lastStartMs, bar.endMs, bar.state, bar.count, bar.runId];
}

/** From the dispatcher's own function; a cadence that cannot be computed has no coming slots, its schedule says why. */
function comingSlots({ enabled, cadence, timeZone }: TimelineSchedule, now: Date, to: Date): string[] {
  const slots: string[] = [];
  if (!enabled) return slots;
  try {
    let slot = nextSlot(cadence, timeZone, now);
    while (slot !== null && slot < to && slots.length < mostSlots) {
      slots.push(slot.toISOString());
      slot = nextSlot(cadence, timeZone, slot);
    }
  } catch (error) {
    if (!isAppError(error)) throw error;
  }
  return slots;
}
