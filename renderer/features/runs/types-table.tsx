import { Button, makeStyles, tokens } from '@fluentui/react-components';
import { ChevronDown16Regular, ChevronRight16Regular } from '@fluentui/react-icons';
import { useState } from 'react';
import type { RunType } from '../../../shared/contract/run-fields.ts';
import { formatDuration } from '../../components/format-time.ts';
import { InstantText } from '../../components/time-text.tsx';
import { TypeOutcomeMore, TypeOutcomeSentence } from './type-outcome.tsx';

const useStyles = makeStyles({
  scroll: { overflowX: 'auto', ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` } },
  table: {
    width: '100%',
    borderCollapse: 'collapse',
    '& th': {
      textAlign: 'left',
      fontWeight: tokens.fontWeightSemibold,
      padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalS}`,
      backgroundColor: tokens.colorNeutralBackground3,
      whiteSpace: 'nowrap',
    },
    '& td': {
      verticalAlign: 'top',
      padding: `${tokens.spacingVerticalS} ${tokens.spacingHorizontalS}`,
      borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
      overflowWrap: 'anywhere',
    },
  },
  outcome: { width: '40%', minWidth: '15rem' },
  name: { minWidth: '10rem' },
  unfold: { display: 'flex', alignItems: 'flex-start' },
  chevron: { minWidth: '24px', padding: 0 },
});

const troubleFirst: Readonly<Record<RunType['outcome'], number>> = {
  incomplete: 0,
  unknown_type: 1,
  not_attempted: 2,
  not_available: 3,
  complete: 4,
};

/** One row a policy type, trouble first; a row unfolds to request ids and failed items. */
export function TypesTable({ types }: { types: readonly RunType[] }) {
  const styles = useStyles();
  const sorted = types.toSorted(
    (a, b) => troubleFirst[a.outcome] - troubleFirst[b.outcome] || a.displayName.localeCompare(b.displayName),
  );
  return (
    <div className={styles.scroll} role="region" aria-label="Policy types of this run" tabIndex={0}>
      <table className={styles.table}>
        <thead>
          <tr>
            {[
              'Policy type',
              'Outcome',
              'Captured / expected',
              '+ / ~ / −',
              'Requests',
              'Waited',
              'Duration',
              'Last complete',
            ].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((type) => (
            <TypeRow key={type.typeKey} type={type} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function TypeRow({ type }: { type: RunType }) {
  const styles = useStyles();
  const [open, setOpen] = useState(false);
  return (
    <tr>
      <td className={styles.name}>
        <div className={styles.unfold}>
          <Button
            size="small"
            appearance="transparent"
            className={styles.chevron}
            aria-expanded={open}
            aria-label={`Details of ${type.displayName}`}
            icon={open ? <ChevronDown16Regular /> : <ChevronRight16Regular />}
            onClick={() => setOpen(!open)}
          />
          {type.displayName}
        </div>
      </td>
      <td className={styles.outcome}>
        <TypeOutcomeSentence type={type} />
        {open && <TypeOutcomeMore type={type} />}
        {!open && type.failedItemCount > 0 && (
          <div>{type.failedItemCount === 1 ? '1 item' : `${type.failedItemCount} items`} failed</div>
        )}
      </td>
      <td>
        {type.captured.toLocaleString()} / {type.expected?.toLocaleString() ?? 'unknown'}
      </td>
      <td>{type.added === null ? '–' : `${type.added} / ${type.changed ?? 0} / ${type.removed ?? 0}`}</td>
      <td>
        {type.requests}
        {type.retries > 0 && ` (${type.retries} again)`}
      </td>
      <td>{type.waitedMs < 1000 ? '–' : formatDuration(type.waitedMs)}</td>
      <td>{type.durationMs === null || type.carried ? '–' : formatDuration(type.durationMs)}</td>
      <td>
        {type.outcome === 'not_available' ? (
          '–'
        ) : (
          <InstantText iso={type.lastCompleteAt} absent="None kept" />
        )}
      </td>
    </tr>
  );
}
