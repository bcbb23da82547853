import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { type BulkResult, mostBulkRows } from '../../../shared/contract/schedule-bulk.ts';
import type { TenantRow } from '../../../shared/contract/tenants.ts';
import { useBridge } from '../../bridge/bridge-context.ts';
import type { BulkOutcome, BulkProgress } from '../../components/bulk-bar.tsx';
import { callProcedure } from '../../queries/use-procedure.ts';
import { changedTags } from './tenant-bulk-actions.ts';

interface Named {
  id: string;
  name: string;
}

const refreshed = ['tenants', 'schedules', 'overview', 'audit'];
const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : 'The service does not answer.';

/** Changes of many tenants: each is a change of its own, so a refusal of one takes nothing from the others. */
export function useTenantBulk() {
  const bridge = useBridge();
  const client = useQueryClient();
  const [progress, setProgress] = useState<BulkProgress | null>(null);
  const [outcome, setOutcome] = useState<BulkOutcome | null>(null);

  /** Does something to one tenant after the other; answers those to which it was done. */
  async function toEach<Row extends Named>(
    done: string,
    rows: readonly Row[],
    act: (row: Row) => Promise<unknown>,
    undo: ((changed: readonly Row[]) => void) | null,
  ): Promise<void> {
    const failures: { name: string; message: string }[] = [];
    const changed: Row[] = [];
    setOutcome(null);
    for (const [index, row] of rows.entries()) {
      setProgress({ done: index, total: rows.length });
      try {
        await act(row);
        changed.push(row);
      } catch (error) {
        failures.push({ name: row.name, message: messageOf(error) });
      }
    }
    setProgress(null);
    for (const domain of refreshed) void client.invalidateQueries({ queryKey: [domain] });
    const back = undo === null || changed.length === 0 ? null : () => undo(changed);
    setOutcome({ done, changed: changed.length, failures, undo: back });
  }

  async function setTags(
    done: string,
    rows: readonly TenantRow[],
    tagsFor: (before: TenantRow) => string[],
    undoable: boolean,
  ): Promise<void> {
    const before = new Map<string, readonly string[]>();
    await toEach(
      done,
      rows,
      async ({ id: tenantId }) => {
        // As it is now: the list may be a minute old, and the name is sent along.
        const now = await callProcedure(bridge, 'tenants.get', { tenantId });
        before.set(tenantId, now.tags);
        await callProcedure(bridge, 'tenants.edit', { tenantId, name: now.name, tags: tagsFor(now) });
      },
      undoable
        ? (changed) =>
            void setTags('Tags given back to', changed, (row) => [...(before.get(row.id) ?? [])], false)
        : null,
    );
  }

  async function pause(rows: readonly TenantRow[], reason: string): Promise<void> {
    const paused = new Map<string, { tenantId: string; scheduleId: string; expectedVersion: number }[]>();
    await toEach(
      'Schedules paused of',
      rows,
      async ({ id: tenantId }) => {
        const { rows: schedules } = await callProcedure(bridge, 'schedules.list', { tenantId });
        const items = schedules
          .filter(({ enabled }) => enabled)
          .map(({ id, version }) => ({ tenantId, scheduleId: id, expectedVersion: version }));
        await inPortions(items, async (portion) => {
          const { results } = await callProcedure(bridge, 'schedules.bulk-pause', { items: portion, reason });
          const done = results.flatMap((result, index) =>
            result.ok && result.version !== null
              ? [{ ...portion[index]!, expectedVersion: result.version }]
              : [],
          );
          paused.set(tenantId, [...(paused.get(tenantId) ?? []), ...done]);
          return results;
        });
      },
      (changed) =>
        void toEach(
          'Schedules resumed of',
          changed,
          ({ id }) =>
            inPortions(
              paused.get(id) ?? [],
              async (items) => (await callProcedure(bridge, 'schedules.bulk-resume', { items })).results,
            ),
          null,
        ),
    );
  }

  return {
    progress,
    outcome,
    dismiss: () => setOutcome(null),
    pause,
    changeTags: (rows: readonly TenantRow[], add: readonly string[], remove: readonly string[]) =>
      setTags('Tags changed of', rows, ({ tags }) => changedTags(tags, add, remove), true),
    checkAccess: (rows: readonly TenantRow[]) =>
      toEach(
        'Access check asked for',
        rows,
        ({ id: tenantId }) => callProcedure(bridge, 'tenants.check-access', { tenantId }),
        null,
      ),
  };
}

/** Sends items in portions that the server takes; throws what the first refused one was refused for. */
async function inPortions<Item>(
  items: readonly Item[],
  call: (portion: Item[]) => Promise<readonly BulkResult[]>,
): Promise<void> {
  for (let start = 0; start < items.length; start += mostBulkRows) {
    const results = await call(items.slice(start, start + mostBulkRows));
    const refused = results.find((result) => !result.ok);
    if (refused !== undefined && !refused.ok) throw new Error(refused.message);
  }
}

export type TenantBulk = ReturnType<typeof useTenantBulk>;
