import { useEffect } from 'react';
import type { TimelineRow } from '../../../shared/contract/run-views.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { RunStateBadge } from '../../components/state-badge.tsx';
import { TenantText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import type { RunState } from '../../../shared/model/run-states.ts';
import type { RunsSearch } from './runs-search.ts';
import type { TimelineView } from './timeline-geometry.ts';

interface BarRow {
  key: string;
  row: TimelineRow;
  startMs: number;
  lastStartMs: number;
  endMs: number;
  state: RunState | 'slot' | 'pause';
  count: number;
  runId: string | null;
}

const iso = (ms: number) => new Date(ms).toISOString();

const columns: readonly Column<BarRow>[] = [
  {
    key: 'tenant',
    title: 'Tenant',
    width: 'minmax(9rem, 1fr)',
    cell: ({ row }) => (row.tenantName === null ? '–' : <TenantText text={row.tenantName} />),
  },
  {
    key: 'name',
    title: 'Schedule or host',
    width: 'minmax(9rem, 1fr)',
    cell: ({ row }) => <TenantText text={row.name} />,
  },
  { key: 'from', title: 'From', width: '14rem', cell: ({ startMs }) => <InstantText iso={iso(startMs)} /> },
  {
    key: 'to',
    title: 'To',
    width: '14rem',
    cell: ({ endMs, startMs }) => (endMs === startMs ? '–' : <InstantText iso={iso(endMs)} />),
  },
  {
    key: 'what',
    title: 'What',
    width: '9rem',
    cell: ({ state }) =>
      state === 'slot' ? 'Coming slot' : state === 'pause' ? 'Paused' : <RunStateBadge state={state} />,
  },
  { key: 'count', title: 'Runs', width: '5rem', cell: ({ count }) => count.toLocaleString() },
];

/** The twin of the bars: the same rows, pauses and coming slots as a table, for whoever does not see the bars. */
export function TimelineTable({
  rows,
  view,
  onChange,
  loadMore,
}: {
  rows: readonly TimelineRow[];
  view: TimelineView;
  onChange: (next: Partial<RunsSearch>) => void;
  loadMore: () => void;
}) {
  // The table shows all there is: nothing here scrolls rows of schedules into sight.
  useEffect(loadMore, [loadMore]);
  const inSight = (startMs: number, endMs: number) => endMs >= view.fromMs && startMs <= view.toMs;
  const lines = rows.flatMap((row): BarRow[] => [
    ...row.bars
      .filter(([startMs, , endMs]) => inSight(startMs, endMs))
      .map(([startMs, lastStartMs, endMs, state, count, runId]) => ({
        key: `${row.key} ${startMs}`,
        row,
        startMs,
        lastStartMs,
        endMs,
        state,
        count,
        runId,
      })),
    ...row.pauses.map(({ from, to }) => ({
      key: `${row.key} pause ${from}`,
      row,
      startMs: Date.parse(from),
      lastStartMs: Date.parse(from),
      endMs: Date.parse(to ?? from),
      state: 'pause' as const,
      count: 0,
      runId: null,
    })),
    ...row.slots
      .map((slot) => Date.parse(slot))
      .filter((slotMs) => inSight(slotMs, slotMs))
      .map((slotMs) => ({
        key: `${row.key} slot ${slotMs}`,
        row,
        startMs: slotMs,
        lastStartMs: slotMs,
        endMs: slotMs,
        state: 'slot' as const,
        count: 1,
        runId: null,
      })),
  ]);
  const open = ({ row, runId, startMs, lastStartMs, state }: BarRow) => {
    if (runId !== null && row.tenantId !== null) onChange({ run: runId, runTenant: row.tenantId });
    else if (state !== 'slot' && state !== 'pause') {
      onChange({
        view: 'list',
        ...(row.tenantId === null ? { onHost: row.key } : { runSchedule: row.key }),
        from: iso(startMs),
        to: iso(lastStartMs + 1),
        period: undefined,
      });
    }
  };
  return (
    <DataTable
      label="Timeline of runs as a table"
      columns={columns}
      rows={lines}
      rowKey={(line) => line.key}
      onOpen={open}
    />
  );
}
