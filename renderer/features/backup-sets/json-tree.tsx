import { Button, Input, makeStyles, mergeClasses, Text, tokens } from '@fluentui/react-components';
import { ChevronDown16Regular, ChevronRight16Regular } from '@fluentui/react-icons';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useMemo, useRef, useState } from 'react';
import { shortText, visibleText } from '../../components/tenant-text.tsx';
import { findInTree, parseDocument, placesAbove, type TreeRow, treeRows } from './json-tree-rows.ts';

const rowHeight = 24;
/** Deeper lines are not moved further to the right, or they would leave the window. */
const deepest = 20;

const useStyles = makeStyles({
  bar: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalS },
  scroller: {
    height: '24rem',
    overflow: 'auto',
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    backgroundColor: tokens.colorNeutralBackground3,
    borderRadius: tokens.borderRadiusMedium,
  },
  rows: { position: 'relative', minWidth: '100%' },
  row: {
    position: 'absolute',
    left: 0,
    right: 0,
    display: 'flex',
    alignItems: 'center',
    gap: tokens.spacingHorizontalXS,
    whiteSpace: 'nowrap',
    overflow: 'hidden',
    cursor: 'default',
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  selected: { boxShadow: `inset 4px 0 0 ${tokens.colorBrandForeground1}` },
  hit: { fontWeight: tokens.fontWeightBold },
  fold: { display: 'inline-flex', width: '16px', flexShrink: 0 },
  name: {
    color: tokens.colorBrandForeground1,
    flexShrink: 0,
    maxWidth: '50%',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
  },
  value: { overflow: 'hidden', textOverflow: 'ellipsis' },
  note: { color: tokens.colorNeutralForeground2, fontFamily: tokens.fontFamilyBase },
  whole: {
    margin: 0,
    maxHeight: '10rem',
    overflow: 'auto',
    whiteSpace: 'pre-wrap',
    wordBreak: 'break-all',
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
  },
});

interface JsonTreeProps {
  text: string;
  /** What stands in words beside a value: the name behind an id, or why there is no value. */
  noteOf: (pointer: string, value: string) => string | null;
}

/** A document as a tree that is unfolded line by line; only the lines in sight are in the page. */
export function JsonTree({ text, noteOf }: JsonTreeProps) {
  const styles = useStyles();
  const scroller = useRef<HTMLDivElement>(null);
  const document_ = useMemo(() => parseDocument(text), [text]);
  const [open, setOpen] = useState<ReadonlySet<string>>(() => new Set(['']));
  const [selected, setSelected] = useState('');
  const [find, setFind] = useState('');
  const rows = useMemo(() => treeRows(document_, (pointer) => open.has(pointer)), [document_, open]);
  const hits = useMemo(() => findInTree(document_, find), [document_, find]);
  const hitSet = useMemo(() => new Set(hits), [hits]);
  const index = Math.max(
    0,
    rows.findIndex((row) => row.pointer === selected),
  );
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 20,
  });

  function select(pointer: string, at: number, focus: boolean): void {
    setSelected(pointer);
    virtual.scrollToIndex(at);
    if (!focus) return;
    window.requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-index="${at}"]`)?.focus(),
    );
  }

  function fold(row: TreeRow, expanded: boolean): void {
    const next = new Set(open);
    if (expanded) next.add(row.pointer);
    else next.delete(row.pointer);
    setOpen(next);
  }

  function goToHit(step: 1 | -1): void {
    if (hits.length === 0) return;
    const at = hits.indexOf(selected);
    const target =
      hits[(at === -1 ? (step === 1 ? 0 : hits.length - 1) : at + step + hits.length) % hits.length]!;
    const unfolded = new Set([...open, ...placesAbove(target)]);
    setOpen(unfolded);
    const place = treeRows(document_, (pointer) => unfolded.has(pointer)).findIndex(
      (row) => row.pointer === target,
    );
    setSelected(target);
    window.requestAnimationFrame(() => virtual.scrollToIndex(place, { align: 'center' }));
  }

  function onKeyDown(event: KeyboardEvent, at: number): void {
    const row = rows[at]!;
    const folds = row.kind === 'object' || row.kind === 'array';
    const move = (to: number) => {
      const target = rows[Math.min(Math.max(to, 0), rows.length - 1)]!;
      select(target.pointer, rows.indexOf(target), true);
    };
    if (event.key === 'ArrowDown') move(at + 1);
    else if (event.key === 'ArrowUp') move(at - 1);
    else if (event.key === 'Home') move(0);
    else if (event.key === 'End') move(rows.length - 1);
    else if (event.key === 'ArrowRight' && folds && !row.expanded) fold(row, true);
    else if (event.key === 'ArrowLeft' && folds && row.expanded) fold(row, false);
    else if (event.key === 'ArrowLeft') {
      move(rows.findLastIndex((above, position) => position < at && above.depth < row.depth));
    } else if (event.key === 'Enter' && folds) fold(row, !row.expanded);
    else return;
    event.preventDefault();
  }

  const current = rows[index]!;
  return (
    <>
      <div className={styles.bar}>
        <Input
          aria-label="Find in this item"
          placeholder="Find in this item"
          value={find}
          onChange={(_event, data) => setFind(data.value.slice(0, 200))}
          onKeyDown={(event) => event.key === 'Enter' && goToHit(event.shiftKey ? -1 : 1)}
        />
        <Button disabled={hits.length === 0} onClick={() => goToHit(-1)}>
          Previous match
        </Button>
        <Button disabled={hits.length === 0} onClick={() => goToHit(1)}>
          Next match
        </Button>
        <Text role="status">
          {find === '' ? '' : `${hits.length.toLocaleString()} ${hits.length === 1 ? 'match' : 'matches'}`}
        </Text>
        <Button onClick={() => setOpen(new Set(treeRows(document_, () => true).map((row) => row.pointer)))}>
          Unfold all
        </Button>
        <Button onClick={() => setOpen(new Set(['']))}>Fold all</Button>
      </div>
      <div ref={scroller} role="tree" aria-label="Settings" className={styles.scroller}>
        <div role="presentation" className={styles.rows} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index]!;
            const folds = row.kind === 'object' || row.kind === 'array';
            const note = noteOf(row.pointer, row.text);
            return (
              <div
                key={row.pointer}
                role="treeitem"
                data-index={item.index}
                aria-level={row.depth + 1}
                aria-expanded={folds ? row.expanded : undefined}
                aria-selected={item.index === index}
                tabIndex={item.index === index ? 0 : -1}
                className={mergeClasses(
                  styles.row,
                  item.index === index && styles.selected,
                  hitSet.has(row.pointer) && styles.hit,
                )}
                style={{
                  height: rowHeight,
                  transform: `translateY(${item.start}px)`,
                  paddingLeft: 8 + Math.min(row.depth, deepest) * 14,
                }}
                onClick={() => {
                  setSelected(row.pointer);
                  if (folds) fold(row, !row.expanded);
                }}
                onFocus={() => setSelected(row.pointer)}
                onKeyDown={(event) => onKeyDown(event, item.index)}
              >
                <span className={styles.fold} aria-hidden>
                  {folds && (row.expanded ? <ChevronDown16Regular /> : <ChevronRight16Regular />)}
                </span>
                {row.name !== null && <bdi className={styles.name}>{shortText(row.name)}:</bdi>}
                <bdi className={styles.value}>{shownValue(row)}</bdi>
                {note !== null && <bdi className={styles.note}>{shortText(note)}</bdi>}
              </div>
            );
          })}
        </div>
      </div>
      <section aria-label="Selected setting">
        <div className={styles.bar}>
          <Text>
            <code>{shortText(current.pointer === '' ? '/' : current.pointer)}</code>
          </Text>
          <Button size="small" onClick={() => void navigator.clipboard.writeText(current.pointer)}>
            Copy path
          </Button>
          <Button
            size="small"
            disabled={current.kind === 'object' || current.kind === 'array'}
            onClick={() => void navigator.clipboard.writeText(current.text)}
          >
            Copy value
          </Button>
          <Text>{noteOf(current.pointer, current.text) ?? ''}</Text>
        </div>
        {current.text.length > 100 && (
          <pre className={styles.whole} tabIndex={0}>
            <bdi>{visibleText(current.text.slice(0, 20_000))}</bdi>
            {current.text.length > 20_000 && '…'}
          </pre>
        )}
      </section>
    </>
  );
}

function shownValue(row: TreeRow): string {
  if (row.kind === 'object') return row.size === 1 ? '1 setting' : `${row.size.toLocaleString()} settings`;
  if (row.kind === 'array') return row.size === 1 ? '1 value' : `${row.size.toLocaleString()} values`;
  return row.kind === 'string' ? `"${shortText(row.text)}"` : row.text.slice(0, 200);
}
