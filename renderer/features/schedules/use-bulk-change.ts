import type { BulkResult } from '../../../shared/contract/schedule-bulk.ts';
import type { ScheduleRow } from '../../../shared/contract/schedules.ts';
import type { RetentionRule } from '../../../shared/model/run-spec.ts';
import { useBridge } from '../../bridge/bridge-context.ts';
import { callProcedure } from '../../queries/use-procedure.ts';
import { usePortions } from './use-portions.ts';

const refreshed = ['schedules', 'overview', 'tenants', 'runs', 'audit'];

/** A row of the list with the version that a change made of it. */
interface Changed {
  row: ScheduleRow;
  version: number;
}

const changedOf = (rows: readonly ScheduleRow[], results: readonly BulkResult[]): Changed[] =>
  results.flatMap((result, index) =>
    result.ok && result.version !== null ? [{ row: rows[index]!, version: result.version }] : [],
  );
const itemOf = (row: ScheduleRow, version = row.version) => ({
  tenantId: row.tenantId,
  scheduleId: row.id,
  expectedVersion: version,
});
const nameOf = (row: ScheduleRow) => `${row.name} of ${row.tenantName}`;

/**
 * Pausing, resuming, starting and changing of schedules, one or many: in portions that the server takes, with what
 * became of each row, and with a way back where there is one.
 */
export function useBulkChange() {
  const bridge = useBridge();
  const { progress, outcome, inPortions, report, dismiss } = usePortions(refreshed);

  async function pause(rows: readonly ScheduleRow[], reason: string, resumeAt: string | null): Promise<void> {
    const results = await inPortions(rows, (portion) =>
      callProcedure(bridge, 'schedules.bulk-pause', {
        items: portion.map((row) => itemOf(row)),
        reason,
        resumeAt,
      }),
    );
    const changed = changedOf(rows, results);
    report('Paused', rows.map(nameOf), results, () => void resumeChanged(changed, 'Resumed again'));
  }

  async function resumeChanged(changed: readonly Changed[], done: string): Promise<void> {
    const results = await inPortions(changed, (portion) =>
      callProcedure(bridge, 'schedules.bulk-resume', {
        items: portion.map(({ row, version }) => itemOf(row, version)),
      }),
    );
    report(
      done,
      changed.map(({ row }) => nameOf(row)),
      results,
      null,
    );
  }

  async function resume(rows: readonly ScheduleRow[]): Promise<void> {
    const results = await inPortions(rows, (portion) =>
      callProcedure(bridge, 'schedules.bulk-resume', { items: portion.map((row) => itemOf(row)) }),
    );
    const changed = changedOf(rows, results);
    report('Resumed', rows.map(nameOf), results, () => void pauseAgain(changed));
  }

  /** Each with the reason and the end that it had. */
  async function pauseAgain(changed: readonly Changed[]): Promise<void> {
    const results: BulkResult[] = [];
    const groups = Map.groupBy(changed, ({ row }) => JSON.stringify([row.pausedReason, row.resumeAt]));
    const names: string[] = [];
    for (const group of groups.values()) {
      const { pausedReason, resumeAt } = group[0]!.row;
      const isAhead = resumeAt !== null && new Date(resumeAt).getTime() > Date.now();
      names.push(...group.map(({ row }) => nameOf(row)));
      results.push(
        ...(await inPortions(group, (portion) =>
          callProcedure(bridge, 'schedules.bulk-pause', {
            items: portion.map(({ row, version }) => itemOf(row, version)),
            reason: pausedReason ?? 'Resumed by mistake',
            resumeAt: isAhead ? resumeAt : null,
          }),
        )),
      );
    }
    report('Paused again', names, results, null);
  }

  async function run(rows: readonly ScheduleRow[]): Promise<BulkResult[]> {
    const results = await inPortions(rows, (portion) =>
      callProcedure(bridge, 'schedules.bulk-run', { items: portion.map((row) => itemOf(row)) }),
    );
    report('Started', rows.map(nameOf), results, null);
    return results;
  }

  async function setRetention(
    changes: readonly (Changed & { retention: RetentionRule })[],
    done: string,
    undoable: boolean,
  ): Promise<void> {
    const results = await inPortions(changes, (portion) =>
      callProcedure(bridge, 'schedules.bulk-retention', {
        items: portion.map(({ row, version, retention }) => ({ ...itemOf(row, version), retention })),
      }),
    );
    const rows = changes.map(({ row }) => row);
    const back = changedOf(rows, results).map((changed) => ({
      ...changed,
      retention: changed.row.retention,
    }));
    report(
      done,
      rows.map(nameOf),
      results,
      undoable ? () => void setRetention(back, 'Retention given back to', false) : null,
    );
  }

  async function copy(
    rows: readonly ScheduleRow[],
    tenants: readonly { id: string; name: string }[],
  ): Promise<void> {
    const pairs = tenants.flatMap((tenant) => rows.map((row) => ({ tenant, row })));
    const results = await inPortions(pairs, (portion) =>
      callProcedure(bridge, 'schedules.bulk-copy', {
        items: portion.map(({ tenant, row }) => ({
          tenantId: row.tenantId,
          scheduleId: row.id,
          toTenantId: tenant.id,
        })),
      }),
    );
    const copies = results.flatMap((result, index) =>
      result.ok && result.createdId !== null
        ? [{ tenantId: pairs[index]!.tenant.id, scheduleId: result.createdId }]
        : [],
    );
    report(
      'Copied',
      pairs.map(({ tenant, row }) => `${row.name} for ${tenant.name}`),
      results,
      () => void removeCopies(copies),
    );
  }

  async function removeCopies(copies: readonly { tenantId: string; scheduleId: string }[]): Promise<void> {
    const results = await inPortions(copies, async (portion) => {
      const removed: BulkResult[] = [];
      for (const made of portion) {
        await callProcedure(bridge, 'schedules.remove', { ...made, expectedVersion: 1 });
        removed.push({ ok: true, version: null, createdId: null });
      }
      return { results: removed };
    });
    report(
      'Removed',
      copies.map(() => 'a copy'),
      results,
      null,
    );
  }

  return {
    progress,
    outcome,
    dismiss,
    pause,
    resume,
    run,
    copy,
    changeRetention: (rows: readonly ScheduleRow[], retention: RetentionRule) =>
      setRetention(
        rows.map((row) => ({ row, version: row.version, retention })),
        'Retention changed for',
        true,
      ),
  };
}

export type BulkChange = ReturnType<typeof useBulkChange>;
