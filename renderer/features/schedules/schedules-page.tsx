import { Button, Switch } from '@fluentui/react-components';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { ScheduleRow } from '../../../shared/contract/schedules.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Page } from '../../components/page.tsx';
import { LoadFailure, LoadingRows, PageState } from '../../components/page-state.tsx';
import { RunStateBadge } from '../../components/state-badge.tsx';
import { TenantText } from '../../components/tenant-text.tsx';
import { RelativeText } from '../../components/time-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';
import { PauseDialog } from './pause-dialog.tsx';
import { RunNowButton } from './run-now-button.tsx';
import { ScheduleEditor } from './schedule-editor.tsx';
import { useSwitchSchedule } from './use-switch-schedule.ts';

interface SchedulesSearch {
  tenantId?: string;
  /** `new`, or the id of the schedule whose editor is open. */
  schedule?: string;
}

/** The dispatcher's own rows: what is due when, how it went lately, and the switch that pauses it. */
export function SchedulesPage() {
  const search = useSearch({ strict: false }) as SchedulesSearch;
  const navigate = useNavigate();
  const [pausing, setPausing] = useState<ScheduleRow | null>(null);
  const schedules = useProcedure(
    'schedules.list',
    { tenantId: search.tenantId ?? null },
    { refetchInterval: 30_000 },
  );
  const edited = schedules.data?.rows.find((row) => row.id === search.schedule);
  const open = (schedule: string | undefined) =>
    void navigate({ to: '/schedules', search: { ...search, schedule } } as never);

  return (
    <Page
      title="Schedules"
      commands={
        <Button appearance="primary" onClick={() => open('new')}>
          New schedule
        </Button>
      }
    >
      {schedules.isPending && <LoadingRows label="Schedules are being read" />}
      {schedules.isError && <LoadFailure error={schedules.error} retry={() => void schedules.refetch()} />}
      {schedules.data?.rows.length === 0 && (
        <PageState
          title="No schedules yet"
          action={<Button onClick={() => open('new')}>New schedule</Button>}
        >
          A tenant without a schedule is not backed up.
        </PageState>
      )}
      {schedules.data !== undefined && schedules.data.rows.length > 0 && (
        <DataTable
          label="Schedules"
          columns={columnsFor(setPausing)}
          rows={schedules.data.rows}
          rowKey={(schedule) => schedule.id}
          onOpen={(schedule) => open(schedule.id)}
          selectedKey={search.schedule ?? null}
        />
      )}
      {pausing !== null && <PauseDialog schedule={pausing} onClose={() => setPausing(null)} />}
      {search.schedule === 'new' && (
        <ScheduleEditor schedule={null} tenantId={search.tenantId ?? null} onClose={() => open(undefined)} />
      )}
      {edited !== undefined && (
        <ScheduleEditor schedule={edited} tenantId={edited.tenantId} onClose={() => open(undefined)} />
      )}
    </Page>
  );
}

function columnsFor(onPause: (schedule: ScheduleRow) => void): readonly Column<ScheduleRow>[] {
  return [
    {
      key: 'enabled',
      title: 'On',
      width: '4rem',
      cell: (schedule) => <EnabledSwitch schedule={schedule} onPause={onPause} />,
    },
    {
      key: 'name',
      title: 'Name',
      width: 'minmax(9rem, 1fr)',
      cell: (schedule) => <TenantText text={schedule.name} />,
    },
    {
      key: 'tenant',
      title: 'Tenant',
      width: 'minmax(9rem, 1fr)',
      cell: (schedule) => <TenantText text={schedule.tenantName} />,
    },
    {
      key: 'cadence',
      title: 'Cadence',
      width: 'minmax(12rem, 2fr)',
      cell: (schedule) => <span title={schedule.timeZone}>{schedule.cadenceWords}</span>,
    },
    { key: 'next', title: 'Next slot', width: '10rem', cell: (schedule) => <NextSlot schedule={schedule} /> },
    {
      key: 'last',
      title: 'Last run',
      width: '9rem',
      cell: (schedule) =>
        schedule.lastRuns[0] ? <RunStateBadge state={schedule.lastRuns[0].state} /> : 'None yet',
    },
    { key: 'keep', title: 'Keep last', width: '6rem', cell: (schedule) => schedule.retention.keepLast },
    { key: 'run', title: '', width: '8rem', cell: (schedule) => <RunNowButton schedule={schedule} /> },
  ];
}

/** When it is due next; where there is no next slot the reason stands in its place, never a blank. */
function NextSlot({ schedule }: { schedule: ScheduleRow }) {
  if (!schedule.enabled) return <>Paused: {schedule.pausedReason ?? 'no reason given'}</>;
  if (schedule.dispatchError !== null) return <>Cannot be computed: {schedule.dispatchError}</>;
  return (
    <RelativeText
      iso={schedule.nextSlotAt}
      scheduleZone={schedule.timeZone}
      absent="No slot within eight years"
    />
  );
}

function EnabledSwitch({
  schedule,
  onPause,
}: {
  schedule: ScheduleRow;
  onPause: (schedule: ScheduleRow) => void;
}) {
  const { resume, isPending } = useSwitchSchedule(schedule);
  return (
    <Switch
      aria-label={`${schedule.name} is on`}
      checked={schedule.enabled}
      disabled={isPending}
      onClick={(event) => event.stopPropagation()}
      onChange={(_event, data) => (data.checked ? resume() : onPause(schedule))}
    />
  );
}
