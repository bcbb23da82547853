import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { setExportSchema } from '../../shared/contract/set-exports.ts';
import { refusal } from '../../shared/result.ts';
import { prepareSetExport } from '../api/export-sets.ts';
import type { Session } from '../api/router.ts';
import type { Clock } from '../clock.ts';
import { endLines, type PreparedFiles } from './prepared-files.ts';

const progressEveryMs = 250;

/** Answers the request that has a file of backup sets made: `{"done":40,"of":900}` meanwhile, then its id. */
export async function startSetDownload(
  parts: { clock: Clock; files: PreparedFiles },
  session: Session,
  body: unknown,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const wish = setExportSchema.safeParse(body);
  if (!wish.success) {
    const message = wish.error.issues[0]?.message ?? 'The input is not valid.';
    return endLines(response, refusal('input_invalid', message));
  }
  await parts.files.prepare(session, request, response, async (directory, { signal, tell }) => {
    const { fileName, write } = await prepareSetExport(session, wish.data);
    const path = join(directory, fileName);
    let toldMs = 0;
    const { objects } = await write(path, {
      signal,
      onProgress(done, of) {
        const nowMs = parts.clock.monotonicMs();
        if (nowMs - toldMs < progressEveryMs) return;
        toldMs = nowMs;
        tell({ done, of });
      },
    });
    return { value: { file: fileName, objects }, files: new Map([['file', path]]) };
  });
}
