import {
  type KeyboardEvent,
  type PointerEvent,
  type RefObject,
  useEffect,
  useEffectEvent,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { brushView, msAt, panView, type TimelineView, zoomView } from './timeline-geometry.ts';
import type { TimelineLayers } from './timeline-layers.ts';
import { labelWidth } from './timeline-styles.ts';

const restMs = 140;
const keyZoom = 1.5;

/**
 * Zooming and moving. While a gesture goes on, only the layers move; when it rests, the view is handed on and
 * everything is drawn where it belongs.
 */
export function useTimelineGestures(options: {
  scroller: RefObject<HTMLDivElement | null>;
  layers: TimelineLayers;
  view: TimelineView;
  width: number;
  nowMs: number;
  onView: (view: TimelineView) => void;
  onFit: () => void;
}) {
  const { scroller, layers, view, width, nowMs, onView, onFit } = options;
  const timer = useRef<number | undefined>(undefined);
  const [brush, setBrush] = useState<{ fromX: number; toX: number } | null>(null);

  // A new view comes from the address: also after Back, and after a gesture that rests.
  useLayoutEffect(() => layers.moveTo(view, width), [layers, view, width]);
  useEffect(() => () => window.clearTimeout(timer.current), []);

  function move(next: TimelineView): void {
    layers.moveTo(next, width);
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => onView(layers.view), restMs);
  }

  function xIn(event: { clientX: number }): number {
    return event.clientX - scroller.current!.getBoundingClientRect().left - labelWidth;
  }

  const onWheel = useEffectEvent((event: WheelEvent) => {
    const now = layers.view;
    const overAxis = (event.target as Element).closest('[data-axis]') !== null;
    if (event.ctrlKey || event.metaKey || overAxis) {
      const anchor = msAt(Math.max(0, xIn(event)), now, width);
      move(zoomView(now, 1.0018 ** event.deltaY, anchor));
    } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      move(panView(now, (event.deltaX || event.deltaY) / width));
    } else return;
    event.preventDefault();
  });
  // React listens to wheels passively, and the browser would zoom the page instead.
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const listen = (event: WheelEvent) => onWheel(event);
    element.addEventListener('wheel', listen, { passive: false });
    return () => element.removeEventListener('wheel', listen);
  }, [scroller]);

  function onKeyDown(event: KeyboardEvent): void {
    const now = layers.view;
    const inSight = nowMs > now.fromMs && nowMs < now.toMs;
    const anchor = inSight ? nowMs : (now.fromMs + now.toMs) / 2;
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== event.currentTarget) return;
    if (event.key === '+' || event.key === '=') move(zoomView(now, 1 / keyZoom, anchor));
    else if (event.key === '-') move(zoomView(now, keyZoom, anchor));
    else if (event.key === 'ArrowLeft') move(panView(now, -0.2));
    else if (event.key === 'ArrowRight') move(panView(now, 0.2));
    else if (event.key === '0') onFit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  const pointer = {
    onPointerDown: (event: PointerEvent) => {
      const target = event.target as Element;
      if (event.button !== 0 || target.closest('[data-track], [data-axis]') === null) return;
      const x = xIn(event);
      setBrush({ fromX: x, toX: x });
    },
    onPointerMove: (event: PointerEvent) => {
      if (brush !== null) setBrush({ ...brush, toX: xIn(event) });
    },
    onPointerUp: () => {
      if (brush === null) return;
      const chosen = brushView(view, width, brush.fromX, brush.toX);
      setBrush(null);
      if (chosen !== null) onView(chosen);
    },
    onPointerLeave: () => setBrush(null),
  };
  const shown = brush !== null && Math.abs(brush.toX - brush.fromX) >= 5 ? brush : null;
  return { onKeyDown, pointer, brush: shown };
}
