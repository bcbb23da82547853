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
        const covered = document.querySelector('[role="dialog"]') !== null;
        // One drawer may give way to another, which has the focus by now.
        if (opener instanceof HTMLElement && covered && opener.closest('[role="dialog"]') === null) return;
        if (opener instanceof HTMLElement && opener !== document.body && opener.isConnected) {
          opener.focus({ preventScroll: true });
        } else if (!covered) {
          document.getElementById('page')?.focus({ preventScroll: true });
        }
      });
    },
    [opener],
  );
}
