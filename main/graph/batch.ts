import type { ApiVersion } from '../domain/policy-types/policy-type.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../snapshot/json-value.ts';
import {
  currentToken,
  exchange,
  readHeaders,
  renewedToken,
  requestIdOf,
  type BatchEntry,
  type ExchangeContext,
  type GraphAnswer,
  type GraphSession,
} from './graph-exchange.ts';
import { failureOfAnswer, GraphFailure, hasErrorInside } from './graph-errors.ts';
import { numberOf } from './json-reading.ts';
import { backoffMs } from './limiter.ts';
import { waitFor, type ReadMeter } from './read-meter.ts';
import { retryAfterMs } from './retry-after.ts';

/** One read that may travel in a batch. */
export interface BatchRead {
  path: string;
  headers?: Readonly<Record<string, string>>;
  meter: ReadMeter;
}

/** Answer or failure of each read; a batch as a whole never fails its members. */
export type BatchResult = { ok: true; answer: GraphAnswer } | { ok: false; failure: GraphFailure };

interface Member extends BatchRead {
  index: number;
  attempts: number;
  lost: boolean;
  renewed: boolean;
}

/**
 * Reads up to 20 paths of one version and throttle group in one exchange and matches answers to requests by id.
 * Members that are throttled are asked again after the longest of their waits, passing faults a few times, a
 * missing or doubled answer once; then it is `batch_answer_lost`. An envelope that is refused or too large is
 * split down to single requests.
 *
 * @returns one result per read, in order. Throws `TenantUnreadableError` and the signal's reason only.
 */
export async function readBatch(
  session: GraphSession,
  version: ApiVersion,
  reads: readonly BatchRead[],
  context: Pick<ExchangeContext, 'group' | 'signal'>,
): Promise<BatchResult[]> {
  const results: BatchResult[] = Array.from({ length: reads.length });
  let pending: Member[] = reads.map((read, index) => ({
    ...read,
    index,
    attempts: 0,
    lost: false,
    renewed: false,
  }));
  const fail = (member: Member, failure: GraphFailure) => {
    results[member.index] = { ok: false, failure };
  };
  while (pending.length > 1) {
    const round = pending;
    // The token of the next exchange, so that a refusal inside it renews this one and no newer.
    const token = await currentToken(session, context.signal);
    let envelope: GraphAnswer;
    try {
      envelope = await sendRound(session, version, round, context);
    } catch (error) {
      if (!(error instanceof GraphFailure)) throw error;
      if (error.kind === 'throttled_out') {
        // The budget of at least one member's type is spent; the others have done nothing wrong.
        pending = keepWithinBudget(round, error, fail);
        continue;
      }
      if (isSplittable(error)) {
        await readHalves(session, version, round, context, results);
      } else {
        for (const member of round) fail(member, error);
      }
      return results;
    }
    const verdicts = matchAnswers(round, envelope, session);
    pending = await settleRound(session, context, round, verdicts, results, token);
  }
  for (const member of pending) results[member.index] = await readAlone(session, version, member, context);
  return results;
}

/** What one member's answer means for the next round. */
type Verdict =
  | { kind: 'done'; answer: GraphAnswer }
  | { kind: 'lost' }
  | { kind: 'failed'; failure: GraphFailure; askedMs: number | null };

async function sendRound(
  session: GraphSession,
  version: ApiVersion,
  round: readonly Member[],
  context: Pick<ExchangeContext, 'group' | 'signal'>,
): Promise<GraphAnswer> {
  const requests = round.map((member, position): BatchEntry => ({
    id: String(position + 1),
    method: 'GET',
    url: member.path,
    headers: { ...readHeaders, ...member.headers },
  }));
  // A meter stands here once for each of its members: so often is it charged.
  const meters = round.map((member) => member.meter);
  return exchange(session, { kind: 'batch', version, requests }, { ...context, meters });
}

function matchAnswers(round: readonly Member[], envelope: GraphAnswer, session: GraphSession): Verdict[] {
  const verdicts: Verdict[] = round.map(() => ({ kind: 'lost' }));
  const responses = isJsonObject(envelope.body) ? envelope.body['responses'] : undefined;
  if (!Array.isArray(responses)) return verdicts;
  const seen = new Set<number>();
  for (const response of responses) {
    if (!isJsonObject(response)) continue;
    const id = typeof response['id'] === 'string' ? response['id'] : String(numberOf(response['id']));
    const position = /^\d{1,2}$/.test(id) ? Number(id) - 1 : -1;
    if (position < 0 || position >= round.length) continue;
    // Two answers for one id: neither can be trusted.
    verdicts[position] = seen.has(position) ? { kind: 'lost' } : verdictOf(response, session);
    seen.add(position);
  }
  return verdicts;
}

function verdictOf(response: JsonObject, session: GraphSession): Verdict {
  const status = numberOf(response['status']);
  if (status === null) return { kind: 'lost' };
  const headers = lowerCaseHeaders(response['headers']);
  const body = response['body'] ?? null;
  const requestId = requestIdOf(headers);
  const askedMs = retryAfterMs(headers['retry-after'], session.clock.wallMs(), session.limits);
  if (status < 200 || status > 299) {
    return { kind: 'failed', failure: failureOfAnswer({ status, body, requestId }), askedMs };
  }
  if (isJsonObject(body) && !hasErrorInside(body))
    return { kind: 'done', answer: { status, body, requestId } };
  const failure = new GraphFailure('invalid', {
    message: 'An answer inside a batch was no JSON object or held an error.',
    status,
    requestId,
  });
  return { kind: 'failed', failure, askedMs: null };
}

async function settleRound(
  session: GraphSession,
  context: Pick<ExchangeContext, 'group' | 'signal'>,
  round: readonly Member[],
  verdicts: readonly Verdict[],
  results: BatchResult[],
  token: string,
): Promise<Member[]> {
  const again: Member[] = [];
  let throttledFor: number | null | undefined;
  let pauseMs = 0;
  let refusedToken = false;
  for (const [position, member] of round.entries()) {
    const verdict = verdicts[position]!;
    if (verdict.kind === 'done') {
      member.meter.lastRequestId = verdict.answer.requestId;
      results[member.index] = { ok: true, answer: verdict.answer };
      continue;
    }
    if (verdict.kind === 'lost') {
      if (member.lost) {
        results[member.index] = { ok: false, failure: lostAnswer() };
      } else {
        member.lost = true;
        again.push(member);
      }
      continue;
    }
    const { failure, askedMs } = verdict;
    member.meter.lastFailure = { requestId: failure.requestId, status: failure.status };
    if (failure.kind === 'throttled') {
      throttledFor = throttledFor === undefined ? askedMs : longest(throttledFor, askedMs);
      again.push(member);
    } else if (failure.kind === 'auth_expired' && !member.renewed) {
      member.renewed = true;
      refusedToken = true;
      again.push(member);
    } else if (
      (failure.kind === 'transient' || failure.kind === 'invalid') &&
      member.attempts + 1 < session.limits.maxAttempts
    ) {
      member.attempts += 1;
      pauseMs = Math.max(pauseMs, askedMs ?? backoffMs(member.attempts, session.limits, session.random));
      again.push(member);
    } else {
      results[member.index] = { ok: false, failure };
    }
  }
  for (const member of again) member.meter.retries += 1;
  if (throttledFor === undefined) session.limiter.succeeded(context.group);
  else session.limiter.throttled(context.group, throttledFor);
  if (refusedToken) await renewedToken(session, token, context.signal);
  // A throttled group waits at its gate anyway.
  if (pauseMs === 0 || throttledFor !== undefined) return again;
  return pauseMembers(session, again, pauseMs, context.signal, results);
}

async function pauseMembers(
  session: GraphSession,
  members: Member[],
  pauseMs: number,
  signal: AbortSignal,
  results: BatchResult[],
): Promise<Member[]> {
  try {
    const meters = members.map((member) => member.meter);
    await waitFor(session.clock, pauseMs, 'retry', meters, signal);
    return members;
  } catch (error) {
    if (!(error instanceof GraphFailure)) throw error;
    return keepWithinBudget(members, error, (member, failure) => {
      results[member.index] = { ok: false, failure };
    });
  }
}

/** Fails the members whose budget is spent and keeps the rest. */
function keepWithinBudget(
  members: readonly Member[],
  failure: GraphFailure,
  fail: (member: Member, failure: GraphFailure) => void,
): Member[] {
  const spent = failure.spentMeter;
  const kept = members.filter((member) => member.meter !== spent);
  for (const member of members) if (member.meter === spent) fail(member, failure);
  return kept;
}

function isSplittable(failure: GraphFailure): boolean {
  return ['too_large', 'refused', 'gone', 'not_in_cloud', 'contract', 'invalid'].includes(failure.kind);
}

async function readHalves(
  session: GraphSession,
  version: ApiVersion,
  members: readonly Member[],
  context: Pick<ExchangeContext, 'group' | 'signal'>,
  results: BatchResult[],
): Promise<void> {
  const middle = Math.ceil(members.length / 2);
  for (const half of [members.slice(0, middle), members.slice(middle)]) {
    const answers = await readBatch(session, version, half, context);
    for (const [position, member] of half.entries()) results[member.index] = answers[position]!;
  }
}

async function readAlone(
  session: GraphSession,
  version: ApiVersion,
  read: BatchRead,
  context: Pick<ExchangeContext, 'group' | 'signal'>,
): Promise<BatchResult> {
  try {
    const request = { kind: 'path' as const, version, path: read.path, headers: read.headers ?? {} };
    return { ok: true, answer: await exchange(session, request, { ...context, meters: [read.meter] }) };
  } catch (error) {
    if (error instanceof GraphFailure) return { ok: false, failure: error };
    throw error;
  }
}

function lostAnswer(): GraphFailure {
  return new GraphFailure('batch_answer_lost', {
    message: 'Microsoft Graph left a request of a batch without an answer, twice.',
  });
}

function longest(left: number | null, right: number | null): number | null {
  return left === null || right === null ? (left ?? right) : Math.max(left, right);
}

function lowerCaseHeaders(headers: JsonValue | undefined): Record<string, string> {
  const plain: Record<string, string> = {};
  if (!isJsonObject(headers)) return plain;
  for (const [name, value] of Object.entries(headers)) {
    const text = typeof value === 'string' ? value : numberOf(value);
    if (text !== null) plain[name.toLowerCase()] = String(text);
  }
  return plain;
}
