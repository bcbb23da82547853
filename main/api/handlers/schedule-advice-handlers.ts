import { AppError } from '../../../shared/errors.ts';
import {
  type Cadence,
  cadenceSchema,
  type LocalTime,
  timeZoneSchema,
} from '../../../shared/model/cadence.ts';
import { instantFromMs } from '../../../shared/model/instant.ts';
import type { Sql } from '../../db/database.ts';
import { goodRunDurations } from '../../db/repositories/run-durations.ts';
import {
  getSchedule,
  listSchedules,
  readDatabaseTime,
  type Schedule,
} from '../../db/repositories/schedules.ts';
import { previewSlots, requireValidCadence } from '../../domain/cadence.ts';
import { findCollision, shortestGapAhead } from '../../domain/collisions.ts';
import { previewRetention } from '../../domain/retention.ts';
import { expectedDurationMinutes, suggestSpread } from '../../domain/spread.ts';
import { retentionSetsOf } from '../../engine/backup/apply-retention.ts';
import type { Handlers } from '../router.ts';

/** Stands for the schedule in the editor that was never saved. */
const draftId = 'draft';

/** The tenant's enabled schedules that this version can compute, without the one that is in the editor. */
async function otherSchedules(sql: Sql, tenantId: string, scheduleId: string | null): Promise<Schedule[]> {
  const schedules = await listSchedules(sql, tenantId);
  return schedules.filter(
    (schedule) =>
      schedule.enabled &&
      schedule.scheduleId !== scheduleId &&
      cadenceSchema.safeParse(schedule.cadence).success &&
      timeZoneSchema.safeParse(schedule.timeZone).success,
  );
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? null : sorted[sorted.length >> 1]!;
}

export const scheduleAdviceHandlers: Pick<
  Handlers,
  'schedules.advice' | 'schedules.spread-plan' | 'schedules.retention-preview'
> = {
  'schedules.advice': async ({ session }, { tenantId, scheduleId, cadence, timeZone }) => {
    requireValidCadence(cadence, timeZone);
    const sql = session.database;
    const [others, durations, now] = await Promise.all([
      otherSchedules(sql, tenantId, scheduleId),
      scheduleId === null ? new Map<string, number[]>() : goodRunDurations(sql, tenantId),
      readDatabaseTime(sql),
    ]);
    const found = findCollision({ cadence, timeZone }, others, now);
    const medianRunMs = median(durations.get(scheduleId ?? '') ?? []);
    const zones = [...new Set(others.map((other) => other.timeZone))].sort();
    return {
      collision:
        found === null
          ? null
          : {
              localTime: previewSlots(cadence, timeZone, instantFromMs(found.slotMs - 1), 1)[0]!.localTime,
              others: found.others.map(({ scheduleId: id, name }) => ({ scheduleId: id, name })),
            },
      medianRunMs: medianRunMs === null ? null : Math.round(medianRunMs),
      shortestGapMs: medianRunMs === null ? null : shortestGapAhead({ cadence, timeZone }, now),
      otherZones: zones.includes(timeZone) ? [] : zones,
    };
  },

  'schedules.spread-plan': async ({ session }, { tenantId, timeZone, from, to, draft }) => {
    const sql = session.database;
    if (draft !== null) requireValidCadence(draft.cadence, draft.timeZone);
    const [others, durations, now] = await Promise.all([
      otherSchedules(sql, tenantId, draft?.scheduleId ?? null),
      goodRunDurations(sql, tenantId),
      readDatabaseTime(sql),
    ]);
    const edited =
      draft === null
        ? []
        : [{ ...draft, scheduleId: draft.scheduleId ?? draftId, name: 'This schedule', version: 1 }];
    const all = [...others, ...edited];
    const suggestions = suggestSpread(
      all.map((schedule) => ({
        scheduleId: schedule.scheduleId,
        tenantId,
        cadence: schedule.cadence,
        timeZone: schedule.timeZone,
        durationMinutes: expectedDurationMinutes(durations.get(schedule.scheduleId) ?? []),
      })),
      { timeZone, from: from as LocalTime, to: to as LocalTime },
      now,
    );
    return {
      moves: suggestions.map((move) => {
        const schedule = all.find(({ scheduleId }) => scheduleId === move.scheduleId)!;
        return {
          scheduleId: move.scheduleId === draftId ? null : move.scheduleId,
          name: schedule.name,
          expectedVersion: schedule.version,
          before: move.before,
          after: move.after,
          cadence: move.cadence,
          overlapsOwnTenant: move.overlapsOwnTenant,
        };
      }),
      staying: all.length - suggestions.length,
    };
  },

  'schedules.retention-preview': async ({ session }, { tenantId, scheduleId, retention }) => {
    const schedule = await getSchedule(session.database, tenantId, scheduleId);
    if (schedule === null) throw new AppError('schedule_not_found', 'There is no such schedule.');
    const { timeZone, now } = schedule;
    const sets = await retentionSetsOf(session.database, { tenantId, scheduleId });
    // A cadence that cannot be computed still has sets; a day between runs is then as good a guess as any.
    const readable =
      cadenceSchema.safeParse(schedule.cadence).success && timeZoneSchema.safeParse(timeZone).success;
    const cadence: Cadence = readable ? schedule.cadence : { kind: 'daily', times: ['00:00'] };
    const zone = readable ? timeZone : 'UTC';
    const runs = previewSlots(cadence, zone, now, 600).map((slot) => slot.slotUtc);
    const preview = previewRetention(sets, retention, zone, runs);
    return {
      sets: sets.length,
      kept: preview.kept,
      removedNext: preview.removedNext.slice(0, 10).map((set) => set.sealedAt.toISOString()),
      removedNextCount: preview.removedNext.length,
      nextToGo: preview.nextToGo?.sealedAt.toISOString() ?? null,
    };
  },
};
