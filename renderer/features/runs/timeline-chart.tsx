import { useVirtualizer } from '@tanstack/react-virtual';
import {
  type MouseEvent,
  type ReactNode,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import type { TimelineRow } from '../../../shared/contract/run-views.ts';
import { offsetOfZone, shownZone } from '../../components/format-time.ts';
import { useNow } from '../../components/use-now.ts';
import { usePreferences } from '../../state/preferences.ts';
import type { RunsSearch } from './runs-search.ts';
import { TimelineCard, type TimelineTarget, targetOf } from './timeline-card.tsx';
import { axisTicks, type TimelineView, xOf } from './timeline-geometry.ts';
import { TimelineLayers } from './timeline-layers.ts';
import { TimelineRowView } from './timeline-row.tsx';
import { labelWidth, rowHeight, useTimelineStyles } from './timeline-styles.ts';
import { useTimelineGestures } from './use-timeline-gestures.ts';

interface TimelineChartProps {
  rows: readonly TimelineRow[];
  view: TimelineView;
  /** Whether the rows are those of an earlier view, until the answer for this one is there. */
  awaited: boolean;
  /** The database's time, and when this computer read it. */
  now: { ms: number; readMs: number };
  onView: (view: TimelineView) => void;
  onFit: () => void;
  onWidth: (width: number) => void;
  onChange: (next: Partial<RunsSearch>) => void;
  loadMore: () => void;
}

/** The bars: only visible rows are in the page, positions come from timeline-geometry. */
export function TimelineChart(props: TimelineChartProps) {
  const { rows, view, onWidth, loadMore } = props;
  // Drawn once for a new view: until its runs are there, the rows stand in it as a picture of the last one.
  const [drawnView, setDrawnView] = useState(view);
  if (!props.awaited && drawnView !== view) setDrawnView(view);
  const styles = useTimelineStyles();
  const scroller = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(1000);
  const [layers] = useState(() => new TimelineLayers(view, width));
  const [target, setTarget] = useState<TimelineTarget | null>(null);
  // Rows are drawn by the minute, the now line every second.
  const tick = useNow();
  const nowMs = props.now.ms + Math.max(0, tick - props.now.readMs);
  const minute = Math.floor(nowMs / 60_000) * 60_000;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 4,
  });

  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => {
      const next = Math.max(200, element.clientWidth - labelWidth);
      setWidth(next);
      onWidth(next);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [onWidth]);

  const items = virtual.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (lastShown >= rows.length - 10) loadMore();
  }, [lastShown, rows.length, loadMore]);

  const gestures = useTimelineGestures({
    scroller,
    layers,
    view,
    width,
    nowMs,
    onView: props.onView,
    onFit: props.onFit,
  });
  const open = (event: MouseEvent) => {
    const chosen = targetOf(event.target as HTMLElement, layers);
    if (chosen?.runId === undefined || chosen.tenantId === null) return;
    props.onChange({ run: chosen.runId, runTenant: chosen.tenantId });
  };
  const nowX = xOf(nowMs, view, width);

  return (
    <>
      <div
        ref={scroller}
        className={styles.scroller}
        role="region"
        aria-label="Timeline of runs"
        aria-description="Plus and minus zoom, arrow keys move, 0 fits. The switch As table shows the same as a table."
        tabIndex={0}
        onKeyDown={gestures.onKeyDown}
        {...gestures.pointer}
        onClick={open}
        onMouseOver={(event) => {
          const next = targetOf(event.target as HTMLElement, layers);
          if (next !== null) setTarget(next);
        }}
      >
        <Axis
          layers={layers}
          view={view}
          width={width}
          label={rows[0]?.tenantName === null ? 'Host' : 'Tenant ▸ schedule'}
        />
        <div className={styles.body} style={{ height: virtual.getTotalSize() }} aria-hidden>
          {items.map((item) => {
            const row = rows[item.index]!;
            return (
              <TimelineRowView
                key={row.key}
                row={row}
                top={item.start}
                view={drawnView}
                width={width}
                nowMs={minute}
                layers={layers}
              />
            );
          })}
          <Overlay>
            {nowX >= 0 && nowX <= width && (
              <Layer layers={layers} view={view} width={width}>
                <div className={styles.now} style={{ left: nowX }} data-now />
              </Layer>
            )}
            {gestures.brush && (
              <div
                className={styles.brush}
                style={{
                  left: Math.min(gestures.brush.fromX, gestures.brush.toX),
                  width: Math.abs(gestures.brush.toX - gestures.brush.fromX),
                }}
              />
            )}
          </Overlay>
        </div>
      </div>
      {target !== null && (
        <TimelineCard
          key={`${target.name} ${target.fromMs}`}
          target={target}
          onChange={props.onChange}
          onClose={() => setTarget(null)}
        />
      )}
    </>
  );
}

function Overlay({ children }: { children: ReactNode }) {
  return (
    <div
      style={{
        position: 'absolute',
        left: labelWidth,
        right: 0,
        top: 0,
        bottom: 0,
        overflow: 'hidden',
        pointerEvents: 'none',
      }}
    >
      {children}
    </div>
  );
}

interface LayerProps {
  layers: TimelineLayers;
  view: TimelineView;
  width: number;
}

function Layer({ layers, view, width, children }: LayerProps & { children: ReactNode }) {
  const styles = useTimelineStyles();
  const layer = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => layers.show(layer.current!, { view, width }), [layers, view, width]);
  return (
    <div ref={layer} className={styles.moving} data-moving>
      {children}
    </div>
  );
}

function Axis({ layers, view, width, label }: LayerProps & { label: string }) {
  const styles = useTimelineStyles();
  const zone = usePreferences((state) => shownZone(state.zone, null));
  const ticks = useMemo(() => axisTicks(view, width, (ms) => offsetOfZone(ms, zone)), [view, width, zone]);
  const day = new Intl.DateTimeFormat('en-GB', { timeZone: zone, day: 'numeric', month: 'short' });
  const time = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit' });
  return (
    <div className={styles.axis} data-axis aria-hidden>
      <div className={styles.axisLabel}>{label}</div>
      <div className={styles.axisTrack}>
        <Layer layers={layers} view={view} width={width}>
          {ticks.map((tick) => (
            <div key={tick.ms} className={styles.tick} style={{ left: tick.left }}>
              {(tick.wholeDay ? day : time).format(tick.ms)}
            </div>
          ))}
        </Layer>
      </div>
    </div>
  );
}
