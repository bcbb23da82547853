import {
  Button,
  Input,
  makeStyles,
  MessageBar,
  MessageBarBody,
  Select,
  Tab,
  TabList,
  Text,
  tokens,
} from '@fluentui/react-components';
import { useState } from 'react';
import type { Contract } from '../../../shared/contract/index.ts';
import type { OutputOf } from '../../../shared/contract/procedure.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { DetailDrawer } from '../../components/detail-drawer.tsx';
import { LoadFailure, LoadingRows } from '../../components/page-state.tsx';
import { PermittedButton } from '../../components/permitted-button.tsx';
import { TenantText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { usePagedProcedure, useProcedure, useProcedureMutation } from '../../queries/use-procedure.ts';
import { SetComparison } from './set-comparison.tsx';

type SetAnswer = OutputOf<Contract['backup-sets.get']>;
type ItemRow = OutputOf<Contract['backup-sets.items']>['rows'][number];

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM, paddingBottom: '2rem' },
  filters: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalM },
  hash: { overflowWrap: 'anywhere' },
  table: { height: '24rem' },
  code: {
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
    maxHeight: '28rem',
    overflowY: 'auto',
    margin: 0,
    padding: tokens.spacingHorizontalM,
    backgroundColor: tokens.colorNeutralBackground3,
  },
});

interface BackupSetDetailProps {
  tenantId: string;
  backupSetId: string;
  onClose: () => void;
}

/** One immutable set: what is in it, what is not and why, and the proof that it is what was sealed. */
export function BackupSetDetail({ tenantId, backupSetId, onClose }: BackupSetDetailProps) {
  const styles = useStyles();
  const [tab, setTab] = useState('items');
  const answer = useProcedure('backup-sets.get', { tenantId, backupSetId });
  return (
    <DetailDrawer title="Backup set" open onClose={onClose}>
      {answer.isPending && <LoadingRows label="The backup set is being read" />}
      {answer.isError && <LoadFailure error={answer.error} retry={() => void answer.refetch()} />}
      {answer.data && (
        <div className={styles.stack}>
          <Text weight="semibold">
            <TenantText text={answer.data.set.tenantName} />, sealed{' '}
            <InstantText iso={answer.data.set.sealedAt} />, {answer.data.set.items.toLocaleString()} items of{' '}
            {answer.data.set.types} policy types
          </Text>
          <Proof answer={answer.data} />
          <TabList selectedValue={tab} onTabSelect={(_event, data) => setTab(String(data.value))}>
            <Tab value="items">Items</Tab>
            <Tab value="coverage">Coverage</Tab>
            <Tab value="changes">Changes</Tab>
          </TabList>
          {tab === 'items' && <Items answer={answer.data} />}
          {tab === 'coverage' && <Coverage answer={answer.data} />}
          {tab === 'changes' &&
            (answer.data.previousId === null ? (
              <Text>This is the first set of its chain; there is nothing to compare it with.</Text>
            ) : (
              <SetComparison tenantId={tenantId} leftId={answer.data.previousId} rightId={backupSetId} />
            ))}
        </div>
      )}
    </DetailDrawer>
  );
}

function Proof({ answer }: { answer: SetAnswer }) {
  const { tenantId, id: backupSetId, rootHash } = answer.set;
  const styles = useStyles();
  const [asked, setAsked] = useState(false);
  const verify = useProcedure('backup-sets.verify', { tenantId, backupSetId }, { enabled: asked });
  const pin = useProcedureMutation('backup-sets.pin', ['backup-sets']);
  const unpin = useProcedureMutation('backup-sets.unpin', ['backup-sets']);
  const [reason, setReason] = useState('');
  const problem = verify.error ?? pin.error ?? unpin.error;
  return (
    <>
      <div className={styles.hash}>
        Root hash <code>{rootHash}</code>
      </div>
      <div className={styles.filters}>
        <PermittedButton
          permission="set.verify"
          tenantId={tenantId}
          disabled={verify.isFetching}
          onClick={() => (asked ? void verify.refetch() : setAsked(true))}
        >
          {verify.isFetching ? 'Verifying…' : 'Verify set'}
        </PermittedButton>
        {answer.set.pinned === null ? (
          <>
            <Input
              aria-label="Reason for the pin"
              placeholder="Reason for the pin"
              value={reason}
              onChange={(_event, data) => setReason(data.value)}
            />
            <PermittedButton
              permission="set.pin"
              tenantId={tenantId}
              disabled={reason.trim().length < 3 || pin.isPending}
              onClick={() => pin.mutate({ tenantId, backupSetId, reason })}
            >
              Pin set
            </PermittedButton>
          </>
        ) : (
          <>
            <Text>
              Pinned by {answer.set.pinned.by}: {answer.set.pinned.reason}
            </Text>
            <PermittedButton
              permission="set.unpin"
              tenantId={tenantId}
              disabled={unpin.isPending}
              onClick={() => unpin.mutate({ tenantId, backupSetId })}
            >
              Unpin set
            </PermittedButton>
          </>
        )}
      </div>
      {verify.data && (
        <MessageBar intent={verify.data.verified ? 'success' : 'error'}>
          <MessageBarBody>
            {verify.data.verified
              ? `Verified: all ${verify.data.items.toLocaleString()} items are what was sealed.`
              : `Damaged: ${verify.data.damages.map((damage) => `${damage.where}: ${damage.what}`).join('; ')}`}
          </MessageBarBody>
        </MessageBar>
      )}
      {problem && (
        <MessageBar intent="error">
          <MessageBarBody>{problem.message}</MessageBarBody>
        </MessageBar>
      )}
    </>
  );
}

const itemColumns: readonly Column<ItemRow>[] = [
  {
    key: 'name',
    title: 'Name',
    width: 'minmax(12rem, 2fr)',
    cell: (item) => <TenantText text={item.name} />,
  },
  { key: 'type', title: 'Policy type', width: 'minmax(10rem, 1fr)', cell: (item) => item.typeKey },
  { key: 'id', title: 'Id', width: '20rem', cell: (item) => <TenantText text={item.graphId} /> },
];

function Items({ answer }: { answer: SetAnswer }) {
  const styles = useStyles();
  const [typeKey, setTypeKey] = useState('');
  const [search, setSearch] = useState('');
  const [opened, setOpened] = useState<ItemRow | null>(null);
  const scope = { tenantId: answer.set.tenantId, backupSetId: answer.set.id };
  const items = usePagedProcedure('backup-sets.items', { ...scope, typeKey: typeKey || null, search });
  return (
    <>
      <div className={styles.filters}>
        <Select aria-label="Policy type" value={typeKey} onChange={(_event, data) => setTypeKey(data.value)}>
          <option value="">Every policy type</option>
          {answer.parts
            .filter((part) => part.items > 0)
            .map((part) => (
              <option key={part.typeKey} value={part.typeKey}>
                {part.displayName} ({part.items})
              </option>
            ))}
        </Select>
        <Input
          aria-label="Name or id"
          placeholder="Name or id"
          value={search}
          onChange={(_event, data) => setSearch(data.value)}
        />
      </div>
      {items.isError && <LoadFailure error={items.error} retry={() => void items.refetch()} />}
      {items.isSuccess && items.rows.length === 0 && <Text>No item fits.</Text>}
      {items.rows.length > 0 && (
        <div className={styles.table}>
          <DataTable
            label="Items"
            columns={itemColumns}
            rows={items.rows}
            rowKey={(item) => `${item.typeKey} ${item.graphId}`}
            onOpen={setOpened}
            loadMore={items.hasNextPage ? () => void items.fetchNextPage() : undefined}
            loadingMore={items.isFetchingNextPage}
          />
        </div>
      )}
      {opened !== null && <ItemText key={opened.graphId} scope={scope} item={opened} />}
    </>
  );
}

function ItemText({ scope, item }: { scope: { tenantId: string; backupSetId: string }; item: ItemRow }) {
  const styles = useStyles();
  const [offset, setOffset] = useState(0);
  const answer = useProcedure('backup-sets.item', {
    ...scope,
    typeKey: item.typeKey,
    graphId: item.graphId,
    offset,
  });
  if (answer.isError) return <LoadFailure error={answer.error} retry={() => void answer.refetch()} />;
  if (!answer.data) return <LoadingRows label="The item is being read" />;
  const end = offset + answer.data.text.length;
  return (
    <section aria-label="Item">
      <Text weight="semibold" block>
        <TenantText text={answer.data.name} />
      </Text>
      <pre className={styles.code} tabIndex={0}>
        {answer.data.text}
      </pre>
      {answer.data.totalChars > answer.data.text.length && (
        <div>
          Characters {offset.toLocaleString()} to {end.toLocaleString()} of{' '}
          {answer.data.totalChars.toLocaleString()}{' '}
          <Button
            disabled={offset === 0}
            onClick={() => setOffset(Math.max(0, offset - answer.data.text.length))}
          >
            Earlier
          </Button>
          <Button disabled={end >= answer.data.totalChars} onClick={() => setOffset(end)}>
            Later
          </Button>
        </div>
      )}
    </section>
  );
}

/** What is in the set, what is incomplete and why, and what Microsoft Graph does not offer at all. */
function Coverage({ answer }: { answer: SetAnswer }) {
  return (
    <>
      <ul>
        {answer.parts
          .toSorted((a, b) => Number(a.outcome === 'complete') - Number(b.outcome === 'complete'))
          .map((part) => (
            <li key={part.typeKey}>
              {part.displayName}: {part.outcome.replaceAll('_', ' ')}, {part.items} items. {part.sentence}
            </li>
          ))}
      </ul>
      <Text weight="semibold" block>
        Not offered by Microsoft Graph
      </Text>
      <ul>
        {answer.notOffered.map((row) => (
          <li key={row.name}>
            {row.name}: {row.note}
          </li>
        ))}
      </ul>
    </>
  );
}
