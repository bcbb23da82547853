import type { BackupSetRow } from '../../../shared/contract/backup-sets.ts';
import type { Contract } from '../../../shared/contract/index.ts';
import type { OutputOf } from '../../../shared/contract/procedure.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { TenantText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';
import { formatSize } from '../../components/format-size.ts';
import { PinnedState, SetState, VerifiedState } from './set-state.tsx';

type Removal = OutputOf<Contract['backup-sets.removals']>['rows'][number];

const columnsWith = (removals: ReadonlyMap<string, Removal>): readonly Column<BackupSetRow>[] => [
  {
    key: 'sealed',
    title: 'Sealed, or taken',
    width: '11.5rem',
    cell: (set) => <InstantText iso={set.sealedAt} />,
  },
  {
    key: 'tenant',
    title: 'Tenant',
    width: 'minmax(10rem, 1fr)',
    cell: (set) => <TenantText text={set.tenantName} />,
  },
  {
    key: 'schedule',
    title: 'Schedule, or tool',
    width: 'minmax(8rem, 1fr)',
    cell: (set) => <TenantText text={set.imported?.tool ?? set.scheduleName ?? ''} />,
  },
  { key: 'state', title: 'State', width: '7rem', cell: (set) => <SetState set={set} /> },
  { key: 'types', title: 'Types', width: '4rem', cell: (set) => set.types.toLocaleString() },
  { key: 'items', title: 'Items', width: '5rem', cell: (set) => set.items.toLocaleString() },
  {
    key: 'changes',
    title: '+ / ~ / −',
    width: '7rem',
    cell: (set) =>
      set.imported === null &&
      `${set.added.toLocaleString()} / ${set.changed.toLocaleString()} / ${set.removed.toLocaleString()}`,
  },
  { key: 'size', title: 'Size added', width: '6rem', cell: (set) => formatSize(set.newBytes) },
  { key: 'verified', title: 'Verified', width: '17rem', cell: (set) => <VerifiedState set={set} /> },
  {
    key: 'removal',
    title: 'Retention removes it',
    width: '14rem',
    cell: (set) => (set.imported === null ? <RemovalOf removal={removals.get(set.id)} /> : 'Nothing does'),
  },
  {
    key: 'pinned',
    title: 'Pinned by, and why',
    width: '14rem',
    cell: (set) =>
      set.pinned === null ? (
        ''
      ) : (
        <PinnedState>
          {set.pinned.by}: {set.pinned.reason}
        </PinnedState>
      ),
  },
  { key: 'seq', title: 'No.', width: '4rem', cell: (set) => set.seq?.toLocaleString() },
  { key: 'root', title: 'Root hash', width: '9rem', cell: (set) => <code>{set.rootHash.slice(0, 12)}</code> },
];

function RemovalOf({ removal }: { removal: Removal | undefined }) {
  if (removal === undefined) return null;
  if (removal.removedAt !== null) return <InstantText iso={removal.removedAt} />;
  return (
    <>
      {removal.obstacle === 'pinned'
        ? 'Kept: pinned'
        : removal.obstacle === 'no_next_slot'
          ? 'No next slot'
          : 'Kept: newest copy'}
    </>
  );
}

interface SetsTableProps {
  rows: readonly BackupSetRow[];
  onOpen: (set: BackupSetRow) => void;
  selectedKey: string | null;
  loadMore: (() => void) | undefined;
  loadingMore: boolean;
}

/** Schedules whose forecasts one question can ask for. */
const mostSchedules = 50;

export function SetsTable({ rows, ...rest }: SetsTableProps) {
  const scheduleIds = [
    ...new Set(rows.flatMap((set) => (set.scheduleId === null ? [] : [set.scheduleId]))),
  ].slice(0, mostSchedules);
  const answer = useProcedure('backup-sets.removals', { scheduleIds }, { enabled: scheduleIds.length > 0 });
  const removals = new Map((answer.data?.rows ?? []).map((row) => [row.backupSetId, row]));
  return (
    <DataTable
      label="Backup sets"
      columns={columnsWith(removals)}
      rows={rows}
      rowKey={(set) => set.id}
      {...rest}
    />
  );
}
