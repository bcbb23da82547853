import type { ScheduleRow } from '../../../shared/contract/schedules.ts';
import type { Permission } from '../../../shared/model/permissions.ts';
import { type BulkReach, reachOf } from '../../components/bulk-reach.ts';

/** What can be done to several schedules at once. */
export type BulkAction = 'pause' | 'resume' | 'run' | 'retention' | 'copy';

export const bulkActions: readonly BulkAction[] = ['pause', 'resume', 'run', 'retention', 'copy'];

export const bulkWords: Readonly<Record<BulkAction, string>> = {
  pause: 'Pause',
  resume: 'Resume',
  run: 'Run now',
  retention: 'Change retention',
  copy: 'Copy to tenants',
};

const permissionOf: Readonly<Record<BulkAction, Permission>> = {
  pause: 'schedule.pause',
  resume: 'schedule.resume',
  run: 'run.start',
  retention: 'retention.edit',
  copy: 'schedule.view',
};

/** Why an action leaves a row alone, in a few words; null: it acts on it. */
function hindrance(action: BulkAction, row: ScheduleRow): string | null {
  switch (action) {
    case 'pause':
      return row.enabled ? null : 'paused already';
    case 'resume':
      return row.enabled ? 'not paused' : null;
    case 'run':
      return row.activeRunId === null ? null : 'running already';
    case 'retention':
    case 'copy':
      return null;
  }
}

/** On which of the chosen schedules an action acts, and why not on the others. */
export function scheduleReach(
  action: BulkAction,
  chosen: readonly ScheduleRow[],
  obstacleIn: (permission: Permission, tenantId: string) => string | null,
): BulkReach<ScheduleRow> {
  return reachOf(chosen, (row) => {
    const obstacle = obstacleIn(permissionOf[action], row.tenantId);
    return obstacle === null ? hindrance(action, row) : `without the role: ${obstacle}`;
  });
}
