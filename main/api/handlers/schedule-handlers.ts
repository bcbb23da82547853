import type { z } from 'zod';
import type { scheduleFilterSchema, scheduleRowSchema } from '../../../shared/contract/schedules.ts';
import { AppError } from '../../../shared/errors.ts';
import { instantFromIso } from '../../../shared/model/instant.ts';
import type { RunSpec } from '../../../shared/model/run-spec.ts';
import type { Sql } from '../../db/database.ts';
import { listScheduleOverviews, type ScheduleOverview } from '../../db/repositories/schedule-overviews.ts';
import { listTemplates, type ScheduleTemplate } from '../../db/repositories/schedule-templates.ts';
import { readDatabaseTime } from '../../db/repositories/schedules.ts';
import { describeCadence, nextClockChange, previewSlots, validateCadence } from '../../domain/cadence.ts';
import { policyTypes } from '../../domain/policy-types/registry.ts';
import { differsFromTemplate } from '../../domain/template-standing.ts';
import { allowedAgeMs, judgeTenantHealth } from '../../domain/tenant-health.ts';
import { addSchedule, changeSchedule, removeSchedule } from '../../engine/change-schedule.ts';
import type { Handlers } from '../router.ts';
import { healthRow } from './tenant-handlers.ts';

type ScheduleRowInput = z.input<typeof scheduleRowSchema>;

function scheduleRow(
  schedule: ScheduleOverview,
  templates: readonly ScheduleTemplate[],
  now: Date,
): ScheduleRowInput {
  const template = templates.find(({ templateId }) => templateId === schedule.templateId);
  const health = judgeTenantHealth(
    {
      connected: schedule.tenantConnected,
      credentialExpiresAt: schedule.credentialExpiresAt,
      schedules: [{ ...schedule, allowedAgeMs: allowedAgeMs(schedule, now) }],
    },
    now,
  );
  return {
    id: schedule.scheduleId,
    tenantId: schedule.tenantId,
    tenantName: schedule.tenantName,
    name: schedule.name,
    enabled: schedule.enabled,
    pausedReason: schedule.pauseReason,
    resumeAt: schedule.resumeAt?.toISOString() ?? null,
    cadence: schedule.cadence,
    cadenceWords: `${describeCadence(schedule.cadence, schedule.timeZone)} (${schedule.timeZone})`,
    timeZone: schedule.timeZone,
    policyTypes: schedule.spec.policyTypes,
    retention: schedule.spec.retention,
    alerts: schedule.spec.alerts ?? {},
    nextSlotAt: schedule.nextSlotAt?.toISOString() ?? null,
    dispatchError: schedule.dispatchError,
    version: schedule.version,
    lastRuns: schedule.lastRuns,
    activeRunId: schedule.activeRunId,
    activeHost: schedule.activeHost,
    lastTypes: schedule.lastTypes,
    health: {
      ...healthRow(health),
      ...(health.state === 'paused' ? { sentence: 'This schedule is paused.' } : {}),
    },
    template:
      template === undefined
        ? null
        : {
            id: template.templateId,
            name: template.name,
            appliedVersion: schedule.templateVersion ?? 0,
            differs: differsFromTemplate(template, schedule),
          },
  };
}

async function scheduleRowOf(sql: Sql, tenantId: string, scheduleId: string): Promise<ScheduleRowInput> {
  const [schedule] = await listScheduleOverviews(sql, { tenantId, scheduleId });
  if (schedule === undefined) throw new AppError('schedule_not_found', 'There is no such schedule.');
  return scheduleRow(schedule, await listTemplates(sql), await readDatabaseTime(sql));
}

type ScheduleFilter = z.output<typeof scheduleFilterSchema>;

function fits(row: ScheduleRowInput, filter: ScheduleFilter): boolean {
  const needle = filter.search.trim().toLowerCase();
  const { status } = filter;
  return (
    (needle === '' || `${row.name}\n${row.tenantName}`.toLowerCase().includes(needle)) &&
    (status === null ||
      (status === 'on' && row.enabled) ||
      (status === 'paused' && !row.enabled) ||
      (status === 'no_slot' && row.enabled && (row.nextSlotAt === null || row.dispatchError !== null)) ||
      (status === 'running' && row.activeRunId !== null)) &&
    (filter.lastState === null || row.lastRuns[0]?.state === filter.lastState) &&
    (filter.health === null || row.health.state === filter.health)
  );
}

/** The spec that the fields of the editor make. An empty rule of alerts is left out, so that a schedule without one looks as it always did. */
export function specOf({ policyTypes: types, retention, alerts }: Required<RunSpec>): RunSpec {
  return { policyTypes: types, retention, ...(Object.keys(alerts).length === 0 ? {} : { alerts }) };
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
  'schedules.list': async ({ session }, { tenantId, filter }) => {
    const [schedules, templates, now] = await Promise.all([
      listScheduleOverviews(session.database, { tenantId, scheduleId: null }),
      listTemplates(session.database),
      readDatabaseTime(session.database),
    ]);
    const rows = schedules.map((schedule) => scheduleRow(schedule, templates, now));
    return { rows: rows.filter((row) => fits(row, filter)), unfiltered: rows.length };
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
    const { tenantId, name, cadence, timeZone } = input;
    const scheduleId = await addSchedule(session.database, {
      tenantId,
      name,
      cadence,
      timeZone,
      spec: specOf(input),
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
      spec: specOf(input),
    });
    return await scheduleRowOf(session.database, tenantId, scheduleId);
  },

  'schedules.pause': async ({ session }, { tenantId, scheduleId, expectedVersion, reason, resumeAt }) => {
    await changeSchedule(session.database, tenantId, scheduleId, {
      expectedVersion,
      enabled: false,
      pauseReason: reason,
      resumeAt: resumeAt === null ? null : instantFromIso(resumeAt),
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
