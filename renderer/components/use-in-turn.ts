import { useEffect, useState } from 'react';
import { flushSync } from 'react-dom';

/** How many components take their new value in one frame. */
const aFrame = 2;

const waiting = new Set<() => void>();
let frame: number | undefined;

function takeTurn(act: () => void): () => void {
  waiting.add(act);
  frame ??= requestAnimationFrame(serve);
  return () => waiting.delete(act);
}

function serve(): void {
  // Within this frame: React would put it off, and then take several frames' turns together on a busy computer.
  flushSync(() => {
    for (const act of [...waiting].slice(0, aFrame)) {
      waiting.delete(act);
      act();
    }
  });
  frame = waiting.size > 0 ? requestAnimationFrame(serve) : undefined;
}

/**
 * A value that many components are given at once, and that each shows when its turn has come: a few a frame, in the
 * order in which they stand on the page. Used where drawing all of them together would hold up a frame.
 */
export function useInTurn<Value>(value: Value): Value {
  const [shown, setShown] = useState({ value });
  useEffect(() => {
    if (Object.is(shown.value, value)) return undefined;
    return takeTurn(() => setShown({ value }));
  }, [shown, value]);
  return shown.value;
}
