import { Badge, Button, Switch } from '@fluentui/react-components';
import { useNavigate } from '@tanstack/react-router';
import type { ScheduleRow } from '../../../shared/contract/schedules.ts';
import type { Column } from '../../components/data-table.tsx';
import { HealthBadge } from '../../components/health-badge.tsx';
import { PageLink } from '../../components/page-link.tsx';
import { PermittedButton } from '../../components/permitted-button.tsx';
import { RunStateIcon } from '../../components/state-badge.tsx';
import { shortText, TenantText } from '../../components/tenant-text.tsx';
import { InstantText, RelativeText } from '../../components/time-text.tsx';
import { useObstacle } from '../../queries/use-may-do.ts';
import { retentionWords } from './retention-fields.tsx';

/** What a row can ask for: the page does it, so that the keyboard, the buttons and the bulk bar mean the same. */
export interface RowActions {
  pause: (schedule: ScheduleRow) => void;
  resume: (schedule: ScheduleRow) => void;
  runNow: (schedule: ScheduleRow) => void;
  busy: boolean;
}

export function columnsFor(actions: RowActions): readonly Column<ScheduleRow>[] {
  return [
    {
      key: 'enabled',
      title: 'On',
      width: '3.5rem',
      cell: (schedule) => <EnabledSwitch schedule={schedule} actions={actions} />,
    },
    {
      key: 'name',
      title: 'Name',
      width: 'minmax(7rem, 1fr)',
      cell: (schedule) => (
        <span title={schedule.cadenceWords}>
          <TenantText text={schedule.name} />
        </span>
      ),
    },
    {
      key: 'tenant',
      title: 'Tenant',
      width: 'minmax(7rem, 1fr)',
      cell: (schedule) => <TenantText text={schedule.tenantName} />,
    },
    {
      key: 'template',
      title: 'Template',
      width: '9rem',
      // The last of the optional ones to leave a narrow window; the templates page tells the same.
      optional: true,
      cell: (schedule) => <TemplateBadge schedule={schedule} />,
    },
    {
      key: 'next',
      title: 'Next slot',
      width: 'minmax(14rem, 2fr)',
      cell: (schedule) => <NextSlot schedule={schedule} />,
    },
    {
      key: 'last',
      title: 'Last runs',
      width: '11.5rem',
      cell: (schedule) => <LastRuns schedule={schedule} />,
    },
    {
      key: 'health',
      title: 'Health',
      width: '8rem',
      cell: (schedule) => <HealthBadge health={schedule.health} />,
    },
    {
      key: 'run',
      title: 'Run',
      width: '6.5rem',
      cell: (schedule) => <RunNowButton schedule={schedule} actions={actions} />,
    },
    {
      key: 'cadence',
      title: 'Cadence',
      width: 'minmax(11rem, 2fr)',
      optional: true,
      cell: (schedule) => <span title={schedule.cadenceWords}>{cadenceWithoutZone(schedule)}</span>,
    },
    { key: 'zone', title: 'Zone', width: '9rem', optional: true, cell: (schedule) => schedule.timeZone },
    {
      key: 'types',
      title: 'Types',
      width: '5rem',
      optional: true,
      cell: ({ lastTypes }) =>
        lastTypes === null ? (
          'No run yet'
        ) : (
          <span
            title={`${lastTypes.complete} of ${lastTypes.total} policy types were complete in the newest run`}
          >
            {lastTypes.complete} of {lastTypes.total}
          </span>
        ),
    },
    {
      key: 'keep',
      title: 'Keeps',
      width: '8rem',
      optional: true,
      cell: ({ retention }) => <span title="Last sets, and one a period">{retentionWords(retention)}</span>,
    },
    {
      key: 'host',
      title: 'Running on',
      width: '8rem',
      optional: true,
      cell: ({ activeHost, activeRunId }) =>
        activeHost !== null ? (
          <TenantText text={activeHost} />
        ) : activeRunId === null ? (
          'Not running'
        ) : (
          'Waits for a host'
        ),
    },
  ];
}

/** Which template the schedule follows, and whether it still says the same; leads to what differs. */
function TemplateBadge({ schedule: { tenantId, template } }: { schedule: ScheduleRow }) {
  if (template === null) return <>None</>;
  const name = shortText(template.name);
  return (
    <PageLink
      to="/schedules/templates"
      search={{ templateTab: 'drift', standing: 'all', driftOf: `${template.id}_${tenantId}` }}
      label={template.differs ? `${name}, differs from the template` : `${name}, as the template`}
      stopPropagation
    >
      <Badge appearance="tint" color={template.differs ? 'warning' : 'informative'}>
        {template.differs ? `Differs: ${name}` : name}
      </Badge>
    </PageLink>
  );
}

/** The zone has a column of its own. */
function cadenceWithoutZone({ cadenceWords, timeZone }: ScheduleRow): string {
  const ending = ` (${timeZone})`;
  return cadenceWords.endsWith(ending) ? cadenceWords.slice(0, -ending.length) : cadenceWords;
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
  if (!schedule.enabled) {
    const reason = shortText(schedule.pausedReason ?? 'no reason given');
    return (
      <span title={reason}>
        Paused
        {schedule.resumeAt !== null && (
          <>
            {' until '}
            <InstantText iso={schedule.resumeAt} scheduleZone={schedule.timeZone} />
          </>
        )}
        : {reason}
      </span>
    );
  }
  if (schedule.dispatchError !== null) {
    return <span title={schedule.dispatchError}>Cannot be computed: {schedule.dispatchError}</span>;
  }
  if (schedule.nextSlotAt === null) return <>No slot within eight years</>;
  return (
    <>
      <RelativeText iso={schedule.nextSlotAt} scheduleZone={schedule.timeZone} />
      {', '}
      <InstantText iso={schedule.nextSlotAt} scheduleZone={schedule.timeZone} />
    </>
  );
}

function EnabledSwitch({ schedule, actions }: { schedule: ScheduleRow; actions: RowActions }) {
  const obstacle = useObstacle(schedule.enabled ? 'schedule.pause' : 'schedule.resume', schedule.tenantId);
  return (
    <Switch
      aria-label={`${shortText(schedule.name)} of ${shortText(schedule.tenantName)} is on`}
      title={obstacle ?? undefined}
      checked={schedule.enabled}
      disabled={actions.busy || obstacle !== null}
      onClick={(event) => event.stopPropagation()}
      onChange={(_event, data) => (data.checked ? actions.resume(schedule) : actions.pause(schedule))}
    />
  );
}

/** Starts a run; while one is active the same button opens it, so that row and button never disagree. */
function RunNowButton({ schedule, actions }: { schedule: ScheduleRow; actions: RowActions }) {
  const navigate = useNavigate();
  const { activeRunId } = schedule;
  const what = `${shortText(schedule.name)} of ${shortText(schedule.tenantName)}`;
  if (activeRunId !== null) {
    return (
      <Button
        size="small"
        aria-label={`Open run: ${what}`}
        onClick={(event) => {
          event.stopPropagation();
          void navigate({ to: '/runs', search: { run: activeRunId, runTenant: schedule.tenantId } } as never);
        }}
      >
        Open run
      </Button>
    );
  }
  return (
    <PermittedButton
      size="small"
      permission="run.start"
      tenantId={schedule.tenantId}
      label={`Run now: ${what}`}
      disabled={actions.busy}
      onClick={(event) => {
        event.stopPropagation();
        actions.runNow(schedule);
      }}
    >
      Run now
    </PermittedButton>
  );
}
