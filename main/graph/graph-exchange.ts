import { randomUUID } from 'node:crypto';
import { isAppError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import type { ApiVersion, ThrottleGroup } from '../domain/policy-types/policy-type.ts';
import { TenantUnreadableError, type Log } from '../engine/ports.ts';
import type { JsonValue } from '../snapshot/json-value.ts';
import { parseJson } from '../snapshot/parse-json.ts';
import type { CloudEndpoints } from './clouds.ts';
import { failureOfAnswer, GraphFailure, hasErrorInside } from './graph-errors.ts';
import type { GraphLimits } from './graph-limits.ts';
import { TransportError, type HttpTransport, type TransportAnswer } from './http-transport.ts';
import { backoffMs, type TenantLimiter } from './limiter.ts';
import { waitFor, type ReadMeter } from './read-meter.ts';
import { retryAfterMs } from './retry-after.ts';
import { SignInError, type TokenSource } from './token-source.ts';

/** One read inside a batch. The method is fixed by the type. */
export interface BatchEntry {
  id: string;
  method: 'GET';
  url: string;
  headers: Readonly<Record<string, string>>;
}

/** All that can be sent to Graph. There is no way to say anything that writes. */
export type GraphRequest =
  | { kind: 'path'; version: ApiVersion; path: string; headers?: Readonly<Record<string, string>> }
  /** A next link, followed as it is and only on the configured Graph host. */
  | { kind: 'link'; link: string; headers?: Readonly<Record<string, string>> }
  | { kind: 'batch'; version: ApiVersion; requests: readonly BatchEntry[] }
  | { kind: 'ids'; ids: readonly string[] };

export interface GraphAnswer {
  status: number;
  body: JsonValue;
  requestId: string | null;
}

/** On whose account a request goes, and what ends it. */
export interface ExchangeContext {
  group: ThrottleGroup;
  /** One entry for each request that Graph counts: a batch names a meter once per member. */
  meters: readonly ReadMeter[];
  signal: AbortSignal;
}

/** What sending needs to know about the tenant. */
export interface GraphSession {
  cloud: CloudEndpoints;
  tokens: TokenSource;
  transport: HttpTransport;
  limiter: TenantLimiter;
  limits: GraphLimits;
  clock: Clock;
  log: Log;
  random: () => number;
  /** Faults in a row that say that the tenant, not one request, cannot be read. */
  standing: { unreachableInARow: number; refusedFreshTokens: number };
}

/** Sent with every read: without `Prefer`, new enum members read `unknownFutureValue` and would be lost. */
export const readHeaders: Readonly<Record<string, string>> = {
  accept: 'application/json',
  prefer: 'include-unknown-enum-members',
};

const unreachableLimit = 6;
const refusedTokenLimit = 3;

/**
 * Sends one request until it has an answer that means something: waits where Graph asks for it, tries passing
 * faults again on new connections, renews the token once.
 *
 * Resolves with a success whose body is JSON. Throws `GraphFailure` for everything else about this request,
 * `TenantUnreadableError` when no request to the tenant can succeed, and the signal's reason when aborted.
 */
export async function exchange(
  session: GraphSession,
  request: GraphRequest,
  context: ExchangeContext,
): Promise<GraphAnswer> {
  const { limits, clock, limiter, standing } = session;
  const { meters, signal, group } = context;
  const url = urlOf(session.cloud, request);
  const count = request.kind === 'batch' ? request.requests.length : 1;
  let attempts = 0;
  let renewedFrom: string | null = null;
  for (;;) {
    const leave = await limiter.enter(group, count, meters, signal);
    let token: string;
    let answer: TransportAnswer | TransportError;
    const clientRequestId = randomUUID();
    try {
      token = await (renewedFrom === null
        ? currentToken(session, signal)
        : renewedToken(session, renewedFrom, signal));
      for (const meter of meters) meter.requests += 1;
      answer = await send(session, request, url, token, clientRequestId, attempts > 0, signal);
    } finally {
      leave();
    }
    const outcome = judge(answer, clock.wallMs(), limits);
    logAttempt(session, request, clientRequestId, answer, outcome);
    if (!(answer instanceof TransportError)) standing.unreachableInARow = 0;
    if (!(outcome instanceof Refused)) {
      standing.refusedFreshTokens = 0;
      // Of a batch, its members say whether the group is being throttled.
      if (request.kind !== 'batch') limiter.succeeded(group);
      for (const meter of meters) meter.lastRequestId = outcome.requestId;
      return outcome;
    }
    const { failure, askedMs } = outcome;
    for (const meter of meters) {
      meter.lastFailure = { requestId: failure.requestId, status: failure.status };
    }
    if (failure.kind === 'throttled') {
      limiter.throttled(group, askedMs);
    } else if (failure.kind === 'auth_expired' && renewedFrom === null) {
      renewedFrom = token;
    } else if (failure.kind === 'auth_expired') {
      refuseUnreadable(session, failure);
      throw failure;
    } else if (isPassing(failure, answer)) {
      attempts += 1;
      if (answer instanceof TransportError) refuseUnreachable(session, answer);
      if (attempts >= limits.maxAttempts) throw failure;
      const pauseMs = askedMs ?? backoffMs(attempts, limits, session.random);
      await waitFor(clock, pauseMs, 'retry', meters, signal, { status: failure.status ?? 0 });
    } else {
      throw failure;
    }
    for (const meter of meters) meter.retries += 1;
  }
}

/** A refusal with the time that the answer asked to wait. */
class Refused {
  readonly failure: GraphFailure;
  readonly askedMs: number | null;
  constructor(failure: GraphFailure, askedMs: number | null) {
    this.failure = failure;
    this.askedMs = askedMs;
  }
}

async function send(
  session: GraphSession,
  request: GraphRequest,
  url: URL,
  token: string,
  clientRequestId: string,
  freshConnection: boolean,
  signal: AbortSignal,
): Promise<TransportAnswer | TransportError> {
  const body =
    request.kind === 'batch'
      ? JSON.stringify({ requests: request.requests })
      : request.kind === 'ids'
        ? JSON.stringify({ ids: request.ids })
        : undefined;
  const own = request.kind === 'path' || request.kind === 'link' ? request.headers : undefined;
  try {
    return await session.transport.send({
      method: body === undefined ? 'GET' : 'POST',
      url,
      headers: {
        ...readHeaders,
        ...own,
        authorization: `Bearer ${token}`,
        'client-request-id': clientRequestId,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
      signal,
      freshConnection,
    });
  } catch (error) {
    if (error instanceof TransportError) return error;
    throw error;
  }
}

function judge(
  answer: TransportAnswer | TransportError,
  wallMs: number,
  limits: GraphLimits,
): GraphAnswer | Refused {
  if (answer instanceof TransportError) {
    const kind =
      answer.fault === 'too_large' ? 'too_large' : answer.fault === 'undecodable' ? 'invalid' : 'transient';
    return new Refused(new GraphFailure(kind, { message: answer.message, cause: answer }), null);
  }
  const { status, headers } = answer;
  const requestId = requestIdOf(headers);
  const askedMs = retryAfterMs(headers['retry-after'], wallMs, limits);
  if (status >= 200 && status < 300) {
    try {
      const body = parseJson(answer.body, { maxBytes: limits.maxResponseBytes });
      if (!hasErrorInside(body)) return { status, body, requestId };
      return new Refused(
        new GraphFailure('invalid', {
          message: 'Microsoft Graph answered success with an error inside.',
          status,
          requestId,
        }),
        null,
      );
    } catch (error) {
      if (!isAppError(error)) throw error;
      const kind = error.code === 'response_too_large' ? 'too_large' : 'invalid';
      return new Refused(new GraphFailure(kind, { message: error.message, status, requestId }), null);
    }
  }
  return new Refused(failureOfAnswer({ status, body: jsonOrNull(answer.body), requestId }), askedMs);
}

/** Worth another try: faults of the line and the gateway, and damaged answers, which mostly are the same. */
function isPassing(failure: GraphFailure, answer: TransportAnswer | TransportError): boolean {
  if (answer instanceof TransportError) return answer.fault !== 'too_large';
  return failure.kind === 'transient' || failure.kind === 'invalid';
}

/** A token for the next exchange; a refused sign-in means that the tenant cannot be read. */
export async function currentToken(session: GraphSession, signal: AbortSignal): Promise<string> {
  return orUnreadable(session.tokens.token(signal));
}

/** A token newer than the one that was refused. */
export async function renewedToken(
  session: GraphSession,
  refusedToken: string,
  signal: AbortSignal,
): Promise<string> {
  return orUnreadable(session.tokens.renew(refusedToken, signal));
}

async function orUnreadable(token: Promise<string>): Promise<string> {
  try {
    return await token;
  } catch (error) {
    if (error instanceof SignInError) {
      throw new TenantUnreadableError(error.reason, error.message, { cause: error });
    }
    throw error;
  }
}

function refuseUnreachable(session: GraphSession, error: TransportError): void {
  session.standing.unreachableInARow += error.fault === 'unreachable' ? 1 : 0;
  if (error.fault === 'untrusted' || session.standing.unreachableInARow >= unreachableLimit) {
    throw new TenantUnreadableError('graph_unavailable', error.message, { cause: error });
  }
}

function refuseUnreadable(session: GraphSession, failure: GraphFailure): void {
  session.standing.refusedFreshTokens += 1;
  if (session.standing.refusedFreshTokens >= refusedTokenLimit) {
    throw new TenantUnreadableError('auth_blocked', 'Microsoft Graph refuses fresh tokens of this app.', {
      cause: failure,
    });
  }
}

/** The address of a request. A next link to another host is refused before any token is near it. */
function urlOf(cloud: CloudEndpoints, request: GraphRequest): URL {
  switch (request.kind) {
    case 'path':
      return new URL(`${cloud.graphUrl}/${request.version}${request.path}`);
    case 'batch':
      return new URL(`${cloud.graphUrl}/${request.version}/$batch`);
    case 'ids':
      return new URL(`${cloud.graphUrl}/v1.0/directoryObjects/getByIds`);
    case 'link': {
      const url = URL.canParse(request.link) ? new URL(request.link) : null;
      const graph = new URL(cloud.graphUrl);
      if (url === null || url.origin !== graph.origin || url.username !== '' || url.password !== '') {
        throw new GraphFailure('invalid', {
          message: 'A page named a next page on another host; it was not followed.',
        });
      }
      return url;
    }
  }
}

function jsonOrNull(bytes: Uint8Array): JsonValue {
  if (bytes.length === 0) return null;
  try {
    return parseJson(bytes, { maxBytes: 4 * 1024 * 1024 });
  } catch (error) {
    // Gateways answer HTML: then only the status speaks.
    if (isAppError(error)) return null;
    throw error;
  }
}

/** Graph's own id of a request, or of the answer's headers inside a batch. */
export function requestIdOf(headers: Readonly<Record<string, string>>): string | null {
  const id = headers['request-id'] ?? headers['x-ms-request-id'];
  return id === undefined ? null : id.slice(0, 100);
}

function logAttempt(
  session: GraphSession,
  request: GraphRequest,
  clientRequestId: string,
  answer: TransportAnswer | TransportError,
  outcome: GraphAnswer | Refused,
): void {
  const fields = {
    request: request.kind,
    // Queries and ids stay out: a path may hold a tenant's object id, a link a token of its own.
    clientRequestId,
    ...(answer instanceof TransportError
      ? { fault: answer.fault }
      : {
          status: answer.status,
          requestId: requestIdOf(answer.headers),
          date: answer.headers['date'] ?? null,
          diagnostic: answer.headers['x-ms-ags-diagnostic']?.slice(0, 500) ?? null,
        }),
  };
  if (outcome instanceof Refused)
    session.log.info({ ...fields, kind: outcome.failure.kind }, 'Graph request refused');
  else session.log.debug(fields, 'Graph request');
}
