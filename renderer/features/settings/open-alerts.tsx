import { Badge, makeStyles, Text, tokens } from '@fluentui/react-components';
import { ErrorCircle16Filled, Warning16Filled } from '@fluentui/react-icons';
import { LoadFailure, LoadingRows } from '../../components/page-state.tsx';
import { shortText } from '../../components/tenant-text.tsx';
import { RelativeText } from '../../components/time-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';

const useStyles = makeStyles({
  section: { display: 'grid', gap: tokens.spacingVerticalS, minWidth: 0 },
  heading: { margin: 0 },
  list: {
    display: 'grid',
    gap: tokens.spacingVerticalS,
    margin: 0,
    padding: 0,
    listStyleType: 'none',
    maxHeight: '12rem',
    overflow: 'auto',
  },
  alert: {
    display: 'grid',
    gridTemplateColumns: '6rem minmax(0, 1fr)',
    gap: tokens.spacingHorizontalM,
    alignItems: 'start',
    overflowWrap: 'anywhere',
  },
});

const mostShown = 100;

/** What is in trouble now, the critical first, each with its next step. */
export function OpenAlerts({ tenantId }: { tenantId: string | null }) {
  const styles = useStyles();
  const alerts = useProcedure('alerts.list', { tenantId }, { refetchInterval: 30_000 });
  const rows = alerts.isPlaceholderData ? undefined : alerts.data?.rows;
  const open = rows
    ?.filter((alert) => alert.resolvedAt === null)
    .sort((a, b) => a.severity.localeCompare(b.severity) || b.openedAt.localeCompare(a.openedAt));
  const over = rows === undefined || open === undefined ? 0 : rows.length - open.length;
  return (
    <section className={styles.section} aria-label="Open alerts">
      <Text as="h4" size={400} weight="semibold" className={styles.heading}>
        Open alerts{open !== undefined && open.length > 0 && ` (${open.length})`}
      </Text>
      {rows === undefined && !alerts.isError && <LoadingRows label="Alerts are being read" />}
      {alerts.isError && <LoadFailure error={alerts.error} retry={() => void alerts.refetch()} />}
      {open?.length === 0 && <Text>Nothing is in trouble, as far as the hosts looked.</Text>}
      {open !== undefined && open.length > 0 && (
        <ul className={styles.list} tabIndex={0} aria-label="Open alerts, the critical first">
          {open.slice(0, mostShown).map((alert) => (
            <li key={alert.id} className={styles.alert}>
              <span>
                {alert.severity === 'critical' ? (
                  <Badge color="danger" appearance="tint" icon={<ErrorCircle16Filled />}>
                    Critical
                  </Badge>
                ) : (
                  <Badge color="warning" appearance="tint" icon={<Warning16Filled />}>
                    Warning
                  </Badge>
                )}
              </span>
              <Text>
                {shortText(alert.sentence)} {alert.nextStep !== null && shortText(alert.nextStep)} Since{' '}
                <RelativeText iso={alert.openedAt} />.
              </Text>
            </li>
          ))}
        </ul>
      )}
      {open !== undefined && open.length > mostShown && (
        <Text size={200}>{open.length - mostShown} more are open.</Text>
      )}
      {over > 0 && <Text size={200}>{over} ended in the last 14 days.</Text>}
    </section>
  );
}
