import {
  Button,
  makeStyles,
  MessageBar,
  MessageBarBody,
  ProgressBar,
  Text,
  tokens,
} from '@fluentui/react-components';
import type { Contract } from '../../../shared/contract/index.ts';
import type { OutputOf } from '../../../shared/contract/procedure.ts';
import { isTerminal } from '../../../shared/model/run-states.ts';
import { DetailDrawer } from '../../components/detail-drawer.tsx';
import { formatDuration } from '../../components/format-time.ts';
import { PermittedButton } from '../../components/permitted-button.tsx';
import { PageLink } from '../../components/page-link.tsx';
import { LoadFailure, LoadingRows } from '../../components/page-state.tsx';
import { RunStateBadge } from '../../components/state-badge.tsx';
import { TenantText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { usePagedProcedure, useProcedure, useProcedureMutation } from '../../queries/use-procedure.ts';

type RunAnswer = OutputOf<Contract['runs.get']>;
type RunTypeRow = RunAnswer['types'][number];

const useStyles = makeStyles({
  stack: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalL, paddingBottom: '2rem' },
  facts: {
    display: 'grid',
    gridTemplateColumns: 'max-content 1fr',
    gap: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalL}`,
    margin: 0,
  },
  actions: { display: 'flex', gap: tokens.spacingHorizontalM, flexWrap: 'wrap' },
  code: {
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    color: tokens.colorNeutralForeground3,
  },
  scroll: { overflowX: 'auto' },
  table: {
    width: '100%',
    borderCollapse: 'collapse',
    '& th': {
      textAlign: 'left',
      fontWeight: tokens.fontWeightSemibold,
      padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalM}`,
      backgroundColor: tokens.colorNeutralBackground3,
      whiteSpace: 'nowrap',
    },
    '& td': {
      verticalAlign: 'top',
      padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalM}`,
      borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
      overflowWrap: 'anywhere',
    },
  },
  outcome: { width: '50%', minWidth: '16rem' },
  name: { minWidth: '9rem' },
  trouble: { fontWeight: tokens.fontWeightSemibold },
  failed: { margin: 0, paddingLeft: tokens.spacingHorizontalL },
  events: { listStyleType: 'none', padding: 0, margin: 0, display: 'grid', gap: tokens.spacingVerticalXS },
});

const troubleFirst: Readonly<Record<RunTypeRow['outcome'], number>> = {
  incomplete: 0,
  unknown_type: 1,
  not_attempted: 2,
  not_available: 3,
  complete: 4,
};

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
      {detail.isError && <LoadFailure error={detail.error} retry={() => void detail.refetch()} />}
      {detail.data && <RunFacts answer={detail.data} />}
    </DetailDrawer>
  );
}

function RunFacts({ answer }: { answer: RunAnswer }) {
  const styles = useStyles();
  const { run } = answer;
  const types = answer.types.toSorted(
    (a, b) => troubleFirst[a.outcome] - troubleFirst[b.outcome] || a.displayName.localeCompare(b.displayName),
  );
  return (
    <div className={styles.stack}>
      <Text size={400} weight="semibold">
        {answer.sentence}
      </Text>
      <RunActions answer={answer} />
      {run.progress !== null && !isTerminal(run.state) && (
        <div>
          <Text>
            {run.progress.typesDone} of {run.progress.typesTotal} policy types
          </Text>
          <ProgressBar
            aria-label="Policy types read"
            value={run.progress.typesTotal === 0 ? 0 : run.progress.typesDone / run.progress.typesTotal}
          />
        </div>
      )}
      <dl className={styles.facts}>
        <dt>State</dt>
        <dd>
          <RunStateBadge state={run.state} /> <span className={styles.code}>{run.reason}</span>
        </dd>
        <dt>Tenant</dt>
        <dd>
          <TenantText text={run.tenantName} />
        </dd>
        <dt>Schedule</dt>
        <dd>
          <TenantText text={run.scheduleName} />
        </dd>
        <dt>Slot</dt>
        <dd>
          <InstantText iso={run.slotAt} absent="None: run by hand" />
        </dd>
        <dt>Asked for by</dt>
        <dd>{run.trigger === 'scheduled' ? 'Its schedule' : run.requestedBy}</dd>
        <dt>Host</dt>
        <dd>{run.hostName ?? 'None yet'}</dd>
        <dt>Duration</dt>
        <dd>
          {run.startedAt !== null && run.finishedAt !== null
            ? formatDuration(Date.parse(run.finishedAt) - Date.parse(run.startedAt))
            : '–'}
        </dd>
        <dt>Changes</dt>
        <dd>
          {run.added === null
            ? '–'
            : `${run.added} added, ${run.changed} changed, ${run.removed} removed, ${run.items} items in all`}
        </dd>
        <dt>Backup set</dt>
        <dd>
          {run.backupSetId === null ? (
            'None'
          ) : (
            <PageLink to="/backup-sets" search={{ set: run.backupSetId, setTenant: run.tenantId }}>
              Open
            </PageLink>
          )}
        </dd>
      </dl>
      {types.length > 0 && <TypesTable types={types} />}
      {answer.attempts.length > 0 && <Attempts attempts={answer.attempts} />}
      <RunEvents tenantId={run.tenantId} runId={run.id} />
    </div>
  );
}

function RunActions({ answer }: { answer: RunAnswer }) {
  const styles = useStyles();
  const { run } = answer;
  const cancel = useProcedureMutation('runs.cancel', ['runs', 'overview']);
  const retry = useProcedureMutation('runs.retry', ['runs', 'overview']);
  const problem = cancel.error ?? retry.error;
  const input = { tenantId: run.tenantId, runId: run.id };
  const retryable = isTerminal(run.state) && run.state !== 'succeeded';
  return (
    <>
      <div className={styles.actions}>
        {!isTerminal(run.state) && (
          <PermittedButton
            permission="run.cancel"
            tenantId={run.tenantId}
            disabled={run.cancelRequestedAt !== null || cancel.isPending}
            onClick={() => cancel.mutate(input)}
          >
            {run.cancelRequestedAt === null ? 'Cancel run' : 'Cancelling'}
          </PermittedButton>
        )}
        {retryable && (
          <PermittedButton
            permission="run.retry"
            tenantId={run.tenantId}
            disabled={retry.isPending}
            onClick={() => retry.mutate(input)}
          >
            Retry run
          </PermittedButton>
        )}
        {retryable && answer.specDiffersFromSchedule && (
          <Text>The schedule has changed since; a retry uses its present settings.</Text>
        )}
      </div>
      {retry.data && (
        <MessageBar intent="info">
          <MessageBarBody>
            {retry.data.created ? 'A new run is queued.' : 'A run of this schedule is active already.'}
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

const outcomeWords: Readonly<Record<RunTypeRow['outcome'], string>> = {
  incomplete: 'Incomplete',
  unknown_type: 'Not known to this version',
  not_attempted: 'Not attempted',
  not_available: 'Not available in this tenant',
  complete: 'Complete',
};

/** One row a policy type; the sentence, the missing permission and the request id stand beside the outcome. */
function TypesTable({ types }: { types: readonly RunTypeRow[] }) {
  const styles = useStyles();
  return (
    <div className={styles.scroll} role="region" aria-label="Policy types of this run" tabIndex={0}>
      <table className={styles.table}>
        <thead>
          <tr>
            {['Policy type', 'Outcome', 'Captured / expected', 'Requests', 'Waited'].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {types.map((type) => (
            <tr key={type.typeKey}>
              <td className={styles.name}>{type.displayName}</td>
              <td className={styles.outcome}>
                <Outcome type={type} />
              </td>
              <td>
                {type.captured.toLocaleString()} / {type.expected?.toLocaleString() ?? 'unknown'}
              </td>
              <td>
                {type.requests}
                {type.retries > 0 && ` (${type.retries} again)`}
              </td>
              <td>{type.waitedMs < 1000 ? '–' : formatDuration(type.waitedMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Outcome({ type }: { type: RunTypeRow }) {
  const styles = useStyles();
  const troubled = type.outcome !== 'complete' && type.outcome !== 'not_available';
  return (
    <>
      <div className={troubled ? styles.trouble : undefined}>{outcomeWords[type.outcome]}</div>
      {type.sentence !== null && (
        <div>
          {type.sentence} {type.nextStep} <span className={styles.code}>{type.reason}</span>
        </div>
      )}
      {type.missingPermission !== null && (
        <div>
          Missing permission: <code>{type.missingPermission}</code>
        </div>
      )}
      {type.requestId !== null && type.outcome === 'incomplete' && (
        <div className={styles.code}>Graph request {type.requestId}</div>
      )}
      {type.failedItemCount > 0 && (
        <details>
          <summary>{type.failedItemCount.toLocaleString()} items failed</summary>
          <ul className={styles.failed}>
            {type.failedItems.map((item) => (
              <li key={item.graphId}>
                <TenantText text={item.name} />: <TenantText text={item.message} />{' '}
                {item.requestId !== null && <span className={styles.code}>{item.requestId}</span>}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function Attempts({ attempts }: { attempts: RunAnswer['attempts'] }) {
  return (
    <section aria-label="Lease history">
      <Text as="h3" weight="semibold">
        Lease history
      </Text>
      <ul>
        {attempts.map((attempt) => (
          <li key={attempt.attempt}>
            Attempt {attempt.attempt} on {attempt.hostName ?? 'an unknown host'} from{' '}
            <InstantText iso={attempt.startedAt} />
            {attempt.endedAt !== null && (
              <>
                {' '}
                to <InstantText iso={attempt.endedAt} />: {attempt.outcome}
              </>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function RunEvents({ tenantId, runId }: { tenantId: string; runId: string }) {
  const styles = useStyles();
  const events = usePagedProcedure('runs.events', { tenantId, runId });
  return (
    <section aria-label="Events">
      <Text as="h3" weight="semibold">
        Events
      </Text>
      {events.isError && <LoadFailure error={events.error} retry={() => void events.refetch()} />}
      {events.isSuccess && events.rows.length === 0 && <Text block>No events were recorded.</Text>}
      <ol className={styles.events}>
        {events.rows.map((event, index) => (
          <li key={`${event.at}-${index}`}>
            <InstantText iso={event.at} /> · {event.level} · <TenantText text={event.message} />
          </li>
        ))}
      </ol>
      {events.hasNextPage && <Button onClick={() => void events.fetchNextPage()}>Show more</Button>}
    </section>
  );
}
