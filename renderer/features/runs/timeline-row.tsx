import { memo, useLayoutEffect, useMemo, useRef } from 'react';
import { useInTurn } from '../../components/use-in-turn.ts';
import type { TimelineRow } from '../../../shared/contract/run-views.ts';
import { stateSigns } from '../../components/state-signs.ts';
import { shortText, TenantText } from '../../components/tenant-text.tsx';
import { type PlacedBar, placeBand, placeBars, placeSlots, type TimelineView } from './timeline-geometry.ts';
import type { Drawing, TimelineLayers } from './timeline-layers.ts';
import { useBarClasses, useTimelineStyles } from './timeline-styles.ts';

interface TimelineRowProps {
  row: TimelineRow;
  top: number;
  view: TimelineView;
  width: number;
  nowMs: number;
  layers: TimelineLayers;
}

/** One row: its name at once, its bars in their turn. The table is its screen-reader form. */
export const TimelineRowView = memo(function TimelineRowView({
  row,
  top,
  view,
  width,
  nowMs,
  layers,
}: TimelineRowProps) {
  const styles = useTimelineStyles();
  const drawing = useInTurn(useMemo(() => ({ row, view, width, nowMs }), [row, view, width, nowMs]));
  return (
    <div className={styles.row} data-row={row.key} style={{ transform: `translateY(${top}px)` }}>
      <div
        className={styles.name}
        title={row.tenantName === null ? undefined : `${shortText(row.tenantName)} ▸ ${shortText(row.name)}`}
      >
        {row.tenantName !== null && (
          <>
            <TenantText text={row.tenantName} /> ▸{' '}
          </>
        )}
        <TenantText text={row.name} />
      </div>
      <div className={styles.track} data-track>
        <Bars drawing={drawing} layers={layers} />
      </div>
    </div>
  );
});

/** Drawn again only for a drawing of its own. */
const Bars = memo(function Bars({ drawing, layers }: { drawing: Required<Drawing>; layers: TimelineLayers }) {
  const { row, view, width, nowMs } = drawing;
  const styles = useTimelineStyles();
  const barClasses = useBarClasses();
  const layer = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => layers.show(layer.current!, drawing), [layers, drawing]);
  return (
    <div ref={layer} className={styles.moving} data-moving>
      {row.pauses.map((pause) => {
        const band = placeBand(
          Date.parse(pause.from),
          pause.to === null ? nowMs : Date.parse(pause.to),
          view,
          width,
        );
        return (
          band !== null && (
            <div
              key={pause.from}
              className={styles.pause}
              style={{ marginLeft: band.left, width: band.width }}
            >
              {band.width > 60 && 'Paused'}
            </div>
          )
        );
      })}
      {placeBars(row.bars, view, width, nowMs).map((bar, index) => (
        <div
          // By its place, not its time: a redraw changes elements rather than throwing them away.
          key={index}
          className={barClasses[bar.state]}
          style={{ marginLeft: bar.left, width: bar.width }}
          data-start={bar.startMs}
          data-count={bar.count > 1 ? bar.count : undefined}
        >
          {barText(bar)}
        </div>
      ))}
      {placeSlots(row.slots, view, width).map((slot, index) => (
        <div key={index} className={styles.slot} style={{ marginLeft: slot.left }} data-slot={slot.firstMs}>
          {slot.count > 1 && slot.count}
        </div>
      ))}
    </div>
  );
});

/** Number of runs, or the sign of the only one, where the bar has room for it: nothing cuts what is too long. */
function barText({ count, state, width }: PlacedBar): string | number | null {
  const text = count > 1 ? count : stateSigns[state];
  return width >= 5 + 7 * String(text).length ? text : null;
}
