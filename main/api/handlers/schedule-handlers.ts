import type { z } from 'zod';
import type { scheduleRowSchema } from '../../../shared/contract/schedules.ts';
import { AppError } from '../../../shared/errors.ts';
import type { Sql } from '../../db/database.ts';
import { listScheduleOverviews, type ScheduleOverview } from '../../db/repositories/schedule-overviews.ts';
import { readDatabaseTime } from '../../db/repositories/schedules.ts';
import { describeCadence, nextClockChange, previewSlots, validateCadence } from '../../domain/cadence.ts';
import { policyTypes } from '../../domain/policy-types/registry.ts';
import { addSchedule, changeSchedule, removeSchedule } from '../../engine/change-schedule.ts';
import type { Handlers } from '../router.ts';

type ScheduleRowInput = z.input<typeof scheduleRowSchema>;

function scheduleRow(schedule: ScheduleOverview): ScheduleRowInput {
  return {
    id: schedule.scheduleId,
    tenantId: schedule.tenantId,
    tenantName: schedule.tenantName,
    name: schedule.name,
    enabled: schedule.enabled,
    pausedReason: schedule.pauseReason,
    cadence: schedule.cadence,
    cadenceWords: `${describeCadence(schedule.cadence, schedule.timeZone)} (${schedule.timeZone})`,
    timeZone: schedule.timeZone,
    policyTypes: schedule.spec.policyTypes,
    retention: schedule.spec.retention,
    nextSlotAt: schedule.nextSlotAt?.toISOString() ?? null,
    dispatchError: schedule.dispatchError,
    version: schedule.version,
    lastRuns: schedule.lastRuns,
    activeRunId: schedule.activeRunId,
  };
}

async function scheduleRowOf(sql: Sql, tenantId: string, scheduleId: string): Promise<ScheduleRowInput> {
  const [schedule] = await listScheduleOverviews(sql, { tenantId, scheduleId });
  if (schedule === undefined) throw new AppError('schedule_not_found', 'There is no such schedule.');
  return scheduleRow(schedule);
}

export const scheduleHandlers: Pick<
  Handlers,
  | 'schedules.list'
  | 'schedules.get'
  | 'schedules.policy-types'
  | 'schedules.preview'
  | 'schedules.create'
  | 'schedules.edit'
  | 'schedules.pause'
  | 'schedules.resume'
  | 'schedules.remove'
> = {
  'schedules.list': async ({ session }, { tenantId }) => {
    const schedules = await listScheduleOverviews(session.database, { tenantId, scheduleId: null });
    return { rows: schedules.map(scheduleRow) };
  },

  'schedules.get': ({ session }, { tenantId, scheduleId }) =>
    scheduleRowOf(session.database, tenantId, scheduleId),

  'schedules.policy-types': () =>
    Promise.resolve({
      types: policyTypes.map(({ key, displayName, category, priority, permission }) => ({
        key,
        displayName,
        category,
        priority,
        permission,
      })),
    }),

  'schedules.preview': async ({ session }, { cadence, timeZone, count }) => {
    const now = await readDatabaseTime(session.database);
    const problems = validateCadence(cadence, timeZone);
    if (problems.some((problem) => problem.code !== 'too_frequent')) {
      return { words: '', slots: [], clockChange: null, problems };
    }
    return {
      words: describeCadence(cadence, timeZone),
      slots: previewSlots(cadence, timeZone, now, count).map((slot) => ({
        ...slot,
        slotUtc: slot.slotUtc.toISOString(),
      })),
      clockChange: nextClockChange(cadence, timeZone, now),
      problems,
    };
  },

  'schedules.create': async ({ session }, input) => {
    const { tenantId, name, cadence, timeZone, policyTypes: types, retention } = input;
    const scheduleId = await addSchedule(session.database, {
      tenantId,
      name,
      cadence,
      timeZone,
      spec: { policyTypes: types, retention },
    });
    return await scheduleRowOf(session.database, tenantId, scheduleId);
  },

  'schedules.edit': async ({ session }, input) => {
    const { tenantId, scheduleId, expectedVersion, name, cadence, timeZone } = input;
    await changeSchedule(session.database, tenantId, scheduleId, {
      expectedVersion,
      name,
      cadence,
      timeZone,
      spec: { policyTypes: input.policyTypes, retention: input.retention },
    });
    return await scheduleRowOf(session.database, tenantId, scheduleId);
  },

  'schedules.pause': async ({ session }, { tenantId, scheduleId, expectedVersion, reason }) => {
    await changeSchedule(session.database, tenantId, scheduleId, {
      expectedVersion,
      enabled: false,
      pauseReason: reason,
    });
    return await scheduleRowOf(session.database, tenantId, scheduleId);
  },

  'schedules.resume': async ({ session }, { tenantId, scheduleId, expectedVersion }) => {
    await changeSchedule(session.database, tenantId, scheduleId, { expectedVersion, enabled: true });
    return await scheduleRowOf(session.database, tenantId, scheduleId);
  },

  'schedules.remove': async ({ session }, { tenantId, scheduleId, expectedVersion }) => {
    await removeSchedule(session.database, tenantId, scheduleId, expectedVersion);
    return { removed: true };
  },
};
