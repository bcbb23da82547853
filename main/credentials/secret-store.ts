/**
 * Where this computer keeps the few secrets of its own: the host's private key, the passwords of its database
 * logins, the key for fingerprints. Tenants' credentials are not here; they lie sealed in the database.
 */
import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../shared/errors.ts';

export interface SecretStore {
  /** The secret's text, or null when there is none under that name. */
  read(name: string): Promise<string | null>;
  /** Stores or replaces; a reader sees the old value or the new one, never a half. */
  write(name: string, value: string): Promise<void>;
  /** Stores only where nothing is stored, and answers what is stored now: of two processes one wins, both agree. */
  writeIfAbsent(name: string, value: string): Promise<string>;
  remove(name: string): Promise<void>;
  /** How the secrets are kept, and what is wrong with it (a file that others can read); for `doctor` and the log. */
  describe(): Promise<SecretStoreDescription>;
}

export interface SecretStoreDescription {
  kind: 'file' | 'operating system';
  location: string;
  warnings: string[];
}

/**
 * The store for machines without a key store: one file a secret, mode 0600, in a directory of mode 0700.
 * One file each, because two processes that rewrite one common file would lose each other's entry.
 */
export function createFileSecretStore(directory: string): SecretStore {
  const fileOf = (name: string): string => {
    if (!/^[a-z0-9][a-z0-9._-]{0,150}$/.test(name)) throw new RangeError(`Not a secret's name: ${name}`);
    return join(directory, name);
  };
  /** Calls `place` with a finished, synced temporary file and removes what is left of it. */
  const withTemporary = async <T>(
    name: string,
    value: string,
    place: (temporary: string, target: string) => Promise<T>,
  ): Promise<T> => {
    const target = fileOf(name);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const temporary = join(directory, `.${name}.${randomBytes(6).toString('hex')}`);
    try {
      const handle = await open(temporary, 'wx', 0o600);
      try {
        await handle.writeFile(value, 'utf8');
        await handle.sync();
      } finally {
        await handle.close();
      }
      return await place(temporary, target);
    } catch (error) {
      throw asStoreError(error, directory);
    } finally {
      await rm(temporary, { force: true });
    }
  };
  const read = async (name: string): Promise<string | null> => {
    try {
      return await readFile(fileOf(name), 'utf8');
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return null;
      throw asStoreError(error, directory);
    }
  };
  return {
    read,
    write: (name, value) =>
      withTemporary(name, value, async (temporary, target) => {
        await rename(temporary, target);
      }),
    writeIfAbsent: (name, value) =>
      withTemporary(name, value, async (temporary, target) => {
        try {
          // A hard link fails where the name exists, which a rename does not.
          await link(temporary, target);
          return value;
        } catch (error) {
          if (errorCode(error) !== 'EEXIST') throw error;
          const stored = await read(name);
          if (stored === null) throw new Error('the file vanished while it was read', { cause: error });
          return stored;
        }
      }),
    remove: async (name) => {
      await rm(fileOf(name), { force: true });
    },
    describe: async () => ({
      kind: 'file',
      location: directory,
      warnings: await findWideModes(directory),
    }),
  };
}

/** Narrows the directory and its files to their owner again; answers what was changed. */
export async function narrowFileModes(directory: string): Promise<void> {
  for (const { path, wanted } of await listModes(directory)) await chmod(path, wanted);
}

async function findWideModes(directory: string): Promise<string[]> {
  // Windows has no such modes; there the profile's access list protects the directory.
  if (process.platform === 'win32') return [];
  return (await listModes(directory)).map(
    ({ path, mode, wanted }) =>
      `${path} has mode ${mode.toString(8).padStart(4, '0')}; it must be ${wanted.toString(8).padStart(4, '0')}, so that only its owner can read it.`,
  );
}

async function listModes(directory: string): Promise<{ path: string; mode: number; wanted: number }[]> {
  let names: string[];
  try {
    names = await readdir(directory);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw asStoreError(error, directory);
  }
  const wide: { path: string; mode: number; wanted: number }[] = [];
  for (const [path, wanted] of [
    [directory, 0o700],
    ...names.map((name) => [join(directory, name), 0o600] as const),
  ] as const) {
    const mode = (await stat(path)).mode & 0o777;
    if ((mode & 0o077) !== 0) wide.push({ path, mode, wanted });
  }
  return wide;
}

function errorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code : undefined;
}

function asStoreError(error: unknown, directory: string): unknown {
  const code = errorCode(error);
  if (code === undefined) return error;
  const what =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? 'the disk is full'
      : code === 'EACCES' || code === 'EPERM'
        ? 'this account may not use it'
        : code;
  return new AppError(
    'secret_store_unusable',
    `The secrets of this computer in ${directory} cannot be used: ${what}.`,
    {
      nextStep: 'Free disk space or correct the permissions of that directory, then try again.',
      cause: error,
    },
  );
}
