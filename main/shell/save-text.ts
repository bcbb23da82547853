import { type BrowserWindow, dialog } from 'electron';
import { chmod, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { errorText } from '../../shared/errors.ts';
import { refusal, type Result } from '../../shared/result.ts';
import type { ProcessLog } from '../logging/log.ts';

const wishSchema = z.strictObject({
  name: z.string().regex(/^[\w.-]{1,100}$/),
  text: z.string().max(32_000_000),
});

/** Asks for a place and writes the text there, readable by its owner only; a cancelled dialog answers null. */
export async function saveText(
  log: ProcessLog,
  input: unknown,
  window: BrowserWindow | null,
): Promise<Result<{ path: string } | null>> {
  const wish = wishSchema.safeParse(input);
  if (!wish.success) return refusal('input_invalid', 'That is not a text to save.');
  const options: Electron.SaveDialogOptions = {
    title: 'Save file',
    defaultPath: wish.data.name,
    properties: ['createDirectory'],
  };
  const { canceled, filePath } = await (window === null
    ? dialog.showSaveDialog(options)
    : dialog.showSaveDialog(window, options));
  if (canceled || filePath === '') return { ok: true, value: null };
  try {
    await writeFile(filePath, wish.data.text, { mode: 0o600 });
    // A file that was there before kept its own mode.
    await chmod(filePath, 0o600);
    return { ok: true, value: { path: filePath } };
  } catch (error) {
    log.error({ error: errorText(error) }, 'A text could not be saved');
    return refusal('file_not_writable', `${filePath} cannot be written.`);
  }
}
