import { Button, makeStyles, Text, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import { LoadFailure, LoadingRows } from '../../components/page-state.tsx';
import { visibleLines } from '../../components/tenant-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';
import type { ItemAddress } from './use-item-text.ts';

/** Characters that stand in the page at the same time: more of one long line takes its layout seconds. */
const shownChars = 64 * 1024;

const useStyles = makeStyles({
  bar: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalS },
  code: {
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    whiteSpace: 'pre-wrap',
    wordBreak: 'break-all',
    height: '26rem',
    overflowY: 'auto',
    margin: 0,
    padding: tokens.spacingHorizontalM,
    backgroundColor: tokens.colorNeutralBackground3,
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
});

interface TextSlicesProps {
  item: ItemAddress;
  /** Pointer of a base64 payload that is shown as its text; null for the document. */
  readable: string | null;
  label: string;
}

/** A text of any length, a piece at a time. */
export function TextSlices({ item, readable, label }: TextSlicesProps) {
  const styles = useStyles();
  const [start, setStart] = useState(0);
  /** Where the slice of the server begins that holds `start`, and the slices before it. */
  const [slices, setSlices] = useState<readonly number[]>([0]);
  const sliceStart = slices.at(-1)!;
  const answer = useProcedure('backup-sets.item', { ...item, readable, offset: sliceStart });
  if (answer.isError) return <LoadFailure error={answer.error} retry={() => void answer.refetch()} />;
  if (!answer.data) return <LoadingRows label="The text is being read" />;
  const { text, totalChars, nextOffset } = answer.data;
  const piece = text.slice(start - sliceStart, start - sliceStart + shownChars);
  const end = start + piece.length;

  function later(): void {
    setStart(end);
    if (nextOffset !== null && end >= nextOffset) setSlices([...slices, nextOffset]);
  }

  function earlier(): void {
    const target = Math.max(0, start - shownChars);
    setStart(Math.max(target, target < sliceStart ? (slices.at(-2) ?? 0) : 0));
    if (target < sliceStart) {
      setSlices(slices.slice(0, -1));
      setStart(Math.max(slices.at(-2) ?? 0, target));
    }
  }

  return (
    <>
      <div className={styles.bar}>
        <Button onClick={() => void navigator.clipboard.writeText(piece)}>Copy text</Button>
        {totalChars > piece.length && (
          <>
            <Text role="status">
              Characters {(start + 1).toLocaleString()} to {end.toLocaleString()} of{' '}
              {totalChars.toLocaleString()}
            </Text>
            <Button disabled={start === 0} onClick={earlier}>
              Earlier
            </Button>
            <Button disabled={end >= totalChars} onClick={later}>
              Later
            </Button>
          </>
        )}
      </div>
      <pre className={styles.code} tabIndex={0} aria-label={label}>
        {visibleLines(piece)}
      </pre>
    </>
  );
}
