import { realpath } from 'node:fs/promises';
import { AppError } from '../shared/errors.ts';
import { type Home, readConfigFile } from './config.ts';
import { replaceFile } from './replace-file.ts';

/**
 * Makes config.json name a database, by a URL without a password, or none (null: the embedded one). The other
 * settings keep their values. A reader sees the old file or the new one, never a half. Throws `config_invalid`,
 * `config_unreadable`, `config_not_writable`; the file is then as it was.
 */
export async function writeDatabaseUrl(home: Home, url: string | null): Promise<void> {
  const { settings, written } = await readConfigFile(home.configFile);
  if ((settings.databaseUrl ?? null) === url) return;
  const { databaseUrl: _before, ...others } = written ?? {};
  const next = url === null ? others : { ...written, databaseUrl: url };
  try {
    await replaceFile(await followLinks(home.configFile), `${JSON.stringify(next, null, 2)}\n`);
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (typeof code !== 'string') throw error;
    throw new AppError('config_not_writable', `${home.configFile} cannot be written (${code}).`, {
      nextStep: 'Correct the permissions of the home or free disk space, then try again.',
      cause: error,
    });
  }
}

/** A link to a file that is kept elsewhere stays a link. */
async function followLinks(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return path;
    throw error;
  }
}
