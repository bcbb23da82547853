import { createPrivateKey, X509Certificate } from 'node:crypto';
import { AppError } from '../../shared/errors.ts';

/**
 * The end of a certificate whose private key belongs to it. Throws `certificate_key_invalid` and
 * `credential_file_invalid`; `names` says in the sentence where each came from.
 */
export function checkCertificate(
  certificatePem: string,
  privateKeyPem: string,
  names: { certificate: string; key: string },
): Date {
  const certificate = attempt(
    () => new X509Certificate(certificatePem),
    names.certificate,
    'a PEM certificate',
  );
  const key = attempt(
    () => createPrivateKey(privateKeyPem),
    names.key,
    'an unencrypted PEM private key (PKCS #8)',
  );
  if (!certificate.checkPrivateKey(key)) {
    throw new AppError(
      'certificate_key_invalid',
      `The key in ${names.key} does not belong to the certificate.`,
      { nextStep: 'Give the private key with which the certificate was made.' },
    );
  }
  return certificate.validToDate;
}

function attempt<T>(read: () => T, place: string, what: string): T {
  try {
    return read();
  } catch (error) {
    // The parser's error is not kept as the cause: it may quote what it could not read.
    throw new AppError('credential_file_invalid', `${place} does not hold ${what}.`, {
      nextStep: 'Export it as PEM and give that file.',
      details: { parser: error instanceof Error ? error.name : 'unknown' },
    });
  }
}
