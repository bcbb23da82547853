/**
 * The last filter before text leaves the process: values that have the shape of a secret are cut out whatever
 * field they stand in. Filters by key cannot do this, because secrets travel inside error messages.
 */
const shapes: readonly { pattern: RegExp; replacement: string }[] = [
  // PEM blocks, also when the end is missing (a text that was cut off).
  {
    pattern:
      /-----BEGIN [A-Z0-9 ]{1,60}-----(?:(?!-----BEGIN )[\s\S])*?(?:-----END [A-Z0-9 ]{1,60}-----|(?=-----BEGIN )|$)/g,
    replacement: '[PEM removed]',
  },
  // age secret keys, plain and post-quantum (age specification: AGE-SECRET-KEY-1…, AGE-SECRET-KEY-PQ-1…).
  { pattern: /AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]+/gi, replacement: '[age key removed]' },
  // JSON web tokens: base64url parts, the first two of which begin with `{"`.
  { pattern: /\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?/g, replacement: '[token removed]' },
  { pattern: /\b(Bearer|Basic|PoP)\s+[\w.~+/=-]{8,}/gi, replacement: '$1 [removed]' },
  // Passwords in connection strings: scheme://user:password@host. The password may hold anything but blanks,
  // and the last @ before the path is the border, so that an unescaped @ or / in a password is covered too.
  {
    pattern: /\b([a-z][a-z0-9+.-]{1,30}:\/\/[^\s:/@]*):(?:[^\s/]|\/(?=[^\s/]*@))+@/gi,
    replacement: '$1:[removed]@',
  },
  // name=value and name: value, as in forms, query strings, libpq strings, JSON (also inside JSON, where quotes
  // carry backslashes) and error texts. A quoted value ends at a quote with as many backslashes as it began with.
  {
    pattern:
      /((?:^|[^\w])(?:sig|client[_-]?secret|client[_-]?assertion|(?:access|refresh|id)[_-]?token|password|passwd|pwd|api[_-]?key|accountkey|sharedaccesskey)(?:\\*["'])?\s*[=:]\s*)(?:(\\*)(["'])[\s\S]*?(?<!\\)\2\3|\\*["']?[^\s"'&;]+)/gi,
    replacement: '$1[removed]',
  },
];

/**
 * The text without anything that has the shape of a secret: JSON web tokens, Bearer and Basic credentials, PEM
 * blocks, `sig=`, `client_secret=` and their kin, passwords in connection strings, age secret keys.
 */
export function redactText(text: string): string {
  let redacted = text;
  for (const { pattern, replacement } of shapes) redacted = redacted.replace(pattern, replacement);
  return redacted;
}

/** `redactText` on every text inside a JSON line; the answer is JSON again. Text that is not JSON is cut as text. */
export function redactJsonLine(line: string): string {
  try {
    return JSON.stringify(
      JSON.parse(line, (_key, value: unknown) => (typeof value === 'string' ? redactText(value) : value)),
    );
  } catch (error) {
    if (error instanceof SyntaxError) return redactText(line);
    throw error;
  }
}

/**
 * Characters that could break a line in two, move a terminal's cursor or turn text around: C0 and C1 controls,
 * DEL, line and paragraph separators, bidirectional marks, embeddings and isolates, zero-width characters and
 * the byte order mark, and lone surrogates (which no encoder can write).
 */
const unprintable =
  // eslint-disable-next-line no-control-regex -- naming control characters is the purpose
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** The text with every control, bidi and invisible character written as `\uXXXX`; always one line. */
export function escapeControls(text: string): string {
  return text.replace(
    unprintable,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
