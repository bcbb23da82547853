import { type DesktopDoor, hostCalls, type SavedFile, type SaveProgress } from '../../shared/bridge.ts';
import type { SetExport } from '../../shared/contract/set-exports.ts';
import type { Result } from '../../shared/result.ts';

const askEveryMs = 500;

/** Has the desktop ask for a place and write a file there; follows and ends it under an id of its own. */
export async function saveSetExportOnDesktop(
  door: DesktopDoor,
  wish: SetExport,
  { signal, onProgress }: SaveProgress,
): Promise<Result<SavedFile | null>> {
  const workId = crypto.randomUUID();
  const cancel = () => void door.call('work.cancel', { workId });
  signal.addEventListener('abort', cancel, { once: true });
  const timer = window.setInterval(() => {
    void door.call('work.progress', { workId }).then((answer) => {
      const progress = answer.ok
        ? (answer.value as { progress: { done: number; of: number } | null }).progress
        : null;
      if (progress !== null) onProgress(progress.done, progress.of);
    });
  }, askEveryMs);
  try {
    return (await door.call(hostCalls.saveSetExport, { wish, workId })) as Result<SavedFile | null>;
  } finally {
    window.clearInterval(timer);
    signal.removeEventListener('abort', cancel);
  }
}
