import { Button, Select } from '@fluentui/react-components';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { RunRow } from '../../../shared/contract/runs.ts';
import { runStates, type RunState } from '../../../shared/model/run-states.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { formatDuration } from '../../components/format-time.ts';
import { Page } from '../../components/page.tsx';
import { LoadFailure, LoadingRows, PageState } from '../../components/page-state.tsx';
import { RunStateBadge, runStateWord } from '../../components/state-badge.tsx';
import { shortText, TenantText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { usePagedProcedure, useProcedure } from '../../queries/use-procedure.ts';
import { RunMatrix } from './run-matrix.tsx';
import { RunDetail } from './run-detail.tsx';

const columns: readonly Column<RunRow>[] = [
  { key: 'state', title: 'State', width: '8.5rem', cell: (run) => <RunStateBadge state={run.state} /> },
  {
    key: 'slot',
    title: 'Slot',
    width: '14rem',
    cell: (run) => <InstantText iso={run.slotAt ?? run.createdAt} />,
  },
  {
    key: 'tenant',
    title: 'Tenant',
    width: 'minmax(10rem, 1fr)',
    cell: (run) => <TenantText text={run.tenantName} />,
  },
  {
    key: 'schedule',
    title: 'Schedule',
    width: 'minmax(9rem, 1fr)',
    cell: (run) => <TenantText text={run.scheduleName} />,
  },
  {
    key: 'trigger',
    title: 'Trigger',
    width: '9rem',
    cell: (run) => (run.trigger === 'scheduled' ? 'Schedule' : run.requestedBy),
  },
  { key: 'host', title: 'Host', width: '8rem', cell: (run) => run.hostName ?? '–' },
  { key: 'duration', title: 'Duration', width: '7rem', cell: durationOf },
  {
    key: 'types',
    title: 'Types',
    width: '5.5rem',
    cell: (run) => (run.types === null ? '–' : `${run.types.complete} / ${typesAsked(run)}`),
  },
  { key: 'items', title: 'Items', width: '5rem', cell: (run) => run.items?.toLocaleString() ?? '–' },
  {
    key: 'changes',
    title: '+ / ~ / −',
    width: '7rem',
    cell: (run) => (run.added === null ? '–' : `${run.added} / ${run.changed} / ${run.removed}`),
  },
];

function durationOf(run: RunRow): string {
  if (run.missedCount !== null && run.missedCount > 1) return `${run.missedCount.toLocaleString()} slots`;
  if (run.startedAt === null || run.finishedAt === null) return '–';
  return formatDuration(Date.parse(run.finishedAt) - Date.parse(run.startedAt));
}

function typesAsked(run: RunRow): number {
  const types = run.types!;
  return types.complete + types.incomplete + types.notAvailable + types.unknown + types.notAttempted;
}

interface RunsSearch {
  tenantId?: string;
  state?: RunState;
  run?: string;
  runTenant?: string;
  matrix?: string;
  matrixTenant?: string;
}

/** The list of all runs, or the outcomes of one schedule by policy type. */
function ScheduleChoice({
  search,
  onChange,
}: {
  search: RunsSearch;
  onChange: (next: Partial<RunsSearch>) => void;
}) {
  const schedules = useProcedure('schedules.list', { tenantId: search.tenantId ?? null });
  const rows = schedules.data?.rows ?? [];
  return (
    <Select
      aria-label="View"
      value={search.matrix ?? ''}
      onChange={(_event, data) =>
        onChange({
          matrix: data.value || undefined,
          matrixTenant: rows.find((row) => row.id === data.value)?.tenantId,
        })
      }
    >
      <option value="">List of runs</option>
      <optgroup label="By policy type">
        {rows.map((row) => (
          <option key={row.id} value={row.id}>
            {shortText(row.tenantName)}: {shortText(row.name)}
          </option>
        ))}
      </optgroup>
    </Select>
  );
}

/** What ran, what did not, and why; a row opens the run. */
export function RunsPage() {
  const search = useSearch({ strict: false }) as RunsSearch;
  const navigate = useNavigate();
  const runs = usePagedProcedure('runs.list', {
    tenantId: search.tenantId ?? null,
    states: search.state ? [search.state] : [],
  });
  const matrix =
    search.matrix !== undefined && search.matrixTenant !== undefined
      ? { tenantId: search.matrixTenant, scheduleId: search.matrix }
      : null;
  const change = (next: Partial<RunsSearch>) =>
    void navigate({ to: '/runs', search: { ...search, ...next } } as never);

  return (
    <Page
      title="Runs"
      commands={
        <>
          <Select
            aria-label="State"
            value={search.state ?? ''}
            onChange={(_event, data) => change({ state: (data.value || undefined) as RunState | undefined })}
          >
            <option value="">Every state</option>
            {runStates.map((state) => (
              <option key={state} value={state}>
                {runStateWord(state)}
              </option>
            ))}
          </Select>
          <ScheduleChoice search={search} onChange={change} />
          <Button onClick={() => void runs.refetch()}>Refresh</Button>
        </>
      }
    >
      {runs.isPending && <LoadingRows label="Runs are being read" />}
      {runs.isError && <LoadFailure error={runs.error} retry={() => void runs.refetch()} />}
      {runs.isSuccess && runs.rows.length === 0 && search.state === undefined && (
        <PageState title="No runs yet">
          A run appears here when a schedule falls due or is run by hand.
        </PageState>
      )}
      {runs.isSuccess && runs.rows.length === 0 && search.state !== undefined && (
        <PageState
          title="Nothing matches"
          action={<Button onClick={() => change({ state: undefined })}>Clear filters</Button>}
        >
          No run is in the state {runStateWord(search.state)}.
        </PageState>
      )}
      {matrix !== null && <RunMatrix {...matrix} />}
      {matrix === null && runs.rows.length > 0 && (
        <DataTable
          label="Runs"
          columns={columns}
          rows={runs.rows}
          rowKey={(run) => run.id}
          onOpen={(run) => change({ run: run.id, runTenant: run.tenantId })}
          selectedKey={search.run ?? null}
          loadMore={runs.hasNextPage ? () => void runs.fetchNextPage() : undefined}
          loadingMore={runs.isFetchingNextPage}
        />
      )}
      {search.run !== undefined && search.runTenant !== undefined && (
        <RunDetail
          tenantId={search.runTenant}
          runId={search.run}
          onClose={() => change({ run: undefined, runTenant: undefined })}
        />
      )}
    </Page>
  );
}
