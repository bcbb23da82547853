import {
  Button,
  makeStyles,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  Text,
  tokens,
} from '@fluentui/react-components';
import { useState } from 'react';
import type { ScheduleRow } from '../../../shared/contract/schedules.ts';
import { shortText } from '../../components/tenant-text.tsx';
import { useObstacles } from '../../queries/use-may-do.ts';
import { type BulkAction, bulkActions, bulkWords, reachOf } from './bulk-actions.ts';
import { CopyDialog, RetentionDialog, RunDialog } from './bulk-dialogs.tsx';
import { PauseDialog } from './pause-dialog.tsx';
import type { BulkChange } from './use-bulk-change.ts';

const useStyles = makeStyles({
  bar: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: tokens.spacingHorizontalM,
    padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalL}`,
    borderTop: `1px solid ${tokens.colorNeutralStroke1}`,
    backgroundColor: tokens.colorNeutralBackground1,
  },
  list: { margin: 0, paddingLeft: tokens.spacingHorizontalXL },
});

interface BulkBarProps {
  chosen: readonly ScheduleRow[];
  bulk: BulkChange;
  onClear: () => void;
}

/** What can be done to the chosen rows; each action says on how many it acts and why not on the rest. */
export function BulkBar({ chosen, bulk, onClear }: BulkBarProps) {
  const styles = useStyles();
  const obstacleIn = useObstacles();
  const [asking, setAsking] = useState<BulkAction | null>(null);
  const reach = (action: BulkAction) => reachOf(action, chosen, obstacleIn);
  const close = () => setAsking(null);
  const asked = asking === null ? [] : reach(asking).rows;
  return (
    <section className={styles.bar} aria-label="Selected schedules">
      <Text weight="semibold">
        {chosen.length === 1 ? '1 schedule selected' : `${chosen.length} schedules selected`}
      </Text>
      {bulkActions.map((action) => {
        const { rows, rest } = reach(action);
        return (
          <Button
            key={action}
            disabledFocusable={rows.length === 0 || bulk.progress !== null}
            title={rest === null ? undefined : `Leaves out: ${rest}`}
            aria-label={`${bulkWords[action]}: ${rows.length} of ${chosen.length}${rest === null ? '' : `, leaves out ${rest}`}`}
            onClick={() => {
              if (rows.length === 0) return;
              if (action === 'resume') void bulk.resume(rows);
              else if (action === 'run' && rows.length === 1) void bulk.run(rows);
              else setAsking(action);
            }}
          >
            {bulkWords[action]} ({rows.length})
          </Button>
        );
      })}
      <Button appearance="subtle" onClick={onClear}>
        Clear selection
      </Button>
      {asking === 'pause' && <PauseDialog rows={asked} bulk={bulk} onClose={close} />}
      {asking === 'run' && <RunDialog rows={asked} bulk={bulk} onClose={close} />}
      {asking === 'retention' && <RetentionDialog rows={asked} bulk={bulk} onClose={close} />}
      {asking === 'copy' && <CopyDialog rows={asked} bulk={bulk} onClose={close} />}
    </section>
  );
}

const shownFailures = 10;

/** How far a change of many rows is, then what became of each row, with the way back. */
export function BulkReport({ bulk }: { bulk: BulkChange }) {
  const styles = useStyles();
  const { progress, outcome } = bulk;
  if (progress !== null) {
    return (
      <MessageBar intent="info">
        <MessageBarBody>
          {progress.done.toLocaleString()} of {progress.total.toLocaleString()} rows are done.
        </MessageBarBody>
      </MessageBar>
    );
  }
  if (outcome === null) return null;
  const { done, changed, failures, undo } = outcome;
  return (
    <MessageBar intent={failures.length > 0 ? 'warning' : 'success'} layout="multiline">
      <MessageBarBody>
        {done} {changed === 1 ? '1 schedule' : `${changed.toLocaleString()} schedules`}.{' '}
        {failures.length > 0 && `${failures.length.toLocaleString()} stayed as they were:`}
        {failures.length > 0 && (
          <ul className={styles.list}>
            {failures.slice(0, shownFailures).map(({ name, message }, index) => (
              <li key={index}>
                {shortText(name)}: {message}
              </li>
            ))}
            {failures.length > shownFailures && <li>and {failures.length - shownFailures} more</li>}
          </ul>
        )}
      </MessageBarBody>
      <MessageBarActions>
        {undo !== null && <Button onClick={undo}>Undo</Button>}
        <Button appearance="subtle" onClick={bulk.dismiss}>
          Close message
        </Button>
      </MessageBarActions>
    </MessageBar>
  );
}
