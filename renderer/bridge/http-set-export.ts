import type { SavedFile, SaveProgress } from '../../shared/bridge.ts';
import type { SetExport } from '../../shared/contract/set-exports.ts';
import type { Result } from '../../shared/result.ts';
import { askForFile, saveAs } from './prepared-download.ts';

/** Has the console write a file of the backup sets, follows its progress, then lets the browser save it. */
export async function saveSetExportOverHttp(
  wish: SetExport,
  { signal, onProgress }: SaveProgress,
): Promise<Result<SavedFile | null>> {
  const ready = await askForFile<{ id: string; file: string; objects: number }>(
    '/set-export',
    wish,
    signal,
    ({ done = 0, of = 0 }) => onProgress(done, of),
  );
  if (!ready.ok) return ready;
  const { id, file, objects } = ready.value;
  saveAs(`/set-export/${id}/file`, file);
  return { ok: true, value: { path: file, rows: objects } };
}
