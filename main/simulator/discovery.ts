import type { KeyObject } from 'node:crypto';
import type { JsonRecord } from './json.ts';

/** The OpenID Connect discovery document of a tenant. */
export function discoveryDocument(tenantName: string, loginUrl: string, graphUrl: string): JsonRecord {
  const base = `${loginUrl}/${tenantName}`;
  return {
    token_endpoint: `${base}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: [
      'client_secret_post',
      'private_key_jwt',
      'client_secret_basic',
      'self_signed_tls_client_auth',
    ],
    jwks_uri: `${base}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer: `${base}/v2.0`,
    request_uri_parameter_supported: false,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
    http_logout_supported: true,
    frontchannel_logout_supported: true,
    end_session_endpoint: `${base}/oauth2/v2.0/logout`,
    claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'tid', 'ver'],
    tenant_region_scope: 'EU',
    cloud_instance_name: new URL(loginUrl).host,
    msgraph_host: new URL(graphUrl).host,
  };
}

/** What a client asks to learn which hosts belong together. */
export function instanceDiscovery(loginUrl: string): JsonRecord {
  const host = new URL(loginUrl).host;
  return {
    tenant_discovery_endpoint: `${loginUrl}/common/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  };
}

/** The public key with which access tokens are signed. */
export function keySet(publicKey: KeyObject): JsonRecord {
  const key = publicKey.export({ format: 'jwk' });
  return {
    keys: [{ kty: 'RSA', use: 'sig', kid: 'tenantkeep-simulator', n: String(key.n), e: String(key.e) }],
  };
}
