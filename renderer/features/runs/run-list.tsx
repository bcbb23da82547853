import { Button, makeStyles, tokens } from '@fluentui/react-components';
import { ArrowUp20Regular } from '@fluentui/react-icons';
import type { RunRow } from '../../../shared/contract/run-fields.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { formatDuration } from '../../components/format-time.ts';
import { PageLink } from '../../components/page-link.tsx';
import { LoadFailure, LoadingRows, PageState } from '../../components/page-state.tsx';
import { RunStateBadge } from '../../components/state-badge.tsx';
import { TenantText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { isFiltered, noFilter, type RunFilterInput, type RunsSearch } from './runs-search.ts';
import { useRunList } from './use-run-list.ts';

const useStyles = makeStyles({
  box: { display: 'flex', flexDirection: 'column', height: '100%', minHeight: '20rem' },
  table: { flexGrow: 1, minHeight: 0 },
  pill: { alignSelf: 'center', marginBottom: tokens.spacingVerticalS },
});

export const runColumns: readonly Column<RunRow>[] = [
  { key: 'state', title: 'State', width: '8rem', cell: (run) => <RunStateBadge state={run.state} /> },
  {
    key: 'slot',
    title: 'Slot',
    width: '13.5rem',
    cell: (run) => <InstantText iso={run.slotAt ?? run.createdAt} />,
  },
  {
    key: 'tenant',
    title: 'Tenant',
    width: 'minmax(9rem, 1fr)',
    cell: (run) => <TenantText text={run.tenantName} />,
  },
  {
    key: 'schedule',
    title: 'Schedule',
    width: 'minmax(8rem, 1fr)',
    cell: (run) => <TenantText text={run.scheduleName} />,
  },
  {
    key: 'trigger',
    title: 'Trigger',
    width: '8rem',
    cell: (run) => (run.trigger === 'scheduled' ? 'Schedule' : run.requestedBy),
  },
  { key: 'host', title: 'Host', width: '7rem', cell: (run) => run.hostName ?? '–' },
  { key: 'duration', title: 'Duration', width: '7rem', cell: durationOf },
  { key: 'types', title: 'Types', width: '5.5rem', cell: typesOf },
  { key: 'items', title: 'Items', width: '4.5rem', cell: (run) => run.items?.toLocaleString() ?? '–' },
  {
    key: 'changes',
    title: '+ / ~ / −',
    width: '7rem',
    cell: (run) => (run.added === null ? '–' : `${run.added} / ${run.changed} / ${run.removed}`),
  },
  {
    key: 'set',
    title: 'Set',
    width: '3.5rem',
    cell: (run) =>
      run.backupSetId === null ? (
        '–'
      ) : (
        <PageLink
          to="/backup-sets"
          search={{ set: run.backupSetId, setTenant: run.tenantId }}
          label="Open the backup set of this run"
          stopPropagation
        >
          Set
        </PageLink>
      ),
  },
];

function durationOf(run: RunRow): string {
  if (run.missedCount !== null && run.missedCount > 1) return `${run.missedCount.toLocaleString()} slots`;
  if (run.startedAt === null || run.finishedAt === null) return '–';
  return formatDuration(Date.parse(run.finishedAt) - Date.parse(run.startedAt));
}

function typesOf(run: RunRow): string {
  if (run.types === null) {
    return run.progress === null ? '–' : `${run.progress.typesDone} / ${run.progress.typesTotal}`;
  }
  const { complete, incomplete, notAvailable, unknown, notAttempted } = run.types;
  return `${complete} / ${complete + incomplete + notAvailable + unknown + notAttempted}`;
}

/** The runs of a filter, newest slot first; it stands still while its reader looks at it. */
export function RunList({
  filter,
  search,
  columns,
  onChange,
}: {
  filter: RunFilterInput;
  columns: readonly Column<RunRow>[];
  search: RunsSearch;
  onChange: (next: Partial<RunsSearch>) => void;
}) {
  const styles = useStyles();
  const { list, rows, newRuns, bringIn } = useRunList(filter);
  if (list.isPending) return <LoadingRows label="Runs are being read" />;
  if (list.isError && rows.length === 0) {
    return <LoadFailure error={list.error} retry={() => void list.refetch()} />;
  }
  const pill = newRuns > 0 && (
    <Button className={styles.pill} shape="circular" icon={<ArrowUp20Regular />} onClick={bringIn}>
      {newRuns === 1 ? '1 new run' : `${newRuns >= 1000 ? '1,000 or more' : newRuns} new runs`}
    </Button>
  );
  if (rows.length === 0) {
    return isFiltered(search) ? (
      <PageState
        title="Nothing matches"
        action={pill || <Button onClick={() => onChange(noFilter)}>Clear filters</Button>}
      >
        No run passes the filters above.
      </PageState>
    ) : (
      <PageState title="No runs yet" action={pill}>
        A run appears here when a schedule falls due or is run by hand.
      </PageState>
    );
  }
  return (
    <div className={styles.box}>
      <div aria-live="polite" style={{ display: 'contents' }}>
        {pill}
      </div>
      <div className={styles.table}>
        <DataTable
          label="Runs"
          columns={columns}
          rows={rows}
          rowKey={(run) => run.id}
          onOpen={(run) => onChange({ run: run.id, runTenant: run.tenantId })}
          selectedKey={search.run ?? null}
          loadMore={list.hasNextPage ? () => void list.fetchNextPage() : undefined}
          loadingMore={list.isFetchingNextPage}
        />
      </div>
    </div>
  );
}
