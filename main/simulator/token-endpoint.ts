import { createHash, generateKeyPairSync, randomUUID, sign, timingSafeEqual } from 'node:crypto';
import { ClientAssertions } from './client-assertions.ts';
import { discoveryDocument, instanceDiscovery, keySet } from './discovery.ts';
import type { Clock } from '../clock.ts';
import { instantFromMs } from '../../shared/model/instant.ts';
import type { FaultBoard, FaultSpec } from './faults.ts';
import { numberSetting } from './faults.ts';
import type { Answer } from './graph-errors.ts';
import { htmlPage } from './graph-errors.ts';
import type { Json } from './json.ts';
import { idTokenClaims, PersonSignIns } from './person-sign-ins.ts';
import type { PersonGrant, SimulatedPerson } from './person-sign-ins.ts';
import type { AppRegistration, SimulatedTenant } from './tenant.ts';
import { isTokenRefusal, tokenRefusals } from './token-errors.ts';
import type { TokenRefusalName } from './token-errors.ts';

/** What a token stands for, as Graph reads it. */
export interface TokenGrant {
  tenant: SimulatedTenant;
  app: AppRegistration;
  /** Permissions at the time of issue, of the app or of the person's sign-in: a later consent needs a new token. */
  roles: ReadonlySet<string>;
  /** Who signed in; null for a token of the app itself. */
  person: SimulatedPerson | null;
  expiresAtMs: number;
  audience: string;
}

export interface LoginRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  form: URLSearchParams;
  headers: Record<string, string | string[] | undefined>;
}

/** An answer of the login host that may come late. */
export interface LoginAnswer extends Answer {
  delayMs: number;
}

/**
 * The Entra login host: the token endpoint for apps and for persons, device codes, the page on which a person signs
 * in, the discovery document and the admin consent page.
 */
export class TokenEndpoint {
  readonly #clock: Clock;
  readonly #tenants: ReadonlyMap<string, SimulatedTenant>;
  readonly #faults: FaultBoard;
  readonly #keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  readonly #grants = new Map<string, TokenGrant>();
  readonly #assertions: ClientAssertions;
  readonly persons: PersonSignIns;
  loginUrl = '';
  graphUrl = '';
  expiresInSeconds: number;

  constructor(options: {
    clock: Clock;
    tenants: ReadonlyMap<string, SimulatedTenant>;
    faults: FaultBoard;
    expiresInSeconds: number;
  }) {
    this.#clock = options.clock;
    this.#assertions = new ClientAssertions(options.clock);
    this.persons = new PersonSignIns(options.clock);
    this.#tenants = options.tenants;
    this.#faults = options.faults;
    this.expiresInSeconds = options.expiresInSeconds;
  }

  /** The grant behind an access token; null for a token that was never issued here. */
  grantOf(token: string): TokenGrant | null {
    return this.#grants.get(token) ?? null;
  }

  /** Makes every token issued so far worthless, as a revocation does. */
  revokeAll(): void {
    this.#grants.clear();
  }

  answer(request: LoginRequest): LoginAnswer {
    const segments = request.path.split('/').filter((segment) => segment !== '');
    const rest = segments.slice(1).join('/');
    const tenantName = decodeURIComponent(segments[0] ?? '').toLowerCase();
    if (request.path === '/common/discovery/instance') return now(200, instanceDiscovery(this.loginUrl));
    const tenant = this.#tenants.get(tenantName);
    const faults =
      rest === 'oauth2/v2.0/token'
        ? this.#faults.take('token', {
            tenantGuid: tenantName,
            tenantName: tenant?.name ?? '',
            path: request.path,
          })
        : [];
    const slow = faults.find((fault) => fault.name === 'token-slow');
    const delayMs = slow ? numberSetting(slow, 'ms', 5000) : 0;
    if (tenant === undefined) return this.#refuse('token-tenant-not-found', tenantName, request, delayMs);
    if (/^(v2\.0\/)?\.well-known\/openid-configuration$/.test(rest))
      return now(200, discoveryDocument(tenantName, this.loginUrl, this.graphUrl));
    if (rest === 'discovery/v2.0/keys') return now(200, keySet(this.#keys.publicKey));
    if (rest === 'adminconsent' || rest === 'v2.0/adminconsent') return this.#consent(tenant, request);
    if (/^oauth2\/v2\.0\/(devicecode|deviceauth|authorize)$/.test(rest))
      return this.#personPage(rest.slice('oauth2/v2.0/'.length), tenant, request);
    if (rest !== 'oauth2/v2.0/token') return { ...htmlPage(404, 'Not found'), delayMs: 0 };
    if (request.method !== 'POST') {
      return this.#error(
        'invalid_request',
        900561,
        405,
        'The endpoint only accepts POST requests.',
        request,
        0,
      );
    }
    return this.#token(tenant, tenantName, request, faults, delayMs);
  }

  #token(
    tenant: SimulatedTenant,
    tenantName: string,
    request: LoginRequest,
    faults: FaultSpec[],
    delayMs: number,
  ): LoginAnswer {
    for (const fault of faults) {
      if (isTokenRefusal(fault.name)) return this.#refuse(fault.name, tenantName, request, delayMs);
      if (fault.name === 'token-malformed') {
        return {
          status: 200,
          headers: { 'Content-Type': 'application/json; charset=utf-8' },
          body: null,
          rawText: '{"token_type":"Bearer","expires_in":35',
          delayMs,
        };
      }
    }
    const { form } = request;
    const grantType = form.get('grant_type') ?? '';
    const isPerson = personGrantTypes.has(grantType);
    if (grantType !== 'client_credentials' && !isPerson) {
      return this.#error(
        'unsupported_grant_type',
        70003,
        400,
        `The app requested an unsupported grant type '${grantType}'.`,
        request,
        delayMs,
      );
    }
    const app = tenant.apps.get((form.get('client_id') ?? '').toLowerCase());
    if (app === undefined) return this.#refuse('token-app-not-found', tenantName, request, delayMs);
    if (app.disabled) return this.#refuse('token-app-disabled', tenantName, request, delayMs);
    const refusal = isPerson ? null : this.#checkCredential(app, tenantName, form);
    if (refusal !== null) return this.#refuse(refusal, tenantName, request, delayMs);
    const scope = form.get('scope') ?? '';
    // msal-node adds openid, profile and offline_access to what the caller asks for.
    const wanted = scope.split(' ').filter((part) => part.endsWith('/.default'));
    if (wanted.length !== 1) {
      return this.#error(
        'invalid_scope',
        1002012,
        400,
        `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier.`,
        request,
        delayMs,
      );
    }
    if (wanted[0] !== `${this.graphUrl}/.default`) {
      return this.#error(
        'invalid_resource',
        500011,
        400,
        `The resource principal named ${wanted[0]!.replace('/.default', '')} was not found in the tenant named ${tenant.name}.`,
        request,
        delayMs,
      );
    }
    const short = faults.find((fault) => fault.name === 'token-short');
    const expiresIn = short ? numberSetting(short, 'seconds', 60) : this.expiresInSeconds;
    const roles = faults.some((fault) => fault.name === 'token-no-roles')
      ? new Set<string>()
      : new Set(app.roles);
    const grant = isPerson ? this.persons.redeem(tenant, app, form) : null;
    if (typeof grant === 'string') return this.#refuse(grant, tenantName, request, delayMs);
    const accessToken = this.#issue(tenant, app, roles, expiresIn, grant?.person ?? null);
    return {
      status: 200,
      headers: loginHeaders,
      body: {
        token_type: 'Bearer',
        expires_in: expiresIn,
        ext_expires_in: expiresIn,
        access_token: accessToken,
        ...(grant === null ? {} : this.#personTokens(tenant, app, grant, wanted[0]!, expiresIn)),
      },
      delayMs,
    };
  }

  /** What a person's sign-in gets besides the access token. */
  #personTokens(
    tenant: SimulatedTenant,
    app: AppRegistration,
    grant: PersonGrant,
    scope: string,
    expiresInSeconds: number,
  ): { [name: string]: string } {
    const claims = idTokenClaims({
      tenant,
      app,
      grant,
      issuer: `${this.loginUrl}/${tenant.tenantGuid}/v2.0`,
      issuedAt: Math.floor(this.#clock.wallMs() / 1000),
      expiresInSeconds,
    });
    return {
      scope,
      refresh_token: grant.refreshToken,
      id_token: this.#signed(claims),
      client_info: encode({ uid: grant.person.objectId, utid: tenant.tenantGuid }),
    };
  }

  #personPage(page: string, tenant: SimulatedTenant, request: LoginRequest): LoginAnswer {
    const { query, form } = request;
    if (page === 'deviceauth') {
      const decision = query.get('decision');
      if (decision !== 'accept' && decision !== 'decline') {
        return personPage('Enter the code with ?user_code=…&amp;decision=accept or decline.');
      }
      return this.persons.decideDevice(query.get('user_code') ?? '', decision)
        ? personPage('You may close this window.')
        : personPage('That code did not work.');
    }
    const clientId = (page === 'devicecode' ? form : query).get('client_id') ?? '';
    const app = tenant.apps.get(clientId.toLowerCase());
    if (app === undefined) return this.#refuse('token-app-not-found', tenant.tenantGuid, request, 0);
    if (page === 'devicecode') return now(200, this.persons.startDevice(tenant, app, this.loginUrl));
    const target = this.persons.authorize(tenant, app, query);
    if (target === null) return this.#refuse('token-authorize-invalid', tenant.tenantGuid, request, 0);
    return { ...personPage('Signed in as the test person.', 302), headers: { Location: target.href } };
  }

  #issue(
    tenant: SimulatedTenant,
    app: AppRegistration,
    roles: ReadonlySet<string>,
    expiresInSeconds: number,
    person: SimulatedPerson | null,
  ): string {
    const nowMs = this.#clock.wallMs();
    const issuedAt = Math.floor(nowMs / 1000);
    const permissions = [...roles].toSorted();
    const claims = {
      aud: this.graphUrl,
      iss: `${this.loginUrl}/${tenant.tenantGuid}/v2.0`,
      iat: issuedAt,
      nbf: issuedAt,
      exp: issuedAt + expiresInSeconds,
      app_displayname: 'TenantKeep (simulated)',
      appid: app.clientId,
      ...(person === null
        ? { idtyp: 'app', ...(roles.size > 0 ? { roles: permissions } : {}) }
        : { idtyp: 'user', oid: person.objectId, upn: person.userName, scp: permissions.join(' ') }),
      tid: tenant.tenantGuid,
      uti: randomUUID(),
      ver: '1.0',
    };
    const token = this.#signed(claims);
    for (const [old, grant] of this.#grants) {
      // Expired tokens are remembered for a day, so that they are refused as expired, not as unknown.
      if (grant.expiresAtMs < nowMs - 86_400_000) this.#grants.delete(old);
    }
    this.#grants.set(token, {
      tenant,
      app,
      roles,
      person,
      expiresAtMs: nowMs + expiresInSeconds * 1000,
      audience: this.graphUrl,
    });
    return token;
  }

  #signed(claims: object): string {
    const text = `${encode({ typ: 'JWT', alg: 'RS256', kid: 'tenantkeep-simulator' })}.${encode(claims)}`;
    return `${text}.${sign('sha256', Buffer.from(text), this.#keys.privateKey).toString('base64url')}`;
  }

  #checkCredential(app: AppRegistration, tenantName: string, form: URLSearchParams): TokenRefusalName | null {
    const assertion = form.get('client_assertion');
    const secret = form.get('client_secret');
    if (assertion !== null) {
      if (form.get('client_assertion_type') !== 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer') {
        return 'token-assertion-invalid';
      }
      return this.#assertions.check(app, tenantName, assertion, this.loginUrl);
    }
    if (secret === null) return 'token-no-credential';
    if (app.secrets.some((known) => equalText(known, secret))) return null;
    return app.expiredSecrets.some((known) => equalText(known, secret))
      ? 'token-secret-expired'
      : 'token-wrong-secret';
  }

  #consent(tenant: SimulatedTenant, request: LoginRequest): LoginAnswer {
    const app = tenant.apps.get((request.query.get('client_id') ?? '').toLowerCase());
    const redirect = request.query.get('redirect_uri');
    const decision = request.query.get('decision');
    if (app === undefined) return this.#refuse('token-app-not-found', tenant.tenantGuid, request, 0);
    if (decision === null || redirect === null) {
      const link = (choice: string) => {
        const query = new URLSearchParams(request.query);
        query.set('decision', choice);
        return `<a href="?${query.toString().replaceAll('&', '&amp;')}">${choice}</a>`;
      };
      return {
        status: 200,
        headers: { 'Content-Type': 'text/html; charset=utf-8' },
        body: `<!DOCTYPE html><html lang="en"><head><title>Permissions requested</title></head><body><h1>Permissions requested</h1><p>Simulated administrator consent.</p><p>${link('accept')} ${link('cancel')}</p></body></html>`,
        delayMs: 0,
      };
    }
    const target = new URL(redirect);
    const state = request.query.get('state');
    if (state !== null) target.searchParams.set('state', state);
    if (decision === 'accept') {
      target.searchParams.set('admin_consent', 'True');
      target.searchParams.set('tenant', tenant.tenantGuid);
    } else {
      target.searchParams.set('error', 'permission_denied');
      target.searchParams.set('error_description', 'The admin canceled the request');
    }
    return { status: 302, headers: { Location: target.href }, body: null, delayMs: 0 };
  }

  #refuse(name: TokenRefusalName, tenantName: string, request: LoginRequest, delayMs: number): LoginAnswer {
    const refusal = tokenRefusals[name];
    const text = refusal.text
      .replaceAll('{app}', request.form.get('client_id') ?? request.query.get('client_id') ?? '')
      .replaceAll('{tenant}', tenantName);
    return this.#error(refusal.error, refusal.aadsts, refusal.status, text, request, delayMs);
  }

  #error(
    error: string,
    aadsts: number,
    status: number,
    text: string,
    request: LoginRequest,
    delayMs: number,
  ): LoginAnswer {
    const timestamp = instantFromMs(this.#clock.wallMs()).toISOString().replace('T', ' ').slice(0, 19) + 'Z';
    const traceId = randomUUID();
    const given = request.headers['client-request-id'];
    const correlationId = typeof given === 'string' ? given : randomUUID();
    return {
      status,
      headers: status === 429 || status === 503 ? { ...loginHeaders, 'Retry-After': '5' } : loginHeaders,
      body: {
        error,
        error_description:
          `AADSTS${aadsts}: ${text} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`.replaceAll(
            / (Trace ID|Correlation ID|Timestamp):/g,
            '\r\n$1:',
          ),
        error_codes: [aadsts],
        timestamp,
        trace_id: traceId,
        correlation_id: correlationId,
        error_uri: `${this.loginUrl}/error?code=${aadsts}`,
      },
      delayMs,
    };
  }
}

const personGrantTypes: ReadonlySet<string> = new Set([
  // RFC 8628; Microsoft's own libraries send the short name, and Entra takes both.
  'urn:ietf:params:oauth:grant-type:device_code',
  'device_code',
  'authorization_code',
  'refresh_token',
]);

function personPage(text: string, status = 200): LoginAnswer {
  return {
    status,
    headers: { 'Content-Type': 'text/html; charset=utf-8' },
    body: `<!DOCTYPE html><html lang="en"><head><title>Sign in</title></head><body><h1>Simulated sign-in</h1><p>${text}</p></body></html>`,
    delayMs: 0,
  };
}

const loginHeaders = {
  'Content-Type': 'application/json; charset=utf-8',
  'Cache-Control': 'no-store, no-cache',
  Pragma: 'no-cache',
};

function now(status: number, body: Json): LoginAnswer {
  return { status, headers: loginHeaders, body, delayMs: 0 };
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function equalText(left: string, right: string): boolean {
  return timingSafeEqual(digest(left), digest(right));
}
