import { Button, Checkbox, makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components';
import { useRef, useState } from 'react';
import type { Contract } from '../../../shared/contract/index.ts';
import type { OutputOf } from '../../../shared/contract/procedure.ts';
import { usePageKeys } from '../../components/page-keys.ts';
import { LoadFailure, LoadingRows } from '../../components/page-state.tsx';
import { shortText, TenantText, visibleLines } from '../../components/tenant-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';
import type { ComparedSet } from './compared-set.ts';
import { differenceSigns, differenceWords } from './difference-words.ts';
import { ItemView } from './item-view.tsx';

type Item = OutputOf<Contract['backup-sets.compare']>['types'][number]['items'][number];
type Change = OutputOf<Contract['backup-sets.compare-item']>['changes'][number];

const useStyles = makeStyles({
  bar: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalM },
  changes: { display: 'grid', gap: tokens.spacingVerticalM, padding: 0, margin: 0, listStyleType: 'none' },
  change: {
    borderLeft: `4px solid transparent`,
    paddingLeft: tokens.spacingHorizontalS,
    minWidth: 0,
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  current: { borderLeftColor: tokens.colorBrandForeground1 },
  path: { overflowWrap: 'anywhere' },
  values: { display: 'grid', gap: tokens.spacingHorizontalS },
  beside: {
    gridTemplateColumns: 'minmax(0, 1fr) minmax(0, 1fr)',
    '@media (max-width: 48rem)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  value: {
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    whiteSpace: 'pre-wrap',
    wordBreak: 'break-all',
    margin: 0,
    maxHeight: '16rem',
    overflow: 'auto',
    padding: tokens.spacingHorizontalS,
    backgroundColor: tokens.colorNeutralBackground3,
    color: tokens.colorNeutralForeground1,
  },
});

interface ComparedItemProps {
  input: { tenantId: string; leftId: string; rightTenantId: string | null; rightId: string };
  left: ComparedSet;
  right: ComparedSet;
  typeKey: string;
  item: Item;
  /** Which of its changes N comes to first. */
  startAt: 'first' | 'last';
  /** N behind the last change, or Shift+N before the first one. */
  onLeave: (step: 1 | -1) => void;
}

/** One item of a comparison: what changed in it by setting, or the whole of what was added or removed. */
export function ComparedItem(props: ComparedItemProps) {
  const { item, left, right, typeKey } = props;
  if (item.difference === 'changed') return <ChangedItem {...props} />;
  const set = item.difference === 'added' ? right : left;
  const graphId = (item.difference === 'added' ? item.rightGraphId : item.leftGraphId) ?? '';
  return (
    <>
      <Text block>
        {item.difference === 'added'
          ? 'Added: the other set does not have this item.'
          : 'Removed: this is its last version, as the other set holds it.'}
      </Text>
      <LeaveByKey onLeave={props.onLeave} />
      <ItemView tenantId={set.tenantId} backupSetId={set.backupSetId} typeKey={typeKey} graphId={graphId} />
    </>
  );
}

function LeaveByKey({ onLeave }: { onLeave: (step: 1 | -1) => void }) {
  useChangeKeys((step) => onLeave(step));
  return null;
}

/** Calls back for N and Shift+N. */
function useChangeKeys(onStep: (step: 1 | -1) => void): void {
  usePageKeys(
    [
      { key: 'n', name: 'Next change', act: () => onStep(1) },
      { key: 'Shift+N', name: 'Previous change', act: () => onStep(-1) },
    ],
    { above: true },
  );
}

function ChangedItem({ input, typeKey, item, startAt, onLeave }: ComparedItemProps) {
  const styles = useStyles();
  const [withVolatile, setWithVolatile] = useState(false);
  const [beside, setBeside] = useState(true);
  const [chosen, setChosen] = useState<number | null>(null);
  const list = useRef<HTMLOListElement>(null);
  const answer = useProcedure('backup-sets.compare-item', {
    ...input,
    typeKey,
    leftGraphId: item.leftGraphId,
    rightGraphId: item.rightGraphId,
    withVolatile,
  });
  const changes = answer.data?.changes ?? [];
  const current = chosen ?? (startAt === 'first' ? 0 : changes.length - 1);

  function step(by: 1 | -1): void {
    const target = current + by;
    if (target < 0 || target >= changes.length) return onLeave(by);
    setChosen(target);
    list.current?.children[target]?.scrollIntoView({ block: 'nearest' });
  }
  useChangeKeys(step);

  return (
    <>
      <div className={styles.bar}>
        <Text as="h3" weight="semibold">
          <TenantText text={item.name} />
        </Text>
        <Button onClick={() => step(-1)}>Previous change</Button>
        <Button onClick={() => step(1)}>Next change</Button>
        <Checkbox
          label="Side by side"
          checked={beside}
          onChange={(_event, data) => setBeside(data.checked === true)}
        />
        <Checkbox
          label="Also what Microsoft changes by itself"
          checked={withVolatile}
          onChange={(_event, data) => setWithVolatile(data.checked === true)}
        />
      </div>
      {answer.isError && <LoadFailure error={answer.error} retry={() => void answer.refetch()} />}
      {answer.isPending && <LoadingRows label="The item is being compared" />}
      {answer.isSuccess && changes.length === 0 && (
        <Text block>Its settings are the same; its name changed.</Text>
      )}
      <ol ref={list} className={styles.changes} aria-label="Changed settings">
        {changes.map((change, index) => (
          <li
            key={`${change.path} ${change.difference}`}
            aria-current={index === current ? 'true' : undefined}
            className={mergeClasses(styles.change, index === current && styles.current)}
          >
            <ChangedSetting change={change} beside={beside} />
          </li>
        ))}
      </ol>
      {answer.data !== undefined && answer.data.changesLeftOut > 0 && (
        <Text block>{answer.data.changesLeftOut.toLocaleString()} more changes are not listed.</Text>
      )}
    </>
  );
}

function ChangedSetting({ change, beside }: { change: Change; beside: boolean }) {
  const styles = useStyles();
  return (
    <>
      <Text block className={styles.path}>
        {differenceSigns[change.difference]} {differenceWords[change.difference]}:{' '}
        <code>{shortText(change.path)}</code>
        {change.secret && ' Secret: it changed, its value is never shown.'}
        {change.volatile && ' Microsoft changes this by itself.'}
        {change.readable && ' Decoded from base64.'}
      </Text>
      <div className={mergeClasses(styles.values, beside && styles.beside)}>
        <Value sign="−" label="Before" text={change.before} beside={beside} />
        <Value sign="+" label="After" text={change.after} beside={beside} />
      </div>
      {change.cut > 0 && <Text>{change.cut.toLocaleString()} characters are not shown.</Text>}
    </>
  );
}

interface ValueProps {
  sign: string;
  label: string;
  text: string | null;
  beside: boolean;
}

function Value({ sign, label, text, beside }: ValueProps) {
  const styles = useStyles();
  if (text === null) return beside ? <span /> : null;
  return (
    <pre className={styles.value} tabIndex={0} aria-label={label}>
      {sign} {visibleLines(text)}
    </pre>
  );
}
