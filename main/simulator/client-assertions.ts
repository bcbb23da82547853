import { constants, verify } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { isRecord, textOf } from './json.ts';
import type { JsonRecord } from './json.ts';
import type { AppRegistration } from './tenant.ts';
import type { TokenRefusalName } from './token-errors.ts';

/** Checks signed client assertions as Entra does: key, signature, names, time window, use only once. */
export class ClientAssertions {
  readonly #clock: Clock;
  /** By `jti`: when the assertion expires, in seconds since the epoch. */
  readonly #seen = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Null for a good assertion, else the refusal that the endpoint gives. */
  check(
    app: AppRegistration,
    tenantName: string,
    assertion: string,
    loginUrl: string,
  ): TokenRefusalName | null {
    const [headerText = '', claimsText = '', signature = ''] = assertion.split('.');
    const header = decode(headerText);
    const claims = decode(claimsText);
    if (header === null || claims === null) return 'token-assertion-invalid';
    const sha256 = textOf(header, 'x5t#S256');
    const sha1 = textOf(header, 'x5t');
    const certificate = app.certificates.find(
      (known) =>
        (sha256 !== '' && known.thumbprintSha256 === hexOf(sha256)) ||
        (sha1 !== '' && known.thumbprintSha1 === hexOf(sha1)),
    );
    if (certificate === undefined) return 'token-certificate-unknown';
    const algorithm = header['alg'];
    const key =
      algorithm === 'PS256'
        ? {
            key: certificate.publicKey,
            padding: constants.RSA_PKCS1_PSS_PADDING,
            saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
          }
        : { key: certificate.publicKey };
    if (algorithm !== 'PS256' && algorithm !== 'RS256') return 'token-assertion-invalid';
    const signed = Buffer.from(`${headerText}.${claimsText}`);
    if (!verify('sha256', signed, key, Buffer.from(signature, 'base64url')))
      return 'token-certificate-unknown';
    const audiences = [
      `${loginUrl}/${tenantName}/oauth2/v2.0/token`,
      `${loginUrl}/${tenantName}/v2.0`,
      `${loginUrl}/${tenantName}`,
    ];
    const isOurs =
      audiences.includes(textOf(claims, 'aud').toLowerCase()) &&
      textOf(claims, 'iss').toLowerCase() === app.clientId &&
      textOf(claims, 'sub').toLowerCase() === app.clientId;
    if (!isOurs) return 'token-assertion-invalid';
    const nowSeconds = this.#clock.wallMs() / 1000;
    const expires = claims['exp'];
    const notBefore = claims['nbf'];
    // Entra grants five minutes of clock difference.
    if (typeof expires !== 'number' || expires < nowSeconds - 300) return 'token-assertion-expired';
    if (typeof notBefore === 'number' && notBefore > nowSeconds + 300) return 'token-assertion-expired';
    const id = textOf(claims, 'jti');
    if (id === '' || this.#seen.has(id)) return 'token-assertion-invalid';
    for (const [seen, seenExpires] of this.#seen) {
      if (seenExpires < nowSeconds - 600) this.#seen.delete(seen);
    }
    this.#seen.set(id, expires);
    return null;
  }
}

function decode(part: string): JsonRecord | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return isRecord(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function hexOf(base64: string): string {
  return Buffer.from(base64, 'base64url').toString('hex').toUpperCase();
}
