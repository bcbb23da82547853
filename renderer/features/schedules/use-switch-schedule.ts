import type { ScheduleRow } from '../../../shared/contract/schedules.ts';
import { useProcedureMutation } from '../../queries/use-procedure.ts';

/** Resuming a schedule; pausing asks for a reason and has its dialog. */
export function useSwitchSchedule(schedule: ScheduleRow) {
  const resume = useProcedureMutation('schedules.resume', ['schedules', 'overview', 'tenants']);
  return {
    isPending: resume.isPending,
    resume: () =>
      resume.mutate({
        tenantId: schedule.tenantId,
        scheduleId: schedule.id,
        expectedVersion: schedule.version,
      }),
  };
}
