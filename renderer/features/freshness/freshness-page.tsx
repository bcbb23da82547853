import {
  Badge,
  Button,
  makeStyles,
  MessageBar,
  MessageBarBody,
  Select,
  Text,
  tokens,
  Tooltip,
} from '@fluentui/react-components';
import {
  CheckmarkCircle16Regular,
  Clock16Regular,
  DismissCircle16Regular,
  SubtractCircle16Regular,
  Warning16Regular,
} from '@fluentui/react-icons';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import {
  type FreshnessReport,
  type FreshnessRow,
  type FreshnessState,
  freshnessStates,
  freshnessWords,
} from '../../../shared/contract/freshness.ts';
import { ageWords } from '../../../shared/model/age-words.ts';
import { useBridge } from '../../bridge/bridge-context.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Page } from '../../components/page.tsx';
import { PageLink } from '../../components/page-link.tsx';
import { LoadFailure, LoadingRows, PageState } from '../../components/page-state.tsx';
import { shortText, TenantText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { callProcedure, useProcedure } from '../../queries/use-procedure.ts';

const useStyles = makeStyles({
  notes: {
    display: 'grid',
    gap: tokens.spacingVerticalS,
    padding: `0 ${tokens.spacingHorizontalL} ${tokens.spacingVerticalM}`,
  },
  table: { display: 'flex', flexDirection: 'column', height: '100%' },
  grow: { flexGrow: 1, minHeight: 0 },
});

const looks = {
  never_captured: { color: 'danger', Icon: DismissCircle16Regular },
  late: { color: 'danger', Icon: Warning16Regular },
  awaited: { color: 'warning', Icon: Clock16Regular },
  fresh: { color: 'success', Icon: CheckmarkCircle16Regular },
  not_available: { color: 'informative', Icon: SubtractCircle16Regular },
} as const;

function FreshnessBadge({ state }: { state: FreshnessState }) {
  const { color, Icon } = looks[state];
  const { word, meaning } = freshnessWords[state];
  return (
    <Tooltip content={meaning} relationship="description">
      <Badge color={color} appearance="tint" icon={<Icon />}>
        {word}
      </Badge>
    </Tooltip>
  );
}

const columns: readonly Column<FreshnessRow>[] = [
  { key: 'state', title: 'State', width: '9.5rem', cell: (row) => <FreshnessBadge state={row.state} /> },
  {
    key: 'tenant',
    title: 'Tenant',
    width: 'minmax(8rem, 1fr)',
    cell: (row) => <TenantText text={row.tenantName} />,
  },
  { key: 'type', title: 'Policy type', width: 'minmax(10rem, 1.5fr)', cell: (row) => row.typeName },
  {
    key: 'last',
    title: 'Last complete copy',
    width: '11.5rem',
    cell: (row) => <InstantText iso={row.lastCompleteAt} />,
  },
  {
    key: 'age',
    title: 'Age',
    width: '4.5rem',
    cell: (row) => (row.ageMs === null ? '–' : ageWords(row.ageMs)),
  },
  { key: 'allowed', title: 'Allowed', width: '4.5rem', cell: (row) => ageWords(row.allowedAgeMs) },
  {
    key: 'reason',
    title: 'Last attempt',
    width: 'minmax(9rem, 2fr)',
    cell: (row) => row.reason ?? (row.state === 'fresh' ? 'Complete' : ''),
  },
];

interface FreshnessSearch {
  tenantId?: string;
  freshness?: FreshnessState;
}

/** Every policy type that a schedule promises, with the age of its last complete copy; worst first. */
export function FreshnessPage() {
  const styles = useStyles();
  const search = useSearch({ strict: false }) as FreshnessSearch;
  const navigate = useNavigate();
  const tenantId = search.tenantId ?? null;
  const report = useProcedure(
    'freshness.get',
    { tenantId, state: search.freshness ?? null },
    { refetchInterval: 60_000 },
  );
  const choose = (state: FreshnessState | undefined) =>
    void navigate({ to: '/freshness', search: { ...search, freshness: state }, replace: true } as never);
  return (
    <Page
      title="Freshness"
      commands={
        <>
          <Select
            aria-label="State"
            value={search.freshness ?? ''}
            onChange={(_event, data) => choose((data.value || undefined) as FreshnessState | undefined)}
          >
            <option value="">Every state</option>
            {freshnessStates.map((state) => (
              <option key={state} value={state}>
                {freshnessWords[state].word}
                {report.data === undefined ? '' : ` (${report.data.counts[state].toLocaleString()})`}
              </option>
            ))}
          </Select>
          <FileButton tenantId={tenantId} format="csv">
            Save CSV
          </FileButton>
          <FileButton tenantId={tenantId} format="html">
            Save printable page
          </FileButton>
          <Button onClick={() => void report.refetch()}>Refresh</Button>
        </>
      }
    >
      {report.isPending && <LoadingRows label="The freshness report is being read" />}
      {report.isError && <LoadFailure error={report.error} retry={() => void report.refetch()} />}
      {report.data !== undefined && !report.isError && (
        <div className={styles.table}>
          <Notes report={report.data} state={search.freshness} />
          <div className={styles.grow}>
            <Rows report={report.data} state={search.freshness} clear={() => choose(undefined)} />
          </div>
        </div>
      )}
    </Page>
  );
}

function Rows({
  report,
  state,
  clear,
}: {
  report: FreshnessReport;
  state: FreshnessState | undefined;
  clear: () => void;
}) {
  if (report.rows.length > 0) {
    return (
      <DataTable
        label="Freshness"
        columns={columns}
        rows={report.rows}
        rowKey={(row) => `${row.tenantId} ${row.typeKey}`}
        total={totalOf(report, state)}
      />
    );
  }
  if (state !== undefined) {
    return (
      <PageState title="Nothing matches" action={<Button onClick={clear}>Show every state</Button>}>
        No policy type has this state now.
      </PageState>
    );
  }
  return (
    <PageState title="Nothing is promised yet">
      A policy type appears here once an enabled schedule asks for it.
    </PageState>
  );
}

function totalOf(report: FreshnessReport, state: FreshnessState | undefined): number {
  return state === undefined
    ? Object.values(report.counts).reduce((sum, count) => sum + count, 0)
    : report.counts[state];
}

/** What the table leaves out: rows beyond its limit, and tenants for which nothing is promised. */
function Notes({ report, state }: { report: FreshnessReport; state: FreshnessState | undefined }) {
  const styles = useStyles();
  const total = totalOf(report, state);
  if (report.unpromised.length === 0 && total <= report.rows.length) return null;
  return (
    <div className={styles.notes}>
      {total > report.rows.length && (
        <Text>
          {`The worst ${report.rows.length.toLocaleString()} of ${total.toLocaleString()} rows; the files hold all of them.`}
        </Text>
      )}
      {report.unpromised.length > 0 && (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            {report.unpromised.length === 1
              ? 'For one tenant nothing is promised: '
              : `For ${report.unpromised.length} tenants nothing is promised: `}
            {report.unpromised.slice(0, 10).map(({ tenantId, tenantName, sentence }, index) => (
              <span key={tenantId} title={sentence}>
                {index > 0 && ', '}
                <PageLink to="/schedules" search={{ tenantId }}>
                  {shortText(tenantName)}
                </PageLink>
              </span>
            ))}
            {report.unpromised.length > 10 && ', …'}. No enabled schedule reads{' '}
            {report.unpromised.length === 1 ? 'it' : 'them'}.
          </MessageBarBody>
        </MessageBar>
      )}
    </div>
  );
}

/** Has the whole report written and saves it; says so, or why not. */
function FileButton({
  tenantId,
  format,
  children,
}: {
  tenantId: string | null;
  format: 'csv' | 'html';
  children: string;
}) {
  const bridge = useBridge();
  const [answer, setAnswer] = useState<string | null>(null);
  const save = async () => {
    setAnswer('Writing…');
    try {
      const file = await callProcedure(bridge, 'freshness.file', { tenantId, format });
      const saved = await bridge.host.saveText(file);
      if (!saved.ok) setAnswer(saved.error.message);
      else setAnswer(saved.value === null ? null : 'Saved');
    } catch (error) {
      setAnswer((error as Error).message);
    }
  };
  return (
    <Button disabled={answer === 'Writing…'} onClick={() => void save()} onBlur={() => setAnswer(null)}>
      {answer ?? children}
    </Button>
  );
}
