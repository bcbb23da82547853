import type { ScheduleRow } from '../../../shared/contract/schedules.ts';
import type { Permission } from '../../../shared/model/permissions.ts';

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

export interface BulkReach {
  /** The rows that the action acts on. */
  rows: readonly ScheduleRow[];
  /** "2 paused already; 1: This needs the role manager in the tenant."; null where it acts on all. */
  rest: string | null;
}

/** How many of the chosen rows an action can act on, and why not on the others. */
export function reachOf(
  action: BulkAction,
  chosen: readonly ScheduleRow[],
  obstacleIn: (permission: Permission, tenantId: string) => string | null,
): BulkReach {
  const rows: ScheduleRow[] = [];
  const reasons = new Map<string, number>();
  for (const row of chosen) {
    const obstacle = obstacleIn(permissionOf[action], row.tenantId);
    const reason = obstacle === null ? hindrance(action, row) : `without the role: ${obstacle}`;
    if (reason === null) rows.push(row);
    else reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  return {
    rows,
    rest: reasons.size === 0 ? null : [...reasons].map(([reason, count]) => `${count} ${reason}`).join('; '),
  };
}
