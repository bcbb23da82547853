import { Card, makeStyles, Text, tokens } from '@fluentui/react-components';
import { Link, useSearch } from '@tanstack/react-router';
import type { Contract } from '../../../shared/contract/index.ts';
import type { OutputOf } from '../../../shared/contract/procedure.ts';
import { Page } from '../../components/page.tsx';
import { LoadFailure, LoadingRows } from '../../components/page-state.tsx';
import { RunStateBadge } from '../../components/state-badge.tsx';
import { TenantText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';
import { FleetMap } from './fleet-map.tsx';

type OverviewAnswer = OutputOf<Contract['overview.get']>;

const useStyles = makeStyles({
  stack: { display: 'grid', gap: tokens.spacingVerticalXL, padding: tokens.spacingHorizontalL },
  tiles: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(9rem, 1fr))',
    gap: tokens.spacingHorizontalM,
  },
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'grid', gap: tokens.spacingVerticalS },
  critical: {
    borderLeft: `4px solid ${tokens.colorStatusDangerBorder2}`,
    paddingLeft: tokens.spacingHorizontalM,
  },
  warning: {
    borderLeft: `4px solid ${tokens.colorStatusWarningBorder2}`,
    paddingLeft: tokens.spacingHorizontalM,
  },
});

/** Which tenants are protected, what needs somebody, what runs now and next. */
export function OverviewPage() {
  const styles = useStyles();
  const search = useSearch({ strict: false }) as { tenantId?: string };
  const overview = useProcedure(
    'overview.get',
    { tenantId: search.tenantId ?? null },
    { refetchInterval: 30_000 },
  );
  return (
    <Page title="Overview">
      {overview.isPending && <LoadingRows label="The overview is being read" />}
      {overview.isError && <LoadFailure error={overview.error} retry={() => void overview.refetch()} />}
      {overview.data && (
        <div className={styles.stack}>
          <Tiles answer={overview.data} />
          <Attention answer={overview.data} />
          <FleetMap fleet={overview.data.fleet} />
          <RunningNow answer={overview.data} />
          <Upcoming answer={overview.data} />
        </div>
      )}
    </Page>
  );
}

function Tiles({ answer }: { answer: OverviewAnswer }) {
  const styles = useStyles();
  const unprotected = answer.health.unprotected + answer.health.never_backed_up;
  const failed = (answer.runs24h.failed ?? 0) + (answer.runs24h.interrupted ?? 0);
  const tiles: readonly [string, number][] = [
    ['Protected', answer.health.protected],
    ['At risk', answer.health.at_risk],
    ['Unprotected', unprotected],
    ['Disconnected', answer.health.disconnected],
    ['Succeeded, 24 h', answer.runs24h.succeeded ?? 0],
    ['Partial, 24 h', answer.runs24h.partial ?? 0],
    ['Failed, 24 h', failed],
    ['Missed slots, 24 h', answer.missedSlots24h],
    ['Hosts alive', answer.hostsAlive],
  ];
  return (
    <section aria-label="Fleet in numbers" className={styles.tiles}>
      {tiles.map(([title, value]) => (
        <Card key={title} size="small">
          <Text size={700} weight="semibold">
            {value.toLocaleString()}
          </Text>
          <Text>{title}</Text>
        </Card>
      ))}
    </section>
  );
}

function Attention({ answer }: { answer: OverviewAnswer }) {
  const styles = useStyles();
  return (
    <section aria-label="Needs attention">
      <Text as="h3" size={500} weight="semibold" block>
        Needs attention
      </Text>
      {answer.attention.length === 0 ? (
        <Text>Nothing needs attention.</Text>
      ) : (
        <ul className={styles.list}>
          {answer.attention.map((row) => (
            <li key={`${row.tenantId}-${row.code}`} className={styles[row.severity]}>
              <Text weight="semibold">
                <TenantText text={row.tenantName} />
              </Text>{' '}
              {row.sentence} {row.count > 1 && `(${row.count} times)`}{' '}
              {row.runId !== null && (
                <Link to="/runs" search={{ run: row.runId, runTenant: row.tenantId } as never}>
                  Open run
                </Link>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function RunningNow({ answer }: { answer: OverviewAnswer }) {
  const styles = useStyles();
  return (
    <section aria-label="Running now">
      <Text as="h3" size={500} weight="semibold" block>
        Running now
      </Text>
      {answer.running.length === 0 && <Text>No run is active.</Text>}
      <ul className={styles.list}>
        {answer.running.map((run) => (
          <li key={run.id}>
            <RunStateBadge state={run.state} />{' '}
            <Link to="/runs" search={{ run: run.id, runTenant: run.tenantId } as never}>
              <TenantText text={run.tenantName} /> · <TenantText text={run.scheduleName} />
            </Link>{' '}
            {run.progress !== null && `${run.progress.typesDone} of ${run.progress.typesTotal} policy types`}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Upcoming({ answer }: { answer: OverviewAnswer }) {
  const styles = useStyles();
  return (
    <section aria-label="Next two hours">
      <Text as="h3" size={500} weight="semibold" block>
        Next two hours
      </Text>
      {answer.upcoming.length === 0 && <Text>No slot falls due in the next two hours.</Text>}
      <ul className={styles.list}>
        {answer.upcoming.map((slot) => (
          <li key={`${slot.scheduleId}-${slot.slotAt}`}>
            <InstantText iso={slot.slotAt} /> · <TenantText text={slot.tenantName} /> ·{' '}
            <TenantText text={slot.scheduleName} />
          </li>
        ))}
      </ul>
    </section>
  );
}
