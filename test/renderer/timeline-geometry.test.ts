import { describe, expect, it } from 'vitest';
import type { RunState } from '../../shared/model/run-states.ts';
import {
  axisTicks,
  brushView,
  clampView,
  fitView,
  panView,
  placeBand,
  placeBars,
  placeSlots,
  type TimelineBarTuple,
  windowOf,
  zoomView,
} from '../../renderer/features/runs/timeline-geometry.ts';

const hour = 3_600_000;
const day = 24 * hour;
/** A thousand minutes on a thousand pixels, so that a pixel is a minute. */
const view = { fromMs: 0, toMs: 60_000_000 };
const width = 1000;
const minute = 60_000;

function bar(
  startMinute: number,
  endMinute: number,
  state: RunState = 'succeeded',
  count = 1,
): TimelineBarTuple {
  const startMs = startMinute * minute;
  return [startMs, startMs, endMinute * minute, state, count, count === 1 ? `run ${startMinute}` : null];
}

describe('bars of a row', () => {
  it.each<
    [string, TimelineBarTuple[], number, [left: number, width: number, state: string, count: number][]]
  >([
    ['a run as long as it took', [bar(100, 160)], 900, [[100, 60, 'succeeded', 1]]],
    [
      'a run of no length as wide as can be pointed at',
      [bar(100, 100, 'missed')],
      900,
      [[100, 6, 'missed', 1]],
    ],
    [
      'runs 12 px apart each by itself',
      [bar(100, 101), bar(112, 113)],
      900,
      [
        [100, 6, 'succeeded', 1],
        [112, 6, 'succeeded', 1],
      ],
    ],
    [
      'runs nearer than 12 px as one, of the worst state',
      [bar(100, 101), bar(111, 113, 'failed'), bar(111, 112)],
      900,
      [[100, 13, 'failed', 3]],
    ],
    [
      'a dense row as steps of 12 px, not as one long bar',
      [bar(0, 1), bar(6, 7), bar(12, 13), bar(18, 19)],
      900,
      [
        [0, 7, 'succeeded', 2],
        [12, 7, 'succeeded', 2],
      ],
    ],
    [
      'summed bars with the sum of their counts',
      [bar(10, 20, 'partial', 7), bar(15, 16, 'succeeded', 2)],
      900,
      [[10, 10, 'partial', 9]],
    ],
    [
      'never one across the now line',
      [bar(100, 101), bar(105, 106)],
      102,
      [
        [100, 6, 'succeeded', 1],
        [105, 6, 'succeeded', 1],
      ],
    ],
    ['nothing outside of the view', [bar(-20, -10), bar(1010, 1020)], 900, []],
    ['a run that began before the view', [bar(-20, 30)], 900, [[-20, 50, 'succeeded', 1]]],
  ])('show %s', (_what, bars, nowMinute, expected) => {
    const placed = placeBars(bars, view, width, nowMinute * minute);
    expect(placed.map((one) => [one.left, one.width, one.state, one.count])).toEqual(expected);
  });

  it('open a run where it is one only, else a list of all that start in it', () => {
    const [alone, several] = placeBars([bar(10, 11), bar(50, 51), bar(55, 70)], view, width, 900 * minute);
    expect(alone!.runId).toBe('run 10');
    expect(several).toMatchObject({
      runId: null,
      startMs: 50 * minute,
      lastStartMs: 55 * minute,
      endMs: 70 * minute,
    });
  });
});

describe('what lies beside the bars', () => {
  it('coming slots near each other are one mark with a count', () => {
    const slots = [100, 105, 119, 120, 2000].map((at) => new Date(at * minute).toISOString());
    expect(placeSlots(slots, view, width).map(({ left, count }) => [left, count])).toEqual([
      [100, 3],
      [120, 1],
    ]);
  });

  it.each([
    ['inside', 100, 200, { left: 100, width: 100 }],
    ['over the left edge', -50, 200, { left: 0, width: 200 }],
    ['open to the right', 900, null, { left: 900, width: 100 }],
    ['before the view', -50, -10, null],
    ['after the view', 1100, null, null],
  ])('a pause %s is cut at the edges', (_what, from, to, expected) => {
    expect(placeBand(from * minute, to === null ? null : to * minute, view, width)).toEqual(expected);
  });
});

describe('the view', () => {
  it('keeps what is under the pointer when zooming, both ways, and returns', () => {
    const anchor = 250 * minute;
    const near = zoomView(view, 0.5, anchor);
    expect(near).toEqual({ fromMs: 125 * minute, toMs: 625 * minute });
    expect(zoomView(near, 2, anchor)).toEqual(view);
  });

  it.each([
    ['ten minutes', 0.000_001, 10 * minute],
    ['ninety days', 1_000_000, 90 * day],
  ])('never shows less or more than %s', (_what, factor, span) => {
    const next = zoomView(view, factor, 500 * minute);
    expect(next.toMs - next.fromMs).toBe(span);
    const clamped = clampView({ fromMs: 0, toMs: view.toMs * factor });
    expect(clamped.toMs - clamped.fromMs).toBe(span);
  });

  it('moves by a part of itself', () => {
    expect(panView(view, -0.2)).toEqual({ fromMs: -200 * minute, toMs: 800 * minute });
  });

  it.each([
    ['to the right', 100, 300, { fromMs: 100 * minute, toMs: 300 * minute }],
    ['to the left', 300, 100, { fromMs: 100 * minute, toMs: 300 * minute }],
    ['over the edge', 900, 1300, { fromMs: 900 * minute, toMs: 1000 * minute }],
    ['by a hair, which is a click', 100, 103, null],
  ])('is what a drag %s covers', (_what, from, to, expected) => {
    expect(brushView(view, width, from, to)).toEqual(expected);
  });

  it('fits from the first bar to the last, and to nothing where there is none', () => {
    const fit = fitView([{ bars: [bar(100, 110)] }, { bars: [bar(400, 600)] }])!;
    expect(fit.fromMs).toBeLessThan(100 * minute);
    expect(fit.toMs).toBeGreaterThan(600 * minute);
    expect(fit.toMs - fit.fromMs).toBeLessThan(600 * minute);
    expect(fitView([{ bars: [] }])).toBeNull();
  });
});

describe('what is asked of the server', () => {
  it.each([hour, 7 * hour, day, 7 * day, 30 * day, 90 * day])(
    'covers a view of %i ms within its limits, in bars that the page can tell apart',
    (span) => {
      const shown = { fromMs: Date.UTC(2026, 10, 20), toMs: Date.UTC(2026, 10, 20) + span };
      for (const pixels of [300, 1000, 3840]) {
        const { fromMs, toMs, bucketMs } = windowOf(shown, pixels);
        expect(fromMs).toBeLessThanOrEqual(shown.fromMs);
        expect(toMs).toBeGreaterThanOrEqual(shown.toMs);
        expect(toMs - fromMs).toBeLessThanOrEqual(92 * day);
        expect((toMs - fromMs) / bucketMs).toBeLessThanOrEqual(2000);
        if (pixels === 1000) expect((bucketMs / span) * pixels).toBeLessThanOrEqual(12);
      }
    },
  );

  it('stays the same for a small move', () => {
    const shown = { fromMs: Date.UTC(2026, 10, 20, 1), toMs: Date.UTC(2026, 10, 21, 1) };
    expect(windowOf(panView(shown, 0.02), 1000)).toEqual(windowOf(shown, 1000));
  });
});

describe('the axis', () => {
  it('marks round wall times of the zone, across a clock change too', () => {
    // Berlin leaves summer time on 25 October 2026 at 01:00 UTC.
    const change = Date.UTC(2026, 9, 25, 1);
    const offsetAt = (ms: number) => (ms < change ? 2 * hour : hour);
    const ticks = axisTicks(
      { fromMs: Date.UTC(2026, 9, 23), toMs: Date.UTC(2026, 9, 28) },
      1000,
      offsetAt,
      150,
    );
    expect(ticks.map(({ ms }) => new Date(ms).toISOString().slice(0, 16))).toEqual([
      '2026-10-23T22:00',
      '2026-10-24T22:00',
      '2026-10-25T23:00',
      '2026-10-26T23:00',
      '2026-10-27T23:00',
    ]);
    expect(ticks.every(({ wholeDay }) => wholeDay)).toBe(true);
  });

  it.each([10 * minute, hour, day, 30 * day, 90 * day])('has readable distances over %i ms', (span) => {
    const ticks = axisTicks({ fromMs: 0, toMs: span }, 1000, () => 0);
    expect(ticks.length).toBeGreaterThan(0);
    for (const [index, tick] of ticks.entries()) {
      if (index > 0) expect(tick.left - ticks[index - 1]!.left).toBeGreaterThanOrEqual(90);
    }
  });
});
