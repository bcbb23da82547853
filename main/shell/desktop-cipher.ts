import type { SafeStorage } from 'electron';
import { AppError } from '../../shared/errors.ts';
import type { ValueCipher } from '../credentials/sealed-store.ts';

/**
 * Seals with the key that Electron keeps in the key store of the session; usable once the app is ready. Where there is
 * no such store Electron would write text that anybody can read back, which is refused with its reason.
 */
export function createDesktopCipher(
  safeStorage: Pick<
    SafeStorage,
    'isAsyncEncryptionAvailable' | 'encryptStringAsync' | 'decryptStringAsync' | 'getSelectedStorageBackend'
  >,
  platform: NodeJS.Platform = process.platform,
): ValueCipher {
  const requireEncryption = async (): Promise<void> => {
    const backend = platform === 'linux' ? safeStorage.getSelectedStorageBackend() : null;
    if (backend === 'basic_text' || !(await safeStorage.isAsyncEncryptionAvailable())) {
      throw new AppError(
        'key_store_unencrypted',
        backend === 'basic_text'
          ? 'This desktop session has no key store: secrets would be stored without encryption (basic_text).'
          : 'This desktop session has no key store that encrypts.',
        {
          nextStep:
            'Start a key store (GNOME Keyring, KWallet), or set "secretStore": "file" in config.json, which keeps secrets in files that only this account reads.',
        },
      );
    }
  };
  return {
    mark: 'desktop',
    name: 'the key store of the desktop session',
    async seal(text) {
      await requireEncryption();
      return safeStorage.encryptStringAsync(text);
    },
    async open(sealed) {
      await requireEncryption();
      const { result, shouldReEncrypt } = await safeStorage.decryptStringAsync(Buffer.from(sealed));
      return { text: result, stale: shouldReEncrypt };
    },
  };
}
