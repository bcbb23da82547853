import { LoadFailure, LoadingRows, PageState } from '../../components/page-state.tsx';
import { PageLink } from '../../components/page-link.tsx';
import { shortText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { useObstacle } from '../../queries/use-may-do.ts';
import { useProcedure } from '../../queries/use-procedure.ts';
import { SmallTable } from './small-table.tsx';

const shown = 20;

/** The newest audit events of one tenant. */
export function TenantAudit({ tenantId }: { tenantId: string }) {
  const obstacle = useObstacle('audit.view', tenantId);
  const events = useProcedure('audit.list', { filter: { tenantId }, pageSize: shown });
  if (obstacle !== null) return <PageState title="Not permitted">{obstacle}</PageState>;
  if (events.isPending) return <LoadingRows label="Audit events are being read" />;
  if (events.isError) return <LoadFailure error={events.error} retry={() => void events.refetch()} />;
  return (
    <>
      <SmallTable
        label="Newest audit events of this tenant"
        titles={['Time', 'Actor', 'Action', 'Outcome']}
        rows={events.data.rows.map((event) => ({
          key: event.sequence,
          cells: [
            <InstantText key="at" iso={event.at} />,
            shortText(event.actor),
            <code key="action">{event.action}</code>,
            event.reason === null ? event.outcome : `${event.outcome}: ${shortText(event.reason)}`,
          ],
        }))}
      />
      <PageLink to="/audit" search={{ tenantId }}>
        All audit events of this tenant
      </PageLink>
    </>
  );
}
