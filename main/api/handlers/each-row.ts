import type { BulkResult } from '../../../shared/contract/schedule-bulk.ts';
import { errorText, isAppError } from '../../../shared/errors.ts';
import type { Log } from '../../engine/ports.ts';
import type { CallContext } from '../router.ts';

/** What became of a row: the version after a change, the id of what was made. */
export interface RowDone {
  version?: number | null;
  createdId?: string | null;
}

/**
 * Changes one row after the other: a bulk change must not take the connections from everybody else. What a row is
 * refused is its result; an unexpected error ends that row alone and stands in the log under the correlation id.
 */
export async function eachRow<Item>(
  log: Log,
  { correlationId }: CallContext,
  items: readonly Item[],
  change: (item: Item) => Promise<RowDone>,
): Promise<{ results: BulkResult[] }> {
  const results: BulkResult[] = [];
  for (const item of items) {
    try {
      const { version = null, createdId = null } = await change(item);
      results.push({ ok: true, version, createdId });
    } catch (error) {
      if (isAppError(error)) results.push({ ok: false, code: error.code, message: error.message });
      else {
        log.error({ correlationId, error: errorText(error) }, 'A row of a bulk change failed');
        results.push({
          ok: false,
          code: 'internal',
          message: `An unexpected error ended this change; the log has it under ${correlationId}.`,
        });
      }
    }
  }
  return { results };
}
