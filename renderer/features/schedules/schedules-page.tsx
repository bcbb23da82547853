import { Button } from '@fluentui/react-components';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import type { ScheduleRow } from '../../../shared/contract/schedules.ts';
import type { Permission } from '../../../shared/model/permissions.ts';
import { BulkReport } from '../../components/bulk-bar.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { focusFilterText, usePageKeys } from '../../components/page-keys.ts';
import { Page } from '../../components/page.tsx';
import { PageLink } from '../../components/page-link.tsx';
import { LoadFailure, LoadingRows, PageState } from '../../components/page-state.tsx';
import { shortText } from '../../components/tenant-text.tsx';
import { useMayDoSomewhere, useObstacle, useObstacles } from '../../queries/use-may-do.ts';
import { useColumnChoice } from '../../components/use-column-choice.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';
import { ScheduleBulkBar, scheduleNoun } from './bulk-bar.tsx';
import { PauseDialog } from './pause-dialog.tsx';
import { columnsFor } from './schedule-columns.tsx';
import { ScheduleEditor } from './schedule-editor.tsx';
import { ScheduleFilterBar, type ScheduleFilters } from './schedule-filters.tsx';
import { SpreadDialog } from './spread-dialog.tsx';
import { useBulkChange } from './use-bulk-change.ts';

interface SchedulesSearch extends ScheduleFilters {
  tenantId?: string;
  /** `new`, or the id of the schedule whose editor is open. */
  schedule?: string;
}

const nothing: ReadonlySet<string> = new Set();

/** The dispatcher's own rows: what is due when, how it went lately, and what can be done about it. */
export function SchedulesPage() {
  const search = useSearch({ strict: false }) as SchedulesSearch;
  const navigate = useNavigate();
  const mayCreate = useMayDoSomewhere('schedule.create');
  const obstacleIn = useObstacles();
  const spreadObstacle = useObstacle('schedule.spread', search.tenantId ?? null);
  const bulk = useBulkChange();
  const [pausing, setPausing] = useState<ScheduleRow | null>(null);
  const [spreading, setSpreading] = useState(false);
  const [chosenKeys, setChosenKeys] = useState(nothing);
  const [focusedId, setFocusedId] = useState<string | null>(null);
  const schedules = useProcedure(
    'schedules.list',
    {
      tenantId: search.tenantId ?? null,
      filter: {
        search: search.q ?? '',
        status: search.status ?? null,
        lastState: search.lastState ?? null,
        health: search.health ?? null,
      },
    },
    { refetchInterval: 30_000 },
  );
  const rows = schedules.data?.rows ?? [];
  const chosen = rows.filter((row) => chosenKeys.has(row.id));
  const go = useCallback(
    (next: Partial<SchedulesSearch>, replace = false) =>
      void navigate({
        to: '/schedules',
        search: (before: SchedulesSearch) => ({ ...before, ...next }),
        replace,
      } as never),
    [navigate],
  );
  const change = useCallback((next: ScheduleFilters) => go(next, true), [go]);
  const open = (schedule: string | undefined) => go({ schedule });
  const openNew = () => mayCreate && open('new');

  async function runNow(row: ScheduleRow): Promise<void> {
    const [result] = await bulk.run([row]);
    if (result?.ok !== true || result.createdId === null) return;
    void navigate({ to: '/runs', search: { run: result.createdId, runTenant: row.tenantId } } as never);
  }

  const { columns, chooser } = useColumnChoice(
    'schedules',
    columnsFor({
      pause: setPausing,
      resume: (row) => void bulk.resume([row]),
      runNow: (row) => void runNow(row),
      busy: bulk.progress !== null,
    }),
    'name',
  );
  const focused = rows.find((row) => row.id === focusedId);
  const onFocused = (permission: Permission | null, act: (row: ScheduleRow) => void) => ({
    act: () => focused !== undefined && act(focused),
    unavailable:
      focused === undefined
        ? 'Go to a row of the list first.'
        : permission === null
          ? null
          : obstacleIn(permission, focused.tenantId),
  });
  usePageKeys([
    {
      key: 'n',
      name: 'New schedule',
      act: openNew,
      unavailable: mayCreate ? null : 'This needs the role manager in a tenant.',
    },
    { key: '/', name: 'Filter schedules', act: focusFilterText },
    { key: 'e', name: 'Edit schedule', ...onFocused(null, (row) => open(row.id)) },
    {
      key: 'x',
      name: 'Run schedule now',
      ...onFocused('run.start', (row) => void (row.activeRunId === null && runNow(row))),
    },
    {
      key: 'p',
      name: 'Pause or resume schedule',
      ...onFocused('schedule.pause', (row) => (row.enabled ? setPausing(row) : void bulk.resume([row]))),
    },
  ]);

  return (
    <Page
      title="Schedules"
      commands={
        <>
          <Button
            appearance="primary"
            disabledFocusable={!mayCreate}
            title={mayCreate ? undefined : 'This needs the role manager in a tenant.'}
            onClick={openNew}
          >
            New schedule
          </Button>
          <PageLink to="/schedules/templates" search={{}}>
            Templates
          </PageLink>
          {search.tenantId !== undefined && (
            <Button
              disabledFocusable={spreadObstacle !== null}
              title={spreadObstacle ?? undefined}
              onClick={() => spreadObstacle === null && setSpreading(true)}
            >
              Spread schedules
            </Button>
          )}
          {chooser}
          <ScheduleFilterBar filters={search} change={change} />
        </>
      }
      footer={
        chosen.length > 0 && (
          <ScheduleBulkBar chosen={chosen} bulk={bulk} onClear={() => setChosenKeys(nothing)} />
        )
      }
    >
      <BulkReport
        noun={scheduleNoun}
        progress={bulk.progress}
        outcome={bulk.outcome}
        onDismiss={bulk.dismiss}
      />
      {schedules.isPending && <LoadingRows label="Schedules are being read" />}
      {schedules.isError && <LoadFailure error={schedules.error} retry={() => void schedules.refetch()} />}
      {schedules.data?.unfiltered === 0 && (
        <PageState
          title="No schedules yet"
          action={mayCreate && <Button onClick={openNew}>New schedule</Button>}
        >
          A tenant without a schedule is not backed up.
        </PageState>
      )}
      {schedules.data !== undefined && schedules.data.unfiltered > 0 && rows.length === 0 && (
        <PageState
          title="Nothing matches"
          action={
            <Button
              onClick={() =>
                change({ q: undefined, status: undefined, lastState: undefined, health: undefined })
              }
            >
              Clear filters
            </Button>
          }
        >
          None of {schedules.data.unfiltered.toLocaleString()} schedules fits the filters above.
        </PageState>
      )}
      {rows.length > 0 && (
        <DataTable
          label="Schedules"
          columns={columns}
          keepsDrawer
          rows={rows}
          rowKey={(schedule) => schedule.id}
          onOpen={(schedule) => open(schedule.id)}
          selectedKey={search.schedule ?? null}
          selection={{
            keys: chosenKeys,
            onChange: setChosenKeys,
            nameOf: (row) => `Select ${shortText(row.name)} of ${shortText(row.tenantName)}`,
          }}
          onFocusRow={(row) => setFocusedId(row.id)}
        />
      )}
      {pausing !== null && <PauseDialog rows={[pausing]} bulk={bulk} onClose={() => setPausing(null)} />}
      {spreading && search.tenantId !== undefined && (
        <SpreadDialog tenantId={search.tenantId} draft={null} onClose={() => setSpreading(false)} />
      )}
      {search.schedule !== undefined && (
        <OpenedEditor
          key={search.schedule}
          scheduleId={search.schedule}
          tenantId={search.tenantId ?? null}
          rows={rows}
          onClose={() => open(undefined)}
        />
      )}
    </Page>
  );
}

interface OpenedEditorProps {
  scheduleId: string;
  tenantId: string | null;
  rows: readonly ScheduleRow[];
  onClose: () => void;
}

/** The editor of the address. A schedule that the filters hide, or that went, keeps its editor as it was last seen. */
function OpenedEditor({ scheduleId, tenantId, rows, onClose }: OpenedEditorProps) {
  const listed = rows.find((row) => row.id === scheduleId);
  const [seen, setSeen] = useState(listed);
  if (listed !== undefined && listed !== seen) setSeen(listed);
  const all = useProcedure(
    'schedules.list',
    { tenantId: null },
    { enabled: scheduleId !== 'new' && seen === undefined },
  );
  const schedule = listed ?? seen ?? all.data?.rows.find((row) => row.id === scheduleId);
  if (scheduleId === 'new') return <ScheduleEditor schedule={null} tenantId={tenantId} onClose={onClose} />;
  if (schedule === undefined) return null;
  return <ScheduleEditor schedule={schedule} tenantId={schedule.tenantId} onClose={onClose} />;
}
