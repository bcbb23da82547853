import { AppError } from '../../shared/errors.ts';
import type { SecretStore } from './secret-store.ts';

/** What seals the values of a store with a key that the operating system keeps. */
export interface ValueCipher {
  /** One word that stands before each sealed value and says who can open it. */
  readonly mark: string;
  /** For `doctor` and the log, such as `macOS Keychain`. */
  readonly name: string;
  /** Throws an `AppError` where the key store cannot be used, or would not encrypt. */
  seal(text: string): Promise<Uint8Array>;
  /** `stale`: the operating system asks for the value to be sealed again. */
  open(sealed: Uint8Array): Promise<{ text: string; stale: boolean }>;
}

const form = /^tenantkeep-sealed ([a-z]+) ([A-Za-z0-9+/=]+)$/;

/**
 * A store whose files hold ciphertext. The files bring what key stores lack: a value that is made once whichever
 * process comes first, and any length. A value that lies there in clear, from before the key store was chosen, is
 * sealed when it is read.
 */
export function createSealedSecretStore(files: SecretStore, cipher: ValueCipher): SecretStore {
  const seal = async (text: string): Promise<string> =>
    `tenantkeep-sealed ${cipher.mark} ${Buffer.from(await cipher.seal(text)).toString('base64')}`;

  const open = async (name: string, stored: string): Promise<string> => {
    const match = form.exec(stored);
    if (match !== null && match[1] !== cipher.mark) throw sealedOtherwise(match[1]!);
    const { text, stale } =
      match === null ? { text: stored, stale: true } : await cipher.open(Buffer.from(match[2]!, 'base64'));
    if (stale) await files.write(name, await seal(text));
    return text;
  };

  return {
    async read(name) {
      const stored = await files.read(name);
      return stored === null ? null : open(name, stored);
    },
    write: async (name, value) => files.write(name, await seal(value)),
    writeIfAbsent: async (name, value) => open(name, await files.writeIfAbsent(name, await seal(value))),
    remove: (name) => files.remove(name),
    async describe() {
      const { location, warnings } = await files.describe();
      return { kind: 'operating system', location: `${location}, sealed with ${cipher.name}`, warnings };
    },
  };
}

/** The plain files, which refuse to hand out ciphertext for a secret. */
export function createPlainSecretStore(files: SecretStore): SecretStore {
  return {
    ...files,
    read: async (name) => requirePlain(await files.read(name)),
    writeIfAbsent: async (name, value) => requirePlain(await files.writeIfAbsent(name, value)),
  };
}

function requirePlain<T extends string | null>(stored: T): T {
  const match = stored === null ? null : form.exec(stored);
  if (match !== null) throw sealedOtherwise(match[1]!);
  return stored;
}

function sealedOtherwise(mark: string): AppError {
  return new AppError('secret_store_other', `The secrets of this home are sealed for the store "${mark}".`, {
    nextStep:
      mark === 'desktop'
        ? 'Only the desktop app opens them. For the command line too, set "secretStore" in config.json to "keyring" or "file" and set the home up again.'
        : `Set "secretStore" in config.json to "${mark}".`,
  });
}
