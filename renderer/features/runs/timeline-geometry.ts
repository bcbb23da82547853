import type { RunState } from '../../../shared/model/run-states.ts';

/** Where things stand on the timeline: pure functions of times and widths, without a clock or a page. */

/** The period in sight, in milliseconds since the epoch. */
export interface TimelineView {
  fromMs: number;
  toMs: number;
}

/** First start, last start, end, state, count and the run where it is one only; as the server answers them. */
export type TimelineBarTuple = readonly [
  startMs: number,
  lastStartMs: number,
  endMs: number,
  state: RunState,
  count: number,
  runId: string | null,
];

export interface PlacedBar {
  left: number;
  width: number;
  startMs: number;
  endMs: number;
  /** The start of the last run in it: what the period of its list must take in. */
  lastStartMs: number;
  state: RunState;
  count: number;
  runId: string | null;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** Bars whose starts are nearer than this become one. */
export const leastGapPx = 12;
/** Marks of coming slots keep room for their count. */
const leastSlotGapPx = 20;
const leastBarPx = 6;
const leastSpanMs = 10 * minuteMs;
const mostSpanMs = 90 * dayMs;
/** A wider window would ask the server for more bars than it gives. */
const widestPx = 1600;

/** Worst first; what several runs in one bar look like. */
const worstFirst: readonly RunState[] = [
  'failed',
  'interrupted',
  'missed',
  'partial',
  'skipped',
  'cancelled',
  'running',
  'queued',
  'succeeded',
];

export function xOf(ms: number, view: TimelineView, width: number): number {
  return ((ms - view.fromMs) / (view.toMs - view.fromMs)) * width;
}

export function msAt(x: number, view: TimelineView, width: number): number {
  return view.fromMs + (x / width) * (view.toMs - view.fromMs);
}

/** A period of a length that can be shown, around the middle of the one that was asked for. */
export function clampView(view: TimelineView): TimelineView {
  const span = view.toMs - view.fromMs;
  const shown = Math.min(Math.max(span, leastSpanMs), mostSpanMs);
  if (shown === span) return view;
  const middle = (view.fromMs + view.toMs) / 2;
  return { fromMs: Math.round(middle - shown / 2), toMs: Math.round(middle + shown / 2) };
}

/** A factor below one shows less time; what stands at the anchor stays there. */
export function zoomView(view: TimelineView, factor: number, anchorMs: number): TimelineView {
  const span = view.toMs - view.fromMs;
  const next = Math.min(Math.max(span * factor, leastSpanMs), mostSpanMs);
  const before = (anchorMs - view.fromMs) / span;
  const fromMs = Math.round(anchorMs - before * next);
  return { fromMs, toMs: Math.round(fromMs + next) };
}

/** Moves by a part of the period: 0.2 a fifth to the right. */
export function panView(view: TimelineView, part: number): TimelineView {
  const byMs = Math.round((view.toMs - view.fromMs) * part);
  return { fromMs: view.fromMs + byMs, toMs: view.toMs + byMs };
}

/** The period between two places of a drag, in either direction; null for what is a click rather than a drag. */
export function brushView(
  view: TimelineView,
  width: number,
  fromX: number,
  toX: number,
): TimelineView | null {
  if (Math.abs(toX - fromX) < 5) return null;
  const [left, right] = fromX < toX ? [fromX, toX] : [toX, fromX];
  return clampView({
    fromMs: Math.round(msAt(Math.max(0, left), view, width)),
    toMs: Math.round(msAt(Math.min(width, right), view, width)),
  });
}

/** The period from the first to the last bar with a little room; null where there is none. */
export function fitView(rows: readonly { bars: readonly TimelineBarTuple[] }[]): TimelineView | null {
  let fromMs = Infinity;
  let toMs = -Infinity;
  for (const { bars } of rows) {
    for (const [startMs, , endMs] of bars) {
      fromMs = Math.min(fromMs, startMs);
      toMs = Math.max(toMs, endMs);
    }
  }
  if (fromMs > toMs) return null;
  const room = Math.max(minuteMs, Math.round((toMs - fromMs) * 0.03));
  return clampView({ fromMs: fromMs - room, toMs: toMs + room });
}

/**
 * Bars of one row, in the order of their starts, where they stand. Starts nearer than 12 px become one bar of the
 * worst state with a count; what starts before now never becomes one with what starts after it.
 */
export function placeBars(
  bars: readonly TimelineBarTuple[],
  view: TimelineView,
  width: number,
  nowMs: number,
): PlacedBar[] {
  const placed: PlacedBar[] = [];
  let open: PlacedBar | null = null;
  for (const [startMs, lastStartMs, endMs, state, count, runId] of bars) {
    if (endMs < view.fromMs || startMs > view.toMs) continue;
    const left = xOf(startMs, view, width);
    const near = open !== null && left - open.left < leastGapPx;
    if (open !== null && near && open.startMs <= nowMs === startMs <= nowMs) {
      open.endMs = Math.max(open.endMs, endMs);
      open.lastStartMs = lastStartMs;
      open.state = worse(open.state, state);
      open.count += count;
      open.runId = null;
      open.width = widthOf(open.startMs, open.endMs, view, width);
    } else {
      open = {
        left,
        width: widthOf(startMs, endMs, view, width),
        startMs,
        endMs,
        lastStartMs,
        state,
        count,
        runId,
      };
      placed.push(open);
    }
  }
  return placed;
}

function widthOf(startMs: number, endMs: number, view: TimelineView, width: number): number {
  return Math.max(leastBarPx, xOf(endMs, view, width) - xOf(startMs, view, width));
}

function worse(one: RunState, other: RunState): RunState {
  return worstFirst.indexOf(one) <= worstFirst.indexOf(other) ? one : other;
}

/** Coming slots where they stand, near ones as one with a count. */
export function placeSlots(
  slots: readonly string[],
  view: TimelineView,
  width: number,
): { left: number; firstMs: number; count: number }[] {
  const placed: { left: number; firstMs: number; count: number }[] = [];
  for (const slot of slots) {
    const ms = Date.parse(slot);
    if (ms < view.fromMs || ms > view.toMs) continue;
    const left = xOf(ms, view, width);
    const last = placed.at(-1);
    if (last !== undefined && left - last.left < leastSlotGapPx) last.count += 1;
    else placed.push({ left, firstMs: ms, count: 1 });
  }
  return placed;
}

/** A band between two instants, cut at the edges of the view; null outside of it. An open end reaches to the right edge. */
export function placeBand(
  fromMs: number,
  toMs: number | null,
  view: TimelineView,
  width: number,
): { left: number; width: number } | null {
  const left = Math.max(0, xOf(fromMs, view, width));
  const right = toMs === null ? width : Math.min(width, xOf(toMs, view, width));
  return right <= left || left >= width ? null : { left, width: right - left };
}

/**
 * What to ask the server for: the period with a margin, in steps, so that moving a little asks nothing new; and how
 * near runs may lie to be answered as one, about half of what becomes one bar on the page.
 */
export function windowOf(
  view: TimelineView,
  width: number,
): { fromMs: number; toMs: number; bucketMs: number } {
  const span = view.toMs - view.fromMs;
  const step = 2 ** Math.floor(Math.log2(span / 2));
  const fromMs = Math.floor((view.fromMs - span / 8) / step) * step;
  const toMs = Math.ceil((view.toMs + span / 8) / step) * step;
  const bucketMs = Math.max(1000, Math.floor((step * leastGapPx) / Math.min(widestPx, Math.max(200, width))));
  if (toMs - fromMs <= mostSpanMs) return { fromMs, toMs, bucketMs };
  // The longest periods have no margin: the server answers no more than 92 days.
  return {
    fromMs: Math.floor(view.fromMs / hourMs) * hourMs,
    toMs: Math.ceil(view.toMs / hourMs) * hourMs,
    bucketMs,
  };
}

const tickSteps = [
  minuteMs,
  5 * minuteMs,
  15 * minuteMs,
  hourMs,
  3 * hourMs,
  6 * hourMs,
  12 * hourMs,
  dayMs,
  2 * dayMs,
  7 * dayMs,
  14 * dayMs,
] as const;

/**
 * Marks of the axis at round wall times of a zone, at least `leastPx` apart.
 *
 * @param offsetAt wall time minus UTC of the zone at an instant.
 */
export function axisTicks(
  view: TimelineView,
  width: number,
  offsetAt: (ms: number) => number,
  leastPx = 90,
): { ms: number; left: number; wholeDay: boolean }[] {
  const perPx = (view.toMs - view.fromMs) / width;
  const step = tickSteps.find((candidate) => candidate / perPx >= leastPx) ?? tickSteps.at(-1)!;
  const ticks: { ms: number; left: number; wholeDay: boolean }[] = [];
  let wall = Math.ceil((view.fromMs + offsetAt(view.fromMs)) / step) * step;
  for (;;) {
    const guess = wall - offsetAt(wall);
    const ms = wall - offsetAt(guess);
    if (ms > view.toMs) return ticks;
    if (ms >= view.fromMs) {
      ticks.push({ ms, left: xOf(ms, view, width), wholeDay: wall % dayMs === 0 });
    }
    wall += step;
  }
}
