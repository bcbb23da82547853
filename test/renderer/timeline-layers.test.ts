import { describe, expect, it } from 'vitest';
import { xOf } from '../../renderer/features/runs/timeline-geometry.ts';
import { TimelineLayers } from '../../renderer/features/runs/timeline-layers.ts';

const day = 86_400_000;
const drawn = { view: { fromMs: 0, toMs: 10 * day }, width: 1000 };

const layer = () => ({ style: { transform: '' } }) as unknown as HTMLElement;

/** Where a place of the drawing stands after the transform. */
function moved(transform: string, x: number): number {
  const parts = /^translateX\((.+)px\) scaleX\((.+)\)$/.exec(transform);
  return parts === null ? x : Number(parts[1]) + x * Number(parts[2]);
}

describe('layers of the timeline', () => {
  it.each([
    ['nearer', { fromMs: 2 * day, toMs: 4 * day }, 1000],
    ['further', { fromMs: -10 * day, toMs: 20 * day }, 1000],
    ['moved', { fromMs: 3 * day, toMs: 13 * day }, 1000],
    ['on a page of another width', { fromMs: 3 * day, toMs: 13 * day }, 640],
  ])('stand where their runs are: %s', (_what, view, width) => {
    const layers = new TimelineLayers(drawn.view, drawn.width);
    const early = layer();
    layers.show(early, drawn);
    expect(early.style.transform).toBe('');
    layers.moveTo(view, width);
    // One that is drawn for an earlier period in the middle of a gesture stands right at once.
    const late = layer();
    layers.show(late, drawn);
    for (const ms of [0, day, 5 * day]) {
      const x = xOf(ms, drawn.view, drawn.width);
      expect(moved(early.style.transform, x)).toBeCloseTo(xOf(ms, view, width), 6);
      expect(moved(late.style.transform, x)).toBeCloseTo(xOf(ms, view, width), 6);
    }
  });

  it('are left alone once they are gone', () => {
    const layers = new TimelineLayers(drawn.view, drawn.width);
    const gone = layer();
    layers.show(gone, drawn)();
    layers.moveTo({ fromMs: day, toMs: 2 * day }, 1000);
    expect(gone.style.transform).toBe('');
  });
});
