import { Button } from '@fluentui/react-components';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { BackupSetRow } from '../../../shared/contract/backup-sets.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Page } from '../../components/page.tsx';
import { LoadFailure, LoadingRows, PageState } from '../../components/page-state.tsx';
import { TenantText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { usePagedProcedure } from '../../queries/use-procedure.ts';
import { BackupSetDetail } from './backup-set-detail.tsx';

const columns: readonly Column<BackupSetRow>[] = [
  { key: 'seq', title: 'No.', width: '4rem', cell: (set) => set.seq },
  { key: 'sealed', title: 'Sealed', width: '14rem', cell: (set) => <InstantText iso={set.sealedAt} /> },
  {
    key: 'tenant',
    title: 'Tenant',
    width: 'minmax(10rem, 1fr)',
    cell: (set) => <TenantText text={set.tenantName} />,
  },
  {
    key: 'schedule',
    title: 'Schedule',
    width: 'minmax(8rem, 1fr)',
    cell: (set) => <TenantText text={set.scheduleName} />,
  },
  { key: 'complete', title: 'Complete', width: '7rem', cell: (set) => (set.complete ? 'Yes' : 'Partial') },
  { key: 'types', title: 'Types', width: '5rem', cell: (set) => set.types },
  { key: 'items', title: 'Items', width: '5rem', cell: (set) => set.items.toLocaleString() },
  {
    key: 'changes',
    title: '+ / ~ / −',
    width: '7rem',
    cell: (set) => `${set.added} / ${set.changed} / ${set.removed}`,
  },
  { key: 'pinned', title: 'Pinned', width: '8rem', cell: (set) => set.pinned?.by ?? '' },
  { key: 'root', title: 'Root hash', width: '9rem', cell: (set) => <code>{set.rootHash.slice(0, 12)}</code> },
];

interface BackupSetsSearch {
  tenantId?: string;
  set?: string;
  setTenant?: string;
}

/** Every sealed set, newest first. There is no delete button: only retention removes sets. */
export function BackupSetsPage() {
  const search = useSearch({ strict: false }) as BackupSetsSearch;
  const navigate = useNavigate();
  const sets = usePagedProcedure('backup-sets.list', { tenantId: search.tenantId ?? null });
  const open = (set: BackupSetRow | null) =>
    void navigate({
      to: '/backup-sets',
      search: { ...search, set: set?.id, setTenant: set?.tenantId },
    } as never);

  return (
    <Page title="Backup sets" commands={<Button onClick={() => void sets.refetch()}>Refresh</Button>}>
      {sets.isPending && <LoadingRows label="Backup sets are being read" />}
      {sets.isError && <LoadFailure error={sets.error} retry={() => void sets.refetch()} />}
      {sets.isSuccess && sets.rows.length === 0 && (
        <PageState title="No backup sets yet">
          A run that ends well, or partly well, seals one here.
        </PageState>
      )}
      {sets.rows.length > 0 && (
        <DataTable
          label="Backup sets"
          columns={columns}
          rows={sets.rows}
          rowKey={(set) => set.id}
          onOpen={open}
          selectedKey={search.set ?? null}
          loadMore={sets.hasNextPage ? () => void sets.fetchNextPage() : undefined}
          loadingMore={sets.isFetchingNextPage}
        />
      )}
      {search.set !== undefined && search.setTenant !== undefined && (
        <BackupSetDetail
          key={search.set}
          tenantId={search.setTenant}
          backupSetId={search.set}
          onClose={() => open(null)}
        />
      )}
    </Page>
  );
}
