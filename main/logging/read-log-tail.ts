import { open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { escapeControls, redactJsonLine } from './redact.ts';

const mostBytes = 512 * 1024;

/**
 * The last lines of a rolling log (`service.log` is written as `service.1.log` and so on), oldest first. What was
 * scrubbed when it was written is scrubbed again: the file may be of an older version. Null without any file yet.
 */
export async function readLogTail(
  base: string,
  lines: number,
): Promise<{ file: string; lines: string[] } | null> {
  const file = await newestFile(base);
  if (file === null) return null;
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, mostBytes);
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    const all = buffer
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '');
    // The first one may have begun before what was read.
    const whole = length < size ? all.slice(1) : all;
    return { file, lines: whole.slice(-lines).map((line) => escapeControls(redactJsonLine(line))) };
  } finally {
    await handle.close();
  }
}

async function newestFile(base: string): Promise<string | null> {
  const directory = dirname(base);
  const stem = basename(base, extname(base));
  let newest: { file: string; at: number } | null = null;
  for (const name of await namesIn(directory)) {
    if (!name.startsWith(`${stem}.`) || !name.endsWith('.log')) continue;
    const file = join(directory, name);
    const { mtimeMs } = await stat(file);
    if (newest === null || mtimeMs >= newest.at) newest = { file, at: mtimeMs };
  }
  return newest?.file ?? null;
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return [];
    throw error;
  }
}
