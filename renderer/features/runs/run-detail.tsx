import { makeStyles, Text, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import type { Contract } from '../../../shared/contract/index.ts';
import type { OutputOf } from '../../../shared/contract/procedure.ts';
import { isTerminal } from '../../../shared/model/run-states.ts';
import { DetailDrawer } from '../../components/detail-drawer.tsx';
import { formatDuration, formatInstant } from '../../components/format-time.ts';
import { PageLink } from '../../components/page-link.tsx';
import { LoadFailure, LoadingRows } from '../../components/page-state.tsx';
import { RunStateBadge } from '../../components/state-badge.tsx';
import { TenantText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';
import { RunActions } from './run-actions.tsx';
import { RunEvents } from './run-events.tsx';
import { LeaseHistory } from './lease-history.tsx';
import { RunProgress } from './run-progress.tsx';
import { TypesTable } from './types-table.tsx';

export type RunAnswer = OutputOf<Contract['runs.get']>;

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL, paddingBottom: '2rem' },
  facts: {
    display: 'grid',
    gridTemplateColumns: 'max-content 1fr',
    gap: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalL}`,
    margin: 0,
  },
  code: {
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    color: tokens.colorNeutralForeground3,
  },
});

/** One run: the sentence first, then the facts, then every policy type with the troubled ones on top. */
export function RunDetail({
  tenantId,
  runId,
  onClose,
}: {
  tenantId: string;
  runId: string;
  onClose: () => void;
}) {
  const detail = useProcedure('runs.get', { tenantId, runId }, { refetchInterval: 10_000 });
  const run = detail.data?.run;
  return (
    <DetailDrawer
      title={
        run === undefined ? (
          'Run'
        ) : (
          <>
            Run of <TenantText text={run.tenantName} />
          </>
        )
      }
      open
      onClose={onClose}
    >
      {detail.isPending && <LoadingRows label="The run is being read" />}
      {detail.isError && !detail.data && (
        <LoadFailure error={detail.error} retry={() => void detail.refetch()} />
      )}
      {detail.data && <RunFacts answer={detail.data} />}
    </DetailDrawer>
  );
}

function RunFacts({ answer }: { answer: RunAnswer }) {
  const styles = useStyles();
  const { run } = answer;
  return (
    <div className={styles.stack}>
      <Text size={400} weight="semibold">
        {answer.sentence}
      </Text>
      <RunActions answer={answer} />
      {!isTerminal(run.state) && <RunProgress answer={answer} />}
      <dl className={styles.facts}>
        <Fact name="State">
          <RunStateBadge state={run.state} />{' '}
          {run.cancelRequestedAt !== null && !isTerminal(run.state) && 'cancelling '}
          <span className={styles.code}>{run.reason}</span>
        </Fact>
        <Fact name="Tenant">
          <TenantText text={run.tenantName} />
        </Fact>
        <Fact name="Schedule">
          <PageLink to="/schedules" search={{ schedule: run.scheduleId }}>
            <TenantText text={run.scheduleName} />
          </PageLink>
        </Fact>
        <Fact name="Slot">
          <Slot answer={answer} />
        </Fact>
        <Fact name="Asked for by">
          {run.trigger === 'scheduled' ? 'Its schedule' : run.requestedBy}
          <RelatedRuns answer={answer} />
        </Fact>
        <Fact name="Host">{run.hostName ?? 'None'}</Fact>
        <Fact name="Started">
          <InstantText iso={run.startedAt} absent="Never" />
        </Fact>
        <Fact name="Duration">
          {run.startedAt !== null && run.finishedAt !== null
            ? formatDuration(Date.parse(run.finishedAt) - Date.parse(run.startedAt))
            : '–'}
        </Fact>
        <Fact name="Changes">
          {run.added === null
            ? '–'
            : `${run.added} added, ${run.changed} changed, ${run.removed} removed, ${run.items} items in all`}
        </Fact>
        <Fact name="Backup set">
          {run.backupSetId === null ? (
            'None'
          ) : (
            <PageLink to="/backup-sets" search={{ set: run.backupSetId, setTenant: run.tenantId }}>
              Open set
            </PageLink>
          )}
        </Fact>
      </dl>
      {answer.types.length > 0 && <TypesTable types={answer.types} />}
      {answer.attempts.length > 0 && <LeaseHistory answer={answer} />}
      <RunEvents tenantId={run.tenantId} runId={run.id} />
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** UTC, and the wall time of the schedule, which is what its cadence speaks of. */
function Slot({ answer: { run, timeZone } }: { answer: RunAnswer }) {
  if (run.slotAt === null) return <>None: run by hand</>;
  return (
    <>
      {formatInstant(run.slotAt, 'UTC')} · {formatInstant(run.slotAt, timeZone)} in {timeZone}
      {run.missedCount !== null && run.missedUntil !== null && (
        <>
          {' '}
          and on until {formatInstant(run.missedUntil, timeZone)}: {run.missedCount.toLocaleString()} slots
        </>
      )}
    </>
  );
}

function RelatedRuns({ answer }: { answer: RunAnswer }) {
  const { run, retryOf, carriesFrom, blockedBy } = answer;
  const link = (runId: string, words: string) => (
    <>
      {' · '}
      <PageLink to="/runs" search={{ run: runId, runTenant: run.tenantId }}>
        {words}
      </PageLink>
    </>
  );
  return (
    <>
      {carriesFrom !== null
        ? link(carriesFrom, 'retries the failed types of this run')
        : retryOf !== null && link(retryOf, 'retries this run')}
      {blockedBy !== null && link(blockedBy, 'the run in the way')}
    </>
  );
}
