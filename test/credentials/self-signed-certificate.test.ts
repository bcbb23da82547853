import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../main/clock.ts';
import { checkCertificate } from '../../main/credentials/check-certificate.ts';
import { makeCertificate } from '../../main/credentials/self-signed-certificate.ts';

describe('a key pair made for a tenant', () => {
  it('has a certificate that signs itself, fits its key and ends in two years', async () => {
    const { credential, expiresAt } = await makeCertificate('Contoso <b>"\u202e Ltd', systemClock);
    const certificate = new X509Certificate(credential.certificatePem);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.issuer).toBe(certificate.subject);
    expect(certificate.subject).toBe('CN=TenantKeep Contoso b Ltd');
    expect(certificate.publicKey.asymmetricKeyDetails).toMatchObject({ modulusLength: 3072 });
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    const names = { certificate: 'certificate', key: 'key' };
    expect(checkCertificate(credential.certificatePem, credential.privateKeyPem, names)).toEqual(expiresAt);
    const days = (expiresAt.getTime() - systemClock.wallMs()) / 86_400_000;
    expect(days).toBeGreaterThan(729);
    expect(days).toBeLessThanOrEqual(730);
  });

  it('is refused together with the key of another', async () => {
    const [one, two] = await Promise.all(['One', 'Two'].map((name) => makeCertificate(name, systemClock)));
    expect(() =>
      checkCertificate(one!.credential.certificatePem, two!.credential.privateKeyPem, {
        certificate: 'one.pem',
        key: 'two.pem',
      }),
    ).toThrow('The key in two.pem does not belong to the certificate.');
  });
});
