import { cadenceSchema } from '../../shared/model/cadence.ts';
import { appendAuditEvents } from '../audit/append-audit-events.ts';
import type { Database } from '../db/database.ts';
import { lockOutdatedSlots, moveRecomputedSlots } from '../db/repositories/dispatch.ts';
import { computedWith, nextSlot } from '../domain/cadence.ts';
import { engineLevel } from './engine-level.ts';
import type { EngineLimits } from './engine-limits.ts';
import type { Log } from './ports.ts';

/**
 * Recomputes the next slot of schedules that were computed with another tz database or another version of the
 * cadence rules. Runs when a host starts and nightly. A stored slot stays valid until it is moved here or
 * dispatched, so the order of hosts does not matter. A cadence that can not be computed is left as it is:
 * dispatch reports it when it is due. Answers how many slots moved.
 */
export async function recomputeSlots(options: {
  database: Database;
  limits: Pick<EngineLimits, 'dispatchChunk'>;
  log: Log;
}): Promise<number> {
  const version = computedWith();
  const failedIds: string[] = [];
  let moved = 0;
  for (;;) {
    const found = await options.database.transaction(async (tx) => {
      const outdated = await lockOutdatedSlots(tx, {
        engineLevel,
        computedWith: version,
        limit: options.limits.dispatchChunk,
        exceptIds: failedIds,
      });
      const moves: { scheduleId: string; seenSlotAt: Date; nextSlotAt: Date | null }[] = [];
      for (const schedule of outdated) {
        try {
          const cadence = cadenceSchema.parse(JSON.parse(schedule.cadenceText));
          moves.push({
            scheduleId: schedule.scheduleId,
            seenSlotAt: schedule.nextSlotAt,
            nextSlotAt: nextSlot(cadence, schedule.timeZone, schedule.now),
          });
        } catch (error) {
          failedIds.push(schedule.scheduleId);
          options.log.error(
            { err: error, scheduleId: schedule.scheduleId },
            'A slot could not be recomputed',
          );
        }
      }
      const changed = await moveRecomputedSlots(tx, moves, version);
      await appendAuditEvents(
        tx,
        changed.map((change) => ({
          tenantId: change.tenantId,
          action: 'schedule.recomputed',
          targetKind: 'schedule',
          targetId: change.scheduleId,
          before: { nextSlotAt: change.from.toISOString() },
          after: { nextSlotAt: change.to?.toISOString() ?? null, computedWith: version },
        })),
      );
      moved += changed.length;
      return outdated.length;
    });
    if (found < options.limits.dispatchChunk) return moved;
  }
}
