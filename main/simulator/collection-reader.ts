import type { FaultSpec } from './faults.ts';
import { numberSetting } from './faults.ts';
import type { Answer, RequestIds } from './graph-errors.ts';
import { graphError } from './graph-errors.ts';
import { isRecord } from './json.ts';
import type { Json, JsonRecord } from './json.ts';
import { QueryRefused, parseExpand, parseFilter } from './odata-query.ts';
import type { ExpandClause } from './odata-query.ts';
import type { StoredObject } from './tenant.ts';

/** What a collection read needs to know besides its objects. */
export interface CollectionRead {
  objects: readonly StoredObject[];
  /** Absolute URL of the collection without query. */
  url: string;
  context: string;
  query: URLSearchParams;
  pageSize: number;
  maxPageSize: number;
  /** Directory collections refuse a `$top` beyond the limit; Intune cuts it down. */
  isDirectory: boolean;
  /** Intune's beta catalog lists put a count of the page into the answer without being asked. */
  countsPages: boolean;
  /** `$count=true` together with ConsistencyLevel: the total, on the first page. */
  wantsTotal: boolean;
  keepsUnknownEnumMembers: boolean;
  faults: readonly FaultSpec[];
  ids: RequestIds;
  /** The row of an object in this list. */
  row: (object: StoredObject, selected: ReadonlySet<string>) => JsonRecord;
  /** Checks an expand of this collection; throws QueryRefused, or says that it is always empty. */
  checkExpand: (name: string) => 'allowed' | 'alwaysEmpty';
}

interface SkipToken {
  offset: number;
  page: number;
  /** `$top` of the first request goes on with the link. */
  size: number;
}

function encodeSkip(token: SkipToken): string {
  return Buffer.from(JSON.stringify([token.offset, token.page, token.size])).toString('base64url');
}

function decodeSkip(text: string): SkipToken | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (!Array.isArray(value) || value.length !== 3 || !value.every(Number.isSafeInteger)) return null;
    const [offset, page, size] = value as [number, number, number];
    return { offset, page, size };
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** An expanded list that is longer comes with a link to the rest beside it. */
const expandedRows = 100;

const listOptions = new Set(['$expand', '$filter', '$select', '$top', '$skiptoken', '$count']);

/** Answers one page of a collection. Throws QueryRefused for options that the service would refuse. */
export function readCollection(read: CollectionRead): Answer {
  const { query, faults } = read;
  const has = (name: string) => faults.find((fault) => fault.name === name);
  for (const option of query.keys()) {
    if (!listOptions.has(option)) throw new QueryRefused(`Query option '${option}' is not allowed.`);
  }
  const tokenText = query.get('$skiptoken');
  const token = tokenText === null ? null : decodeSkip(tokenText);
  if (tokenText !== null && token === null) {
    return graphError(400, 'BadRequest', 'Skip token is not valid.', read.ids);
  }
  if (token !== null && has('link-gone')) {
    return graphError(410, 'Gone', 'The skip token is no longer valid.', read.ids);
  }
  const lost = has('page-lost');
  if (token !== null && lost) {
    return graphError(numberSetting(lost, 'status', 504), 'UnknownError', '', read.ids);
  }

  const filter = query.get('$filter');
  let objects = read.objects;
  if (filter !== null) {
    const condition = parseFilter(filter);
    objects = objects.filter((object) => condition(object.body));
  }
  const total = objects.length;
  const missing = has('missing-rows');
  if (missing) objects = objects.slice(0, Math.max(0, total - numberSetting(missing, 'rows', 1)));

  const sizeFault = has('page-size');
  const size = sizeFault ? numberSetting(sizeFault, 'rows', 1) : (token?.size ?? pageSize(read));
  const offset = token?.offset ?? 0;
  const page = token?.page ?? 0;
  const isEmptyFirst = page === 0 && has('empty-page') !== undefined;
  const end = isEmptyFirst ? 0 : offset + size;
  const pageObjects = objects.slice(offset, end);

  const rows = renderRows(read, pageObjects);
  if (has('duplicate-row') && rows.length > 0) rows.push(rows[0]!);
  if (has('moving-row') && page > 0 && offset > 0) {
    rows.unshift(...renderRows(read, objects.slice(offset - 1, offset)));
  }
  if (rows.length > 0) spoilFirstRow(rows, faults, read.keepsUnknownEnumMembers);

  const body: JsonRecord = { '@odata.context': read.context };
  if (read.wantsTotal && token === null) body['@odata.count'] = total + (has('wrong-count') ? 1 : 0);
  else if (read.countsPages) body['@odata.count'] = rows.length + (has('wrong-count') ? 1 : 0);
  const next = nextToken(read, { offset, page, size }, end, objects.length, has);
  if (next !== null) body['@odata.nextLink'] = nextLink(read, next, has('foreign-link'));
  if (read.countsPages && token === null) {
    body['@microsoft.graph.tips'] =
      "This request only returns a subset of the resource's properties. Your app will need to use $select to return non-default properties.";
  }
  if (!has('no-value')) body['value'] = rows;
  return { status: 200, headers: {}, body };
}

function pageSize(read: CollectionRead): number {
  const text = read.query.get('$top');
  if (text === null) return read.pageSize;
  const top = Number(text);
  if (!Number.isSafeInteger(top) || top < 1) {
    throw new QueryRefused(`Invalid value '${text}' for $top query option found.`);
  }
  if (top > read.maxPageSize) {
    if (read.isDirectory) {
      throw new QueryRefused(`Invalid page size specified: '${text}'. Must be between 1 and 999 inclusive.`);
    }
    return read.maxPageSize;
  }
  return top;
}

function nextToken(
  read: CollectionRead,
  current: SkipToken,
  end: number,
  length: number,
  has: (name: string) => FaultSpec | undefined,
): SkipToken | null {
  const { size, page } = current;
  if (has('repeated-link')) return { offset: size, page: 1, size };
  if (has('endless-pages')) return { offset: end >= length ? 0 : end, page: page + 1, size };
  // An expand on directory objects is cut at 20 rows without a link.
  if (read.isDirectory && read.query.has('$expand')) return null;
  return end < length ? { offset: end, page: page + 1, size } : null;
}

function nextLink(read: CollectionRead, token: SkipToken, foreign: FaultSpec | undefined): string {
  const query = new URLSearchParams(read.query);
  query.delete('$top');
  query.set('$skiptoken', encodeSkip(token));
  // Graph writes the options with a bare dollar sign and blanks as %20.
  const text = query.toString().replaceAll('%24', '$').replaceAll('+', '%20');
  const url = new URL(read.url);
  if (foreign) {
    url.hostname = foreign.settings?.['host'] ?? 'graph.attacker.example';
    url.port = '';
  }
  return `${url.origin}${url.pathname}?${text}`;
}

function renderRows(read: CollectionRead, objects: readonly StoredObject[]): JsonRecord[] {
  const expandText = read.query.get('$expand');
  const expand = expandText === null ? [] : parseExpand(expandText);
  if (read.isDirectory && expand.length > 1) {
    throw new QueryRefused('Request_UnsupportedQuery: only one $expand is allowed.');
  }
  const empty = new Set<string>();
  for (const clause of expand) {
    if (read.checkExpand(clause.name) === 'alwaysEmpty') empty.add(clause.name);
  }
  const selected = selection(read.query);
  const limited = read.isDirectory && expand.length > 0 ? objects.slice(0, 20) : objects;
  return limited.map((object) =>
    renderObject(object, read.row(object, selected), {
      expand,
      empty,
      selected,
      keepsUnknownEnumMembers: read.keepsUnknownEnumMembers,
      url: `${read.url}/${encodeURIComponent(object.id)}`,
    }),
  );
}

/** The properties named by `$select`; empty when there is none. */
export function selection(query: URLSearchParams): Set<string> {
  const text = query.get('$select');
  return new Set(text === null ? [] : text.split(',').map((name) => name.trim()));
}

/** The body of an object with its expansions; `row` is its own part of it. */
export function renderObject(
  object: StoredObject,
  row: JsonRecord,
  options: {
    expand: readonly ExpandClause[];
    empty: ReadonlySet<string>;
    selected: ReadonlySet<string>;
    keepsUnknownEnumMembers: boolean;
    /** Of the object, for the links of expansions that do not fit; absent: they come whole. */
    url?: string;
  },
): JsonRecord {
  let body = row;
  if (options.selected.size > 0) {
    body = Object.fromEntries(
      Object.entries(body).filter(([key]) => key === '@odata.type' || options.selected.has(key)),
    );
  }
  if (object.evolving && !options.keepsUnknownEnumMembers) {
    body = { ...body };
    for (const key of object.evolving) if (key in body) body[key] = 'unknownFutureValue';
  }
  if (options.expand.length === 0) return body;
  body = { ...body };
  for (const clause of options.expand) {
    const value = options.empty.has(clause.name) ? [] : expanded(object, clause, options);
    body[clause.name] = value;
    if (options.url !== undefined && Array.isArray(value) && value.length > expandedRows) {
      body[clause.name] = value.slice(0, expandedRows);
      const token = encodeSkip({ offset: expandedRows, page: 1, size: expandedRows });
      const below = clause.below.map(({ name }) => name).join(',');
      const expand = below === '' ? '' : `$expand=${below}&`;
      body[`${clause.name}@odata.nextLink`] = `${options.url}/${clause.name}?${expand}$skiptoken=${token}`;
    }
  }
  return body;
}

function expanded(
  object: StoredObject,
  clause: ExpandClause,
  options: { keepsUnknownEnumMembers: boolean },
): Json {
  const part = object.parts.get(clause.name);
  if (part === undefined) return object.body[clause.name] ?? [];
  if (part.kind === 'single') return part.body;
  return part.objects.map((below) =>
    renderObject(below, below.body, {
      expand: clause.below,
      empty: new Set<string>(),
      selected: new Set<string>(),
      keepsUnknownEnumMembers: options.keepsUnknownEnumMembers,
    }),
  );
}

function spoilFirstRow(rows: JsonRecord[], faults: readonly FaultSpec[], keepsUnknown: boolean): void {
  for (const fault of faults) {
    if (fault.name === 'unknown-type') {
      rows[0] = {
        ...rows[0],
        '@odata.type': fault.settings?.['type'] ?? '#microsoft.graph.quantumConfiguration',
      };
    } else if (fault.name === 'new-enum-member') {
      rows[0] = { ...rows[0], platforms: keepsUnknown ? 'windowsHolographic12' : 'unknownFutureValue' };
    } else if (fault.name === 'large-row') {
      rows[0] = { ...rows[0], notes: 'x'.repeat(numberSetting(fault, 'kilobytes', 900) * 1024) };
    } else if (fault.name === 'unknown-family') {
      const reference = rows[0]!['templateReference'];
      rows[0] = {
        ...rows[0],
        templateReference: {
          ...(isRecord(reference) ? reference : {}),
          templateFamily: fault.settings?.['family'] ?? 'endpointSecurityQuantumShield',
        },
      };
    }
  }
}
