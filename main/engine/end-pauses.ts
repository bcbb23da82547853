import { cadenceSchema } from '../../shared/model/cadence.ts';
import { errorText } from '../../shared/errors.ts';
import type { Database } from '../db/database.ts';
import { noteDispatchErrors } from '../db/repositories/dispatch.ts';
import { endPause, listEndedPauses } from '../db/repositories/ended-pauses.ts';
import { computedWith, nextSlot } from '../domain/cadence.ts';
import { instantFromMs } from '../../shared/model/instant.ts';
import type { Log } from './ports.ts';

/**
 * Resumes schedules whose pause has come to its end. Any host may do it at any tick: the database takes the first.
 * The next slot is the first one from the promised end on, so that slots of an outage in between are settled as
 * missed by the dispatch that follows. Answers how many schedules were resumed here.
 */
export async function endPauses(options: { database: Database; log: Log }): Promise<number> {
  const { database, log } = options;
  let resumed = 0;
  for (const paused of await listEndedPauses(database)) {
    try {
      const cadence = cadenceSchema.parse(paused.cadence);
      const from = instantFromMs(paused.resumeAt.getTime() - 1);
      const nextSlotAt = nextSlot(cadence, paused.timeZone, from);
      if (await endPause(database, { ...paused, nextSlotAt, computedWith: computedWith() })) resumed += 1;
    } catch (error) {
      log.error({ err: error, scheduleId: paused.scheduleId }, 'A pause could not be ended');
      await database.transaction((tx) =>
        noteDispatchErrors(tx, [{ scheduleId: paused.scheduleId, message: errorText(error) }]),
      );
    }
  }
  return resumed;
}
