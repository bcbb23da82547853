import { cadenceSchema } from '../../shared/model/cadence.ts';
import { errorText } from '../../shared/errors.ts';
import type { Database, Sql } from '../db/database.ts';
import { databaseErrorCode, isTransientDatabaseError } from '../db/database-errors.ts';
import {
  type DispatchCounts,
  type DueSchedule,
  insertDueRuns,
  lockDueSchedules,
  noteDispatchErrors,
  type SlotRow,
} from '../db/repositories/dispatch.ts';
import { type Settlement, settleSlots } from '../domain/slot.ts';
import { engineLevel } from './engine-level.ts';
import type { EngineLimits } from './engine-limits.ts';
import type { Log } from './ports.ts';

/** What one dispatch did. `failed` schedules stay due and carry a `dispatch_error`. */
export interface DispatchResult {
  queued: number;
  skipped: number;
  missed: number;
  failed: number;
}

interface DispatchOptions {
  database: Database;
  limits: Pick<EngineLimits, 'dispatchChunk' | 'graceSeconds'>;
  log: Log;
}

const nothing: DispatchCounts = { queued: 0, skipped: 0, missed: 0 };

/** The mutable state of one tick. */
interface Tick {
  result: DispatchResult;
  /** Schedules that failed in this tick: left out of its further chunks, tried again at the next tick. */
  failedIds: string[];
  /** Equal cadence, zone and slot settle equally: thousands of schedules share few of them. */
  settled: Map<string, Settlement>;
}

/**
 * Turns every due schedule into runs, chunk by chunk, each in one transaction with its audit rows. Any host
 * may do this at any time: due rows are locked, the others' rows are skipped, and the database refuses what
 * was done already. Throws database errors; what was committed before stays.
 */
export async function dispatchDue(options: DispatchOptions): Promise<DispatchResult> {
  const tick: Tick = {
    result: { queued: 0, skipped: 0, missed: 0, failed: 0 },
    failedIds: [],
    settled: new Map(),
  };
  for (;;) {
    const found = await dispatchChunk(tick, null, options);
    if (found < options.limits.dispatchChunk) return tick.result;
  }
}

/** One chunk; answers how many due schedules it found. A chunk that raises is retried one by one. */
async function dispatchChunk(
  tick: Tick,
  onlyIds: string[] | null,
  options: DispatchOptions,
): Promise<number> {
  let chunk: DueSchedule[] = [];
  try {
    const inserted = await options.database.transaction(async (tx) => {
      chunk = await lockDueSchedules(tx, {
        engineLevel,
        limit: options.limits.dispatchChunk,
        exceptIds: tick.failedIds,
        onlyIds,
      });
      return chunk.length === 0 ? nothing : await settleChunk(tx, chunk, tick, options);
    });
    tick.result.queued += inserted.queued;
    tick.result.skipped += inserted.skipped;
    tick.result.missed += inserted.missed;
    return chunk.length;
  } catch (error) {
    // No schedule's fault: the database did not answer, or somebody holds a lock. The next tick tries again.
    if (chunk.length === 0 || isPassing(error)) throw error;
    if (chunk.length === 1) {
      await noteFailures([{ schedule: chunk[0]!, error }], tick, options);
      return 1;
    }
    options.log.warn(
      { err: error, schedules: chunk.length },
      'A chunk of dispatch failed; trying one by one',
    );
    const found = chunk.length;
    for (const schedule of chunk) await dispatchChunk(tick, [schedule.scheduleId], options);
    return found;
  }
}

/** Broken connections, lock time-outs, and statements that were cancelled. */
function isPassing(error: unknown): boolean {
  return isTransientDatabaseError(error) || databaseErrorCode(error) === '57014';
}

async function settleChunk(
  tx: Sql,
  chunk: readonly DueSchedule[],
  tick: Tick,
  options: DispatchOptions,
): Promise<DispatchCounts> {
  const advances: { scheduleId: string; seenSlotAt: Date; nextSlotAt: Date | null }[] = [];
  const slots: SlotRow[] = [];
  const broken: { schedule: DueSchedule; error: unknown }[] = [];
  for (const schedule of chunk) {
    let settlement: Settlement;
    try {
      settlement = settle(schedule, tick, options.limits.graceSeconds);
    } catch (error) {
      broken.push({ schedule, error });
      continue;
    }
    advances.push({
      scheduleId: schedule.scheduleId,
      seenSlotAt: schedule.nextSlotAt,
      nextSlotAt: settlement.nextSlotAt,
    });
    for (const slot of settlement.slots) slots.push({ scheduleId: schedule.scheduleId, ...slot });
  }
  if (broken.length > 0) await recordFailures(tx, broken, tick, options.log);
  return advances.length === 0 ? nothing : await insertDueRuns(tx, advances, slots);
}

function settle(schedule: DueSchedule, tick: Tick, graceSeconds: number): Settlement {
  const key = `${schedule.nextSlotAt.getTime()} ${schedule.timeZone} ${schedule.cadenceText}`;
  const known = tick.settled.get(key);
  if (known !== undefined) return known;
  const cadence = cadenceSchema.parse(JSON.parse(schedule.cadenceText));
  const settlement = settleSlots(
    { cadence, timeZone: schedule.timeZone, nextSlotAt: schedule.nextSlotAt },
    schedule.now,
    graceSeconds,
  );
  tick.settled.set(key, settlement);
  return settlement;
}

async function noteFailures(
  failures: { schedule: DueSchedule; error: unknown }[],
  tick: Tick,
  options: DispatchOptions,
): Promise<void> {
  await options.database.transaction((tx) => recordFailures(tx, failures, tick, options.log));
}

async function recordFailures(
  tx: Sql,
  failures: readonly { schedule: DueSchedule; error: unknown }[],
  tick: Tick,
  log: Log,
): Promise<void> {
  for (const { schedule, error } of failures) {
    if (tick.failedIds.includes(schedule.scheduleId)) continue;
    tick.failedIds.push(schedule.scheduleId);
    tick.result.failed += 1;
    log.error(
      { err: error, scheduleId: schedule.scheduleId, tenantId: schedule.tenantId },
      'A due schedule could not be dispatched',
    );
  }
  await noteDispatchErrors(
    tx,
    failures.map(({ schedule, error }) => ({
      scheduleId: schedule.scheduleId,
      message: errorText(error),
    })),
  );
}
