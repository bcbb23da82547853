import { createHash, generateKeyPairSync } from 'node:crypto';
import {
  type CertificateRequest,
  der,
  encodeCertificate,
  extension,
  keyUsage,
  objectId,
  pem,
  sequence,
  truth,
} from '../x509.ts';

/**
 * A certificate authority for one simulator: made at start, never written with its private key. Nothing but
 * loopback ever sees these certificates.
 */
export interface CertificateAuthority {
  /** The authority's own certificate, to be trusted by clients. */
  caPem: string;
  /** Issues a certificate for a server on loopback. */
  issueServer(): { certificatePem: string; privateKeyPem: string };
  /** Issues a certificate with which an app registration signs its client assertions. */
  issueClient(commonName: string): ClientCertificate;
}

/** A certificate with its private key (RSA, as client assertions are signed with RS256 or PS256). */
export interface ClientCertificate {
  certificatePem: string;
  privateKeyPem: string;
  /** SHA-256 of the DER form, upper-case hex, as the Entra portal shows it. */
  thumbprintSha256: string;
}

const dayMs = 24 * 3600 * 1000;

const leaf = (purpose: string) => [
  extension('2.5.29.19', true, sequence()),
  keyUsage(0x80, 7),
  extension('2.5.29.37', false, sequence(objectId(purpose))),
];

/** Makes a new authority. `nowMs` is the wall clock in milliseconds since the epoch. */
export function createCertificateAuthority(nowMs: number): CertificateAuthority {
  const issuerName = 'TenantKeep simulator authority';
  const issuer = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issue = (request: CertificateRequest) => encodeCertificate(request, { name: issuerName, ...issuer });

  const notBeforeMs = nowMs - dayMs;
  const caPem = pem(
    'CERTIFICATE',
    issue({
      subject: issuerName,
      publicKey: issuer.publicKey,
      notBeforeMs,
      notAfterMs: nowMs + 3650 * dayMs,
      extensions: [extension('2.5.29.19', true, sequence(truth)), keyUsage(0x06, 1)],
    }),
  );

  return {
    caPem,
    issueServer() {
      const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const certificate = issue({
        subject: 'localhost',
        publicKey: keys.publicKey,
        notBeforeMs,
        // Some platforms refuse server certificates that live longer than 825 days.
        notAfterMs: nowMs + 800 * dayMs,
        extensions: [
          ...leaf('1.3.6.1.5.5.7.3.1'),
          extension(
            '2.5.29.17',
            false,
            sequence(
              der(0x82, Buffer.from('localhost')),
              der(0x87, Buffer.from([127, 0, 0, 1])),
              der(0x87, Buffer.from([...Array<number>(15).fill(0), 1])),
            ),
          ),
        ],
      });
      return {
        certificatePem: pem('CERTIFICATE', certificate),
        privateKeyPem: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      };
    },
    issueClient(commonName) {
      const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const certificate = issue({
        subject: commonName,
        publicKey: keys.publicKey,
        notBeforeMs,
        notAfterMs: nowMs + 365 * dayMs,
        extensions: leaf('1.3.6.1.5.5.7.3.2'),
      });
      return {
        certificatePem: pem('CERTIFICATE', certificate),
        privateKeyPem: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
        thumbprintSha256: createHash('sha256').update(certificate).digest('hex').toUpperCase(),
      };
    },
  };
}
