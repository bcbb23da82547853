import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** As much of a log file as is read from its end; far more than a person asks for. */
const longestReadBytes = 10_000_000;

/**
 * The last lines of the service's rolling log, oldest first: JSON as written, a line that is none as text under
 * `message`. Empty where no service ever wrote one.
 */
export async function readServiceLog(logsDirectory: string, lines: number): Promise<object[]> {
  let names: string[];
  try {
    names = await readdir(logsDirectory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const numbered = names
    .map((name) => ({ name, number: Number(/^service\.(\d+)\.log$/.exec(name)?.[1] ?? 'none') }))
    .filter(({ number }) => !Number.isNaN(number))
    .toSorted((a, b) => b.number - a.number);
  let newest: string[] = [];
  for (const { name } of numbered) {
    if (newest.length >= lines) break;
    newest = [...(await readLastLines(join(logsDirectory, name))), ...newest];
  }
  return newest.slice(-lines).map(parseLine);
}

async function readLastLines(path: string): Promise<string[]> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - longestReadBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
    const lines = buffer.toString('utf8', 0, bytesRead).split('\n');
    return (from === 0 ? lines : lines.slice(1)).filter((line) => line !== '');
  } finally {
    await file.close();
  }
}

function parseLine(line: string): object {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : { message: line };
  } catch (error) {
    // The process ended in the middle of this line.
    if (error instanceof SyntaxError) return { message: line };
    throw error;
  }
}

/** A log line for people: time, level, message, and what else is in it. */
export function logLineText(line: object): string {
  const { time, level, message, pid: _pid, ...rest } = line as Record<string, unknown>;
  const more = Object.keys(rest).length === 0 ? '' : ` ${JSON.stringify(rest)}`;
  return [time, typeof level === 'string' ? level.toUpperCase() : undefined, message]
    .filter((part) => typeof part === 'string')
    .join(' ')
    .concat(more);
}
