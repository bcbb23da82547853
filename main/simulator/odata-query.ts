import { isRecord } from './json.ts';
import type { Json, JsonRecord } from './json.ts';

/** One `$expand` clause, with what is expanded below it. */
export interface ExpandClause {
  name: string;
  below: ExpandClause[];
}

/** A query that the service would refuse with 400. */
export class QueryRefused extends Error {
  override readonly name = 'QueryRefused';
}

/** Reads `a,b($expand=c)`. Options below an expand other than `$expand` and `$select` are refused. */
export function parseExpand(text: string): ExpandClause[] {
  return splitOutside(text, ',').map((part) => {
    const open = part.indexOf('(');
    if (open < 0) return { name: part.trim(), below: [] };
    const inner = part.slice(open + 1, part.lastIndexOf(')'));
    const below: ExpandClause[] = [];
    for (const option of splitOutside(inner, ';')) {
      const [key = '', value = ''] = splitOnce(option, '=');
      if (key.trim() === '$expand') below.push(...parseExpand(value));
      else if (key.trim() !== '$select')
        throw new QueryRefused(`Query option '${key.trim()}' is not allowed.`);
    }
    return { name: part.slice(0, open).trim(), below };
  });
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '(') depth++;
    else if (text[at] === ')') depth--;
    else if (text[at] === separator && depth === 0) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  parts.push(text.slice(from));
  return parts.filter((part) => part.trim() !== '');
}

type Condition = (row: JsonRecord) => boolean;

/**
 * Reads the part of OData filters that backup tools send: `and`, `or`, `not`, brackets, `eq` and `ne` with
 * text, booleans, numbers and null over property paths, `isof('type')`, and `startswith`. Throws QueryRefused.
 */
export function parseFilter(text: string): Condition {
  const tokens = text.match(/'(?:[^']|'')*'|[(),]|[^\s(),']+/g) ?? [];
  let at = 0;
  const refuse = () => new QueryRefused(`Invalid filter clause: ${text}`);
  const next = () => {
    const token = tokens[at++];
    if (token === undefined) throw refuse();
    return token;
  };
  const expectToken = (wanted: string) => {
    if (next() !== wanted) throw refuse();
  };
  const either = (): Condition => {
    let left = both();
    while (tokens[at] === 'or') {
      at++;
      const before = left;
      const right = both();
      left = (row) => before(row) || right(row);
    }
    return left;
  };
  const both = (): Condition => {
    let left = single();
    while (tokens[at] === 'and') {
      at++;
      const before = left;
      const right = single();
      left = (row) => before(row) && right(row);
    }
    return left;
  };
  const single = (): Condition => {
    const token = next();
    if (token === 'not') {
      const inner = single();
      return (row) => !inner(row);
    }
    if (token === '(') {
      const inner = either();
      expectToken(')');
      return inner;
    }
    if (token === 'isof') {
      expectToken('(');
      const type = textLiteral(next());
      expectToken(')');
      return (row) => row['@odata.type'] === `#${type}`;
    }
    if (token === 'startswith') {
      expectToken('(');
      const path = next();
      expectToken(',');
      const prefix = textLiteral(next());
      expectToken(')');
      return (row) => {
        const value = valueAt(row, path);
        return typeof value === 'string' && value.startsWith(prefix);
      };
    }
    const operator = next();
    const literal = parseLiteral(next());
    if (operator !== 'eq' && operator !== 'ne') throw refuse();
    return (row) => (valueAt(row, token) === literal) === (operator === 'eq');
  };
  const textLiteral = (token: string) => {
    const value = parseLiteral(token);
    if (typeof value !== 'string') throw refuse();
    return value;
  };
  const parseLiteral = (token: string): Json => {
    if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
    if (token === 'true' || token === 'false') return token === 'true';
    if (token === 'null') return null;
    if (/^-?\d+(\.\d+)?$/.test(token)) return Number(token);
    throw refuse();
  };
  const condition = either();
  if (at !== tokens.length) throw refuse();
  return condition;
}

/** A property path such as `templateReference/templateFamily`; cast segments are passed over; absent is null. */
function valueAt(row: JsonRecord, path: string): Json {
  let value: Json = row;
  for (const segment of path.split('/')) {
    if (segment.startsWith('microsoft.graph.')) continue;
    if (!isRecord(value)) return null;
    value = value[segment] ?? null;
  }
  return value;
}
