import { type Bridge, type DesktopDoor, hostCalls, type SavedFile } from '../../shared/bridge.ts';
import type { Result } from '../../shared/result.ts';

declare global {
  interface Window {
    /** There in a window of the desktop, put there by its preload. */
    readonly tenantkeep?: DesktopDoor;
  }
}

/** The bridge of a desktop window: the session is the stored login of the person at the computer. */
export function createDesktopBridge(door: DesktopDoor): Bridge {
  return {
    call: (name, input) => door.call(name, input),
    onChange: (listener) => door.onChange(listener),
    host: {
      kind: 'desktop',
      signIn: null,
      signOut: null,
      // The dialog of the system can be cancelled; the writing itself is quick and says no progress.
      saveAuditExport: (filter, { format }) =>
        door.call(hostCalls.saveAuditExport, { filter, format }) as Promise<Result<SavedFile | null>>,
      saveText: (file) => door.call(hostCalls.saveText, file) as Promise<Result<{ path: string } | null>>,
    },
  };
}
