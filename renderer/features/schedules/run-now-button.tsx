import { useNavigate } from '@tanstack/react-router';
import type { ScheduleRow } from '../../../shared/contract/schedules.ts';
import { shortText } from '../../components/tenant-text.tsx';
import { PermittedButton } from '../../components/permitted-button.tsx';
import { useProcedureMutation } from '../../queries/use-procedure.ts';

/** Starts a run; while one is active the same button opens it, so that row and button never disagree. */
export function RunNowButton({ schedule }: { schedule: ScheduleRow }) {
  const navigate = useNavigate();
  const start = useProcedureMutation('runs.start', ['runs', 'schedules', 'overview']);
  const openRun = (runId: string) =>
    void navigate({ to: '/runs', search: { run: runId, runTenant: schedule.tenantId } } as never);
  const word = start.isError
    ? `Refused: ${start.error.message}`
    : schedule.activeRunId === null
      ? 'Run now'
      : 'Open run';
  return (
    <PermittedButton
      size="small"
      permission={schedule.activeRunId === null ? 'run.start' : 'run.view'}
      tenantId={schedule.tenantId}
      label={`${word}: ${shortText(schedule.name)} of ${shortText(schedule.tenantName)}`}
      disabled={start.isPending}
      onClick={(event) => {
        event.stopPropagation();
        if (schedule.activeRunId !== null) openRun(schedule.activeRunId);
        else {
          start.mutate(
            { tenantId: schedule.tenantId, scheduleId: schedule.id },
            { onSuccess: (answer) => openRun(answer.runId) },
          );
        }
      }}
    >
      {word}
    </PermittedButton>
  );
}
