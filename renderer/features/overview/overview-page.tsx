import { makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components';
import { useSearch } from '@tanstack/react-router';
import type { Contract } from '../../../shared/contract/index.ts';
import type { OutputOf } from '../../../shared/contract/procedure.ts';
import type { RunState } from '../../../shared/model/run-states.ts';
import { Page } from '../../components/page.tsx';
import { PageLink } from '../../components/page-link.tsx';
import { LoadFailure, LoadingRows } from '../../components/page-state.tsx';
import { RunStateBadge } from '../../components/state-badge.tsx';
import { TenantText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';
import { FleetMap } from './fleet-map.tsx';
import { SetupChecklist } from './setup-checklist.tsx';

type OverviewAnswer = OutputOf<Contract['overview.get']>;

const useStyles = makeStyles({
  stack: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr)',
    gap: tokens.spacingVerticalXL,
    padding: tokens.spacingHorizontalL,
  },
  tiles: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(9rem, 1fr))',
    gap: tokens.spacingHorizontalM,
  },
  tile: {
    display: 'flex',
    flexDirection: 'column',
    padding: tokens.spacingHorizontalM,
    color: tokens.colorNeutralForeground1,
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusMedium,
    textDecorationLine: 'none',
    ':hover': {
      backgroundColor: tokens.colorNeutralBackground1Hover,
      color: tokens.colorNeutralForeground1Hover,
    },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  calm: {},
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
          <SetupChecklist />
          <Tiles answer={overview.data} tenantId={search.tenantId} />
          <Attention answer={overview.data} />
          <FleetMap fleet={overview.data.fleet} />
          <RunningNow answer={overview.data} />
          <Upcoming answer={overview.data} />
        </div>
      )}
    </Page>
  );
}

interface Tile {
  title: string;
  value: number;
  to: string;
  state?: RunState;
  tone: 'calm' | 'warning' | 'critical';
}

const runsIn = (state: RunState) => ({ to: '/runs', state });

/** Figures that lead to the list behind them; only what is not zero asks for the eye. */
function Tiles({ answer, tenantId }: { answer: OverviewAnswer; tenantId: string | undefined }) {
  const styles = useStyles();
  const unprotected = answer.health.unprotected + answer.health.never_backed_up;
  const failed = (answer.runs24h.failed ?? 0) + (answer.runs24h.interrupted ?? 0);
  const tiles: readonly Tile[] = [
    { title: 'Protected', value: answer.health.protected, to: '/tenants', tone: 'calm' },
    { title: 'At risk', value: answer.health.at_risk, to: '/tenants', tone: 'warning' },
    { title: 'Unprotected', value: unprotected, to: '/tenants', tone: 'critical' },
    { title: 'Disconnected', value: answer.health.disconnected, to: '/tenants', tone: 'critical' },
    { title: 'Succeeded, 24 h', value: answer.runs24h.succeeded ?? 0, ...runsIn('succeeded'), tone: 'calm' },
    { title: 'Partial, 24 h', value: answer.runs24h.partial ?? 0, ...runsIn('partial'), tone: 'warning' },
    { title: 'Failed, 24 h', value: failed, ...runsIn('failed'), tone: 'critical' },
    { title: 'Missed slots, 24 h', value: answer.missedSlots24h, ...runsIn('missed'), tone: 'warning' },
    { title: 'Hosts alive', value: answer.hostsAlive, to: '/settings', tone: 'calm' },
  ];
  return (
    <section aria-label="Fleet in numbers" className={styles.tiles}>
      {tiles.map(({ title, value, to, state, tone }) => (
        <PageLink
          key={title}
          to={to}
          search={{ ...(tenantId && { tenantId }), ...(state && { state }) }}
          className={mergeClasses(styles.tile, value > 0 && styles[tone])}
        >
          <Text size={700} weight="semibold">
            {value.toLocaleString()}
          </Text>
          <Text>{title}</Text>
        </PageLink>
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
                <PageLink to="/runs" search={{ run: row.runId, runTenant: row.tenantId }}>
                  Open run
                </PageLink>
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
            <PageLink to="/runs" search={{ run: run.id, runTenant: run.tenantId }}>
              <TenantText text={run.tenantName} /> · <TenantText text={run.scheduleName} />
            </PageLink>{' '}
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
