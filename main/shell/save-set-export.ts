import { type BrowserWindow, dialog } from 'electron';
import { extname } from 'node:path';
import { z } from 'zod';
import type { SavedFile } from '../../shared/bridge.ts';
import { setExportSchema } from '../../shared/contract/set-exports.ts';
import { errorText, isAppError } from '../../shared/errors.ts';
import { refusal, type Result } from '../../shared/result.ts';
import { prepareSetExport } from '../api/export-sets.ts';
import type { LongWork } from '../api/long-work.ts';
import type { Session } from '../api/router.ts';
import type { ProcessLog } from '../logging/log.ts';

const wishSchema = z.strictObject({ wish: setExportSchema, workId: z.uuid() });

const fileKinds: Readonly<Record<string, string>> = {
  '.zip': 'ZIP archive',
  '.json': 'JSON',
  '.md': 'Markdown',
  '.csv': 'CSV',
};

/**
 * Asks for a place and writes a file of the backup sets there; a cancelled dialog answers null. The page names what
 * it wants and never the path, and follows or ends the work under its id.
 */
export async function saveSetExport(
  parts: { session: Session; work: LongWork; log: ProcessLog },
  input: unknown,
  window: BrowserWindow | null,
): Promise<Result<SavedFile | null>> {
  const parsed = wishSchema.safeParse(input);
  if (!parsed.success) return refusal('input_invalid', 'That is nothing that can be saved.');
  const { wish, workId } = parsed.data;
  try {
    const { fileName, write } = await prepareSetExport(parts.session, wish);
    const ending = extname(fileName);
    const options: Electron.SaveDialogOptions = {
      title: 'Save a copy of backup content',
      defaultPath: fileName,
      filters: [{ name: fileKinds[ending] ?? 'File', extensions: [ending.slice(1)] }],
      properties: ['createDirectory'],
    };
    const { canceled, filePath } = await (window === null
      ? dialog.showSaveDialog(options)
      : dialog.showSaveDialog(window, options));
    if (canceled || filePath === '') return { ok: true, value: null };
    const { objects } = await parts.work.run(parts.session, workId, (control) => write(filePath, control));
    return { ok: true, value: { path: filePath, rows: objects } };
  } catch (error) {
    if (isAppError(error)) return refusal(error.code, error.message, error.nextStep);
    parts.log.error({ error: errorText(error) }, 'Backup content could not be saved');
    return refusal('internal', 'The file could not be saved; the log says why.');
  }
}
