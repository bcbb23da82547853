import { makeStyles, ProgressBar, Text, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import { formatDuration } from '../../components/format-time.ts';
import { useNow } from '../../components/use-now.ts';
import { useTypeNames } from './use-type-names.ts';
import type { RunAnswer } from './run-detail.tsx';

const useStyles = makeStyles({
  box: { display: 'grid', gap: tokens.spacingVerticalXS },
  list: { listStyleType: 'none', margin: 0, padding: 0 },
  unseen: {
    position: 'absolute',
    width: '1px',
    height: '1px',
    overflow: 'hidden',
    clipPath: 'inset(50%)',
    whiteSpace: 'nowrap',
  },
});

const announceEveryMs = 10_000;

/** Why something waits, after "waiting 12 s:". */
const causes: Readonly<Record<RunAnswer['waits'][number]['cause'], string>> = {
  retry_after: 'Microsoft Graph asked for it',
  backoff: 'Microsoft Graph refuses further requests for now',
  retry: 'a request failed for a passing reason and is sent again',
  pace: 'keeping to the published number of requests',
};

/** What the run is doing now: how far, on what, and what it waits for. */
export function RunProgress({ answer }: { answer: RunAnswer }) {
  const styles = useStyles();
  const names = useTypeNames();
  const nowMs = useNow();
  const { progress } = answer.run;
  const waits = answer.waits.filter((wait) => Date.parse(wait.until) > nowMs);
  if (progress === null) return null;
  const done = `${progress.typesDone} of ${progress.typesTotal} policy types`;
  return (
    <section aria-label="Progress" className={styles.box}>
      <Text>{done}</Text>
      <ProgressBar
        aria-label="Policy types read"
        value={progress.typesTotal === 0 ? 0 : progress.typesDone / progress.typesTotal}
      />
      <ul className={styles.list}>
        {progress.current.map((type) => (
          <li key={type.typeKey}>
            {names(type.typeKey)}: {type.captured.toLocaleString()}
            {type.expected !== null && ` of ${type.expected.toLocaleString()}`} items
          </li>
        ))}
        {waits.map((wait) => (
          <li key={wait.typeKey ?? ''}>
            {wait.displayName ?? 'The tenant'}: waiting {formatDuration(Date.parse(wait.until) - nowMs)}:{' '}
            {causes[wait.cause]}
            {wait.status !== null && ` (${wait.status})`}
          </li>
        ))}
      </ul>
      <Announcement words={done} />
    </section>
  );
}

/** Tells screen readers how far it is, politely and at most every ten seconds. */
function Announcement({ words }: { words: string }) {
  const styles = useStyles();
  const [said, setSaid] = useState({ words: '', atMs: 0 });
  const nowMs = useNow();
  if (words !== said.words && nowMs - said.atMs >= announceEveryMs) setSaid({ words, atMs: nowMs });
  return (
    <div aria-live="polite" className={styles.unseen}>
      {said.words}
    </div>
  );
}
