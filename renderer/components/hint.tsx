import { Tooltip } from '@fluentui/react-components';
import { cloneElement, type PointerEvent, type ReactElement, useEffect, useState } from 'react';

interface HintedProps {
  onPointerEnter?: (event: PointerEvent<HTMLElement>) => void;
  onPointerLeave?: () => void;
  'aria-description'?: string;
}

const delayMs = 250;

/**
 * A tooltip that is made when the pointer stays. Fluent's own keeps a hidden element in the page for each, which a
 * list of a hundred thousand rows cannot afford while it scrolls; the description that screen readers tell is an
 * attribute here. The hinted element stays the same one, or a click that comes with the pointer would be lost.
 */
export function Hint({ text, children }: { text: string; children: ReactElement<HintedProps> }) {
  const [over, setOver] = useState<HTMLElement | null>(null);
  const [stayed, setStayed] = useState(false);
  useEffect(() => {
    if (over === null) return undefined;
    const timer = setTimeout(() => setStayed(true), delayMs);
    return () => {
      clearTimeout(timer);
      setStayed(false);
    };
  }, [over]);
  return (
    <>
      {cloneElement(children, {
        'aria-description': text,
        onPointerEnter: ({ currentTarget }) => setOver(currentTarget),
        onPointerLeave: () => setOver(null),
      })}
      {over !== null && stayed && (
        <Tooltip visible content={text} relationship="inaccessible" positioning={{ target: over }} />
      )}
    </>
  );
}
