import {
  type Bridge,
  type DesktopDoor,
  hostCalls,
  type SavedFile,
  type UpdateState,
} from '../../shared/bridge.ts';
import type { Result } from '../../shared/result.ts';
import { saveSetExportOnDesktop } from './desktop-set-export.ts';

declare global {
  interface Window {
    /** There in a window of the desktop, put there by its preload. */
    readonly tenantkeep?: DesktopDoor;
  }
}

/** The bridge of a desktop window: the session is the stored login of the person at the computer. */
export function createDesktopBridge(door: DesktopDoor): Bridge {
  const cancelExport = () => void door.call(hostCalls.cancelAuditExport, {});
  return {
    call: (name, input) => door.call(name, input),
    onChange: (listener) => door.onChange(listener),
    host: {
      kind: 'desktop',
      signIn: null,
      signOut: null,
      async saveAuditExport(filter, { format, delimiter, signal, onProgress }) {
        // The channel answers once, so how far it is gets asked beside it.
        const asking = window.setInterval(() => {
          void door.call(hostCalls.auditExportProgress, {}).then((said) => {
            if (said.ok && typeof said.value === 'number') onProgress(said.value);
          });
        }, 500);
        signal.addEventListener('abort', cancelExport);
        try {
          const saved = await door.call(hostCalls.saveAuditExport, { filter, format, delimiter });
          signal.throwIfAborted();
          return saved as Result<SavedFile | null>;
        } finally {
          window.clearInterval(asking);
          signal.removeEventListener('abort', cancelExport);
        }
      },
      saveText: (file) => door.call(hostCalls.saveText, file) as Promise<Result<{ path: string } | null>>,
      saveSetExport: (wish, progress) => saveSetExportOnDesktop(door, wish, progress),
      updates: {
        state: () => door.call(hostCalls.updateState, {}) as Promise<Result<UpdateState>>,
        check: () => door.call(hostCalls.checkForUpdates, {}) as Promise<Result<UpdateState>>,
        restart: () => door.call(hostCalls.restartToUpdate, {}) as Promise<Result<null>>,
      },
    },
  };
}
