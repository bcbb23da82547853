import { LoadFailure, LoadingRows, PageState } from '../../components/page-state.tsx';
import { PageLink } from '../../components/page-link.tsx';
import { RunStateBadge } from '../../components/state-badge.tsx';
import { TenantText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';
import { SmallTable } from './small-table.tsx';

const shown = 20;

/** The newest runs of one tenant; the Runs page has the rest and the filters. */
export function TenantRuns({ tenantId }: { tenantId: string }) {
  const runs = useProcedure('runs.list', { tenantId, pageSize: shown });
  if (runs.isPending) return <LoadingRows label="Runs are being read" />;
  if (runs.isError) return <LoadFailure error={runs.error} retry={() => void runs.refetch()} />;
  const { rows } = runs.data;
  const links = (
    <>
      <PageLink to="/runs" search={{ tenantId }}>
        All runs of this tenant
      </PageLink>
      <PageLink to="/backup-sets" search={{ tenantId }}>
        Backup sets of this tenant
      </PageLink>
    </>
  );
  if (rows.length === 0) {
    return (
      <PageState title="No runs yet" action={links}>
        A run stands here as soon as a schedule is due or started by hand.
      </PageState>
    );
  }
  return (
    <>
      <SmallTable
        label="Newest runs of this tenant"
        titles={['State', 'Slot', 'Schedule', 'Changes']}
        rows={rows.map((run) => ({
          key: run.id,
          cells: [
            <RunStateBadge key="state" state={run.state} />,
            <PageLink key="slot" to="/runs" search={{ tenantId, run: run.id, runTenant: tenantId }}>
              <InstantText iso={run.slotAt ?? run.createdAt} />
            </PageLink>,
            <TenantText key="schedule" text={run.scheduleName} />,
            run.added === null ? '–' : `+${run.added} ~${run.changed} −${run.removed}`,
          ],
        }))}
      />
      {links}
    </>
  );
}
