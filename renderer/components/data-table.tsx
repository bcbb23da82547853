import { Button, Checkbox, makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { useVirtualizer } from '@tanstack/react-virtual';
import {
  type KeyboardEvent,
  memo,
  type ReactNode,
  type RefObject,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { type Density, usePreferences } from '../state/preferences.ts';
import { fittingColumns, leastWidth } from './fitting-columns.ts';
import { usePageKeys } from './page-keys.ts';

export interface Column<Row> {
  key: string;
  title: string;
  /** CSS grid track, such as `8rem` or `minmax(10rem, 2fr)`. */
  width: string;
  /** Leaves, the last first, where the table has no room for all columns. */
  optional?: true;
  cell: (row: Row) => ReactNode;
}

/** Rows that a bulk action will be about, by their keys. */
export interface RowSelection<Row> {
  keys: ReadonlySet<string>;
  onChange: (keys: ReadonlySet<string>) => void;
  /** Accessible name of the box of a row. */
  nameOf: (row: Row) => string;
}

interface DataTableProps<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  onOpen?: (row: Row) => void;
  /** All rows that match on the server, where it is known; told to screen readers although rows are virtual. */
  total?: number | null;
  /** Present while the server has more rows. */
  loadMore?: (() => void) | undefined;
  loadingMore?: boolean;
  /** Asks for more by itself when the last rows come into sight. */
  loadAtEnd?: boolean;
  /** Key of the row whose detail is open. */
  selectedKey?: string | null;
  /** The open detail may hold something unsaved: the keys [ and ] do not replace it. */
  keepsDrawer?: boolean;
  /** Present where rows can be chosen: a box a row, Space, and Shift with Space from the last one chosen. */
  selection?: RowSelection<Row>;
  /** Told which row has the focus, for keys of the page that act on it. */
  onFocusRow?: (row: Row) => void;
}

const rowHeights: Readonly<Record<Density, number>> = { compact: 32, normal: 40, roomy: 52 };

const useStyles = makeStyles({
  scroller: {
    overflow: 'auto',
    height: '100%',
    minHeight: '12rem',
    backgroundColor: tokens.colorNeutralBackground1,
  },
  row: {
    display: 'grid',
    alignItems: 'center',
    columnGap: tokens.spacingHorizontalM,
    paddingInline: tokens.spacingHorizontalL,
    borderBottom: `1px solid ${tokens.colorNeutralStroke3}`,
    width: '100%',
    boxSizing: 'border-box',
  },
  header: {
    position: 'sticky',
    top: 0,
    zIndex: 1,
    backgroundColor: tokens.colorNeutralBackground3,
    fontWeight: tokens.fontWeightSemibold,
    minHeight: '2rem',
  },
  body: { position: 'relative' },
  focusable: { ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` } },
  bodyRow: {
    position: 'absolute',
    left: 0,
    ':hover': { backgroundColor: tokens.colorNeutralBackground3 },
  },
  opens: {
    cursor: 'pointer',
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
  },
  // A bar instead of a strong ground: cells have colours of their own, which must stay readable in every theme.
  selected: {
    backgroundColor: tokens.colorNeutralBackground3,
    boxShadow: `inset 4px 0 0 ${tokens.colorBrandForeground1}`,
  },
  cell: { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  more: { padding: tokens.spacingHorizontalL },
});

const boxWidth = '2rem';
/** Tokens M and L of the theme, which are the same in all of them. */
const gapPx = 12;
const paddingPx = 16;

/**
 * A long list: only visible rows are in the page, the header stays, the arrow keys and J and K move, Enter
 * opens. Sorting, filtering and counting happen on the server.
 */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { rows, rowKey, onOpen, selectedKey = null, selection } = props;
  const styles = useStyles();
  const density = usePreferences((state) => state.density);
  const scroller = useRef<HTMLDivElement>(null);
  const columns = useFittingColumns(props.columns, scroller, selection !== undefined);
  const [focused, setFocused] = useState(0);
  const anchor = useRef(0);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeights[density],
    overscan: 12,
  });
  // The rows that were measured keep their height until they are measured again.
  useEffect(() => virtual.measure(), [virtual, density]);
  // Every row is a grid of its own, so all get the same least width; otherwise a long text would move its columns.
  const tracks = [...(selection ? [boxWidth] : []), ...columns.map((column) => column.width)];
  const template = {
    gridTemplateColumns: tracks.join(' '),
    minWidth: `calc(${tracks.map(leastWidth).join(' + ')} + ${tracks.length - 1} * ${tokens.spacingHorizontalM} + 2 * ${tokens.spacingHorizontalL})`,
  };
  const opens = onOpen !== undefined;

  const { loadMore, loadingMore = false, loadAtEnd = false } = props;
  const endInSight = (virtual.getVirtualItems().at(-1)?.index ?? 0) >= rows.length - 1;
  useEffect(() => {
    if (loadAtEnd && endInSight && !loadingMore) loadMore?.();
  }, [loadAtEnd, endInSight, loadingMore, loadMore]);

  function moveTo(index: number): void {
    const target = Math.min(Math.max(index, 0), rows.length - 1);
    setFocused(target);
    virtual.scrollToIndex(target);
    const element = () => scroller.current?.querySelector<HTMLElement>(`[data-index="${target}"]`);
    // At once where the row is drawn: the next key may come before the next frame, and belongs to that row.
    const drawn = element();
    if (drawn) drawn.focus();
    else window.requestAnimationFrame(() => element()?.focus());
  }

  useDrawerSteps({
    rows,
    openIndex: selectedKey === null ? -1 : rows.findIndex((row) => rowKey(row) === selectedKey),
    onOpen: props.keepsDrawer === true ? undefined : onOpen,
    scrollTo: (index) => virtual.scrollToIndex(index),
  });

  function choose(index: number, extend: boolean): void {
    if (selection === undefined) return;
    const keys = new Set(selection.keys);
    const key = rowKey(rows[index]!);
    if (extend) {
      const [from, to] = [Math.min(anchor.current, index), Math.max(anchor.current, index)];
      for (const row of rows.slice(from, to + 1)) keys.add(rowKey(row));
    } else if (!keys.delete(key)) keys.add(key);
    if (!extend) anchor.current = index;
    selection.onChange(keys);
  }

  function onKeyDown(event: KeyboardEvent, index: number, row: Row): void {
    const onRow = event.target === event.currentTarget;
    if (event.key === 'ArrowDown' || event.key === 'j') moveTo(index + 1);
    else if (event.key === 'ArrowUp' || event.key === 'k') moveTo(index - 1);
    else if (event.key === 'Enter' && onRow) onOpen?.(row);
    else if (event.key === ' ' && onRow && selection) choose(index, event.shiftKey);
    else return;
    event.preventDefault();
  }

  return (
    <div
      ref={scroller}
      className={mergeClasses(styles.scroller, styles.focusable)}
      // A scrolling region without a focusable row must be focusable itself.
      tabIndex={opens ? undefined : 0}
      role={opens ? 'grid' : 'table'}
      aria-label={props.label}
      aria-rowcount={(props.total ?? rows.length) + 1}
      aria-colcount={tracks.length}
      aria-multiselectable={selection ? true : undefined}
    >
      <div role="rowgroup">
        <div
          role="row"
          aria-rowindex={1}
          className={mergeClasses(styles.row, styles.header)}
          style={template}
        >
          {selection && (
            <div role="columnheader">
              <Checkbox
                aria-label="Select all rows"
                checked={
                  selection.keys.size === 0 ? false : selection.keys.size < rows.length ? 'mixed' : true
                }
                onChange={(_event, data) =>
                  selection.onChange(new Set(data.checked === true ? rows.map(rowKey) : []))
                }
              />
            </div>
          )}
          {columns.map((column) => (
            <div role="columnheader" key={column.key} className={styles.cell}>
              {column.title}
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" className={styles.body} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index]!;
          const key = rowKey(row);
          return (
            <div
              role="row"
              key={key}
              data-index={item.index}
              aria-rowindex={item.index + 2}
              aria-selected={opens ? key === selectedKey : undefined}
              tabIndex={opens ? (item.index === focused ? 0 : -1) : undefined}
              className={mergeClasses(
                styles.row,
                styles.bodyRow,
                opens && styles.opens,
                key === selectedKey && styles.selected,
              )}
              style={{ ...template, height: item.size, transform: `translateY(${item.start}px)` }}
              onClick={() => onOpen?.(row)}
              onFocus={() => {
                setFocused(item.index);
                props.onFocusRow?.(row);
              }}
              onKeyDown={(event) => onKeyDown(event, item.index, row)}
            >
              {selection && (
                <div role={opens ? 'gridcell' : 'cell'} onClick={(event) => event.stopPropagation()}>
                  <Checkbox
                    aria-label={selection.nameOf(row)}
                    checked={selection.keys.has(key)}
                    onChange={(event) => choose(item.index, (event.nativeEvent as MouseEvent).shiftKey)}
                  />
                </div>
              )}
              <RowCells
                row={row}
                columns={columns}
                role={opens ? 'gridcell' : 'cell'}
                className={styles.cell}
              />
            </div>
          );
        })}
      </div>
      {props.loadMore && (
        <div className={styles.more}>
          <Button onClick={props.loadMore} disabled={props.loadingMore === true}>
            {props.loadingMore === true ? 'Loading…' : 'Show more'}
          </Button>
        </div>
      )}
    </div>
  );
}

/** Those columns for which the table is wide enough; all of them until it was measured. */
function useFittingColumns<Row>(
  columns: readonly Column<Row>[],
  scroller: RefObject<HTMLDivElement | null>,
  hasBoxes: boolean,
): readonly Column<Row>[] {
  const [widthPx, setWidthPx] = useState(Infinity);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const measure = () => setWidthPx(element.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller]);
  return useMemo(() => {
    const remPx = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    const besidePx = 2 * paddingPx + (hasBoxes ? Number.parseFloat(boxWidth) * remPx + gapPx : 0);
    return fittingColumns(columns, { widthPx, remPx, gapPx, besidePx });
  }, [columns, widthPx, hasBoxes]);
}

/** [ and ] open the row before and after the one whose detail is open. */
function useDrawerSteps<Row>(options: {
  rows: readonly Row[];
  openIndex: number;
  onOpen: ((row: Row) => void) | undefined;
  scrollTo: (index: number) => void;
}): void {
  const { rows, openIndex, onOpen, scrollTo } = options;
  const step = (by: number) => {
    const index = openIndex + by;
    const row = rows[index];
    // A dialog over the detail is about that one.
    const dialogs = document.querySelectorAll('[role="dialog"][aria-modal="true"]').length;
    if (row === undefined || dialogs > 1) return;
    scrollTo(index);
    onOpen?.(row);
  };
  const isOpen = openIndex !== -1 && onOpen !== undefined;
  usePageKeys(
    isOpen
      ? [
          {
            key: '[',
            name: 'Open previous row',
            act: () => step(-1),
            unavailable: openIndex === 0 ? 'This is the first row.' : null,
          },
          {
            key: ']',
            name: 'Open next row',
            act: () => step(1),
            unavailable: openIndex === rows.length - 1 ? 'This is the last row that is loaded.' : null,
          },
        ]
      : [],
    { above: true },
  );
}

/**
 * The cells of one row, drawn anew only when the row itself or the columns changed: scrolling draws the table sixty
 * times a second.
 */
const RowCells = memo(function RowCells<Row>(props: {
  row: Row;
  columns: readonly Column<Row>[];
  role: 'gridcell' | 'cell';
  className: string;
}) {
  return props.columns.map((column) => (
    <div role={props.role} key={column.key} className={props.className}>
      {column.cell(props.row)}
    </div>
  ));
}) as <Row>(props: {
  row: Row;
  columns: readonly Column<Row>[];
  role: 'gridcell' | 'cell';
  className: string;
}) => ReactNode;
