import { makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components';
import { useSearch } from '@tanstack/react-router';
import type { Contract } from '../../../shared/contract/index.ts';
import type { OutputOf } from '../../../shared/contract/procedure.ts';
import type { HealthState } from '../../../shared/contract/tenants.ts';
import type { RunState } from '../../../shared/model/run-states.ts';
import { Page } from '../../components/page.tsx';
import { PageLink } from '../../components/page-link.tsx';
import { LoadFailure, LoadingRows } from '../../components/page-state.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';
import { Attention } from './attention.tsx';
import { EndingCredentials, RunningNow, Upcoming } from './coming.tsx';
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
    <Page
      title="Overview"
      commands={
        <PageLink to="/freshness" search={{ ...(search.tenantId && { tenantId: search.tenantId }) }}>
          Freshness report
        </PageLink>
      }
    >
      {overview.isPending && <LoadingRows label="The overview is being read" />}
      {overview.isError && <LoadFailure error={overview.error} retry={() => void overview.refetch()} />}
      {overview.data && (
        <div className={styles.stack}>
          <SetupChecklist />
          <Tiles answer={overview.data} tenantId={search.tenantId} />
          <Attention rows={overview.data.attention} snoozed={overview.data.snoozed} />
          <FleetMap fleet={overview.data.fleet} />
          <RunningNow rows={overview.data.running} />
          <Upcoming rows={overview.data.upcoming} />
          <EndingCredentials rows={overview.data.credentials} />
        </div>
      )}
    </Page>
  );
}

interface Tile {
  title: string;
  value: number;
  to: string;
  search?: Record<string, unknown>;
  tone: 'calm' | 'warning' | 'critical';
}

const runsOfDay = (...state: RunState[]) => ({ to: '/runs', search: { state, period: '24h' } });
const tenantsWith = (health: HealthState) => ({ to: '/tenants', search: { health } });

/** Figures that lead to the list behind them; only what is not zero asks for the eye. */
function Tiles({ answer, tenantId }: { answer: OverviewAnswer; tenantId: string | undefined }) {
  const styles = useStyles();
  const { health, runs24h } = answer;
  const unprotected = health.unprotected + health.never_backed_up;
  const failed = (runs24h.failed ?? 0) + (runs24h.interrupted ?? 0);
  const tiles: readonly Tile[] = [
    { title: 'Protected', value: health.protected, ...tenantsWith('protected'), tone: 'calm' },
    { title: 'At risk', value: health.at_risk, ...tenantsWith('at_risk'), tone: 'warning' },
    {
      title: 'Unprotected',
      value: unprotected,
      to: '/tenants',
      search: { healths: ['unprotected', 'never_backed_up'] satisfies HealthState[] },
      tone: 'critical',
    },
    { title: 'Disconnected', value: health.disconnected, ...tenantsWith('disconnected'), tone: 'critical' },
    { title: 'Succeeded, 24 h', value: runs24h.succeeded ?? 0, ...runsOfDay('succeeded'), tone: 'calm' },
    { title: 'Partial, 24 h', value: runs24h.partial ?? 0, ...runsOfDay('partial'), tone: 'warning' },
    { title: 'Failed, 24 h', value: failed, ...runsOfDay('failed', 'interrupted'), tone: 'critical' },
    { title: 'Missed slots, 24 h', value: answer.missedSlots24h, ...runsOfDay('missed'), tone: 'warning' },
    { title: 'Hosts alive', value: answer.hostsAlive, to: '/settings', tone: 'calm' },
  ];
  return (
    <section aria-label="Fleet in numbers" className={styles.tiles}>
      {tiles.map(({ title, value, to, search, tone }) => (
        <PageLink
          key={title}
          to={to}
          search={{ ...(tenantId && { tenantId }), ...search }}
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
