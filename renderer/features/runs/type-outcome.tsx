import { makeStyles, Text, tokens } from '@fluentui/react-components';
import type { RunType } from '../../../shared/contract/run-fields.ts';
import { CopyText } from '../../components/copy-text.tsx';
import { formatDuration } from '../../components/format-time.ts';
import { TenantText } from '../../components/tenant-text.tsx';
import { InstantText } from '../../components/time-text.tsx';
import { outcomeLooks } from './outcome-looks.ts';

const useStyles = makeStyles({
  stack: { display: 'grid', gap: tokens.spacingVerticalXS },
  trouble: { fontWeight: tokens.fontWeightSemibold },
  code: {
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    color: tokens.colorNeutralForeground3,
  },
  facts: {
    display: 'grid',
    gridTemplateColumns: 'max-content 1fr',
    columnGap: tokens.spacingHorizontalL,
    margin: 0,
  },
  failed: { margin: 0, paddingLeft: tokens.spacingHorizontalL },
});

/** The outcome as a sentence: the word, why, what to do, and the permission that is missing. */
export function TypeOutcomeSentence({ type }: { type: RunType }) {
  const styles = useStyles();
  const { look, word } = outcomeLooks[type.outcome];
  return (
    <div className={styles.stack}>
      <div className={look === 'trouble' ? styles.trouble : undefined}>{word}</div>
      {type.sentence !== null && (
        <div>
          {type.sentence} {type.nextStep} <span className={styles.code}>{type.reason}</span>
        </div>
      )}
      {type.missingPermission !== null && (
        <div>
          Missing permission: <CopyText text={type.missingPermission} what="permission" />
        </div>
      )}
      {type.carried && (
        <div>
          Taken over from the run before, read <InstantText iso={type.readAt} />.
        </div>
      )}
    </div>
  );
}

/** What a row of the table unfolds to: request ids to copy, failed items, the last complete copy. */
export function TypeOutcomeMore({ type }: { type: RunType }) {
  const styles = useStyles();
  return (
    <div className={styles.stack}>
      <dl className={styles.facts}>
        <dt>Read</dt>
        <dd>
          <InstantText iso={type.readAt} absent="Never in this run" />
          {type.durationMs !== null && `, in ${formatDuration(type.durationMs)}`}
        </dd>
        <dt>Requests</dt>
        <dd>
          {type.requests.toLocaleString()}, {type.retries.toLocaleString()} of them again, waited{' '}
          {formatDuration(type.waitedMs)}
        </dd>
        <dt>Last complete capture</dt>
        <dd>
          <InstantText iso={type.lastCompleteAt} absent="None in the sets that are kept" />
        </dd>
        {type.requestId !== null && (
          <>
            <dt>Graph request</dt>
            <dd>
              <CopyText text={type.requestId} what="Graph request id" />
              {type.httpStatus !== null && `, HTTP ${type.httpStatus}`}
            </dd>
          </>
        )}
      </dl>
      {type.failedItemCount > 0 && (
        <div>
          <Text weight="semibold">
            {type.failedItemCount === 1 ? '1 item' : `${type.failedItemCount.toLocaleString()} items`} failed
            {type.failedItems.length < type.failedItemCount && `, the first ${type.failedItems.length}:`}
          </Text>
          <ul className={styles.failed}>
            {type.failedItems.map((item) => (
              <li key={item.graphId}>
                <TenantText text={item.name} />: <TenantText text={item.message} />{' '}
                {item.requestId !== null && <CopyText text={item.requestId} what="Graph request id" />}
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}

/** Everything of one policy type of one run. */
export function TypeOutcomeDetail({ type }: { type: RunType }) {
  const styles = useStyles();
  return (
    <div className={styles.stack}>
      <TypeOutcomeSentence type={type} />
      <div>
        Captured {type.captured.toLocaleString()} of {type.expected?.toLocaleString() ?? 'an unknown number'}
        {type.added !== null &&
          `; ${type.added} added, ${type.changed ?? 0} changed, ${type.removed ?? 0} removed`}
      </div>
      <TypeOutcomeMore type={type} />
    </div>
  );
}
