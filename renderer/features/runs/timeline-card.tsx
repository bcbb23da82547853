import { Button, Link, makeStyles, Text, tokens } from '@fluentui/react-components';
import { Dismiss16Regular } from '@fluentui/react-icons';
import { useEffect, useRef, useState } from 'react';
import { formatInstant, shownZone } from '../../components/format-time.ts';
import { RunStateBadge } from '../../components/state-badge.tsx';
import { TenantText } from '../../components/tenant-text.tsx';
import { useProcedure } from '../../queries/use-procedure.ts';
import { usePreferences } from '../../state/preferences.ts';
import type { RunsSearch } from './runs-search.ts';
import { placeBars, placeSlots } from './timeline-geometry.ts';
import type { TimelineLayers } from './timeline-layers.ts';

/** Longest list of a bar; the rest is one link away. */
const mostListed = 50;
const waitMs = 250;

/** A bar, or a mark of coming slots, that the pointer is on. */
export interface TimelineTarget {
  name: string;
  tenantId: string | null;
  scheduleId: string | null;
  hostName: string | null;
  fromMs: number;
  /** After the start of the last run in it. */
  toMs: number;
  count: number;
  runId: string | undefined;
  isSlot: boolean;
  place: { left: number; top: number };
}

/** What a part of a row stands for; null for anything else. */
export function targetOf(element: HTMLElement, layers: TimelineLayers): TimelineTarget | null {
  const { start, slot } = element.dataset;
  const { row, view, width, nowMs } = layers.drawingAround(element) ?? {};
  if ((slot === undefined && start === undefined) || row === undefined) return null;
  // Found again rather than written on each bar: there are a thousand bars for each that a pointer is ever on.
  const fromMs = Number(slot ?? start);
  const bar = placeBars(row.bars, view!, width!, nowMs!).find(({ startMs }) => startMs === fromMs);
  const coming = placeSlots(row.slots, view!, width!).find(({ firstMs }) => firstMs === fromMs);
  const box = element.getBoundingClientRect();
  return {
    name: row.name,
    tenantId: row.tenantId,
    scheduleId: row.tenantId === null ? null : row.key,
    hostName: row.tenantId === null ? row.key : null,
    fromMs,
    toMs: (slot === undefined ? (bar?.lastStartMs ?? fromMs) : fromMs) + 1,
    count: (slot === undefined ? bar?.count : coming?.count) ?? 1,
    runId: slot === undefined ? (bar?.runId ?? undefined) : undefined,
    isSlot: slot !== undefined,
    place: {
      left: Math.min(box.left, window.innerWidth - 360),
      top: box.bottom + 280 > window.innerHeight ? Math.max(8, box.top - 284) : box.bottom + 4,
    },
  };
}

const useStyles = makeStyles({
  card: {
    position: 'fixed',
    zIndex: 10,
    width: '340px',
    maxHeight: '280px',
    overflow: 'auto',
    boxSizing: 'border-box',
    padding: tokens.spacingHorizontalM,
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorNeutralForeground1,
    border: `1px solid ${tokens.colorNeutralStroke1}`,
    borderRadius: tokens.borderRadiusMedium,
    boxShadow: tokens.shadow16,
  },
  head: { display: 'flex', justifyContent: 'space-between', alignItems: 'start' },
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'grid', gap: tokens.spacingVerticalXS },
});

/** What a bar holds: the runs, at most fifty, and a link to the list of all of them. */
export function TimelineCard({
  target,
  onChange,
  onClose,
}: {
  target: TimelineTarget;
  onChange: (next: Partial<RunsSearch>) => void;
  onClose: () => void;
}) {
  const styles = useStyles();
  const zone = usePreferences((state) => shownZone(state.zone, null));
  const card = useRef<HTMLDivElement>(null);
  // A pointer that only passes over bars asks the server nothing.
  const [rested, setRested] = useState(false);
  useEffect(() => {
    const timer = window.setTimeout(() => setRested(true), waitMs);
    return () => window.clearTimeout(timer);
  }, []);
  useEffect(() => {
    const leave = (event: globalThis.MouseEvent) => {
      const over = event.target instanceof Element ? event.target : null;
      if (over === null || card.current?.contains(over) === true) return;
      if (over.closest('[data-start], [data-slot]') === null) onClose();
    };
    const key = (event: KeyboardEvent) => event.key === 'Escape' && onClose();
    window.addEventListener('mousedown', leave);
    window.addEventListener('mouseover', leave);
    window.addEventListener('keydown', key);
    return () => {
      window.removeEventListener('mousedown', leave);
      window.removeEventListener('mouseover', leave);
      window.removeEventListener('keydown', key);
    };
  }, [onClose]);
  const period = {
    from: new Date(target.fromMs).toISOString(),
    to: new Date(target.toMs).toISOString(),
  };
  const runs = useProcedure(
    'runs.list',
    {
      tenantId: target.tenantId,
      scheduleId: target.scheduleId,
      host: target.hostName === '' ? null : target.hostName,
      ...period,
      pageSize: mostListed,
    },
    { enabled: rested && !target.isSlot },
  );
  if (!rested) return null;
  return (
    <div ref={card} className={styles.card} style={target.place} role="group" aria-label="Runs of this bar">
      <div className={styles.head}>
        <Text weight="semibold">
          <TenantText text={target.name === '' ? 'No host' : target.name} />
        </Text>
        <Button
          size="small"
          appearance="subtle"
          aria-label="Close"
          icon={<Dismiss16Regular />}
          onClick={onClose}
        />
      </div>
      {target.isSlot && (
        <Text>
          {target.count > 1 ? `${target.count} coming slots, the first ` : 'Next slot '}
          {formatInstant(new Date(target.fromMs).toISOString(), zone)}
        </Text>
      )}
      <ul className={styles.list}>
        {runs.data?.rows.map((run) => (
          <li key={run.id}>
            <Link as="button" onClick={() => onChange({ run: run.id, runTenant: run.tenantId })}>
              {formatInstant(run.slotAt ?? run.createdAt, zone)}
            </Link>{' '}
            <RunStateBadge state={run.state} />
            {run.missedCount !== null && ` ${run.missedCount} slots`}
          </li>
        ))}
      </ul>
      {!target.isSlot && target.count > 1 && (
        <Button
          size="small"
          appearance="transparent"
          onClick={() =>
            onChange({
              view: 'list',
              runSchedule: target.scheduleId ?? undefined,
              onHost: target.hostName || undefined,
              ...period,
              period: undefined,
            })
          }
        >
          Show all in the list
        </Button>
      )}
    </div>
  );
}
