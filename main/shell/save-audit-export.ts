import { type BrowserWindow, dialog } from 'electron';
import type { SavedFile } from '../../shared/bridge.ts';
import { z } from 'zod';
import { auditFilterSchema } from '../../shared/contract/audit.ts';
import { errorText, isAppError } from '../../shared/errors.ts';
import { refusal, type Result } from '../../shared/result.ts';
import type { ProcessLog } from '../logging/log.ts';

const wishSchema = z.strictObject({
  filter: auditFilterSchema,
  format: z.enum(['csv', 'jsonl']),
  delimiter: z.enum(['comma', 'semicolon', 'tab']).default('comma'),
});
type Wish = z.output<typeof wishSchema>;

/** Writes the events of a filter to a path; refusals are AppErrors. */
export type WriteAuditExport = (
  filter: Wish['filter'],
  path: string,
  wishes: Pick<Wish, 'format' | 'delimiter'> & {
    signal: AbortSignal;
    onProgress: (rows: number) => void;
  },
) => Promise<{ rows: number }>;

/** The export that is being written; a window has one at a time. */
export interface RunningExport {
  rows: number;
  cancelled: AbortController;
}

/** Holds what is being written, for the calls that ask how far it is and that end it. */
export interface ExportDesk {
  running: RunningExport | null;
}

/**
 * Asks for a place and writes the audit events there; a cancelled dialog answers null. The page names the
 * filter only, never the path.
 */
export async function saveAuditExport(
  parts: { write: WriteAuditExport; desk: ExportDesk; log: ProcessLog },
  input: unknown,
  window: BrowserWindow | null,
): Promise<Result<SavedFile | null>> {
  const wish = wishSchema.safeParse(input);
  if (!wish.success) return refusal('input_invalid', 'That is not a filter of the audit log.');
  const { filter, format, delimiter } = wish.data;
  const { desk } = parts;
  if (desk.running !== null) {
    return refusal('export_running', 'Another export is being written.', 'Wait for its end, or cancel it.');
  }
  const options: Electron.SaveDialogOptions = {
    title: 'Save audit events',
    defaultPath: `audit-events.${format}`,
    filters: [{ name: format === 'csv' ? 'CSV' : 'JSON lines', extensions: [format] }],
    properties: ['createDirectory'],
  };
  const { canceled, filePath } = await (window === null
    ? dialog.showSaveDialog(options)
    : dialog.showSaveDialog(window, options));
  if (canceled || filePath === '') return { ok: true, value: null };
  const running: RunningExport = { rows: 0, cancelled: new AbortController() };
  desk.running = running;
  try {
    const { rows } = await parts.write(filter, filePath, {
      format,
      delimiter,
      signal: running.cancelled.signal,
      onProgress: (written) => {
        running.rows = written;
      },
    });
    return { ok: true, value: { path: filePath, rows } };
  } catch (error) {
    if (running.cancelled.signal.aborted) return { ok: true, value: null };
    if (isAppError(error)) return refusal(error.code, error.message, error.nextStep);
    parts.log.error({ error: errorText(error) }, 'Audit events could not be saved');
    return refusal('internal', 'The audit events could not be saved; the log says why.');
  } finally {
    desk.running = null;
  }
}
