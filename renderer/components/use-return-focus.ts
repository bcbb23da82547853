import { useEffect, useState } from 'react';

/**
 * For drawers and dialogs that go away with their address or with what they asked: the focus goes back to what
 * had it before, or to the page where that is gone too.
 */
export function useReturnFocus(): void {
  const [opener] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      window.setTimeout(() => {
        if (opener instanceof HTMLElement && opener !== document.body && opener.isConnected) {
          opener.focus({ preventScroll: true });
        } else if (document.querySelector('[role="dialog"]') === null) {
          document.getElementById('page')?.focus({ preventScroll: true });
        }
      });
    },
    [opener],
  );
}
