import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { instantFromMs } from '../../shared/model/instant.ts';

/**
 * A certificate authority for one simulator: made at start, never written with its private key. X.509 is
 * spelled out here in a few lines of DER (RFC 5280), because the libraries for it either shell out to openssl
 * or need a reflection polyfill, and nothing but loopback ever sees these certificates.
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

function der(tag: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length: number[] = [];
  for (let rest = body.length; rest > 0; rest >>= 8) length.unshift(rest & 0xff);
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length, ...length]), body]);
}
const sequence = (...parts: Buffer[]) => der(0x30, ...parts);
const octets = (body: Buffer) => der(0x04, body);
const bits = (body: Buffer, unused = 0) => der(0x03, Buffer.from([unused]), body);
const truth = der(0x01, Buffer.from([0xff]));

function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let high = arc >> 7; high > 0; high >>= 7) groups.unshift((high & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}

function time(epochMs: number): Buffer {
  const text = instantFromMs(epochMs).toISOString().replaceAll(/[-:T]/g, '').slice(0, 14) + 'Z';
  // Up to 2049 RFC 5280 wants the two-digit year of UTCTime.
  return text < '2050' ? der(0x17, Buffer.from(text.slice(2))) : der(0x18, Buffer.from(text));
}

function name(commonName: string): Buffer {
  return sequence(der(0x31, sequence(objectId('2.5.4.3'), der(0x0c, Buffer.from(commonName)))));
}

const ecdsaWithSha256 = sequence(objectId('1.2.840.10045.4.3.2'));

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return sequence(objectId(id), ...(critical ? [truth] : []), octets(value));
}

function keyIdentifier(publicKey: KeyObject): Buffer {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest()
    .subarray(0, 20);
}

function pem(label: string, body: Buffer): string {
  const lines = body.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

interface CertificateRequest {
  subject: string;
  publicKey: KeyObject;
  notBeforeMs: number;
  notAfterMs: number;
  extensions: Buffer[];
}

/** Makes a new authority. `nowMs` is the wall clock in milliseconds since the epoch. */
export function createCertificateAuthority(nowMs: number): CertificateAuthority {
  const issuerName = 'TenantKeep simulator authority';
  const issuer = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuerKeyId = keyIdentifier(issuer.publicKey);

  function issue(request: CertificateRequest): Buffer {
    const serial = randomBytes(16);
    serial[0] = (serial[0]! & 0x7f) | 0x01;
    const body = sequence(
      der(0xa0, der(0x02, Buffer.from([2]))),
      der(0x02, serial),
      ecdsaWithSha256,
      name(issuerName),
      sequence(time(request.notBeforeMs), time(request.notAfterMs)),
      name(request.subject),
      request.publicKey.export({ type: 'spki', format: 'der' }),
      der(
        0xa3,
        sequence(
          ...request.extensions,
          extension('2.5.29.14', false, octets(keyIdentifier(request.publicKey))),
          extension('2.5.29.35', false, sequence(der(0x80, issuerKeyId))),
        ),
      ),
    );
    return sequence(body, ecdsaWithSha256, bits(sign('sha256', body, issuer.privateKey)));
  }

  const notBeforeMs = nowMs - dayMs;
  const keyUsage = (flags: number, unused: number) =>
    extension('2.5.29.15', true, bits(Buffer.from([flags]), unused));
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
  const leaf = (purpose: string) => [
    extension('2.5.29.19', true, sequence()),
    keyUsage(0x80, 7),
    extension('2.5.29.37', false, sequence(objectId(purpose))),
  ];

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
