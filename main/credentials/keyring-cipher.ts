import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { AppError, errorText } from '../../shared/errors.ts';
import { openText, sealText } from './sealed-credential.ts';
import type { SecretStore } from './secret-store.ts';
import type { ValueCipher } from './sealed-store.ts';

/** One entry of the operating system's key store; the shape of `AsyncEntry` of @napi-rs/keyring. */
export interface KeyStoreEntry {
  getPassword(): Promise<string | null>;
  setPassword(password: string): Promise<void>;
  deletePassword(): Promise<unknown>;
}

/** The entry for an account name; rejects where the library cannot be loaded on this machine. */
export type KeyStoreEntries = (account: string) => Promise<KeyStoreEntry>;

const service = 'TenantKeep';
/** Which key this home uses: its public half, made once whichever process comes first. */
const keyName = 'key-store-recipient';

/** Entries of the system's own store: Credential Manager, Keychain, or the secret service of a desktop session. */
export const systemKeyStore: KeyStoreEntries = async (account) => {
  const { AsyncEntry } = await import('@napi-rs/keyring');
  return new AsyncEntry(service, account);
};

/**
 * Seals with an age key whose private half lies in the key store of the account. A store takes only short values and
 * knows no "write if absent": so each process that finds no key stores its own under its own name first, and the file
 * with the public half decides whose it is.
 */
export function createKeyringCipher(
  files: SecretStore,
  entries: KeyStoreEntries = systemKeyStore,
): ValueCipher {
  let known: Promise<{ identity: string; recipient: string }> | null = null;

  const makeKey = async (): Promise<string> => {
    const identity = await generateX25519Identity();
    const own = await identityToRecipient(identity);
    const entry = await entries(own);
    await entry.setPassword(identity);
    const recipient = await files.writeIfAbsent(keyName, own);
    if (recipient !== own) await entry.deletePassword();
    return recipient;
  };

  const loadKey = async (): Promise<{ identity: string; recipient: string }> => {
    try {
      const recipient = (await files.read(keyName)) ?? (await makeKey());
      const identity = await (await entries(recipient)).getPassword();
      if (identity !== null) return { identity, recipient };
    } catch (error) {
      if (error instanceof AppError) throw error;
      throw unusable(error);
    }
    throw new AppError(
      'key_store_lost',
      'The key store of this account does not hold the key of this home.',
      {
        nextStep:
          'Work under the account that set the home up. A home that was copied from another computer has to be set up again.',
      },
    );
  };

  const key = (): Promise<{ identity: string; recipient: string }> => {
    known ??= loadKey();
    // A store that was locked may be open at the next try.
    known.catch(() => (known = null));
    return known;
  };

  return {
    mark: 'keyring',
    name: 'the key store of this account',
    seal: async (text) => sealText(text, [(await key()).recipient]),
    async open(sealed) {
      const text = await openText(sealed, (await key()).identity);
      if (text === null) {
        throw new AppError('secret_store_damaged', 'A secret of this home does not open with its key.', {
          nextStep: 'Restore the secrets directory, or set the home up again.',
        });
      }
      return { text, stale: false };
    },
  };
}

function unusable(error: unknown): AppError {
  const reason = errorText(error).split('\n')[0]!.trim().replace(/\.$/, '');
  return new AppError('key_store_unusable', `The key store of this account cannot be used: ${reason}.`, {
    nextStep:
      'Unlock it, or set "secretStore": "file" in config.json, which keeps secrets in files that only this account reads.',
    cause: error,
  });
}
