import {
  Button,
  makeStyles,
  mergeClasses,
  Select,
  Text,
  tokens,
  useArrowNavigationGroup,
} from '@fluentui/react-components';
import type { BackupSetRow } from '../../../shared/contract/backup-sets.ts';
import { shownZone } from '../../components/format-time.ts';
import { Page } from '../../components/page.tsx';
import { LoadFailure, LoadingRows, PageState } from '../../components/page-state.tsx';
import { usePagedProcedure, useProcedure } from '../../queries/use-procedure.ts';
import { usePreferences } from '../../state/preferences.ts';
import { formatMonth, formatSize } from '../../components/format-size.ts';
import { SetDrawer } from './set-drawer.tsx';
import { SetSearch } from './set-search.tsx';
import { SetsTable } from './sets-table.tsx';
import { closedSet, type SetsAddress, useSetsAddress } from './use-sets-address.ts';

const narrow = '@media (max-width: 60rem)';

const useStyles = makeStyles({
  panes: {
    display: 'grid',
    gridTemplateColumns: '13rem minmax(0, 1fr)',
    height: '100%',
    minHeight: 0,
    [narrow]: { gridTemplateColumns: 'minmax(0, 1fr)', height: 'auto' },
  },
  months: {
    overflow: 'auto',
    padding: tokens.spacingHorizontalS,
    [narrow]: { display: 'flex', maxHeight: '8rem', flexWrap: 'wrap' },
  },
  month: {
    display: 'block',
    width: '100%',
    border: 'none',
    padding: '6px 8px',
    minHeight: '32px',
    textAlign: 'start',
    font: 'inherit',
    cursor: 'pointer',
    color: tokens.colorNeutralForeground1,
    backgroundColor: 'transparent',
    borderRadius: tokens.borderRadiusMedium,
    ':hover': {
      backgroundColor: tokens.colorNeutralBackground1Hover,
      color: tokens.colorNeutralForeground1Hover,
    },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
    [narrow]: { width: 'auto' },
  },
  chosen: {
    backgroundColor: tokens.colorNeutralBackground1Selected,
    color: tokens.colorNeutralForeground1Selected,
    fontWeight: tokens.fontWeightSemibold,
  },
  list: { minWidth: 0, minHeight: 0, overflow: 'auto', display: 'flex', flexDirection: 'column' },
  filter: { paddingInline: tokens.spacingHorizontalS, paddingBottom: tokens.spacingVerticalS },
  table: { flexGrow: 1, minHeight: '16rem' },
});

/**
 * Every set by month, sealed or imported, and search in what they hold. Sealed sets have no delete button: only
 * retention removes them.
 */
export function BackupSetsPage() {
  const styles = useStyles();
  const { address, change } = useSetsAddress();
  const timeZone = usePreferences((state) => shownZone(state.zone, null));
  const tenantId = address.tenantId ?? null;
  const origin = address.setOrigin ?? 'all';
  const months = useProcedure('backup-sets.months', { tenantId, timeZone, origin });
  const sets = usePagedProcedure('backup-sets.list', {
    tenantId,
    month: address.month ?? null,
    timeZone,
    origin,
  });
  const open = (set: BackupSetRow | null) =>
    change(set === null ? closedSet : { ...closedSet, set: set.id, setTenant: set.tenantId });
  const searching = address.find !== undefined && address.set === undefined;

  return (
    <Page title="Backup sets" commands={<Button onClick={() => void sets.refetch()}>Refresh</Button>}>
      <div className={styles.panes}>
        <Months
          months={months.data?.months ?? []}
          chosen={address.month}
          onChoose={(month) => change({ month, find: undefined })}
        />
        <div className={styles.list}>
          <SetSearch key={address.find ?? ''} tenantId={tenantId} backupSetId={null} />
          {searching && (
            <div>
              <Button onClick={() => change({ find: undefined })}>Back to the list of sets</Button>
            </div>
          )}
          {!searching && (
            <>
              <OriginFilter chosen={origin} onChoose={(chosen) => change({ setOrigin: chosen })} />
              {sets.isPending && <LoadingRows label="Backup sets are being read" />}
              {sets.isError && <LoadFailure error={sets.error} retry={() => void sets.refetch()} />}
              {sets.isSuccess && sets.rows.length === 0 && <NoSets address={address} change={change} />}
              {sets.rows.length > 0 && (
                <div className={styles.table}>
                  <SetsTable
                    rows={sets.rows}
                    onOpen={open}
                    selectedKey={address.set ?? null}
                    loadMore={sets.hasNextPage ? () => void sets.fetchNextPage() : undefined}
                    loadingMore={sets.isFetchingNextPage}
                  />
                </div>
              )}
            </>
          )}
        </div>
      </div>
      {address.set !== undefined && address.setTenant !== undefined && (
        <SetDrawer
          key={address.set}
          tenantId={address.setTenant}
          backupSetId={address.set}
          onClose={() => open(null)}
        />
      )}
    </Page>
  );
}

/** Sets of runs, imports, or both. */
function OriginFilter({
  chosen,
  onChoose,
}: {
  chosen: 'all' | 'run' | 'import';
  onChoose: (origin: 'run' | 'import' | undefined) => void;
}) {
  const styles = useStyles();
  return (
    <div className={styles.filter}>
      <Select
        aria-label="Where sets come from"
        value={chosen}
        onChange={(_event, data) =>
          onChoose(data.value === 'all' ? undefined : (data.value as 'run' | 'import'))
        }
      >
        <option value="all">Sets of runs, and imports</option>
        <option value="run">Sets of runs only</option>
        <option value="import">Imports only</option>
      </Select>
    </div>
  );
}

function NoSets({
  address: { month, setOrigin },
  change,
}: {
  address: SetsAddress;
  change: ReturnType<typeof useSetsAddress>['change'];
}) {
  if (setOrigin === 'import' && month === undefined) {
    return (
      <PageState title="Nothing imported yet">
        Folders that IntuneManagement, IntuneCD or IntuneBackupAndRestore exported are kept here as read-only
        sets by <code>tenantkeep backup-sets import FOLDER --tenant TENANT</code>, on a computer that is a
        host.
      </PageState>
    );
  }
  if (month === undefined) {
    return (
      <PageState title="No backup sets yet">A run that ends well, or partly well, seals one here.</PageState>
    );
  }
  return (
    <PageState
      title="Nothing matches"
      action={
        <Button onClick={() => change({ month: undefined, setOrigin: undefined })}>Clear filters</Button>
      }
    >
      No set is of {formatMonth(month)}.
    </PageState>
  );
}

interface MonthsProps {
  months: readonly { month: string; sets: number; partial: number; newBytes: number }[];
  chosen: string | undefined;
  onChoose: (month: string | undefined) => void;
}

function Months({ months, chosen, onChoose }: MonthsProps) {
  const styles = useStyles();
  const arrows = useArrowNavigationGroup({ axis: 'both' });
  const entry = (month: string | undefined, words: string, more: string) => (
    <button
      key={month ?? ''}
      type="button"
      className={mergeClasses(styles.month, chosen === month && styles.chosen)}
      aria-current={chosen === month ? 'true' : undefined}
      onClick={() => onChoose(month)}
    >
      {words}
      <Text size={200} block>
        {more}
      </Text>
    </button>
  );
  const sets = months.reduce((sum, month) => sum + month.sets, 0);
  const bytes = months.reduce((sum, month) => sum + month.newBytes, 0);
  return (
    <nav className={styles.months} aria-label="Months" {...arrows}>
      {entry(undefined, 'Every month', countsOf(sets, 0, bytes))}
      {months.map((month) =>
        entry(month.month, formatMonth(month.month), countsOf(month.sets, month.partial, month.newBytes)),
      )}
    </nav>
  );
}

function countsOf(sets: number, partial: number, bytes: number): string {
  const counted = sets === 1 ? '1 set' : `${sets.toLocaleString()} sets`;
  const partly = partial === 0 ? '' : `, ${partial.toLocaleString()} partial`;
  return `${counted}${partly}, ${formatSize(bytes)}`;
}
