/**
 * The query box of the audit page: words such as `actor:anna -action:run. outcome:denied "two words"`. Text and terms
 * are the same thing in two forms, so that the box and the pills can each be changed; the server gets the terms only.
 */

export const auditQueryFields = [
  'actor',
  'action',
  'target',
  'outcome',
  'tenant',
  'host',
  'after',
  'before',
] as const;
export type AuditQueryField = (typeof auditQueryFields)[number];

export interface AuditTerm {
  /** `text` is a word without a field: it is searched for in everything that an event says. */
  field: AuditQueryField | 'text';
  value: string;
  exclude: boolean;
}

const termPattern = /(-?)(?:([a-z]+):)?("(?:[^"\\]|\\.)*"?|\S+)/giu;

function isField(word: string): word is AuditQueryField {
  return (auditQueryFields as readonly string[]).includes(word);
}

/** Reads what is typed. Never fails: a word with an unknown field is searched for as it stands. */
export function parseAuditQuery(text: string): AuditTerm[] {
  const terms: AuditTerm[] = [];
  for (const [whole, minus, prefix, rest] of text.matchAll(termPattern)) {
    const field = prefix?.toLowerCase();
    const known = field !== undefined && isField(field);
    const written = known || prefix === undefined ? rest! : `${prefix}:${rest}`;
    const value = unquote(written).trim();
    // A field that waits for its value, while it is being typed.
    if (value === '' || (prefix === undefined && isWaiting(written))) continue;
    terms.push({ field: known ? field : 'text', value, exclude: minus === '-' && whole !== '-' });
  }
  return terms;
}

function isWaiting(written: string): boolean {
  return written === '-' || (written.endsWith(':') && isField(written.slice(0, -1).toLowerCase()));
}

function unquote(written: string): string {
  if (!written.startsWith('"')) return written;
  const closed = written.length > 1 && written.endsWith('"') && !/(?:^|[^\\])(?:\\\\)*\\"$/.test(written);
  return written.slice(1, closed ? -1 : undefined).replaceAll(/\\(.)/gsu, '$1');
}

/** The text that reads as these terms. */
export function formatAuditQuery(terms: readonly AuditTerm[]): string {
  return terms.map(formatAuditTerm).join(' ');
}

/** One term as it is typed. */
export function formatAuditTerm({ field, value, exclude }: AuditTerm): string {
  return `${exclude ? '-' : ''}${field === 'text' ? '' : `${field}:`}${quote(value)}`;
}

/** Quoted where a bare word would read as something else. */
function quote(value: string): string {
  const bare = /^[^\s"\\-][^\s"\\]*$/u.test(value) && !/^[a-z]+:/iu.test(value);
  return bare ? value : `"${value.replaceAll(/["\\]/g, (character) => `\\${character}`)}"`;
}

/** What may follow at the caret: the word there, and what could stand in its place. */
export interface AuditCompletion {
  /** Part of the text that a suggestion replaces. */
  from: number;
  to: number;
  suggestions: readonly string[];
}

const mostSuggestions = 12;

/** Suggestions for the word at the caret: fields first, then the values that are known of a field. */
export function completeAuditQuery(
  text: string,
  caret: number,
  known: Readonly<Partial<Record<AuditQueryField, readonly string[]>>>,
): AuditCompletion {
  const before = text.slice(0, caret);
  const from = /(?:"(?:[^"\\]|\\.)*$|\S)*$/u.exec(before)?.index ?? caret;
  const word = before.slice(from);
  const to = caret + (/^\S*/u.exec(text.slice(caret))?.[0].length ?? 0);
  const minus = word.startsWith('-') ? '-' : '';
  const bare = word.slice(minus.length);
  const [prefix, typed] = bare.includes(':') ? splitOnce(bare) : [null, bare];
  const suggestions =
    prefix === null
      ? auditQueryFields
          .filter((field) => field.startsWith(typed.toLowerCase()))
          .map((field) => `${minus}${field}:`)
      : isField(prefix.toLowerCase())
        ? valuesOf(prefix.toLowerCase() as AuditQueryField, unquote(typed), known).map(
            (value) => `${minus}${prefix.toLowerCase()}:${quote(value)}`,
          )
        : [];
  return { from, to, suggestions: suggestions.slice(0, mostSuggestions) };
}

function splitOnce(word: string): [string, string] {
  const at = word.indexOf(':');
  return [word.slice(0, at), word.slice(at + 1)];
}

function valuesOf(
  field: AuditQueryField,
  typed: string,
  known: Readonly<Partial<Record<AuditQueryField, readonly string[]>>>,
): string[] {
  const needle = typed.toLowerCase();
  return (known[field] ?? []).filter(
    (value) => value.toLowerCase().includes(needle) && value.toLowerCase() !== needle,
  );
}
