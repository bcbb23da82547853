import { access, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '../../shared/errors.ts';

/**
 * The folder of the built screens: beside the built program, or in a checkout that was built. Throws
 * `screens_missing` with the command that builds them.
 */
export async function findRenderer(): Promise<string> {
  const entry = dirname(await realpath(process.argv[1]!));
  for (const candidate of [join(entry, '..', 'renderer'), join(entry, '..', 'out', 'renderer')]) {
    if (await exists(join(candidate, 'assets'))) return candidate;
  }
  throw new AppError('screens_missing', 'The screens were not built, so there is nothing to serve.', {
    nextStep: 'Run "npm run build" first.',
  });
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
