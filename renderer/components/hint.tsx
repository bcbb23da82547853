import { Tooltip } from '@fluentui/react-components';
import { cloneElement, type ReactElement, useState } from 'react';

interface HintedProps {
  onPointerEnter?: () => void;
  'aria-description'?: string;
}

/**
 * A tooltip that is made when the pointer comes near. Fluent's own keeps a hidden element in the page for each, which
 * a list of a hundred thousand rows cannot afford while it scrolls; the description that screen readers tell is an
 * attribute here.
 */
export function Hint({ text, children }: { text: string; children: ReactElement<HintedProps> }) {
  const [near, setNear] = useState(false);
  const described = cloneElement(children, {
    'aria-description': text,
    onPointerEnter: () => setNear(true),
  });
  return near ? (
    <Tooltip content={text} relationship="inaccessible">
      {described}
    </Tooltip>
  ) : (
    described
  );
}
