import { Badge, makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useMemo, useRef, useState } from 'react';
import type { Contract } from '../../../shared/contract/index.ts';
import type { OutputOf } from '../../../shared/contract/procedure.ts';
import { usePageKeys } from '../../components/page-keys.ts';
import { LoadFailure, LoadingRows, PageState } from '../../components/page-state.tsx';
import { TenantText } from '../../components/tenant-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';
import { ComparedItem } from './compared-item.tsx';
import type { ComparedSet } from './compared-set.ts';
import { differenceSigns, differenceWords } from './difference-words.ts';
import { SaveFile } from './save-file.tsx';
import { useSetsAddress } from './use-sets-address.ts';

type Comparison = OutputOf<Contract['backup-sets.compare']>;
type ComparedType = Comparison['types'][number];
type Item = ComparedType['items'][number];

const rowHeight = 36;
const narrow = '@media (max-width: 60rem)';

const useStyles = makeStyles({
  panes: {
    display: 'grid',
    gridTemplateColumns: 'minmax(16rem, 24rem) minmax(0, 1fr)',
    gap: tokens.spacingHorizontalL,
    [narrow]: { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  list: { height: '32rem', overflow: 'auto', [narrow]: { height: '14rem' } },
  rows: { position: 'relative' },
  row: {
    position: 'absolute',
    left: 0,
    right: 0,
    display: 'flex',
    alignItems: 'center',
    gap: tokens.spacingHorizontalS,
    paddingInline: tokens.spacingHorizontalS,
    whiteSpace: 'nowrap',
    overflow: 'hidden',
    boxSizing: 'border-box',
  },
  item: {
    cursor: 'pointer',
    ':hover': { backgroundColor: tokens.colorNeutralBackground3 },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  chosen: {
    backgroundColor: tokens.colorNeutralBackground3,
    boxShadow: `inset 4px 0 0 ${tokens.colorBrandForeground1}`,
  },
  detail: { minWidth: 0 },
  counts: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalM },
});

const formats = [
  ['markdown', 'Export as Markdown'],
  ['csv', 'Export as CSV'],
  ['json-patch', 'Export as JSON Patch'],
] as const;

const reasons: Readonly<Record<string, string>> = {
  only_before: 'only in the other set',
  only_after: 'only in this set',
  incomplete_before: 'incomplete in the other set',
  incomplete_after: 'incomplete in this set',
};

/** Two sets, type by type: the other one as it was, the open one as it is. */
export function SetComparison({ left, right }: { left: ComparedSet; right: ComparedSet }) {
  const styles = useStyles();
  const input = {
    tenantId: left.tenantId,
    leftId: left.backupSetId,
    rightTenantId: right.tenantId === left.tenantId ? null : right.tenantId,
    rightId: right.backupSetId,
  };
  const comparison = useProcedure('backup-sets.compare', input);
  if (comparison.isError) {
    return <LoadFailure error={comparison.error} retry={() => void comparison.refetch()} />;
  }
  if (!comparison.data) return <LoadingRows label="The sets are being compared" />;
  const { types, notCompared, counts, unchangedTypes, itemsLeftOut } = comparison.data;
  return (
    <section aria-label="Changes">
      <div className={styles.counts}>
        <Text weight="semibold" role="status">
          {`+ ${counts.added.toLocaleString()} added, ~ ${counts.changed.toLocaleString()} changed, − ${counts.removed.toLocaleString()} removed`}
        </Text>
        <Text>{unchangedTypes.toLocaleString()} policy types without a change.</Text>
        {comparison.data.pairedBy === 'id-or-name' && (
          <Text>
            A side is an import: what it lacks may never have been exported. Items are paired by id, or by
            policy type and name where the tool left the id out. Not compared are properties that only one
            side has and those that the tool writes in a form of its own.
          </Text>
        )}
        {itemsLeftOut > 0 && <Text>{itemsLeftOut.toLocaleString()} more changes are not listed.</Text>}
      </div>
      <div className={styles.counts}>
        <SaveFile
          tenantId={right.tenantId}
          permission="set.export"
          choices={formats.map(([format, words]) => ({
            words,
            wish: { kind: 'comparison', ...input, format },
          }))}
        />
      </div>
      {types.length === 0 ? (
        <PageState title="Nothing changed">
          Every policy type that can be compared is the same in both sets.
        </PageState>
      ) : (
        <Changes types={types} input={input} left={left} right={right} />
      )}
      {notCompared.length > 0 && (
        <details>
          <summary>
            {notCompared.length === 1
              ? '1 policy type is not compared'
              : `${notCompared.length.toLocaleString()} policy types are not compared`}
          </summary>
          <ul>
            {notCompared.map((type) => (
              <li key={type.typeKey}>
                {type.displayName}: {reasons[type.reason] ?? type.reason}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

type Line = { kind: 'type'; type: ComparedType } | { kind: 'item'; type: ComparedType; item: Item };

const keyOf = (item: Item) => item.rightGraphId ?? item.leftGraphId ?? '';

interface ChangesProps {
  types: readonly ComparedType[];
  input: { tenantId: string; leftId: string; rightTenantId: string | null; rightId: string };
  left: ComparedSet;
  right: ComparedSet;
}

function Changes({ types, input, left, right }: ChangesProps) {
  const styles = useStyles();
  const { address, change } = useSetsAddress();
  const scroller = useRef<HTMLDivElement>(null);
  /** Where in the item's settings N and Shift+N are. */
  const [place, setPlace] = useState<'first' | 'last'>('first');
  const lines = useMemo<Line[]>(
    () =>
      types.flatMap((type) => [
        { kind: 'type', type } as const,
        ...type.items.map((item) => ({ kind: 'item', type, item }) as const),
      ]),
    [types],
  );
  const items = useMemo(() => lines.flatMap((line) => (line.kind === 'item' ? [line] : [])), [lines]);
  const at = items.findIndex(
    (line) => line.type.typeKey === address.setType && keyOf(line.item) === address.setItem,
  );
  const open = items[at] ?? null;
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  });

  function choose(index: number, from: 'first' | 'last', focus: boolean): void {
    const target = items[Math.min(Math.max(index, 0), items.length - 1)];
    if (target === undefined) return;
    setPlace(from);
    change({ setType: target.type.typeKey, setItem: keyOf(target.item) });
    const line = lines.indexOf(target);
    virtual.scrollToIndex(line);
    if (!focus) return;
    window.requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-index="${line}"]`)?.focus(),
    );
  }

  function onKeyDown(event: KeyboardEvent, index: number): void {
    if (event.key === 'ArrowDown' || event.key === 'j') choose(index + 1, 'first', true);
    else if (event.key === 'ArrowUp' || event.key === 'k') choose(index - 1, 'first', true);
    else if (event.key === 'Enter') choose(index, 'first', false);
    else return;
    event.preventDefault();
  }

  // Before a change is chosen N begins with the first; then the item that is open has the keys.
  usePageKeys(
    open !== null
      ? []
      : [
          { key: 'n', name: 'Next change', act: () => choose(0, 'first', false) },
          { key: 'Shift+N', name: 'Previous change', act: () => choose(items.length - 1, 'last', false) },
        ],
    { above: true },
  );

  return (
    <div className={styles.panes}>
      <div ref={scroller} className={styles.list} role="listbox" aria-label="Changed items" tabIndex={-1}>
        <div role="presentation" className={styles.rows} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((row) => {
            const line = lines[row.index]!;
            const style = { height: rowHeight, transform: `translateY(${row.start}px)` };
            if (line.kind === 'type') {
              const { type } = line;
              return (
                <div key={type.typeKey} role="presentation" className={styles.row} style={style}>
                  <Text weight="semibold">{type.displayName}</Text>
                  <Badge appearance="outline" color="informative">
                    {`+${type.added.toLocaleString()} ~${type.changed.toLocaleString()} −${type.removed.toLocaleString()}`}
                  </Badge>
                </div>
              );
            }
            const index = items.indexOf(line);
            return (
              <div
                key={`${line.type.typeKey} ${keyOf(line.item)}`}
                role="option"
                aria-selected={index === at}
                data-index={row.index}
                tabIndex={index === Math.max(at, 0) ? 0 : -1}
                className={mergeClasses(styles.row, styles.item, index === at && styles.chosen)}
                style={style}
                onClick={() => choose(index, 'first', false)}
                onKeyDown={(event) => onKeyDown(event, index)}
              >
                <span aria-label={differenceWords[line.item.difference]} role="img">
                  {differenceSigns[line.item.difference]}
                </span>
                <TenantText text={line.item.name} />
              </div>
            );
          })}
        </div>
      </div>
      <div className={styles.detail}>
        {open === null ? (
          <Text>Choose an item, or press N for the first change.</Text>
        ) : (
          <ComparedItem
            key={`${open.type.typeKey} ${keyOf(open.item)}`}
            input={input}
            left={left}
            right={right}
            typeKey={open.type.typeKey}
            item={open.item}
            startAt={place}
            onLeave={(step) => choose(at + step, step === 1 ? 'first' : 'last', false)}
          />
        )}
      </div>
    </div>
  );
}
