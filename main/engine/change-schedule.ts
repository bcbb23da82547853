import { AppError } from '../../shared/errors.ts';
import type { Sql } from '../db/database.ts';
import {
  createSchedule,
  deleteSchedule,
  editSchedule,
  getSchedule,
  readDatabaseTime,
  type ScheduleAsOf,
  type ScheduleContent,
  type SettledSlotInput,
} from '../db/repositories/schedules.ts';
import { computedWith, nextSlot, requireValidCadence } from '../domain/cadence.ts';
import { settleSlots } from '../domain/slot.ts';
import { defaultEngineLimits } from './engine-limits.ts';

/**
 * Changes of schedules as people make them, the same for every front: slots come from the dispatcher's own
 * functions and the database's clock, and overdue slots are settled under the old content first, so that an
 * edit after an outage cannot erase what was missed.
 */

/** Adds a schedule and answers its id. Throws AppError: a cadence issue, tenant_forbidden, schedule_name_taken. */
export async function addSchedule(
  sql: Sql,
  schedule: ScheduleContent & { tenantId: string },
): Promise<string> {
  requireValidCadence(schedule.cadence, schedule.timeZone);
  return await createSchedule(sql, {
    ...schedule,
    nextSlotAt: nextSlot(schedule.cadence, schedule.timeZone, await readDatabaseTime(sql)),
    computedWith: computedWith(),
  });
}

export interface ScheduleChange extends Partial<ScheduleContent> {
  /** With a reason when it pauses. */
  enabled?: boolean;
  pauseReason?: string | null;
  /** The version that the person looked at; absent: whatever is there now. */
  expectedVersion?: number;
}

/** Edits, pauses or resumes a schedule. Throws AppError: schedule_not_found, schedule_changed, tenant_forbidden, …. */
export async function changeSchedule(
  sql: Sql,
  tenantId: string,
  scheduleId: string,
  change: ScheduleChange,
): Promise<void> {
  const seen = await requireSchedule(sql, tenantId, scheduleId, change.expectedVersion);
  const content: ScheduleContent = {
    name: change.name ?? seen.name,
    cadence: change.cadence ?? seen.cadence,
    timeZone: change.timeZone ?? seen.timeZone,
    spec: change.spec ?? seen.spec,
  };
  const enabled = change.enabled ?? seen.enabled;
  // Pausing must stay possible for a cadence that this version cannot read.
  if (enabled) requireValidCadence(content.cadence, content.timeZone);
  await editSchedule(sql, seen, settle(seen), {
    ...content,
    enabled,
    pauseReason: enabled ? null : (change.pauseReason ?? seen.pauseReason),
    nextSlotAt: enabled ? nextSlot(content.cadence, content.timeZone, seen.now) : null,
    computedWith: computedWith(),
  });
}

/** Removes a schedule; its runs and sets stay. Throws AppError like `changeSchedule`. */
export async function removeSchedule(
  sql: Sql,
  tenantId: string,
  scheduleId: string,
  expectedVersion?: number,
): Promise<void> {
  const seen = await requireSchedule(sql, tenantId, scheduleId, expectedVersion);
  await deleteSchedule(sql, seen, settle(seen));
}

async function requireSchedule(
  sql: Sql,
  tenantId: string,
  scheduleId: string,
  expectedVersion: number | undefined,
): Promise<ScheduleAsOf> {
  const seen = await getSchedule(sql, tenantId, scheduleId);
  if (seen === null) throw new AppError('schedule_not_found', 'There is no such schedule.');
  if (expectedVersion !== undefined && expectedVersion !== seen.version) {
    throw new AppError('schedule_changed', 'Somebody else changed the schedule meanwhile.', {
      nextStep: 'Load it again and repeat the change.',
    });
  }
  return seen;
}

/** What became of slots that are overdue at this moment, by the rules of the dispatcher. */
function settle(schedule: ScheduleAsOf): SettledSlotInput[] {
  return settleSlots(schedule, schedule.now, defaultEngineLimits.graceSeconds).slots;
}
