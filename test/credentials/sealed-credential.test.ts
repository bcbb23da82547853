import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { describe, expect, it } from 'vitest';
import { openCredential, sealCredential } from '../../main/credentials/sealed-credential.ts';

const address = { tenantId: 't-1', credentialId: 'c-1', clientId: 'app-1' };
const credential = { kind: 'secret', secret: 'CANARY-seal-91' } as const;

async function key(): Promise<{ identity: string; recipient: string }> {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

describe('sealed credential', () => {
  it('opens for every host it was sealed to and for no other', async () => {
    const [first, second, stranger] = await Promise.all([key(), key(), key()]);
    const sealed = await sealCredential(address, credential, [first.recipient, second.recipient]);
    expect(Buffer.from(sealed).includes('CANARY-seal-91')).toBe(false);
    const where = { ...address, kind: 'secret' as const };
    await expect(openCredential(sealed, where, first.identity)).resolves.toEqual(credential);
    await expect(openCredential(sealed, where, second.identity)).resolves.toEqual(credential);
    await expect(openCredential(sealed, where, stranger.identity)).resolves.toBeNull();
  });

  it.each([
    ['tenant', { tenantId: 't-2' }],
    ['credential', { credentialId: 'c-2' }],
    ['app', { clientId: 'app-2' }],
    ['kind', { kind: 'certificate' as const }],
  ])('moved to the row of another %s does not open there', async (_what, other) => {
    const host = await key();
    const sealed = await sealCredential(address, credential, [host.recipient]);
    const opened = openCredential(sealed, { ...address, kind: 'secret', ...other }, host.identity);
    await expect(opened).rejects.toMatchObject({ code: 'credential_misplaced' });
    await expect(opened).rejects.not.toThrow(/CANARY/);
  });

  it('with a flipped or missing byte does not open', async () => {
    const host = await key();
    const sealed = await sealCredential(address, credential, [host.recipient]);
    const where = { ...address, kind: 'secret' as const };
    const flipped = Uint8Array.from(sealed);
    flipped[flipped.length - 3]! ^= 1;
    await expect(openCredential(flipped, where, host.identity)).resolves.toBeNull();
    await expect(openCredential(sealed.slice(0, -1), where, host.identity)).resolves.toBeNull();
  });

  it('is refused where nobody could ever open it', async () => {
    await expect(sealCredential(address, credential, [])).rejects.toMatchObject({ code: 'no_approved_host' });
  });
});
