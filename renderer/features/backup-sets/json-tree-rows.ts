/** Number whose digits a double would lose; shown as it was written. */
export class ExactNumber {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

type Json = null | boolean | string | number | ExactNumber | Json[] | { [key: string]: Json };

/** The third argument is what the page's engine gives: the text of the number. */
function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' && context?.source !== undefined && String(value) !== context.source
    ? new ExactNumber(context.source)
    : value;
}

/** Reads the text of a document without losing digits. */
export function parseDocument(text: string): Json {
  return JSON.parse(text, keepDigits as (key: string, value: unknown) => unknown) as Json;
}

/** One line of the tree. */
export interface TreeRow {
  pointer: string;
  depth: number;
  /** Property name or index; null for the document itself. */
  name: string | null;
  kind: 'object' | 'array' | 'string' | 'number' | 'word';
  /** Members of an object or array. */
  size: number;
  /** Text of a scalar, whole. */
  text: string;
  expanded: boolean;
}

const token = (name: string) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;

function childrenOf(value: Json): [string, Json][] | null {
  if (Array.isArray(value)) return value.map((member, index) => [String(index), member]);
  if (typeof value === 'object' && value !== null && !(value instanceof ExactNumber)) {
    return Object.entries(value);
  }
  return null;
}

function scalar(value: Json): Pick<TreeRow, 'kind' | 'text'> {
  if (typeof value === 'string') return { kind: 'string', text: value };
  if (value instanceof ExactNumber) return { kind: 'number', text: value.source };
  return typeof value === 'number'
    ? { kind: 'number', text: String(value) }
    : { kind: 'word', text: JSON.stringify(value) };
}

/** The lines of a document in which the given places are unfolded, in document order. */
export function treeRows(document: Json, isExpanded: (pointer: string) => boolean): TreeRow[] {
  const rows: TreeRow[] = [];
  const visit = (value: Json, name: string | null, pointer: string, depth: number): void => {
    const children = childrenOf(value);
    if (children === null) {
      rows.push({ pointer, depth, name, size: 0, expanded: false, ...scalar(value) });
      return;
    }
    const expanded = isExpanded(pointer);
    const kind = Array.isArray(value) ? 'array' : 'object';
    rows.push({ pointer, depth, name, kind, size: children.length, text: '', expanded });
    if (!expanded) return;
    for (const [key, member] of children) visit(member, key, pointer + token(key), depth + 1);
  };
  visit(document, null, '', 0);
  return rows;
}

/** Places whose name or value holds the text, ignoring case, in document order. */
export function findInTree(document: Json, text: string): string[] {
  const needle = text.toLowerCase();
  if (needle === '') return [];
  return treeRows(document, () => true)
    .filter((row) => `${row.name ?? ''}\n${row.text}`.toLowerCase().includes(needle))
    .map((row) => row.pointer);
}

/** The places above a pointer, the document itself first. */
export function placesAbove(pointer: string): string[] {
  const places: string[] = [];
  for (let end = pointer.lastIndexOf('/'); end >= 0; end = pointer.lastIndexOf('/', end - 1)) {
    places.push(pointer.slice(0, end));
    if (end === 0) break;
  }
  return places.reverse();
}
