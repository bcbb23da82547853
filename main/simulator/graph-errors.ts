import type { Json, JsonRecord } from './json.ts';

/** What the simulator answers before headers and compression are added. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  /** JSON, or text with its own content type in `headers`; null for an empty body. */
  body: Json;
  /** Sent as it is in place of `body`, whatever the content type says. */
  rawText?: string;
}

/** Ids that Graph repeats in bodies and headers. */
export interface RequestIds {
  requestId: string;
  clientRequestId: string;
  date: string;
}

/** The documented error shape: code, message, innerError with ids. */
export function graphError(
  status: number,
  code: string,
  message: string,
  ids: RequestIds,
  headers: Record<string, string> = {},
): Answer {
  return {
    status,
    headers,
    body: {
      error: {
        code,
        message,
        innerError: {
          date: ids.date.slice(0, 19),
          'request-id': ids.requestId,
          'client-request-id': ids.clientRequestId,
        },
      },
    },
  };
}

function intuneText(message: string, phrase: string, ids: RequestIds): JsonRecord {
  return {
    _version: 3,
    Message: `${message} - Operation ID (for customer support): 00000000-0000-0000-0000-000000000000 - Activity ID: ${ids.requestId} - Url: https://fef.simulated.manage.example/Service/StatelessService?api-version=5025-01-01`,
    CustomApiErrorPhrase: phrase,
    RetryAfter: null,
    ErrorSourceService: '',
    HttpHeaders: '{}',
  };
}

/** Intune's error: JSON as text inside `message`, wrapped once or twice. */
export function intuneError(
  status: number,
  innerCode: string,
  message: string,
  ids: RequestIds,
  options: { levels?: 1 | 2; outerCode?: string; phrase?: string; headers?: Record<string, string> } = {},
): Answer {
  const inner = JSON.stringify(intuneText(message, options.phrase ?? '', ids));
  const levels = options.levels ?? 1;
  return graphError(
    status,
    options.outerCode ?? (levels === 2 ? 'UnknownError' : innerCode),
    levels === 2 ? JSON.stringify({ ErrorCode: innerCode, Message: inner }) : inner,
    ids,
    options.headers,
  );
}

/** 403 of Intune for an application permission that was not consented to; names every scope that would do. */
export function missingIntunePermission(scopes: readonly string[], ids: RequestIds): Answer {
  return intuneError(
    403,
    'Forbidden',
    `Application is not authorized to perform this operation. Application must have one of the following scopes: ${scopes.join(', ')}`,
    ids,
  );
}

/** 403 of Intune where no application permission exists, or none at all is configured. */
export function appOnlyRefused(ids: RequestIds): Answer {
  return intuneError(
    403,
    'Forbidden',
    'Operation was called in app only context but does not have application permissions configured',
    ids,
    { levels: 2 },
  );
}

/** 403 of the directory; it names no permission. */
export function authorizationDenied(ids: RequestIds): Answer {
  return graphError(
    403,
    'Authorization_RequestDenied',
    'Insufficient privileges to complete the operation.',
    ids,
  );
}

/** Every Intune call of a tenant without an Intune licence. */
export function notApplicableToTenant(ids: RequestIds): Answer {
  return graphError(400, 'BadRequest', 'Request not applicable to target tenant.', ids);
}

/** 404 in Intune's or the directory's words. */
export function notFound(intune: boolean, id: string, ids: RequestIds): Answer {
  return intune
    ? intuneError(404, 'ResourceNotFound', `Resource with id '${id}' was not found.`, ids)
    : graphError(
        404,
        'Request_ResourceNotFound',
        `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
        ids,
      );
}

/** A nested path that the schema has and the service does not implement. */
export function noRoute(path: string, ids: RequestIds): Answer {
  return graphError(
    400,
    'BadRequest',
    `No OData route exists that match template ~/singleton/navigation/key/navigation with http verb GET for request ${path}.`,
    ids,
  );
}

/** The first segment below a resource that does not exist. */
export function segmentNotFound(segment: string, ids: RequestIds): Answer {
  return graphError(400, 'BadRequest', `Resource not found for the segment '${segment}'.`, ids);
}

/** 401 for a token that is expired, of another service, or none of ours. */
export function invalidToken(message: string, loginUrl: string, tenant: string, ids: RequestIds): Answer {
  return graphError(401, 'InvalidAuthenticationToken', message, ids, {
    'WWW-Authenticate': `Bearer realm="", authorization_uri="${loginUrl}/${tenant}/oauth2/v2.0/authorize", client_id="00000003-0000-0000-c000-000000000000"`,
  });
}

/** Bodies of 429 seen in the field. */
export type ThrottleBody = 'generic' | 'intune' | 'activity' | 'unknown';

/** 429. `retryAfter` is the header's value as it goes out; null leaves the header away. */
export function tooManyRequests(
  kind: ThrottleBody,
  retryAfter: string | null,
  ids: RequestIds,
  headers: Record<string, string> = {},
): Answer {
  const all = retryAfter === null ? headers : { ...headers, 'Retry-After': retryAfter };
  if (kind === 'intune') {
    return intuneError(429, 'TooManyRequests', 'Too Many Requests', ids, {
      phrase: 'ThrottledByService',
      headers: all,
    });
  }
  if (kind === 'unknown') return graphError(429, 'UnknownError', '', ids, all);
  const message = kind === 'generic' ? 'Please retry again later.' : 'Application is over its request limit.';
  const inner: JsonRecord =
    kind === 'generic'
      ? { code: '429', message: 'Please retry after', status: '429' }
      : { code: 'throttledRequest', innererror: { code: 'quota' } };
  return {
    status: 429,
    headers: all,
    body: {
      error: {
        code: kind === 'generic' ? 'TooManyRequests' : 'activityLimitReached',
        innerError: { ...inner, date: ids.date.slice(0, 19), 'request-id': ids.requestId },
        message,
      },
    },
  };
}

/** A gateway's page: not JSON at all. */
export function htmlPage(status: number, title: string): Answer {
  return {
    status,
    headers: { 'Content-Type': 'text/html' },
    body: `<!DOCTYPE html><html><head><title>${title}</title></head><body><h2>Our services aren't available right now</h2><p>${title}</p></body></html>`,
  };
}
