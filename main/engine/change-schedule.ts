import { AppError } from '../../shared/errors.ts';
import { cadenceSchema, timeZoneSchema } from '../../shared/model/cadence.ts';
import type { Sql } from '../db/database.ts';
import {
  createSchedule,
  deleteSchedule,
  editSchedule,
  getSchedule,
  readDatabaseTime,
  type ScheduleAsOf,
  type ScheduleContent,
  type TemplateLink,
} from '../db/repositories/schedules.ts';
import { computedWith, nextSlot, requireValidCadence } from '../domain/cadence.ts';
import { type SettledSlot, settleSlots } from '../domain/slot.ts';
import { defaultEngineLimits } from './engine-limits.ts';

/**
 * Changes of schedules as people make them, the same for every front, with the person's own login. Slots come
 * from the dispatcher's own functions and the database's clock, and overdue slots are settled under the old
 * content first, so that an edit after an outage cannot erase what was missed. A schedule that becomes due
 * between the look and the change is settled and tried again: callers hear of other people's changes only.
 */

/** Adds a schedule and answers its id. Throws AppError: a cadence issue, tenant_forbidden, schedule_name_taken. */
export async function addSchedule(
  sql: Sql,
  schedule: ScheduleContent & { tenantId: string; template?: TemplateLink },
): Promise<string> {
  requireValidCadence(schedule.cadence, schedule.timeZone);
  return await untilNotDue(
    async () =>
      await createSchedule(sql, {
        ...schedule,
        nextSlotAt: nextSlot(schedule.cadence, schedule.timeZone, await readDatabaseTime(sql)),
        computedWith: computedWith(),
      }),
  );
}

export interface ScheduleChange extends Partial<ScheduleContent> {
  enabled?: boolean;
  /** Why it is paused; dropped when it is resumed. */
  pauseReason?: string | null;
  /** When the pause ends by itself; absent or null: when somebody resumes it. */
  resumeAt?: Date | null;
  /** The version that the person looked at; absent: whatever is there now. */
  expectedVersion?: number;
  /** The template that the whole content comes from; absent: the schedule's link stays as it is. */
  template?: TemplateLink;
}

/**
 * Edits, pauses or resumes a schedule; answers its new version. Time spent paused yields no missed rows.
 * Throws AppError: schedule_not_found, schedule_changed, tenant_forbidden, schedule_name_taken, pause_end_past, a cadence issue.
 */
export async function changeSchedule(
  sql: Sql,
  tenantId: string,
  scheduleId: string,
  change: ScheduleChange,
): Promise<number> {
  return await untilNotDue(async () => {
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
    return await editSchedule(sql, seen, settleOverdue(seen), {
      ...content,
      enabled,
      pauseReason: enabled ? null : (change.pauseReason ?? seen.pauseReason),
      resumeAt: enabled ? null : change.resumeAt === undefined ? seen.resumeAt : change.resumeAt,
      nextSlotAt: enabled ? nextSlot(content.cadence, content.timeZone, seen.now) : null,
      computedWith: computedWith(),
      template: change.template,
    });
  });
}

/** Removes a schedule: waiting runs are cancelled, its runs and sets stay. Throws AppError like `changeSchedule`. */
export async function removeSchedule(
  sql: Sql,
  tenantId: string,
  scheduleId: string,
  expectedVersion?: number,
): Promise<void> {
  await untilNotDue(async () => {
    const seen = await requireSchedule(sql, tenantId, scheduleId, expectedVersion);
    await deleteSchedule(sql, seen, settleOverdue(seen));
  });
}

async function requireSchedule(
  sql: Sql,
  tenantId: string,
  scheduleId: string,
  expectedVersion: number | undefined,
): Promise<ScheduleAsOf> {
  const seen = await getSchedule(sql, tenantId, scheduleId);
  if (seen === null) throw new AppError('schedule_not_found', 'There is no such schedule.');
  // The database compares it with the row under lock.
  return expectedVersion === undefined ? seen : { ...seen, version: expectedVersion };
}

/** What became of the slots that are overdue, by the rules of the dispatcher. */
function settleOverdue(seen: ScheduleAsOf): SettledSlot[] {
  if (seen.nextSlotAt === null || seen.nextSlotAt.getTime() > seen.now.getTime()) return [];
  const cadence = cadenceSchema.safeParse(seen.cadence);
  if (!cadence.success || !timeZoneSchema.safeParse(seen.timeZone).success) {
    // A cadence that this version cannot read is the very thing that is being mended: one row stands for all.
    return [
      { slotAt: seen.nextSlotAt, verdict: 'missed', reason: 'late', missedCount: null, missedUntil: null },
    ];
  }
  return settleSlots({ ...seen, cadence: cadence.data }, seen.now, defaultEngineLimits.graceSeconds).slots;
}

const dueAttempts = 3;

async function untilNotDue<T>(change: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await change();
    } catch (error) {
      const due = error instanceof AppError && error.code === 'schedule_due';
      if (!due || attempt === dueAttempts) throw error;
    }
  }
}
