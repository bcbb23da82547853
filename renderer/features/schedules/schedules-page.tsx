import { Button, Switch } from '@fluentui/react-components';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { ScheduleRow } from '../../../shared/contract/schedules.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { Page } from '../../components/page.tsx';
import { PageLink } from '../../components/page-link.tsx';
import { LoadFailure, LoadingRows, PageState } from '../../components/page-state.tsx';
import { RunStateIcon } from '../../components/state-badge.tsx';
import { shortText, TenantText } from '../../components/tenant-text.tsx';
import { RelativeText } from '../../components/time-text.tsx';
import { useMayDoSomewhere, useObstacle } from '../../queries/use-may-do.ts';
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
  const mayCreate = useMayDoSomewhere('schedule.create');
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
        <Button
          appearance="primary"
          disabledFocusable={!mayCreate}
          title={mayCreate ? undefined : 'This needs the role manager in a tenant.'}
          onClick={() => mayCreate && open('new')}
        >
          New schedule
        </Button>
      }
    >
      {schedules.isPending && <LoadingRows label="Schedules are being read" />}
      {schedules.isError && <LoadFailure error={schedules.error} retry={() => void schedules.refetch()} />}
      {schedules.data?.rows.length === 0 && (
        <PageState
          title="No schedules yet"
          action={mayCreate && <Button onClick={() => open('new')}>New schedule</Button>}
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
      title: 'Last runs',
      width: '13rem',
      cell: (schedule) => <LastRuns schedule={schedule} />,
    },
    { key: 'keep', title: 'Keep last', width: '6rem', cell: (schedule) => schedule.retention.keepLast },
    { key: 'run', title: 'Run', width: '8rem', cell: (schedule) => <RunNowButton schedule={schedule} /> },
  ];
}

/** The last ten results, oldest at the left, each a link to its run. */
function LastRuns({ schedule }: { schedule: ScheduleRow }) {
  if (schedule.lastRuns.length === 0) return <>None yet</>;
  return (
    <span style={{ display: 'inline-flex' }}>
      {schedule.lastRuns.toReversed().map((run) => (
        <PageLink
          key={run.id}
          to="/runs"
          search={{ run: run.id, runTenant: schedule.tenantId }}
          label={`Run of ${run.at}, ${run.state}`}
          stopPropagation
        >
          <RunStateIcon state={run.state} />
        </PageLink>
      ))}
    </span>
  );
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
  const obstacle = useObstacle(schedule.enabled ? 'schedule.pause' : 'schedule.resume', schedule.tenantId);
  return (
    <Switch
      aria-label={`${shortText(schedule.name)} of ${shortText(schedule.tenantName)} is on`}
      title={obstacle ?? undefined}
      checked={schedule.enabled}
      disabled={isPending || obstacle !== null}
      onClick={(event) => event.stopPropagation()}
      onChange={(_event, data) => (data.checked ? resume() : onPause(schedule))}
    />
  );
}
