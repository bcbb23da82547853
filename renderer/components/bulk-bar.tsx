import {
  Button,
  makeStyles,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  Text,
  tokens,
} from '@fluentui/react-components';
import type { ReactNode } from 'react';
import type { BulkReach } from './bulk-reach.ts';
import { shortText } from './tenant-text.tsx';

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

/** What the rows are, such as "schedule". */
export interface BulkNoun {
  one: string;
  many: string;
}

function counted(count: number, noun: BulkNoun): string {
  return `${count.toLocaleString()} ${count === 1 ? noun.one : noun.many}`;
}

interface BulkBarProps<Action extends string, Row> {
  noun: BulkNoun;
  chosen: readonly Row[];
  /** In the order in which they stand. */
  actions: readonly { action: Action; words: string; reach: BulkReach<Row> }[];
  busy: boolean;
  onAct: (action: Action, rows: readonly Row[]) => void;
  onClear: () => void;
  /** Dialogs that an action opened. */
  children?: ReactNode;
}

/** What can be done to the chosen rows; each action says on how many it acts and why not on the rest. */
export function BulkBar<Action extends string, Row>(props: BulkBarProps<Action, Row>) {
  const { chosen, noun } = props;
  const styles = useStyles();
  return (
    <section className={styles.bar} aria-label={`Selected ${noun.many}`}>
      <Text weight="semibold">{counted(chosen.length, noun)} selected</Text>
      {props.actions.map(({ action, words, reach: { rows, rest } }) => (
        <Button
          key={action}
          disabledFocusable={rows.length === 0 || props.busy}
          title={rest === null ? undefined : `Leaves out: ${rest}`}
          aria-label={`${words}: ${rows.length} of ${chosen.length}${rest === null ? '' : `, leaves out ${rest}`}`}
          onClick={() => rows.length > 0 && !props.busy && props.onAct(action, rows)}
        >
          {words} ({rows.length})
        </Button>
      ))}
      <Button appearance="subtle" onClick={props.onClear}>
        Clear selection
      </Button>
      {props.children}
    </section>
  );
}

/** What became of a change of many rows, until the person closes the message. */
export interface BulkOutcome {
  /** "Paused", "Started": said before the number. */
  done: string;
  changed: number;
  failures: readonly { name: string; message: string }[];
  /** Takes the change back; null where that cannot be done. */
  undo: (() => void) | null;
}

/** How far a change of many rows is. */
export interface BulkProgress {
  done: number;
  total: number;
}

interface BulkReportProps {
  noun: BulkNoun;
  progress: BulkProgress | null;
  outcome: BulkOutcome | null;
  onDismiss: () => void;
}

const shownFailures = 10;

/** How far a change of many rows is, then what became of each row, with the way back. */
export function BulkReport({ noun, progress, outcome, onDismiss }: BulkReportProps) {
  const styles = useStyles();
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
        {done} {counted(changed, noun)}.{' '}
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
        <Button appearance="subtle" onClick={onDismiss}>
          Close message
        </Button>
      </MessageBarActions>
    </MessageBar>
  );
}
