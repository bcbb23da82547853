import type { Sql } from '../../db/database.ts';
import { type ForecastSchedule, readForecastSchedules } from '../../db/repositories/retention.ts';
import { nextSlot } from '../../domain/cadence.ts';
import { forecastRemovals, type RetentionSet } from '../../domain/retention.ts';
import { retentionSetsOf } from './apply-retention.ts';

export interface ExpectedRemoval {
  setId: string;
  removedAt: Date | null;
  obstacle: 'pinned' | 'newest_complete_copy' | 'no_next_slot' | null;
  /** For a pinned set: when it would go without its pin. */
  removedAtUnpinned: Date | null;
}

/**
 * When retention will take each set of some schedules, provided that their slots, their rule and what they capture
 * stay as they are. Schedules that the login cannot see answer nothing.
 */
export async function forecastSetRemovals(
  sql: Sql,
  scheduleIds: readonly string[],
): Promise<ExpectedRemoval[]> {
  const expected: ExpectedRemoval[] = [];
  for (const schedule of await readForecastSchedules(sql, scheduleIds)) {
    const { tenantId, scheduleId } = schedule;
    expected.push(...expectedOf(schedule, await retentionSetsOf(sql, { tenantId, scheduleId })));
  }
  return expected;
}

function expectedOf(schedule: ForecastSchedule, sets: readonly RetentionSet[]): ExpectedRemoval[] {
  const { retention } = schedule;
  const forecast = (of: readonly RetentionSet[]) =>
    retention === null
      ? new Map<string, Date>()
      : forecastRemovals(of, retention, schedule.timeZone, slotsOf(schedule));
  const removals = forecast(sets);
  const unpinned = sets.some((set) => set.pinned)
    ? forecast(sets.map((set) => ({ ...set, pinned: false })))
    : removals;
  return sets.map((set) => {
    const removedAt = removals.get(set.id) ?? null;
    const stays = schedule.nextSlotAt === null ? 'no_next_slot' : 'newest_complete_copy';
    return {
      setId: set.id,
      removedAt,
      obstacle: set.pinned ? 'pinned' : removedAt === null ? stays : null,
      removedAtUnpinned: set.pinned ? (unpinned.get(set.id) ?? null) : null,
    };
  });
}

function* slotsOf(schedule: ForecastSchedule): Generator<Date> {
  let slot = schedule.nextSlotAt;
  while (slot !== null) {
    yield slot;
    slot = nextSlot(schedule.cadence, schedule.timeZone, slot);
  }
}
