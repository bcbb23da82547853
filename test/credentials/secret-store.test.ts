import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadHostKey } from '../../main/credentials/host-key.ts';
import { createFileSecretStore, narrowFileModes } from '../../main/credentials/secret-store.ts';

let directory: string;
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'tenantkeep-secrets-')), 'secrets');
});
afterEach(() => rmSync(join(directory, '..'), { recursive: true, force: true }));

describe('file secret store', () => {
  it('keeps a secret in a file that only its owner can read, and leaves nothing beside it', async () => {
    const store = createFileSecretStore(directory);
    await expect(store.read('host-key')).resolves.toBeNull();
    await store.write('host-key', 'one');
    await store.write('host-key', 'two');
    await expect(store.read('host-key')).resolves.toBe('two');
    expect(statSync(join(directory, 'host-key')).mode & 0o777).toBe(0o600);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    expect(readdirSync(directory)).toEqual(['host-key']);
    await store.remove('host-key');
    expect(readdirSync(directory)).toEqual([]);
  });

  it('lets one of many writers win, and all of them see the same', async () => {
    const stores = Array.from({ length: 20 }, () => createFileSecretStore(directory));
    const answers = await Promise.all(
      stores.map((store, index) => store.writeIfAbsent('key', `value ${index}`)),
    );
    expect(new Set(answers).size).toBe(1);
    await expect(stores[0]!.read('key')).resolves.toBe(answers[0]);
    expect(readdirSync(directory)).toEqual(['key']);
  });

  it('gives two processes that start together one host key', async () => {
    const keys = await Promise.all([1, 2, 3].map(() => loadHostKey(createFileSecretStore(directory))));
    expect(new Set(keys.map((key) => key.identity)).size).toBe(1);
    expect(keys[0]!.recipient).toMatch(/^age1/);
  });

  it('points out modes that let others read, and narrows them on request', async () => {
    const store = createFileSecretStore(directory);
    await store.write('key', 'value');
    chmodSync(join(directory, 'key'), 0o644);
    const { warnings } = await store.describe();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/key has mode 0644; it must be 0600/);
    await narrowFileModes(directory);
    await expect(store.describe()).resolves.toMatchObject({ warnings: [] });
  });

  it('takes no path for a name', async () => {
    await expect(createFileSecretStore(directory).read('../x')).rejects.toThrow(RangeError);
  });
});
