import { Decrypter, Encrypter } from 'age-encryption';
import { z } from 'zod';
import { AppError } from '../../shared/errors.ts';

/** What proves the app to a tenant's sign-in service. */
export type CredentialSecret =
  | { kind: 'secret'; secret: string }
  | { kind: 'certificate'; certificatePem: string; privateKeyPem: string }
  /** The sign-in of a person; `account` is the user name, for saying who has to sign in again. */
  | { kind: 'delegated'; refreshToken: string; account: string };

/**
 * A credential as it was opened. `sealedTo` are the hosts that a person approved: a host that seals the next refresh
 * token takes them from inside the seal, because whoever can write rows could name other recipients there.
 */
export type OpenedSecret =
  | Exclude<CredentialSecret, { kind: 'delegated' }>
  | (Extract<CredentialSecret, { kind: 'delegated' }> & { sealedTo: readonly string[] });

/**
 * The plaintext of a sealed credential. age proves nothing about the sender, so it names what it belongs to, and
 * opening compares: a ciphertext moved to another tenant's row does not open there.
 */
const plaintextSchema = z.strictObject({
  format: z.literal('tenantkeep-credential-1'),
  tenantId: z.string(),
  credentialId: z.string(),
  clientId: z.string(),
  credential: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('secret'), secret: z.string().min(1) }),
    z.strictObject({
      kind: z.literal('certificate'),
      certificatePem: z.string().min(1),
      privateKeyPem: z.string().min(1),
    }),
    z.strictObject({
      kind: z.literal('delegated'),
      refreshToken: z.string().min(1),
      account: z.string(),
      sealedTo: z.array(z.string()).min(1),
    }),
  ]),
});

/** Which row a credential belongs to. */
export interface CredentialAddress {
  tenantId: string;
  credentialId: string;
  clientId: string;
}

/**
 * Seals a credential to the public keys of the approved hosts. Throws `no_approved_host` when there is none:
 * nobody could ever open it.
 */
export async function sealCredential(
  address: CredentialAddress,
  credential: CredentialSecret,
  recipients: readonly string[],
): Promise<Uint8Array> {
  return sealText(
    JSON.stringify({
      format: 'tenantkeep-credential-1',
      ...address,
      credential: credential.kind === 'delegated' ? { ...credential, sealedTo: [...recipients] } : credential,
    } satisfies z.input<typeof plaintextSchema>),
    recipients,
  );
}

/** The opened text with the hosts that it is about to be sealed to inside, where a host has to find them there. */
export function addressedTo(text: string, recipients: readonly string[]): string {
  const parsed = plaintextSchema.safeParse(parseOrNull(text));
  if (!parsed.success || parsed.data.credential.kind !== 'delegated') return text;
  return JSON.stringify({
    ...parsed.data,
    credential: { ...parsed.data.credential, sealedTo: [...recipients] },
  });
}

/**
 * Opens a sealed credential; null when this host's key is not among those it was sealed to. Throws
 * `credential_misplaced` when it opens but belongs to another tenant, credential or app.
 */
export async function openCredential(
  sealed: Uint8Array,
  address: CredentialAddress & { kind: CredentialSecret['kind'] },
  identity: string,
): Promise<OpenedSecret | null> {
  const text = await openText(sealed, identity);
  if (text === null) return null;
  const parsed = plaintextSchema.safeParse(parseOrNull(text));
  if (
    !parsed.success ||
    parsed.data.tenantId !== address.tenantId ||
    parsed.data.credentialId !== address.credentialId ||
    parsed.data.clientId !== address.clientId ||
    parsed.data.credential.kind !== address.kind
  ) {
    // The parser's error is not kept as the cause: it could quote what was sealed.
    throw new AppError(
      'credential_misplaced',
      'A sealed credential does not belong to the tenant in whose row it lies.',
      {
        nextStep: 'Store the credential of this tenant again, and ask who can write to the database.',
        details: { tenantId: address.tenantId, credentialId: address.credentialId },
      },
    );
  }
  return parsed.data.credential;
}

/** age ciphertext of a text for all recipients. */
export async function sealText(text: string, recipients: readonly string[]): Promise<Uint8Array> {
  if (recipients.length === 0) {
    throw new AppError('no_approved_host', 'There is no approved host to which a secret could be sealed.', {
      nextStep: 'Start a host and have an administrator approve it.',
    });
  }
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  return encrypter.encrypt(text);
}

/** The text, or null when the identity is not among the recipients or the bytes are not a whole age file. */
export async function openText(sealed: Uint8Array, identity: string): Promise<string | null> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  try {
    return await decrypter.decrypt(sealed, 'text');
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
