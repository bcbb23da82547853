import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { AppError } from '../../shared/errors.ts';
import type { Plan } from './installation-plan.ts';

export interface CommandAnswer {
  /** null when the program does not exist. */
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a program without a shell. `asks`: it talks to the person at the terminal, and its output is not caught. */
export type RunCommand = (words: readonly string[], options?: { asks?: boolean }) => Promise<CommandAnswer>;

export const runCommand: RunCommand = async (words, options = {}) => {
  const child = spawn(words[0]!, words.slice(1), {
    stdio: options.asks === true ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  try {
    const [exitCode] = (await once(child, 'close')) as [number | null];
    return { exitCode: exitCode ?? 1, stdout, stderr };
  } catch (error) {
    // A search path with a folder that this account may not enter answers EACCES for a program that is nowhere.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EACCES') throw error;
    return { exitCode: null, stdout, stderr: `${words[0]!} is not on this computer` };
  }
};

/**
 * Does what a plan says, in order, and stops at the first step that fails. Throws `service_not_installed` with
 * that step and what the system said to it.
 */
export async function carryOutPlan(plan: Plan, run: RunCommand): Promise<void> {
  for (const step of plan.steps) {
    switch (step.do) {
      case 'write': {
        const bom = step.encoding === 'utf16le' ? '\ufeff' : '';
        await onDisk(step.path, async () => {
          await writeFile(step.path, Buffer.from(bom + step.content, step.encoding), { mode: step.mode });
          await chmod(step.path, step.mode);
        });
        break;
      }
      case 'remove':
        await onDisk(step.path, () => rm(step.path, { force: true }));
        break;
      case 'run': {
        const answer = await run(step.words, { asks: step.asks === true });
        if (answer.exitCode !== 0 && step.mayFail !== true) {
          throw failed(`"${step.words.join(' ')}"`, lastLine(answer));
        }
      }
    }
  }
}

async function onDisk(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    if (code === 'EACCES' || code === 'EPERM') {
      throw new AppError('administrator_needed', `${path} may be changed by an administrator only.`, {
        nextStep: 'Run the command with sudo, or in a terminal that was started as administrator.',
        cause: error,
      });
    }
    throw failed(path, code);
  }
}

function failed(what: string, said: string): AppError {
  return new AppError('service_not_installed', `${what} failed: ${said}.`, {
    nextStep: 'See the whole plan with "tenantkeep service install --dry-run".',
  });
}

function lastLine(answer: CommandAnswer): string {
  const said = `${answer.stdout}\n${answer.stderr}`.trim().split(/\r?\n/).at(-1)!.replace(/\.$/, '');
  return said === '' ? `exit code ${String(answer.exitCode)}` : said;
}
