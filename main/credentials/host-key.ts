import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import type { SecretStore } from './secret-store.ts';

/** The key pair of this host: whatever is sealed to the recipient can be opened with the identity only. */
export interface HostKey {
  /** `AGE-SECRET-KEY-…`; never leaves the secret store and this process. */
  identity: string;
  /** `age1…`; published in `app.hosts`. */
  recipient: string;
}

const secretName = 'host-key';

/**
 * The host key of this home, made at first use. Of two processes that start at the same time both get the same
 * key.
 */
export async function loadHostKey(store: SecretStore): Promise<HostKey> {
  const stored = await store.read(secretName);
  const identity = stored ?? (await store.writeIfAbsent(secretName, await generateX25519Identity()));
  return { identity, recipient: await identityToRecipient(identity) };
}
