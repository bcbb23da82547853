/**
 * X.509 certificates, spelled out in a few lines of DER (RFC 5280), because the libraries for it either shell out
 * to openssl or need a reflection polyfill. Used for the key pair of a tenant's app and by the simulator.
 */
import { createHash, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { instantFromMs } from '../shared/model/instant.ts';

/** One element of DER: tag, length, body. */
export function der(tag: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length: number[] = [];
  for (let rest = body.length; rest > 0; rest >>= 8) length.unshift(rest & 0xff);
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length, ...length]), body]);
}
export const sequence = (...parts: Buffer[]) => der(0x30, ...parts);
const octets = (body: Buffer) => der(0x04, body);
export const bits = (body: Buffer, unused = 0) => der(0x03, Buffer.from([unused]), body);
export const truth = der(0x01, Buffer.from([0xff]));

/** An object identifier in dotted notation. */
export function objectId(dotted: string): Buffer {
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

const signatureAlgorithms = {
  ec: sequence(objectId('1.2.840.10045.4.3.2')),
  rsa: sequence(objectId('1.2.840.113549.1.1.11'), der(0x05)),
};

/** An extension of a certificate. */
export function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return sequence(objectId(id), ...(critical ? [truth] : []), octets(value));
}

function keyIdentifier(publicKey: KeyObject): Buffer {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest()
    .subarray(0, 20);
}

/** DER as PEM text. */
export function pem(label: string, body: Buffer): string {
  const lines = body.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

export interface CertificateRequest {
  subject: string;
  publicKey: KeyObject;
  notBeforeMs: number;
  notAfterMs: number;
  /** Beside the identifiers of the keys, which are always there. */
  extensions: Buffer[];
}

/** A certificate as DER, signed by an EC or RSA key; an issuer that is the subject signs itself. */
export function encodeCertificate(
  request: CertificateRequest,
  issuer: { name: string; publicKey: KeyObject; privateKey: KeyObject },
): Buffer {
  const serial = randomBytes(16);
  serial[0] = (serial[0]! & 0x7f) | 0x01;
  const algorithm = signatureAlgorithms[issuer.privateKey.asymmetricKeyType === 'rsa' ? 'rsa' : 'ec'];
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    algorithm,
    name(issuer.name),
    sequence(time(request.notBeforeMs), time(request.notAfterMs)),
    name(request.subject),
    request.publicKey.export({ type: 'spki', format: 'der' }),
    der(
      0xa3,
      sequence(
        ...request.extensions,
        extension('2.5.29.14', false, octets(keyIdentifier(request.publicKey))),
        extension('2.5.29.35', false, sequence(der(0x80, keyIdentifier(issuer.publicKey)))),
      ),
    ),
  );
  return sequence(body, algorithm, bits(sign('sha256', body, issuer.privateKey)));
}

/** The extension that says what a key may be used for. */
export function keyUsage(flags: number, unused: number): Buffer {
  return extension('2.5.29.15', true, bits(Buffer.from([flags]), unused));
}
