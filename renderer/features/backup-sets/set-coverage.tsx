import { makeStyles, Text, tokens } from '@fluentui/react-components';
import type { Contract } from '../../../shared/contract/index.ts';
import type { OutputOf } from '../../../shared/contract/procedure.ts';
import { TenantText } from '../../components/tenant-text.tsx';
import { OutcomeState } from './set-state.tsx';

export type SetAnswer = OutputOf<Contract['backup-sets.get']>;
type Part = SetAnswer['parts'][number];

const useStyles = makeStyles({
  list: { listStyleType: 'none', padding: 0, margin: 0, display: 'grid', gap: tokens.spacingVerticalS },
  type: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalM },
});

const troubleFirst = ['incomplete', 'unknown_type', 'not_attempted', 'not_available', 'complete'];

/** "12 of 14 items" where the service said how many there are, otherwise what was captured. */
function countOf(part: Part): string {
  const captured = part.items.toLocaleString();
  if (part.expected !== null && part.expected !== part.items) {
    return `${captured} of ${part.expected.toLocaleString()} items`;
  }
  return part.items === 1 ? '1 item' : `${captured} items`;
}

/** What is in the set, what is incomplete and why, and what Microsoft Graph does not offer at all. */
export function SetCoverage({ answer }: { answer: SetAnswer }) {
  const styles = useStyles();
  const complete = answer.parts.filter((part) => part.outcome === 'complete').length;
  return (
    <>
      <Text block>
        {answer.set.imported === null
          ? `${complete} of ${answer.parts.length} policy types are complete in this set.`
          : `${answer.parts.length} policy types were found in the folder. Of none it is known whether it is complete.`}
      </Text>
      <ul className={styles.list} aria-label="Policy types, trouble first">
        {answer.parts
          .toSorted((a, b) => troubleFirst.indexOf(a.outcome) - troubleFirst.indexOf(b.outcome))
          .map((part) => (
            <li key={part.typeKey} className={styles.type}>
              <OutcomeState outcome={part.outcome} />
              <Text weight="semibold">{part.displayName}</Text>
              <Text>{countOf(part)}</Text>
              {part.failed > 0 && <Text>{part.failed.toLocaleString()} failed</Text>}
              {part.sentence !== null && (
                <Text>
                  {part.sentence} {part.nextStep} <code>{part.reason}</code>
                </Text>
              )}
            </li>
          ))}
      </ul>
      {answer.notOffered.length > 0 && (
        <>
          <Text as="h3" weight="semibold" block>
            Not offered by Microsoft Graph
          </Text>
          <ul>
            {answer.notOffered.map((row) => (
              <li key={row.name}>
                {row.name}: {row.note}
              </li>
            ))}
          </ul>
        </>
      )}
      {answer.leftOut.length > 0 && (
        <>
          <Text as="h3" weight="semibold" block>
            Files that were left out
          </Text>
          <ul>
            {answer.leftOut.map((file) => (
              <li key={file.path}>
                <TenantText text={file.path} />: {file.reason}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
