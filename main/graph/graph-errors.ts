import { isAppError } from '../../shared/errors.ts';
import type { UnavailableRule } from '../domain/policy-types/policy-type.ts';
import { isJsonObject, type JsonValue } from '../snapshot/json-value.ts';
import { parseJson } from '../snapshot/parse-json.ts';

/** What a failed request means, independent of where it happened. */
export type GraphFailureKind =
  | 'permission_missing'
  | 'not_licensed'
  | 'not_configured'
  | 'not_in_cloud'
  /** 404: deleted, or a singleton that was never set up. */
  | 'gone'
  /** 410: the skip token is no longer known; the list starts again. */
  | 'link_expired'
  | 'throttled'
  | 'transient'
  | 'auth_expired'
  /** The service has no such route although its schema has one. */
  | 'contract'
  /** Not JSON, an error inside a success, or an unexpected shape. */
  | 'invalid'
  | 'too_large'
  /** Any other refusal; with query options a reason to try without them. */
  | 'refused'
  | 'throttled_out'
  | 'batch_answer_lost'
  | 'page_guard'
  /** The service announced another number of rows than it gave. */
  | 'count_mismatch';

/** An error of Graph with its wrappings taken off. Never shown as it is: it may hold internal hosts and ids. */
export interface UnwrappedGraphError {
  /** From the outermost to the innermost; empty codes left out. */
  codes: readonly string[];
  messages: readonly string[];
}

/** One Graph request that gave no usable answer. The message is safe to show and to store. */
export class GraphFailure extends Error {
  override readonly name = 'GraphFailure';
  readonly kind: GraphFailureKind;
  readonly status: number | null;
  /** Innermost error code, reduced to harmless characters. */
  readonly code: string | null;
  /** Permissions that the answer names, any of which would do. */
  readonly permissions: readonly string[];
  readonly requestId: string | null;
  /** For `throttled_out`: the meter whose budget is spent. */
  readonly spentMeter: object | null;
  /** For the unavailable rules of the registry; not for screens. */
  readonly error: UnwrappedGraphError;

  constructor(
    kind: GraphFailureKind,
    facts: {
      message: string;
      status?: number | null;
      requestId?: string | null;
      permissions?: readonly string[];
      error?: UnwrappedGraphError;
      spentMeter?: object;
      cause?: unknown;
    },
  ) {
    super(facts.message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.kind = kind;
    this.status = facts.status ?? null;
    this.error = facts.error ?? { codes: [], messages: [] };
    this.spentMeter = facts.spentMeter ?? null;
    this.code = harmlessCode(this.error.codes.at(-1));
    this.permissions = facts.permissions ?? [];
    this.requestId = facts.requestId ?? null;
  }
}

interface ErrorRow {
  statuses: readonly number[];
  /** Tested against any code of the wrapping. */
  code?: RegExp;
  /** Tested against any message of the wrapping; only where codes say too little. */
  message?: RegExp;
  kind: GraphFailureKind;
}

const forbiddenCode = /^(Forbidden|AccessDenied|Authorization_RequestDenied|Unauthorized)$/i;
const permissionWords =
  /not authorized to perform this operation|must have one of the following scopes|does not have application permissions|insufficient privileges|required scopes are missing/i;
const licenceWords = /licen[cs]e|premium|subscription (is )?(required|missing)|not entitled/i;

/**
 * How answers are read, first match wins. Microsoft's rule is to branch on status and code; the rows that look
 * at messages are those where Intune gives nothing else (sources: Graph errors page, and field reports in
 * microsoftgraph, MSAL and IntuneCD issue trackers).
 */
const errorTable: readonly ErrorRow[] = [
  { statuses: [400, 403], message: /request not applicable to target tenant/i, kind: 'not_licensed' },
  { statuses: [400, 403], code: /LicenseRequired|NonPremiumTenant|NotLicensed/i, kind: 'not_licensed' },
  {
    statuses: [400, 404],
    message: /no method match route template|no OData route exists/i,
    kind: 'contract',
  },
  { statuses: [401], code: /^(Forbidden|Authorization_RequestDenied)$/i, kind: 'permission_missing' },
  { statuses: [401], message: permissionWords, kind: 'permission_missing' },
  { statuses: [401], kind: 'auth_expired' },
  { statuses: [403], message: permissionWords, kind: 'permission_missing' },
  { statuses: [403], message: licenceWords, kind: 'not_licensed' },
  { statuses: [403], code: forbiddenCode, kind: 'permission_missing' },
  { statuses: [404], kind: 'gone' },
  { statuses: [410], kind: 'link_expired' },
  { statuses: [413, 414], kind: 'too_large' },
  { statuses: [429, 509], kind: 'throttled' },
  { statuses: [501], kind: 'not_in_cloud' },
  { statuses: [408, 409, 412, 423, 500, 502, 503, 504], kind: 'transient' },
];

/** What an error answer of Graph, or of a gateway before it, means. `body` is null when it was not JSON. */
export function failureOfAnswer(answer: {
  status: number;
  body: JsonValue;
  requestId: string | null;
}): GraphFailure {
  const error = unwrapGraphError(answer.body);
  const row = errorTable.find(
    (row) =>
      row.statuses.includes(answer.status) &&
      (row.code === undefined || error.codes.some((code) => row.code!.test(code))) &&
      (row.message === undefined || error.messages.some((message) => row.message!.test(message))),
  );
  // Only Graph can say that something is absent; a gateway that finds nothing proves nothing.
  const isOfGraph = isJsonObject(answer.body) && isJsonObject(answer.body['error']);
  const isAbsence = row?.kind === 'gone' || row?.kind === 'not_in_cloud';
  const kind =
    row === undefined || (isAbsence && !isOfGraph)
      ? answer.status >= 500
        ? 'transient'
        : 'refused'
      : row.kind;
  const code = harmlessCode(error.codes.at(-1));
  return new GraphFailure(kind, {
    message: `Microsoft Graph answered ${answer.status}${code === null ? '' : ` (${code})`}.`,
    status: answer.status,
    requestId: answer.requestId,
    permissions: kind === 'permission_missing' ? namedPermissions(error.messages) : [],
    error,
  });
}

/** True for a success whose body is nevertheless Graph's error object. */
export function hasErrorInside(body: JsonValue): boolean {
  if (!isJsonObject(body)) return false;
  const error = body['error'];
  return isJsonObject(error) && ('code' in error || 'message' in error || 'innerError' in error);
}

/**
 * Takes the wrappings off a Graph error: `error.message` of Intune holds its own error as JSON text, sometimes
 * twice, and `innerError` nests. Follows up to three levels of text.
 */
export function unwrapGraphError(body: JsonValue): UnwrappedGraphError {
  const codes: string[] = [];
  const messages: string[] = [];
  const visit = (value: JsonValue | undefined, textLevels: number): void => {
    if (!isJsonObject(value)) return;
    for (const name of ['code', 'ErrorCode', 'CustomApiErrorPhrase']) {
      const code = value[name];
      if (typeof code === 'string' && code !== '') codes.push(code);
    }
    for (const name of ['message', 'Message']) {
      const message = value[name];
      if (typeof message !== 'string' || message === '') continue;
      const nested = textLevels > 0 ? nestedError(message) : null;
      if (nested === null) messages.push(message);
      else visit(nested, textLevels - 1);
    }
    for (const name of ['innerError', 'innererror']) visit(value[name], textLevels);
    const details = value['details'];
    if (Array.isArray(details)) for (const detail of details.slice(0, 5)) visit(detail, textLevels);
  };
  visit(isJsonObject(body) ? (body['error'] ?? body) : null, 3);
  // Inner errors repeat the status as a code; that says nothing new.
  return { codes: codes.filter((code) => !/^\d+$/.test(code)), messages };
}

/** The first rule of the registry that explains the failure as absence, or null. */
export function unavailableReason(
  failure: GraphFailure,
  rules: readonly UnavailableRule[],
): UnavailableRule['reason'] | null {
  const rule = rules.find(
    (rule) =>
      rule.status === failure.status &&
      (rule.code === undefined || failure.error.codes.includes(rule.code)) &&
      (rule.messageIncludes === undefined ||
        failure.error.messages.some((text) =>
          text.toLowerCase().includes(rule.messageIncludes!.toLowerCase()),
        )),
  );
  return rule?.reason ?? null;
}

function nestedError(message: string): JsonValue | null {
  const text = message.trim();
  if (!text.startsWith('{')) return null;
  try {
    return parseJson(text, { maxBytes: 1024 * 1024, maxDepth: 20 });
  } catch (error) {
    // Text that only looks like JSON is an ordinary message.
    if (isAppError(error)) return null;
    throw error;
  }
}

/** `… must have one of the following scopes: A.Read.All, B.ReadWrite.All - Operation ID …` names A and B. */
function namedPermissions(messages: readonly string[]): string[] {
  const named = new Set<string>();
  for (const message of messages) {
    const list = /scopes?:\s*((?:[A-Za-z]\w*(?:[.-]\w+)+(?:\s*,\s*)?)+)/i.exec(message)?.[1];
    for (const name of list?.match(/[A-Za-z]\w*(?:[.-]\w+)+/g) ?? []) named.add(name);
  }
  return [...named].slice(0, 20);
}

function harmlessCode(code: string | undefined): string | null {
  return code === undefined ? null : code.replaceAll(/[^A-Za-z0-9_.-]/g, '').slice(0, 80) || null;
}
