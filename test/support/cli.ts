import { spawn } from 'node:child_process';
import { type BuiltApp, builtApp } from './built-app.ts';

/** Hundreds of processes start; the built command line needs a third of the time of the sources. */
let built: Promise<BuiltApp> | null = null;

export interface CliResult {
  exitCode: number | null;
  stdout: string;
  stderr: string;
  /** The one document of --json, from the last line of stdout. */
  json: any;
  /** The error of --json, from the last line of stderr; null when there is none. */
  error: { code: string; message: string; nextStep: string | null } | null;
}

export interface CliOptions {
  home: string;
  env?: Record<string, string>;
  /** Where relative names of files lead; default: where the tests run. */
  directory?: string;
  /** Another program than the built one of these sources, such as the packed one. */
  entry?: string;
  /** Largest file that the process may write, in KiB; a write beyond it fails as on a full disk. */
  fileSizeLimitKiB?: number;
}

/** Runs the command line as a person would, in a process of its own. */
export async function runCli(words: readonly string[], options: CliOptions): Promise<CliResult> {
  const environment = {
    ...process.env,
    TENANTKEEP_HOME: options.home,
    ...options.env,
  };
  const entry = options.entry ?? (await (built ??= builtApp())).cli;
  const node = [process.execPath, entry, ...words];
  const place = { env: environment, cwd: options.directory };
  // With the signal ignored, a write over the limit answers EFBIG instead of ending the process.
  const child =
    options.fileSizeLimitKiB === undefined
      ? spawn(node[0]!, node.slice(1), place)
      : spawn(
          'bash',
          ['-c', `trap '' XFSZ; ulimit -f ${options.fileSizeLimitKiB}; exec "$@"`, 'bash', ...node],
          place,
        );
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return {
    exitCode,
    stdout,
    stderr,
    json: parseLast(stdout),
    error: (parseLast(stderr) as { error?: CliResult['error'] } | null)?.error ?? null,
  };
}

/** The document on the last line; null when there is none. */
export function parseLast(text: string): unknown {
  const last = text.trimEnd().split('\n').at(-1) ?? '';
  return /^[[{]/.test(last) ? JSON.parse(last) : null;
}
