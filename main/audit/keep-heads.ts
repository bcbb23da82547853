import { errorText } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../engine/ports.ts';

const everyMs = 300_000;

/**
 * Saves the ends of the audit chains outside of the database now and then, until the signal is aborted. A failure is
 * logged: the database is away or the disk is full; backups go on, and the next time comes.
 */
export async function keepAuditHeads(
  save: () => Promise<void>,
  parts: { clock: Clock; log: Log; signal: AbortSignal },
): Promise<void> {
  const { clock, log, signal } = parts;
  while (!signal.aborted) {
    try {
      await save();
    } catch (error) {
      if (!signal.aborted) {
        log.warn({ error: errorText(error) }, 'The ends of the audit chains could not be saved');
      }
    }
    try {
      await clock.sleep(everyMs, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
