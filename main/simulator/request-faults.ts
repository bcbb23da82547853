import type { FaultSpec } from './faults.ts';
import { numberSetting } from './faults.ts';
import {
  appOnlyRefused,
  authorizationDenied,
  graphError,
  htmlPage,
  intuneError,
  invalidToken,
  missingIntunePermission,
  noRoute,
  notApplicableToTenant,
  notFound,
  tooManyRequests,
} from './graph-errors.ts';
import type { Answer, RequestIds, ThrottleBody } from './graph-errors.ts';

/** What an answer of a fault may need to say. */
export interface FaultContext {
  ids: RequestIds;
  path: string;
  isIntune: boolean;
  loginUrl: string;
  tenantGuid: string;
  /** RFC 9110 date `seconds` from now, for Retry-After. */
  httpDate: (seconds: number) => string;
  acceptedPermissions: readonly string[];
}

/** The Retry-After of a fault as it goes on the line: seconds, a decimal, a date, or null for none. */
export function retryAfterOf(fault: FaultSpec, otherwise: string, context: FaultContext): string | null {
  const setting = fault.settings?.['retryAfter'] ?? otherwise;
  if (setting === 'none') return null;
  return setting === 'date' ? context.httpDate(numberSetting(fault, 'seconds', 2)) : setting;
}

/** The licence refusal of the Intune and Entra services. */
export function licenceMissing(ids: RequestIds): Answer {
  return graphError(
    403,
    'accessDenied',
    'The tenant does not have a valid license for this feature. A license is required.',
    ids,
  );
}

/** The premium refusal that the privileged identity service gives. */
export function premiumMissing(ids: RequestIds): Answer {
  return graphError(400, 'AadPremiumLicenseRequired', 'The tenant needs an AAD Premium 2 license.', ids);
}

/** The answer that a fault of the point `request` gives in place of the real one. */
export function answerOfFault(fault: FaultSpec, context: FaultContext): Answer {
  const { ids } = context;
  const status = (otherwise: number) => numberSetting(fault, 'status', otherwise);
  switch (fault.name) {
    case 'throttle':
      return tooManyRequests(
        (fault.settings?.['body'] ?? 'generic') as ThrottleBody,
        retryAfterOf(fault, '2', context),
        ids,
      );
    case 'server-error':
      return graphError(status(500), fault.settings?.['code'] ?? 'UnknownError', '', ids);
    case 'intune-error':
      return intuneError(
        status(403),
        fault.settings?.['code'] ?? 'Forbidden',
        fault.settings?.['message'] ?? 'An error has occurred',
        ids,
        { levels: fault.settings?.['levels'] === '2' ? 2 : 1 },
      );
    case 'empty-code':
      return graphError(status(500), '', '', ids);
    case 'html-error':
      return htmlPage(status(503), 'Service Unavailable');
    case 'empty-error':
      return { status: status(502), headers: {}, body: null };
    case 'error-in-success':
      return { ...graphError(500, 'InternalServerError', 'An internal error occurred.', ids), status: 200 };
    case 'token-expired':
      return invalidToken(
        'Lifetime validation failed, the token is expired.',
        context.loginUrl,
        context.tenantGuid,
        ids,
      );
    case 'claims-challenge': {
      const claims = Buffer.from('{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}');
      return {
        ...invalidToken(
          'Continuous access evaluation resulted in challenge',
          context.loginUrl,
          'common',
          ids,
        ),
        headers: {
          'WWW-Authenticate': `Bearer realm="", authorization_uri="${context.loginUrl}/common/oauth2/v2.0/authorize", error="insufficient_claims", claims="${claims.toString('base64')}"`,
        },
      };
    }
    case 'no-route':
      return noRoute(context.path, ids);
    case 'bad-request':
      return graphError(
        400,
        fault.settings?.['code'] ?? 'BadRequest',
        'The query specified in the URI is not valid. Query option is not allowed.',
        ids,
      );
    case 'not-applicable':
      return notApplicableToTenant(ids);
    case 'permission-missing':
      return missingIntunePermission(
        fault.settings?.['scopes']?.split('+') ?? context.acceptedPermissions,
        ids,
      );
    case 'authorization-denied':
      return authorizationDenied(ids);
    case 'app-only-refused':
      return appOnlyRefused(ids);
    case 'licence-missing':
      return licenceMissing(ids);
    case 'premium-missing':
      return premiumMissing(ids);
    case 'not-found':
      return notFound(context.isIntune, context.path, ids);
    case 'gone':
      return graphError(410, 'Gone', 'The requested resource is no longer available.', ids);
    default:
      throw new RangeError(`Not a fault of a request: ${fault.name}`);
  }
}
