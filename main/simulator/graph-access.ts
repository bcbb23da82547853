import type { FaultSpec } from './faults.ts';
import {
  appOnlyRefused,
  authorizationDenied,
  graphError,
  invalidToken,
  missingIntunePermission,
} from './graph-errors.ts';
import type { Answer, RequestIds } from './graph-errors.ts';
import { isRecord } from './json.ts';
import type { Json, JsonRecord } from './json.ts';
import type { Route } from './routes.ts';
import type { TokenEndpoint, TokenGrant } from './token-endpoint.ts';

/** The grant behind an Authorization header, or the 401 that Graph gives for it. */
export function readAuthorization(
  header: string | undefined,
  tokens: TokenEndpoint,
  graphUrl: string,
  nowMs: number,
  ids: RequestIds,
): TokenGrant | Answer {
  const token = /^Bearer (.+)$/i.exec(header ?? '')?.[1];
  if (token === undefined) return invalidToken('Access token is empty.', tokens.loginUrl, 'common', ids);
  const grant = tokens.grantOf(token);
  if (grant === null || grant.audience !== graphUrl) {
    const message = 'CompactToken parsing failed with error code: 80049217';
    return invalidToken(message, tokens.loginUrl, 'common', ids);
  }
  if (grant.expiresAtMs <= nowMs) {
    const message = 'Lifetime validation failed, the token is expired.';
    return invalidToken(message, tokens.loginUrl, grant.tenant.tenantGuid, ids);
  }
  return grant;
}

/** Null when the token's permissions suffice for a route, else the 403 in the words of the service behind it. */
export function checkPermission(
  route: Route,
  grant: Pick<TokenGrant, 'roles' | 'person'>,
  standing: readonly FaultSpec[],
  ids: RequestIds,
): Answer | null {
  const lost = new Set(
    standing
      .filter((fault) => fault.name === 'scope-missing')
      .map((fault) => fault.settings?.['permission'] ?? ''),
  );
  if (route.acceptedPermissions.length === 0) {
    // Microsoft publishes no application permission: app-only callers are refused whatever they hold.
    if (grant.person !== null) return null;
    return route.intune ? appOnlyRefused(ids) : authorizationDenied(ids);
  }
  const holds = (permission: string) => grant.roles.has(permission) && !lost.has(permission);
  if (route.acceptedPermissions.some(holds)) return null;
  return route.intune ? missingIntunePermission(route.acceptedPermissions, ids) : authorizationDenied(ids);
}

/** Permissions with which directoryObjects/getByIds names groups in app-only mode. */
const namingPermissions = [
  'Group.ReadBasic.All',
  'GroupMember.Read.All',
  'Group.Read.All',
  'Directory.Read.All',
  'User.Read.All',
  'Application.Read.All',
];

/** directoryObjects/getByIds: the rows of known ids, in no promised order; unknown ids are passed over. */
export function nameObjects(
  request: { grant: TokenGrant; ids: RequestIds; body: Json; version: string },
  graphUrl: string,
): Answer {
  const { grant, ids, body } = request;
  if (!namingPermissions.some((permission) => grant.roles.has(permission))) return authorizationDenied(ids);
  const wanted = isRecord(body) && Array.isArray(body['ids']) ? body['ids'] : null;
  if (wanted === null || wanted.length === 0 || wanted.length > 1000) {
    return graphError(400, 'Request_BadRequest', "The 'ids' collection must hold 1 to 1000 ids.", ids);
  }
  const rows: JsonRecord[] = [];
  for (const id of new Set(wanted)) {
    const known = typeof id === 'string' ? grant.tenant.directory.get(id) : undefined;
    if (known) rows.push(known);
  }
  return {
    status: 200,
    headers: {},
    body: { '@odata.context': `${graphUrl}/${request.version}/$metadata#directoryObjects`, value: rows },
  };
}
