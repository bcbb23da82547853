import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { AppError } from '../../shared/errors.ts';
import { hostNodeOptions } from '../node-options.ts';

/** Set to 1 for a process that is to stop when its stdin ends. */
export const stopWithParentVariable = 'TENANTKEEP_STOP_WITH_PARENT';

/** Another run of this very program. */
export interface OwnProcess {
  /** The first line that it printed, parsed. */
  ready: unknown;
  /** Asks it to stop in good order and waits until it has ended. */
  stop(): Promise<void>;
}

/**
 * Starts this program again with other arguments, from source or built alike, and waits for the first line of
 * JSON on its stdout. Throws `child_failed` with what it said last when it ends before that.
 */
export async function startOwnProcess(words: readonly string[]): Promise<OwnProcess> {
  const child: ChildProcess = spawn(
    process.execPath,
    [...hostNodeOptions, process.argv[1]!, ...words, '--json'],
    {
      // Held open and never written to: when this process is gone, however it went, the child sees the end of it.
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, [stopWithParentVariable]: '1' },
    },
  );
  let lastWords = '';
  createInterface({ input: child.stderr! }).on('line', (line) => {
    lastWords = line;
  });
  const lines = createInterface({ input: child.stdout! });
  const ended = once(child, 'exit');
  const first = await Promise.race([
    once(lines, 'line').then(([line]) => String(line)),
    ended.then(() => null),
  ]);
  if (first === null) {
    throw new AppError(
      'child_failed',
      `"tenantkeep ${words.slice(0, 2).join(' ')}" ended early: ${messageIn(lastWords)}`,
      {
        nextStep: 'Run that command by itself to see more.',
      },
    );
  }
  return {
    ready: JSON.parse(first) as unknown,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await ended;
    },
  };
}

/** The sentence inside an error line of --json, or the line itself. */
function messageIn(line: string): string {
  try {
    const parsed = JSON.parse(line) as { error?: { message?: unknown } };
    return typeof parsed.error?.message === 'string' ? parsed.error.message : line;
  } catch (error) {
    if (error instanceof SyntaxError) return line;
    throw error;
  }
}
