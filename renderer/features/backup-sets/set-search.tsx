import { Button, Input, makeStyles, ProgressBar, Select, Text, tokens } from '@fluentui/react-components';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Contract } from '../../../shared/contract/index.ts';
import type { OutputOf } from '../../../shared/contract/procedure.ts';
import { useBridge } from '../../bridge/bridge-context.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { LoadFailure, PageState } from '../../components/page-state.tsx';
import { TenantText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { callProcedure } from '../../queries/use-procedure.ts';
import { type SetsAddress, useSetsAddress } from './use-sets-address.ts';

type Hit = OutputOf<Contract['backup-sets.search']>['rows'][number];

const useStyles = makeStyles({
  stack: {
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalM,
    minWidth: 0,
    padding: tokens.spacingHorizontalS,
  },
  bar: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalM },
  text: { width: '18rem', maxWidth: '100%' },
  table: { height: '26rem' },
  progress: { maxWidth: '24rem' },
});

const columns: readonly Column<Hit>[] = [
  { key: 'name', title: 'Name', width: 'minmax(12rem, 2fr)', cell: (hit) => <TenantText text={hit.name} /> },
  { key: 'type', title: 'Policy type', width: 'minmax(10rem, 1fr)', cell: (hit) => hit.displayName },
  { key: 'where', title: 'Found in', width: 'minmax(14rem, 2fr)', cell: (hit) => <FoundIn hit={hit} /> },
  {
    key: 'tenant',
    title: 'Tenant',
    width: 'minmax(8rem, 1fr)',
    cell: (hit) => <TenantText text={hit.tenantName} />,
  },
  {
    key: 'set',
    title: 'Newest set with it',
    width: '16rem',
    cell: (hit) => (
      <>
        {hit.seq === null ? 'import' : hit.seq.toLocaleString()}, <InstantText iso={hit.sealedAt} />
      </>
    ),
  },
];

function FoundIn({ hit }: { hit: Hit }) {
  if (hit.matched === 'name') return <>Name</>;
  if (hit.matched === 'id') return <TenantText text={hit.graphId} />;
  return (
    <>
      <code>
        <TenantText text={hit.pointer ?? ''} />
      </code>{' '}
      <TenantText text={hit.excerpt ?? ''} />
      {hit.more > 0 && ` and ${hit.more.toLocaleString()} more`}
    </>
  );
}

interface SetSearchProps {
  /** Null: every tenant in which the person may search. */
  tenantId: string | null;
  /** Null: the sets of the tenant. */
  backupSetId: string | null;
}

/** Names, ids, setting keys and values in one set, in the sets of a tenant, or in those of all tenants. */
export function SetSearch({ tenantId, backupSetId }: SetSearchProps) {
  const styles = useStyles();
  const { address, change } = useSetsAddress();
  const [typed, setTyped] = useState(address.find ?? '');
  const findIn = address.findIn ?? 'newest';
  const begin = () => change({ find: typed.trim() === '' ? undefined : typed.trim().slice(0, 200) });
  return (
    <section aria-label="Search" className={styles.stack}>
      <form
        role="search"
        className={styles.bar}
        onSubmit={(event) => {
          event.preventDefault();
          begin();
        }}
      >
        <Input
          className={styles.text}
          aria-label="Name, id, setting or value"
          data-filter-text
          placeholder="Name, id, setting or value"
          value={typed}
          maxLength={200}
          onChange={(_event, data) => setTyped(data.value)}
        />
        <Select
          aria-label="Where"
          value={findIn}
          onChange={(_event, data) => change({ findIn: data.value as SetsAddress['findIn'] })}
        >
          <option value="newest">{backupSetId === null ? 'Newest set of each schedule' : 'This set'}</option>
          {backupSetId === null && <option value="all">All sets and imports</option>}
          <option value="names">Names and ids only</option>
        </Select>
        <Button type="submit" disabled={typed.trim().length < 2}>
          Search sets
        </Button>
      </form>
      {address.find === undefined || address.find.length < 2 ? (
        <Text>
          At least two characters are searched for in names, ids, settings and scripts. Values of secrets are
          never searched.
        </Text>
      ) : (
        <Results
          key={`${tenantId} ${backupSetId} ${address.find} ${findIn}`}
          tenantId={tenantId}
          backupSetId={backupSetId}
          text={address.find}
          findIn={findIn}
        />
      )}
    </section>
  );
}

/** Hits that are in the page before the search waits to be told to go on. */
const enoughHits = 300;

function Results(props: SetSearchProps & { text: string; findIn: NonNullable<SetsAddress['findIn']> }) {
  const styles = useStyles();
  const bridge = useBridge();
  const { change } = useSetsAddress();
  const [stopped, setStopped] = useState(false);
  const [enough, setEnough] = useState(enoughHits);
  const { tenantId, backupSetId, text, findIn } = props;
  const search = useInfiniteQuery({
    // Not asked again by notices: a search goes over all that is stored.
    queryKey: ['set-contents', tenantId, 'search', props],
    queryFn: ({ pageParam }) =>
      callProcedure(bridge, 'backup-sets.search', {
        tenantId,
        backupSetId,
        text,
        sets: findIn === 'all' ? 'all' : 'newest',
        inSettings: findIn !== 'names',
        cursor: pageParam,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
  const pages = search.data?.pages ?? [];
  const rows = pages.flatMap((page) => page.rows);
  const progress = pages.at(-1)?.progress ?? null;
  const unreadable = pages.reduce((sum, page) => sum + page.unreadable, 0);
  const { hasNextPage, isFetching, isError, fetchNextPage } = search;
  const goesOn = hasNextPage && !stopped && !isError && rows.length < enough;
  useEffect(() => {
    if (goesOn && !isFetching) void fetchNextPage();
  }, [goesOn, isFetching, fetchNextPage]);

  const open = (hit: Hit) =>
    change({
      set: hit.backupSetId,
      setTenant: hit.tenantId,
      setTab: 'browse',
      setType: hit.typeKey,
      setItem: hit.graphId,
    });
  return (
    <>
      <div className={styles.bar}>
        <Text role="status">
          {progress === null
            ? 'Searching…'
            : `${rows.length.toLocaleString()} ${rows.length === 1 ? 'item' : 'items'} found. ` +
              (hasNextPage
                ? `${progress.done.toLocaleString()} of ${progress.of.toLocaleString()} policy types searched.`
                : `All ${progress.of.toLocaleString()} policy types of ${progress.tenants === 1 ? '1 tenant' : `${progress.tenants.toLocaleString()} tenants`} searched.`)}
        </Text>
        {goesOn && (
          <>
            <ProgressBar
              className={styles.progress}
              aria-label="Policy types searched"
              {...(progress === null ? {} : { value: progress.done, max: Math.max(progress.of, 1) })}
            />
            <Button onClick={() => setStopped(true)}>Stop search</Button>
          </>
        )}
        {hasNextPage && !goesOn && (
          <Button
            onClick={() => {
              setStopped(false);
              setEnough(rows.length + enoughHits);
            }}
          >
            Search on
          </Button>
        )}
      </div>
      {unreadable > 0 && (
        <Text>
          {unreadable.toLocaleString()} items could not be searched: their stored content is damaged or
          missing. Verify the set to see which.
        </Text>
      )}
      {isError && <LoadFailure error={search.error} retry={() => void search.refetch()} />}
      {search.isSuccess && rows.length === 0 && !hasNextPage && (
        <PageState title="Nothing matches">
          No name, id or setting holds “<TenantText text={text} />
          ”.
        </PageState>
      )}
      {rows.length > 0 && (
        <div className={styles.table}>
          <DataTable
            label="Items found"
            columns={columns}
            rows={rows}
            rowKey={(hit) => `${hit.tenantId} ${hit.typeKey} ${hit.graphId} ${hit.backupSetId}`}
            onOpen={open}
          />
        </div>
      )}
    </>
  );
}
