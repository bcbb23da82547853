import {
  Input,
  makeStyles,
  mergeClasses,
  Select,
  Text,
  tokens,
  useArrowNavigationGroup,
} from '@fluentui/react-components';
import { useState } from 'react';
import type { Contract } from '../../../shared/contract/index.ts';
import type { OutputOf } from '../../../shared/contract/procedure.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { LoadFailure, LoadingRows, PageState } from '../../components/page-state.tsx';
import { TenantText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { usePagedProcedure } from '../../queries/use-procedure.ts';
import { ItemView } from './item-view.tsx';
import type { SetAnswer } from './set-coverage.tsx';
import { OutcomeState } from './set-state.tsx';
import { useSetsAddress } from './use-sets-address.ts';

type Part = SetAnswer['parts'][number];
type ItemRow = OutputOf<Contract['backup-sets.items']>['rows'][number];

const narrow = '@media (max-width: 60rem)';

const useStyles = makeStyles({
  panes: {
    display: 'grid',
    gridTemplateColumns: '17rem minmax(0, 1fr)',
    gap: tokens.spacingHorizontalL,
    [narrow]: { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  types: {
    maxHeight: '34rem',
    overflowY: 'auto',
    [narrow]: { display: 'none' },
  },
  type: {
    display: 'flex',
    width: '100%',
    justifyContent: 'space-between',
    gap: tokens.spacingHorizontalS,
    padding: '4px 8px',
    minHeight: '28px',
    border: 'none',
    backgroundColor: 'transparent',
    color: tokens.colorNeutralForeground1,
    font: 'inherit',
    textAlign: 'start',
    cursor: 'pointer',
    borderRadius: tokens.borderRadiusSmall,
    ':hover': { backgroundColor: tokens.colorNeutralBackground3 },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  chosen: { backgroundColor: tokens.colorNeutralBackground3, fontWeight: tokens.fontWeightSemibold },
  stack: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM, minWidth: 0 },
  filters: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalM },
  select: { display: 'none', maxWidth: '100%', [narrow]: { display: 'inline-flex' } },
  table: { height: '30rem' },
});

/** The objects of a set: policy types by category, the objects of one type or of all, and one object. */
export function SetBrowser({ answer }: { answer: SetAnswer }) {
  const styles = useStyles();
  const { address, change } = useSetsAddress();
  const chooseType = (setType: string | undefined) => change({ setType, setItem: undefined });
  return (
    <div className={styles.panes}>
      <TypeTree parts={answer.parts} chosen={address.setType} onChoose={chooseType} />
      <div className={styles.stack}>
        <Select
          className={styles.select}
          aria-label="Policy type"
          value={address.setType ?? ''}
          onChange={(_event, data) => chooseType(data.value || undefined)}
        >
          <option value="">Every policy type</option>
          {answer.parts
            .filter((part) => part.items > 0)
            .map((part) => (
              <option key={part.typeKey} value={part.typeKey}>
                {part.displayName} ({part.items.toLocaleString()})
              </option>
            ))}
        </Select>
        {address.setType !== undefined && address.setItem !== undefined ? (
          <ItemView
            key={`${address.setType} ${address.setItem}`}
            tenantId={answer.set.tenantId}
            backupSetId={answer.set.id}
            typeKey={address.setType}
            graphId={address.setItem}
            onBack={() => change({ setItem: undefined })}
          />
        ) : (
          <Items answer={answer} typeKey={address.setType ?? null} />
        )}
      </div>
    </div>
  );
}

interface TypeTreeProps {
  parts: readonly Part[];
  chosen: string | undefined;
  onChoose: (typeKey: string | undefined) => void;
}

function TypeTree({ parts, chosen, onChoose }: TypeTreeProps) {
  const styles = useStyles();
  const arrows = useArrowNavigationGroup({ axis: 'vertical' });
  const categories = [...new Set(parts.map((part) => part.category))];
  const entry = (key: string | undefined, words: string, count: number, part: Part | null) => (
    <button
      key={key ?? ''}
      type="button"
      className={mergeClasses(styles.type, chosen === key && styles.chosen)}
      aria-current={chosen === key ? 'true' : undefined}
      onClick={() => onChoose(key)}
    >
      {part === null || part.outcome === 'complete' ? (
        <span>{words}</span>
      ) : (
        <OutcomeState outcome={part.outcome}>{words}</OutcomeState>
      )}
      <span>{count.toLocaleString()}</span>
    </button>
  );
  return (
    <nav aria-label="Policy types" className={styles.types} {...arrows}>
      {entry(
        undefined,
        'Every policy type',
        parts.reduce((sum, part) => sum + part.items, 0),
        null,
      )}
      {categories.map((category) => {
        const inCategory = parts.filter((part) => part.category === category);
        return (
          <section key={category} aria-label={category}>
            <Text weight="semibold" size={200} block>
              {category}
            </Text>
            {inCategory.map((part) => entry(part.typeKey, part.displayName, part.items, part))}
          </section>
        );
      })}
    </nav>
  );
}

function columnsOf(parts: readonly Part[]): readonly Column<ItemRow>[] {
  const names = new Map(parts.map((part) => [part.typeKey, part.displayName]));
  return [
    {
      key: 'name',
      title: 'Name',
      width: 'minmax(14rem, 2fr)',
      cell: (item) => <TenantText text={item.name} />,
    },
    {
      key: 'type',
      title: 'Policy type',
      width: 'minmax(10rem, 1fr)',
      cell: (item) => names.get(item.typeKey) ?? item.typeKey,
    },
    {
      key: 'changed',
      title: 'Changed in Microsoft',
      width: '12rem',
      cell: (item) => <InstantText iso={item.changedAt} absent="Not told" />,
    },
    {
      key: 'assignments',
      title: 'Assignments',
      width: '7rem',
      cell: (item) => item.assignments?.toLocaleString() ?? '–',
    },
    {
      key: 'secrets',
      title: 'Secrets not captured',
      width: '11rem',
      cell: (item) => (item.secretsNotCaptured === 0 ? '' : item.secretsNotCaptured.toLocaleString()),
    },
    { key: 'id', title: 'Id', width: '20rem', cell: (item) => <TenantText text={item.graphId} /> },
  ];
}

function Items({ answer, typeKey }: { answer: SetAnswer; typeKey: string | null }) {
  const styles = useStyles();
  const { change } = useSetsAddress();
  const [search, setSearch] = useState('');
  const scope = { tenantId: answer.set.tenantId, backupSetId: answer.set.id };
  const items = usePagedProcedure('backup-sets.items', { ...scope, typeKey, search });
  const total = items.data?.pages[0]?.total ?? null;
  const part = answer.parts.find((each) => each.typeKey === typeKey);
  return (
    <>
      <div className={styles.filters}>
        <Input
          aria-label="Name or id"
          placeholder="Name or id"
          value={search}
          maxLength={200}
          onChange={(_event, data) => setSearch(data.value)}
        />
        <Text role="status">
          {total === null ? '' : total === 1 ? '1 item' : `${total.toLocaleString()} items`}
        </Text>
        {part && part.outcome !== 'complete' && (
          <Text>
            <OutcomeState outcome={part.outcome} /> {part.sentence}
          </Text>
        )}
      </div>
      {items.isPending && <LoadingRows label="Items are being read" />}
      {items.isError && <LoadFailure error={items.error} retry={() => void items.refetch()} />}
      {items.isSuccess && items.rows.length === 0 && (
        <PageState title={search === '' ? 'No items here' : 'Nothing matches'}>
          {search === ''
            ? 'This set holds no item of this policy type.'
            : `No name or id here holds “${search}”.`}
        </PageState>
      )}
      {items.rows.length > 0 && (
        <div className={styles.table}>
          <DataTable
            label="Items"
            columns={columnsOf(answer.parts)}
            rows={items.rows}
            total={total}
            rowKey={(item) => `${item.typeKey} ${item.graphId}`}
            onOpen={(item) => change({ setType: item.typeKey, setItem: item.graphId })}
            loadMore={items.hasNextPage ? () => void items.fetchNextPage() : undefined}
            loadingMore={items.isFetchingNextPage}
          />
        </div>
      )}
    </>
  );
}
