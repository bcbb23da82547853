import { AppError } from '../../shared/errors.ts';

/**
 * What may enter a log line: an allow-list by kind of value. Text, numbers, booleans, instants, plain lists and
 * plain objects pass, cut to size; errors pass with their name, code, message, stack and safe details only.
 * Everything else (connections, requests, buffers, class instances) is named by its kind and not looked into,
 * because nobody can tell what hides in it.
 */
const maximumDepth = 4;
const maximumText = 4_000;
const maximumEntries = 50;

/** Keys whose values are never written, at any depth. Values in other fields are still scrubbed by their shape. */
const secretKey =
  /secret|password|passphrase|passwd|authorization|cookie|assertion|credentialvalue|private.?key|api.?key|connection.?string|^token$|(?:access|refresh|id|session|bearer)_?-?token/i;

/** The fields of one log line, reduced to what the allow-list admits. Never throws, whatever it is given. */
export function logFields(fields: object): Record<string, unknown> {
  const reduced = reduce(fields instanceof Error ? { error: fields } : { ...fields }, 0);
  return typeof reduced === 'object' && reduced !== null && !Array.isArray(reduced)
    ? (reduced as Record<string, unknown>)
    : {};
}

function reduce(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return value.length > maximumText
        ? `${value.slice(0, maximumText)}… (${value.length} characters)`
        : value;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'boolean':
      return value;
    case 'bigint':
      return value.toString();
    case 'undefined':
      return undefined;
    case 'function':
    case 'symbol':
      return `[${typeof value}]`;
    default:
      return value === null ? null : reduceObject(value as object, depth);
  }
}

function reduceObject(value: object, depth: number): unknown {
  if (value instanceof Error) return reduceError(value, depth);
  if (isInstant(value)) return Number.isNaN(value.getTime()) ? '[invalid instant]' : value.toISOString();
  if (depth >= maximumDepth) return Array.isArray(value) ? '[list]' : '[object]';
  if (Array.isArray(value)) {
    const entries = value.slice(0, maximumEntries).map((entry) => reduce(entry, depth + 1));
    return value.length > maximumEntries ? [...entries, `… ${value.length} entries`] : entries;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return `[${kindOf(value)}]`;
  const reduced: Record<string, unknown> = {};
  for (const key of Object.keys(value).slice(0, maximumEntries)) {
    const entry = (value as Record<string, unknown>)[key];
    // A count of secrets is no secret.
    const isHidden = secretKey.test(key) && typeof entry !== 'number' && typeof entry !== 'boolean';
    reduced[key] = isHidden ? '[removed]' : reduce(entry, depth + 1);
  }
  return reduced;
}

function reduceError(error: Error, depth: number): Record<string, unknown> {
  const code = (error as { code?: unknown }).code;
  const reduced: Record<string, unknown> = {
    name: error.name,
    message: reduce(error.message, depth + 1),
  };
  if (typeof code === 'string' || typeof code === 'number') reduced['code'] = code;
  if (error instanceof AppError) {
    reduced['details'] = reduce(error.details, depth + 1);
  } else if (typeof error.stack === 'string') {
    reduced['stack'] = reduce(error.stack, depth + 1);
  }
  if (error.cause !== undefined && depth < maximumDepth) reduced['cause'] = reduce(error.cause, depth + 1);
  return reduced;
}

function isInstant(value: object): value is Date {
  return Object.prototype.toString.call(value) === '[object Date]';
}

function kindOf(value: object): string {
  const name = (value.constructor as { name?: unknown } | undefined)?.name;
  return typeof name === 'string' && name !== '' ? name : 'object';
}
