/**
 * Reading the errors that Postgres and its driver throw. Codes are SQLSTATE
 * (https://www.postgresql.org/docs/current/errcodes-appendix.html) or Node's system error names.
 */

/** SQLSTATE or system error name; null when the error has neither. */
export function databaseErrorCode(error: unknown): string | null {
  const seen = new Set<unknown>();
  let current: unknown = error;
  while (current instanceof Error && !seen.has(current)) {
    seen.add(current);
    const code: unknown = (current as { code?: unknown }).code;
    if (typeof code === 'string') return code;
    current = current.cause;
  }
  return null;
}

const connectionCodes = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  // The server is shutting down, crashed, or not accepting connections yet.
  '57P01',
  '57P02',
  '57P03',
]);

/** The driver reports a cut connection in words only. */
const connectionMessages =
  /connection terminated|client has encountered a connection error|query read timeout|timeout exceeded when trying to connect|connection ended|not queryable|pool (?:is|was) (?:ended|reset|closed)|after calling end on the pool/i;

/** True when the connection broke, so that the fate of a commit that was under way is unknown. */
export function isConnectionLoss(error: unknown): boolean {
  const code = databaseErrorCode(error);
  if (code !== null && (code.startsWith('08') || connectionCodes.has(code))) return true;
  return error instanceof Error && connectionMessages.test(error.message);
}

/** True when the same transaction may succeed if it is sent again a moment later. */
export function isTransientDatabaseError(error: unknown): boolean {
  const code = databaseErrorCode(error);
  // Serialization failure, deadlock, lock not available.
  return isConnectionLoss(error) || code === '40001' || code === '40P01' || code === '55P03';
}

/** True when the server has no space left for the write. */
export function isStorageFull(error: unknown): boolean {
  return databaseErrorCode(error) === '53100';
}
