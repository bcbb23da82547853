import type { SettledSlot } from '../../domain/slot.ts';
import type { Sql } from '../database.ts';
import { insertDueRuns as insertDueRunsSql } from '../sql/insert-due-runs.sql.ts';
import { lockDueSchedules as lockDueSchedulesSql } from '../sql/lock-due-schedules.sql.ts';
import { lockOutdatedSlots as lockOutdatedSlotsSql } from '../sql/lock-outdated-slots.sql.ts';
import { moveRecomputedSlots as moveRecomputedSlotsSql } from '../sql/move-recomputed-slots.sql.ts';
import { noteDispatchError as noteDispatchErrorSql } from '../sql/note-dispatch-error.sql.ts';

/** S1 as functions: locking due schedules, inserting their runs. For hosts, hence over all tenants. */

/** A due schedule, locked by the transaction that asked. */
export interface DueSchedule {
  scheduleId: string;
  tenantId: string;
  nextSlotAt: Date;
  /** The cadence as JSON text: equal text means equal slots, which the dispatcher makes use of. */
  cadenceText: string;
  timeZone: string;
  /** The database's time at which the schedule was found due. */
  now: Date;
}

/** One row to insert: a slot that is run or missed, or a summary of several missed ones. */
export interface SlotRow extends SettledSlot {
  scheduleId: string;
}

/** How many rows of each state a dispatch inserted. */
export interface DispatchCounts {
  queued: number;
  skipped: number;
  missed: number;
}

/** S1a. `onlyIds` null: any due schedule. */
export async function lockDueSchedules(
  tx: Sql,
  search: {
    engineLevel: number;
    limit: number;
    exceptIds: readonly string[];
    onlyIds: readonly string[] | null;
  },
): Promise<DueSchedule[]> {
  const rows = await tx.query<LockedScheduleRow>(lockDueSchedulesSql, [
    search.engineLevel,
    search.limit,
    search.exceptIds,
    search.onlyIds,
  ]);
  return rows.map(dueScheduleOf);
}

const iso = (instant: Date | null): string | null => instant?.toISOString() ?? null;

/** S1b with its audit events. Counts the rows that were really inserted; a replayed slot is not among them. */
export async function insertDueRuns(
  tx: Sql,
  advances: readonly { scheduleId: string; seenSlotAt: Date; nextSlotAt: Date | null }[],
  slots: readonly SlotRow[],
): Promise<DispatchCounts> {
  const [row] = await tx.query<DispatchCounts>(insertDueRunsSql, [
    advances.map((advance) => advance.scheduleId),
    advances.map((advance) => iso(advance.seenSlotAt)),
    advances.map((advance) => iso(advance.nextSlotAt)),
    slots.map((slot) => slot.scheduleId),
    slots.map((slot) => iso(slot.slotAt)),
    slots.map((slot) => slot.verdict),
    slots.map((slot) => slot.reason),
    slots.map((slot) => slot.missedCount),
    slots.map((slot) => iso(slot.missedUntil)),
  ]);
  return { queued: row!.queued, skipped: row!.skipped, missed: row!.missed };
}

/** Notes why schedules could not be dispatched. Answers those for which the note is new. */
export async function noteDispatchErrors(
  tx: Sql,
  errors: readonly { scheduleId: string; message: string }[],
): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(noteDispatchErrorSql, [
    errors.map((error) => error.scheduleId),
    errors.map((error) => error.message.slice(0, 500)),
  ]);
  return rows.map((row) => row.id);
}

export interface OutdatedSchedule extends DueSchedule {
  computedWith: string;
}

/** Schedules whose next slot was computed with other rules than `computedWith`, locked. */
export async function lockOutdatedSlots(
  tx: Sql,
  search: { engineLevel: number; computedWith: string; limit: number; exceptIds: readonly string[] },
): Promise<OutdatedSchedule[]> {
  const rows = await tx.query<LockedScheduleRow & { computed_with: string }>(lockOutdatedSlotsSql, [
    search.engineLevel,
    search.computedWith,
    search.limit,
    search.exceptIds,
  ]);
  return rows.map((row) => ({ ...dueScheduleOf(row), computedWith: row.computed_with }));
}

/** Writes recomputed slots; answers those that moved. */
export async function moveRecomputedSlots(
  tx: Sql,
  moves: readonly { scheduleId: string; seenSlotAt: Date; nextSlotAt: Date | null }[],
  computedWith: string,
): Promise<{ scheduleId: string; tenantId: string; from: Date; to: Date | null }[]> {
  const rows = await tx.query<{ id: string; tenant_id: string; seen_slot: Date; next_slot: Date | null }>(
    moveRecomputedSlotsSql,
    [
      moves.map((move) => move.scheduleId),
      moves.map((move) => iso(move.seenSlotAt)),
      moves.map((move) => iso(move.nextSlotAt)),
      computedWith,
    ],
  );
  return rows.map((row) => ({
    scheduleId: row.id,
    tenantId: row.tenant_id,
    from: row.seen_slot,
    to: row.next_slot,
  }));
}

/** A schedule as both locking statements answer it. */
interface LockedScheduleRow {
  id: string;
  tenant_id: string;
  next_slot_at: Date;
  cadence: string;
  time_zone: string;
  now: Date;
}

function dueScheduleOf(row: LockedScheduleRow): DueSchedule {
  return {
    scheduleId: row.id,
    tenantId: row.tenant_id,
    nextSlotAt: row.next_slot_at,
    cadenceText: row.cadence,
    timeZone: row.time_zone,
    now: row.now,
  };
}
