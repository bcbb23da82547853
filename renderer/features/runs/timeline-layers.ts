import type { TimelineRow } from '../../../shared/contract/run-views.ts';
import type { TimelineView } from './timeline-geometry.ts';

/** What a layer of the timeline shows, and for which period and width it was placed. */
export interface Drawing {
  view: TimelineView;
  width: number;
  /** The row whose bars it holds; none for the axis and the now line. */
  row?: TimelineRow;
  nowMs?: number;
}

/**
 * The layers of a timeline: what each was drawn for, moved and stretched as a picture to where that stands in the
 * period in sight. So a gesture costs a transform a layer, and rows can be drawn anew one after the other, each at the
 * right place all the while. (One CSS variable above all rows would be shorter, and has the browser compute the style of
 * every bar at each step.)
 */
export class TimelineLayers {
  readonly #drawings = new Map<HTMLElement, Drawing>();
  #view: TimelineView;
  #width: number;

  constructor(view: TimelineView, width: number) {
    this.#view = view;
    this.#width = width;
  }

  /** The period in sight, a gesture that goes on included. */
  get view(): TimelineView {
    return this.#view;
  }

  /** Notes what the layer shows from now on; the returned function forgets it. */
  show(layer: HTMLElement, drawing: Drawing): () => void {
    this.#drawings.set(layer, drawing);
    layer.style.transform = this.#transformOf(drawing);
    return () => this.#drawings.delete(layer);
  }

  /** What the layer of a part of the timeline shows; undefined for what is in none. */
  drawingAround(part: Element): Drawing | undefined {
    const layer = part.closest<HTMLElement>('[data-moving]');
    return layer === null ? undefined : this.#drawings.get(layer);
  }

  /** Moves every layer to another period, or a new width in pixels. */
  moveTo(view: TimelineView, width: number): void {
    this.#view = view;
    this.#width = width;
    for (const [layer, drawing] of this.#drawings) layer.style.transform = this.#transformOf(drawing);
  }

  #transformOf({ view, width }: Drawing): string {
    const span = this.#view.toMs - this.#view.fromMs;
    const scale = ((view.toMs - view.fromMs) / span) * (this.#width / width);
    const shift = ((view.fromMs - this.#view.fromMs) / span) * this.#width;
    return scale === 1 && shift === 0 ? '' : `translateX(${shift}px) scaleX(${scale})`;
  }
}
