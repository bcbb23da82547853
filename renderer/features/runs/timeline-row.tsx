import { mergeClasses } from '@fluentui/react-components';
import { memo } from 'react';
import type { TimelineRow } from '../../../shared/contract/run-views.ts';
import type { RunState } from '../../../shared/model/run-states.ts';
import { stateSigns } from '../../components/state-signs.ts';
import { shortText, TenantText } from '../../components/tenant-text.tsx';
import { placeBand, placeBars, placeSlots, type TimelineView } from './timeline-geometry.ts';
import { useBarStyles, useTimelineStyles } from './timeline-styles.ts';

interface TimelineRowProps {
  row: TimelineRow;
  top: number;
  view: TimelineView;
  width: number;
  nowMs: number;
}

/** One row, drawn again only when its own data or the view has changed. The table is its screen-reader form. */
export const TimelineRowView = memo(function TimelineRowView({
  row,
  top,
  view,
  width,
  nowMs,
}: TimelineRowProps) {
  const styles = useTimelineStyles();
  const barStyles = useBarStyles();
  const classes = new Map<RunState, string>();
  const classOf = (state: RunState): string => {
    const known = classes.get(state) ?? mergeClasses(styles.bar, barStyles[state]);
    classes.set(state, known);
    return known;
  };
  return (
    <div className={styles.row} style={{ transform: `translateY(${top}px)` }}>
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
        <div className={styles.moving} data-moving>
          {row.pauses.map((pause) => {
            const band = placeBand(
              Date.parse(pause.from),
              pause.to === null ? nowMs : Date.parse(pause.to),
              view,
              width,
            );
            return (
              band !== null && (
                <div key={pause.from} className={styles.pause} style={band}>
                  {band.width > 60 && 'Paused'}
                </div>
              )
            );
          })}
          {placeBars(row.bars, view, width, nowMs).map((bar) => (
            <div
              key={bar.startMs}
              className={classOf(bar.state)}
              style={{ left: bar.left, width: bar.width }}
              data-row={row.key}
              data-start={bar.startMs}
              data-last={bar.lastStartMs}
              data-run={bar.runId ?? undefined}
              data-count={bar.count}
              data-state={bar.state}
            >
              {bar.width >= 12 && (bar.count > 1 ? bar.count : stateSigns[bar.state])}
            </div>
          ))}
          {placeSlots(row.slots, view, width).map((slot) => (
            <div
              key={slot.firstMs}
              className={styles.slot}
              style={{ left: slot.left }}
              data-row={row.key}
              data-slot={slot.firstMs}
              data-count={slot.count}
            >
              {slot.count > 1 && slot.count}
            </div>
          ))}
        </div>
      </div>
    </div>
  );
});
