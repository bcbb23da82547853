import { open, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AppError } from '../../shared/errors.ts';

/** A file that was made but not written yet, so that a login is made only when its password has a place. */
export interface ConnectionFile {
  path: string;
  write(connectionUrl: string): Promise<void>;
  /** Removes the file again, for when the login was not made. */
  discard(): Promise<void>;
}

/** Makes a new file that only its owner may read. Throws `file_exists` or `file_not_writable`. */
export async function reserveConnectionFile(given: string): Promise<ConnectionFile> {
  const path = resolve(given);
  try {
    const file = await open(path, 'wx', 0o600);
    return {
      path,
      async write(connectionUrl) {
        await file.writeFile(`${connectionUrl}\n`);
        await file.sync();
        await file.close();
      },
      async discard() {
        await file.close();
        await rm(path, { force: true });
      },
    };
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (code === 'EEXIST') {
      throw new AppError('file_exists', `${path} exists already.`, { nextStep: 'Choose another name.' });
    }
    throw new AppError('file_not_writable', `${path} cannot be written (${String(code)}).`, {
      nextStep: 'Choose a directory that exists and that this account may write to.',
      cause: error,
    });
  }
}
