import { vi } from 'vitest';
import { runProgram } from '../../main/cli/program.ts';
import { type CliOptions, type CliResult, parseLast } from './cli.ts';

/**
 * Runs the command line in this process: for files with dozens of commands, where a process each would take minutes.
 * What is about the process itself (signals, streams, exit) is tested with `runCli`.
 */
export async function runCliHere(
  words: readonly string[],
  options: Pick<CliOptions, 'home' | 'env'>,
): Promise<CliResult> {
  const listeners = process.stdout.listeners('error');
  const writes = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      writes[name] += text.toString();
      return true;
    }),
  );
  vi.stubEnv('TENANTKEEP_HOME', options.home);
  for (const [name, value] of Object.entries(options.env ?? {})) vi.stubEnv(name, value);
  try {
    const exitCode = await runProgram(words);
    return {
      exitCode,
      ...writes,
      json: parseLast(writes.stdout),
      error: (parseLast(writes.stderr) as { error?: CliResult['error'] } | null)?.error ?? null,
    };
  } finally {
    for (const spy of spies) spy.mockRestore();
    vi.unstubAllEnvs();
    for (const listener of process.stdout.listeners('error')) {
      if (!listeners.includes(listener)) process.stdout.off('error', listener as () => void);
    }
  }
}
