import { generateKeyPair, X509Certificate } from 'node:crypto';
import { promisify } from 'node:util';
import type { Clock } from '../clock.ts';
import { encodeCertificate, extension, keyUsage, objectId, pem, sequence } from '../x509.ts';
import type { CredentialSecret } from './sealed-credential.ts';

const dayMs = 24 * 3_600_000;
const validDays = 730;
const makeKeyPair = promisify(generateKeyPair);

/**
 * A key pair for signing in to one tenant, with a certificate that signs itself, as Entra takes it for an app. The
 * private key exists in memory only, until it is sealed to the hosts.
 */
export async function makeCertificate(
  tenantName: string,
  clock: Clock,
): Promise<{ credential: Extract<CredentialSecret, { kind: 'certificate' }>; expiresAt: Date }> {
  const keys = await makeKeyPair('rsa', { modulusLength: 3072 });
  // Only letters, digits and blanks: whatever a tenant is called, the certificate can be shown anywhere.
  const subject = `TenantKeep ${tenantName.replaceAll(/[^\p{L}\p{N} ]/gu, '').slice(0, 40)}`.trim();
  const nowMs = clock.wallMs();
  const certificatePem = pem(
    'CERTIFICATE',
    encodeCertificate(
      {
        subject,
        publicKey: keys.publicKey,
        // Clocks differ: a certificate that is not valid yet at Entra would be refused.
        notBeforeMs: nowMs - dayMs,
        notAfterMs: nowMs + validDays * dayMs,
        extensions: [
          extension('2.5.29.19', true, sequence()),
          keyUsage(0x80, 7),
          extension('2.5.29.37', false, sequence(objectId('1.3.6.1.5.5.7.3.2'))),
        ],
      },
      { name: subject, ...keys },
    ),
  );
  return {
    credential: {
      kind: 'certificate',
      certificatePem,
      privateKeyPem: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    },
    expiresAt: new X509Certificate(certificatePem).validToDate,
  };
}
