import { useState } from 'react';
import type { ScheduleRow } from '../../../shared/contract/schedules.ts';
import { BulkBar } from '../../components/bulk-bar.tsx';
import { useObstacles } from '../../queries/use-may-do.ts';
import { type BulkAction, bulkActions, bulkWords, scheduleReach } from './bulk-actions.ts';
import { CopyDialog, RetentionDialog, RunDialog } from './bulk-dialogs.tsx';
import { PauseDialog } from './pause-dialog.tsx';
import type { BulkChange } from './use-bulk-change.ts';

/** What the rows of this page are called. */
export const scheduleNoun = { one: 'schedule', many: 'schedules' };

interface ScheduleBulkBarProps {
  chosen: readonly ScheduleRow[];
  bulk: BulkChange;
  onClear: () => void;
}

/** What can be done to the chosen schedules, with the questions that it asks first. */
export function ScheduleBulkBar({ chosen, bulk, onClear }: ScheduleBulkBarProps) {
  const obstacleIn = useObstacles();
  const [asking, setAsking] = useState<BulkAction | null>(null);
  const close = () => setAsking(null);
  const asked = asking === null ? [] : scheduleReach(asking, chosen, obstacleIn).rows;
  return (
    <BulkBar
      noun={scheduleNoun}
      chosen={chosen}
      actions={bulkActions.map((action) => ({
        action,
        words: bulkWords[action],
        reach: scheduleReach(action, chosen, obstacleIn),
      }))}
      busy={bulk.progress !== null}
      onAct={(action, rows) => {
        if (action === 'resume') void bulk.resume(rows);
        else if (action === 'run' && rows.length === 1) void bulk.run(rows);
        else setAsking(action);
      }}
      onClear={onClear}
    >
      {asking === 'pause' && <PauseDialog rows={asked} bulk={bulk} onClose={close} />}
      {asking === 'run' && <RunDialog rows={asked} bulk={bulk} onClose={close} />}
      {asking === 'retention' && <RetentionDialog rows={asked} bulk={bulk} onClose={close} />}
      {asking === 'copy' && <CopyDialog rows={asked} bulk={bulk} onClose={close} />}
    </BulkBar>
  );
}
