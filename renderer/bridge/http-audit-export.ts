import type { SavedFile, SaveWishes } from '../../shared/bridge.ts';
import type { AuditFilter } from '../../shared/contract/audit.ts';
import type { Result } from '../../shared/result.ts';
import { askForFile, saveAs } from './prepared-download.ts';

/** Has the console write the export, follows its progress, then lets the browser save file and manifest. */
export async function saveAuditExportOverHttp(
  filter: AuditFilter,
  { format, delimiter, signal, onProgress }: SaveWishes,
): Promise<Result<SavedFile | null>> {
  const ready = await askForFile<{ id: string; file: string; rows: number }>(
    '/audit-export',
    { filter, format, delimiter },
    signal,
    ({ rows = 0 }) => onProgress(rows),
  );
  if (!ready.ok) return ready;
  const { id, file, rows } = ready.value;
  saveAs(`/audit-export/${id}/file`, file);
  saveAs(`/audit-export/${id}/manifest`, `${file}.manifest.json`);
  return { ok: true, value: { path: file, rows } };
}
