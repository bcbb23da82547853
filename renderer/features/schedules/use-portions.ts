import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type BulkResult, mostBulkRows } from '../../../shared/contract/schedule-bulk.ts';
import type { BulkOutcome, BulkProgress } from '../../components/bulk-bar.tsx';

/**
 * Changes many rows in portions that the server takes: how far it is, what became of each row, and afterwards the
 * lists of these domains are asked for again.
 */
export function usePortions(refreshed: readonly string[]) {
  const client = useQueryClient();
  const [progress, setProgress] = useState<BulkProgress | null>(null);
  const [outcome, setOutcome] = useState<BulkOutcome | null>(null);

  async function inPortions<Item>(
    items: readonly Item[],
    call: (portion: Item[]) => Promise<{ results: BulkResult[] }>,
  ): Promise<BulkResult[]> {
    const results: BulkResult[] = [];
    setOutcome(null);
    try {
      for (let start = 0; start < items.length; start += mostBulkRows) {
        setProgress({ done: start, total: items.length });
        const portion = items.slice(start, start + mostBulkRows);
        try {
          results.push(...(await call(portion)).results);
        } catch (error) {
          const message = error instanceof Error ? error.message : 'The service does not answer.';
          const rest = items.length - results.length;
          results.push(
            ...Array.from({ length: rest }, () => ({ ok: false as const, code: 'not_sent', message })),
          );
          break;
        }
      }
    } finally {
      setProgress(null);
      for (const domain of refreshed) void client.invalidateQueries({ queryKey: [domain] });
    }
    return results;
  }

  function report(
    done: string,
    names: readonly string[],
    results: readonly BulkResult[],
    undo: (() => void) | null,
  ): void {
    const failures = results.flatMap((result, index) =>
      result.ok ? [] : [{ name: names[index]!, message: result.message }],
    );
    const changed = results.length - failures.length;
    setOutcome({ done, changed, failures, undo: changed > 0 ? undo : null });
  }

  return { progress, outcome, inPortions, report, dismiss: () => setOutcome(null) };
}
