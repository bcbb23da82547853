import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadHostKey } from '../../main/credentials/host-key.ts';
import { createKeyringCipher, type KeyStoreEntries } from '../../main/credentials/keyring-cipher.ts';
import { createPlainSecretStore, createSealedSecretStore } from '../../main/credentials/sealed-store.ts';
import { createFileSecretStore, type SecretStore } from '../../main/credentials/secret-store.ts';
import { createDesktopCipher } from '../../main/shell/desktop-cipher.ts';
import { runCli } from '../support/cli.ts';

let home: string;
let directory: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tenantkeep-key-stores-'));
  directory = join(home, 'secrets');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const files = () => createFileSecretStore(directory);
const everyFile = () => readdirSync(directory).map((name) => readFileSync(join(directory, name), 'utf8'));

/** A key store in memory, which several processes of one account share. */
function keyStore(): { entries: KeyStoreEntries; kept: Map<string, string> } {
  const kept = new Map<string, string>();
  return {
    kept,
    entries: async (account) => ({
      getPassword: async () => kept.get(account) ?? null,
      setPassword: async (password) => void kept.set(account, password),
      deletePassword: async () => kept.delete(account),
    }),
  };
}
const keyring = (entries: KeyStoreEntries): SecretStore =>
  createSealedSecretStore(files(), createKeyringCipher(files(), entries));

const turn = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte) => byte ^ 0x5a));

/** Electron's key store as its documentation describes it: XOR stands for the cipher. */
function desktopKeyStore(backend: 'gnome_libsecret' | 'basic_text', stale = false) {
  return {
    isAsyncEncryptionAvailable: async () => true,
    getSelectedStorageBackend: () => backend,
    encryptStringAsync: async (text: string) => turn(Buffer.from(text)),
    decryptStringAsync: async (bytes: Buffer) => ({
      result: turn(bytes).toString(),
      shouldReEncrypt: stale,
    }),
  };
}

describe('the key store of the account', () => {
  it('keeps host key and passwords out of the files', async () => {
    const { entries, kept } = keyStore();
    const store = keyring(entries);
    const { identity } = await loadHostKey(store);
    await store.write('database-logins-embedded', 'a password');
    expect(await loadHostKey(keyring(entries))).toMatchObject({ identity });
    expect(await keyring(entries).read('database-logins-embedded')).toBe('a password');
    expect(everyFile().filter((text) => text.includes('AGE-SECRET') || text.includes('password'))).toEqual(
      [],
    );
    expect([...kept.values()]).toEqual([expect.stringMatching(/^AGE-SECRET-KEY-/)]);
    expect(await store.describe()).toMatchObject({ kind: 'operating system', warnings: [] });
  });

  it('gives processes that start together one key, and leaves no other behind', async () => {
    const { entries, kept } = keyStore();
    const keys = await Promise.all(Array.from({ length: 8 }, () => loadHostKey(keyring(entries))));
    expect(new Set(keys.map(({ identity }) => identity)).size).toBe(1);
    expect(kept.size).toBe(1);
  });

  it('takes over what lay in files in clear', async () => {
    const { identity } = await loadHostKey(files());
    const { entries } = keyStore();
    expect((await loadHostKey(keyring(entries))).identity).toBe(identity);
    expect(everyFile().filter((text) => text.includes('AGE-SECRET'))).toEqual([]);
    // Whoever turns the choice back is told, and nothing takes the ciphertext for a key.
    await expect(loadHostKey(createPlainSecretStore(files()))).rejects.toMatchObject({
      code: 'secret_store_other',
    });
  });

  it('that lost the key, or is dead, is said in one sentence, and no file takes its place', async () => {
    const { entries, kept } = keyStore();
    await loadHostKey(keyring(entries));
    kept.clear();
    await expect(loadHostKey(keyring(entries))).rejects.toMatchObject({ code: 'key_store_lost' });
    const dead = keyring(() => Promise.reject(new Error('Cannot find native binding.\n  at x.js:1')));
    rmSync(directory, { recursive: true });
    await expect(loadHostKey(dead)).rejects.toMatchObject({
      code: 'key_store_unusable',
      message: 'The key store of this account cannot be used: Cannot find native binding.',
    });
    expect(() => everyFile()).toThrow('ENOENT');
  });

  it.runIf(process.platform === 'linux' && process.env['DBUS_SESSION_BUS_ADDRESS'] === undefined)(
    'really is missing on a machine without a session, and a command ends with its reason',
    async () => {
      const env = { TENANTKEEP_SECRET_STORE: 'keyring' };
      const result = await runCli(['doctor', '--json'], { home, env });
      expect(result.exitCode).not.toBe(0);
      expect(result.stderr + result.stdout).toContain('The key store of this account cannot be used: ');
      expect(result.stderr + result.stdout).not.toMatch(/\n\s+at /);
    },
    30_000,
  );
});

const desktop = (backend: 'gnome_libsecret' | 'basic_text', stale = false): SecretStore =>
  createSealedSecretStore(files(), createDesktopCipher(desktopKeyStore(backend, stale), 'linux'));

describe('the key store of the desktop session', () => {
  it('seals with it, and seals again what it asks for', async () => {
    const { identity } = await loadHostKey(desktop('gnome_libsecret'));
    expect((await loadHostKey(desktop('gnome_libsecret', true))).identity).toBe(identity);
    expect(everyFile().join()).toMatch(/^tenantkeep-sealed desktop /);
  });

  it('is refused where it would not encrypt', async () => {
    await expect(loadHostKey(desktop('basic_text'))).rejects.toMatchObject({
      code: 'key_store_unencrypted',
      message: expect.stringContaining('basic_text'),
    });
    expect(() => everyFile()).toThrow('ENOENT');
  });

  it('is not opened by the command line, which says so', async () => {
    writeFileSync(join(home, 'config.json'), '{"secretStore": "desktop"}');
    const result = await runCli(['doctor', '--json'], { home });
    expect(result.exitCode).not.toBe(0);
    expect(result.stderr + result.stdout).toContain('kept by the desktop app');
  }, 30_000);
});
