import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { JsonRecord } from './json.ts';
import { guidFromText } from './random.ts';
import type { AppRegistration, SimulatedTenant } from './tenant.ts';
import type { TokenRefusalName } from './token-errors.ts';

/** The test person that signs in to a tenant. */
export interface SimulatedPerson {
  objectId: string;
  userName: string;
}

/** What a code or a refresh token was redeemed for. */
export interface PersonGrant {
  person: SimulatedPerson;
  refreshToken: string;
  /** To be echoed in the id token; null where the request had none. */
  nonce: string | null;
}

interface SignIn {
  tenant: SimulatedTenant;
  app: AppRegistration;
}

interface DeviceCode extends SignIn {
  userCode: string;
  expiresAtMs: number;
  decision: 'pending' | 'accept' | 'decline';
}

interface AuthorizationCode extends SignIn {
  redirectUri: string;
  challenge: string;
  nonce: string | null;
  expiresAtMs: number;
}

/**
 * Sign-ins of a person: device codes, authorization codes with PKCE, and refresh tokens, each with the new one
 * that comes with every use. As in Entra a used refresh token stays good, unless `strictRotation` is set.
 */
export class PersonSignIns {
  readonly #clock: Clock;
  readonly #deviceCodes = new Map<string, DeviceCode>();
  readonly #authorizationCodes = new Map<string, AuthorizationCode>();
  readonly #refreshTokens = new Map<string, SignIn>();
  readonly #usedRefreshTokens = new Set<string>();
  readonly #ended = new Map<string, TokenRefusalName>();
  /** True: a refresh token is worthless once it was used. */
  strictRotation = false;
  deviceCodeLifetimeSeconds = 900;
  devicePollSeconds = 5;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Every refresh token ever given out, for tests that look where none may be. */
  issuedRefreshTokens(): string[] {
    return [...this.#refreshTokens.keys(), ...this.#usedRefreshTokens];
  }

  /** Ends the sign-ins of a tenant's person, so that refresh tokens are refused; null: they are good again. */
  end(tenantGuid: string, refusal: TokenRefusalName | null): void {
    if (refusal === null) this.#ended.delete(tenantGuid);
    else this.#ended.set(tenantGuid, refusal);
  }

  /** The answer of the device code endpoint. */
  startDevice(tenant: SimulatedTenant, app: AppRegistration, loginUrl: string): JsonRecord {
    const deviceCode = randomBytes(40).toString('base64url');
    const userCode = Array.from({ length: 9 }, () => 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'[randomInt(32)]).join(
      '',
    );
    const verificationUri = `${loginUrl}/${tenant.tenantGuid}/oauth2/v2.0/deviceauth`;
    this.#deviceCodes.set(deviceCode, {
      tenant,
      app,
      userCode,
      expiresAtMs: this.#clock.wallMs() + this.deviceCodeLifetimeSeconds * 1000,
      decision: 'pending',
    });
    return {
      user_code: userCode,
      device_code: deviceCode,
      verification_uri: verificationUri,
      expires_in: this.deviceCodeLifetimeSeconds,
      interval: this.devicePollSeconds,
      message: `To sign in, use a web browser to open the page ${verificationUri} and enter the code ${userCode} to authenticate.`,
    };
  }

  /** What the person does on the page of the code; false for a code that is not known or over. */
  decideDevice(userCode: string, decision: 'accept' | 'decline'): boolean {
    const known = [...this.#deviceCodes.values()].find((code) => code.userCode === userCode.toUpperCase());
    if (known === undefined || known.expiresAtMs <= this.#clock.wallMs()) return false;
    known.decision = decision;
    return true;
  }

  /** Signs the test person in and answers where the browser goes next; null when PKCE or the address is wrong. */
  authorize(tenant: SimulatedTenant, app: AppRegistration, query: URLSearchParams): URL | null {
    const redirectUri = query.get('redirect_uri') ?? '';
    const challenge = query.get('code_challenge') ?? '';
    if (
      !/^http:\/\/(localhost|127\.0\.0\.1)(:\d+)?(\/|$)/.test(redirectUri) ||
      query.get('response_type') !== 'code' ||
      query.get('code_challenge_method') !== 'S256' ||
      challenge === ''
    ) {
      return null;
    }
    const code = randomBytes(40).toString('base64url');
    this.#authorizationCodes.set(code, {
      tenant,
      app,
      redirectUri,
      challenge,
      nonce: query.get('nonce'),
      expiresAtMs: this.#clock.wallMs() + 600_000,
    });
    const target = new URL(redirectUri);
    target.searchParams.set('code', code);
    const state = query.get('state');
    if (state !== null) target.searchParams.set('state', state);
    return target;
  }

  /** Redeems what the form of a token request holds, or the refusal that Entra gives for it. */
  redeem(
    tenant: SimulatedTenant,
    app: AppRegistration,
    form: URLSearchParams,
  ): PersonGrant | TokenRefusalName {
    if (app.publicClient === false) return 'token-no-credential';
    switch (form.get('grant_type')) {
      case 'urn:ietf:params:oauth:grant-type:device_code':
      case 'device_code':
        return this.#redeemDevice(tenant, app, form.get('device_code') ?? '');
      case 'authorization_code':
        return this.#redeemCode(tenant, app, form);
      default:
        return this.#refresh(tenant, app, form.get('refresh_token') ?? '');
    }
  }

  #redeemDevice(
    tenant: SimulatedTenant,
    app: AppRegistration,
    value: string,
  ): PersonGrant | TokenRefusalName {
    const code = this.#deviceCodes.get(value);
    if (code === undefined || code.tenant !== tenant || code.app !== app) return 'token-device-code-unknown';
    if (code.expiresAtMs <= this.#clock.wallMs()) return 'token-device-code-expired';
    if (code.decision === 'pending') return 'token-authorization-pending';
    this.#deviceCodes.delete(value);
    return code.decision === 'accept' ? this.#grant(tenant, app, null) : 'token-authorization-declined';
  }

  #redeemCode(
    tenant: SimulatedTenant,
    app: AppRegistration,
    form: URLSearchParams,
  ): PersonGrant | TokenRefusalName {
    const value = form.get('code') ?? '';
    const code = this.#authorizationCodes.get(value);
    this.#authorizationCodes.delete(value);
    if (code === undefined || code.tenant !== tenant || code.app !== app) return 'token-code-invalid';
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const isSound =
      code.expiresAtMs > this.#clock.wallMs() &&
      code.redirectUri === form.get('redirect_uri') &&
      code.challenge === challenge;
    return isSound ? this.#grant(tenant, app, code.nonce) : 'token-code-invalid';
  }

  #refresh(tenant: SimulatedTenant, app: AppRegistration, value: string): PersonGrant | TokenRefusalName {
    const ended = this.#ended.get(tenant.tenantGuid);
    if (ended !== undefined) return ended;
    const known = this.#refreshTokens.get(value);
    if (known === undefined || known.tenant !== tenant || known.app !== app) return 'token-sign-in-ended';
    if (this.strictRotation) {
      this.#refreshTokens.delete(value);
      this.#usedRefreshTokens.add(value);
    }
    return this.#grant(tenant, app, null);
  }

  #grant(tenant: SimulatedTenant, app: AppRegistration, nonce: string | null): PersonGrant {
    const refreshToken = `1.${randomBytes(60).toString('base64url')}`;
    this.#refreshTokens.set(refreshToken, { tenant, app });
    return { person: testPerson(tenant), refreshToken, nonce };
  }
}

/** The person who signs in to a tenant here: always the same. */
function testPerson(tenant: SimulatedTenant): SimulatedPerson {
  return {
    objectId: guidFromText(`${tenant.tenantGuid}/person`),
    userName: `anna.tester@${tenant.tenantGuid.slice(0, 8)}.example`,
  };
}

/** Claims of the id token that comes with a person's access token (OpenID Connect Core, section 2). */
export function idTokenClaims(parts: {
  tenant: SimulatedTenant;
  app: AppRegistration;
  grant: PersonGrant;
  issuer: string;
  issuedAt: number;
  expiresInSeconds: number;
}): JsonRecord {
  const { tenant, app, grant, issuer, issuedAt, expiresInSeconds } = parts;
  return {
    aud: app.clientId,
    iss: issuer,
    iat: issuedAt,
    nbf: issuedAt,
    exp: issuedAt + expiresInSeconds,
    name: 'Anna Tester',
    oid: grant.person.objectId,
    preferred_username: grant.person.userName,
    sub: createHash('sha256').update(`${app.clientId}/${grant.person.objectId}`).digest('base64url'),
    tid: tenant.tenantGuid,
    uti: randomUUID(),
    ver: '2.0',
    ...(grant.nonce === null ? {} : { nonce: grant.nonce }),
  };
}
