import { LoadFailure, LoadingRows, PageState } from '../../components/page-state.tsx';
import { PageLink } from '../../components/page-link.tsx';
import { TenantText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';
import { SmallTable } from './small-table.tsx';

/** The schedules of one tenant; each opens in the editor. */
export function TenantSchedules({ tenantId }: { tenantId: string }) {
  const schedules = useProcedure('schedules.list', { tenantId });
  if (schedules.isPending) return <LoadingRows label="Schedules are being read" />;
  if (schedules.isError) {
    return <LoadFailure error={schedules.error} retry={() => void schedules.refetch()} />;
  }
  const { rows } = schedules.data;
  const link = (
    <PageLink to="/schedules" search={{ tenantId }}>
      All schedules of this tenant
    </PageLink>
  );
  if (rows.length === 0) {
    return (
      <PageState title="Nothing scheduled" action={link}>
        A schedule says what is read when, and how long it is kept.
      </PageState>
    );
  }
  return (
    <>
      <SmallTable
        label="Schedules of this tenant"
        titles={['Name', 'State', 'Cadence', 'Next slot']}
        rows={rows.map((schedule) => ({
          key: schedule.id,
          cells: [
            <PageLink key="name" to="/schedules" search={{ tenantId, schedule: schedule.id }}>
              <TenantText text={schedule.name} />
            </PageLink>,
            schedule.enabled ? 'On' : `Paused: ${schedule.pausedReason ?? 'no reason given'}`,
            schedule.cadenceWords,
            <InstantText
              key="next"
              iso={schedule.nextSlotAt}
              scheduleZone={schedule.timeZone}
              absent={schedule.dispatchError ?? (schedule.enabled ? 'Never' : 'While it is paused: none')}
            />,
          ],
        }))}
      />
      {link}
    </>
  );
}
