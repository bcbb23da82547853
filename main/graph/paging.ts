import { isJsonObject, type JsonObject, type JsonValue } from '../snapshot/json-value.ts';
import type { GraphAnswer } from './graph-exchange.ts';
import { GraphFailure } from './graph-errors.ts';
import type { GraphClient, ReadContext, ReadTarget } from './graph-client.ts';
import { numberOf } from './json-reading.ts';

/** What walking a list to its end has shown. */
export interface ListWalk {
  pages: number;
  /** Rows of the last full pass, duplicates left out. */
  rows: number;
  duplicates: number;
  /** Times that the service forgot its place and the list began again. */
  restarts: number;
  /** Count that the service announced; null where it said nothing that can be compared. */
  announced: number | null;
  /** The announced count and the rows disagree. */
  hasCountMismatch: boolean;
}

export interface WalkOptions {
  client: GraphClient;
  context: ReadContext;
  /** The list's first page; its headers are sent again with each link, which does not carry them. */
  target: ReadTarget;
  maxPages: number;
  /** The first page, where it came in a batch; a restart reads the target anew. */
  firstPage?: GraphAnswer;
  /** Identifies a row; null: rows without identity are never duplicates. */
  identify: (row: JsonObject) => string | null;
  /**
   * Takes the new rows of a page, in order; awaited before the next page is processed, while the next page is
   * already being fetched. A restarted list does not hand out rows again.
   */
  onRows: (rows: JsonObject[], walk: { announced: number | null }) => Promise<void> | void;
}

/**
 * Follows a collection from its first page to its end. Next links are opaque; a link seen before or too many
 * pages is `page_guard`; an answer without `value`, or with a row that is no object, is `invalid`; a forgotten
 * place (410) starts the list again once.
 *
 * Throws `GraphFailure` and what the client throws; rows handed out before stay valid but are not all.
 */
export async function walkList(options: WalkOptions): Promise<ListWalk> {
  const handedOut = new Set<string>();
  for (let restarts = 0; ; restarts += 1) {
    try {
      return { ...(await walkOnce(options, handedOut, restarts > 0)), restarts };
    } catch (error) {
      if (!(error instanceof GraphFailure) || error.kind !== 'link_expired' || restarts > 0) throw error;
      options.context.meter.event({
        level: 'warning',
        code: 'list_restarted',
        message: 'Microsoft Graph forgot its place in a list; reading it again from the start.',
      });
    }
  }
}

async function walkOnce(
  options: WalkOptions,
  handedOut: Set<string>,
  isRestart: boolean,
): Promise<Omit<ListWalk, 'restarts'>> {
  const { client, context, target, maxPages, identify } = options;
  const seenLinks = new Set<string>();
  const seenIds = new Set<string>();
  const headers = target.headers ? { headers: target.headers } : {};
  let pages = 0;
  let rows = 0;
  let duplicates = 0;
  let allRows = 0;
  let announced: number | null = null;
  // Some Intune lists repeat the size of the page as @odata.count on every page: that announces nothing.
  let areCountsOfPages = true;
  let next: Promise<GraphAnswer> | null = (isRestart ? null : options.firstPage)
    ? Promise.resolve(options.firstPage!)
    : client.get(target, context);
  while (next !== null) {
    const page = readPage(await next);
    next = null;
    pages += 1;
    allRows += page.rows.length;
    if (page.count !== null) {
      if (pages === 1) announced = page.count;
      if (page.count !== page.rows.length) areCountsOfPages = false;
    }
    const guard = page.link === null ? null : guardOf(page.link, seenLinks, pages, maxPages);
    if (page.link !== null && guard === null) {
      next = client.get({ link: page.link, ...headers }, context);
      // Its failure is thrown where it is awaited, not as an unhandled rejection before.
      next.catch(() => undefined);
    }
    const fresh: JsonObject[] = [];
    for (const row of page.rows) {
      const id = identify(row);
      if (id !== null && seenIds.has(id)) {
        duplicates += 1;
        continue;
      }
      if (id !== null) seenIds.add(id);
      rows += 1;
      if (id !== null && handedOut.has(id)) continue;
      if (id !== null) handedOut.add(id);
      fresh.push(row);
    }
    await options.onRows(fresh, { announced });
    // Only now: the rows of this page are as good as any.
    if (guard !== null) throw guard;
  }
  if (duplicates > 0) {
    context.meter.event({
      level: 'info',
      code: 'duplicate_rows',
      message: 'A list named rows more than once; each was taken once.',
      detail: { duplicates },
    });
  }
  const agrees = announced === null || announced === rows || announced === allRows;
  return {
    pages,
    rows,
    duplicates,
    announced: pages > 1 && areCountsOfPages ? null : announced,
    hasCountMismatch: !agrees && !(pages > 1 && areCountsOfPages),
  };
}

function readPage(answer: GraphAnswer): { rows: JsonObject[]; link: string | null; count: number | null } {
  const { body } = answer;
  const value = isJsonObject(body) ? body['value'] : undefined;
  if (!isJsonObject(body) || !Array.isArray(value) || !value.every((row) => isJsonObject(row))) {
    throw new GraphFailure('invalid', {
      message: 'A page of a list did not hold a list of objects.',
      status: answer.status,
      requestId: answer.requestId,
    });
  }
  const link = body['@odata.nextLink'];
  if (link !== undefined && link !== null && (typeof link !== 'string' || link === '')) {
    throw new GraphFailure('invalid', {
      message: 'A page named a next page in a way that cannot be followed.',
      status: answer.status,
      requestId: answer.requestId,
    });
  }
  return { rows: value, link: link ?? null, count: numberOf(body['@odata.count']) };
}

/** Why a link must not be followed, or null; remembers it as seen. */
function guardOf(link: string, seenLinks: Set<string>, pages: number, maxPages: number): GraphFailure | null {
  const message = seenLinks.has(link)
    ? 'The service repeated the link of a page.'
    : pages >= maxPages
      ? 'The list has more pages than allowed.'
      : null;
  seenLinks.add(link);
  return message === null ? null : new GraphFailure('page_guard', { message });
}

/** Reads a whole collection into memory, for children. Throws as `walkList` does. */
export async function collectRows(
  options: Omit<WalkOptions, 'onRows' | 'identify'>,
): Promise<{ rows: JsonObject[]; walk: ListWalk }> {
  const rows: JsonObject[] = [];
  const firstRows = new Map<string, JsonObject>();
  const walk = await walkList({
    ...options,
    // Only rows that are the same in every respect are one row: ids of children are not always unique.
    identify: (row) => {
      const id = row['id'];
      if (typeof id !== 'string') return null;
      const first = firstRows.get(id);
      if (first === undefined) firstRows.set(id, row);
      if (first === undefined || first === row) return id;
      const text = JSON.stringify(row);
      return JSON.stringify(first) === text ? id : `${id} ${text}`;
    },
    onRows: (page) => {
      rows.push(...page);
    },
  });
  return { rows, walk };
}

/**
 * Completes arrays that came with `$expand` and go on behind a link of their own (`name@odata.nextLink`), at any
 * depth, and checks them against `name@odata.count`. The annotation of the link is removed once followed.
 *
 * Throws as `walkList` does, and `GraphFailure` `count_mismatch` where an array is shorter than announced.
 */
export async function completeExpandedArrays(
  value: JsonValue,
  options: Omit<WalkOptions, 'onRows' | 'identify' | 'target' | 'firstPage'>,
): Promise<void> {
  // Nearly all answers have no such link: they are walked in one go, not by a promise for each node.
  if (!hasExpandedLink(value)) return checkAllExpandedCounts(value);
  if (Array.isArray(value)) {
    for (const member of value) await completeExpandedArrays(member, options);
    return;
  }
  if (!isJsonObject(value)) return;
  for (const name of Object.keys(value)) {
    if (!isExpandedLink(name)) continue;
    const property = name.slice(0, -expandedLink.length);
    const link = value[name];
    const members = value[property];
    if (typeof link !== 'string' || !Array.isArray(members)) {
      throw new GraphFailure('invalid', {
        message: 'An expanded list named a next page that cannot be followed.',
      });
    }
    const { rows } = await collectRows({ ...options, target: { link } });
    members.push(...rows);
    delete value[name];
  }
  checkExpandedCounts(value);
  for (const name of Object.keys(value)) await completeExpandedArrays(value[name]!, options);
}

const expandedLink = '@odata.nextLink';

function isExpandedLink(name: string): boolean {
  return name.endsWith(expandedLink) && name !== expandedLink;
}

function hasExpandedLink(value: JsonValue): boolean {
  if (Array.isArray(value)) return value.some(hasExpandedLink);
  if (!isJsonObject(value)) return false;
  for (const name in value) {
    if (isExpandedLink(name) || hasExpandedLink(value[name]!)) return true;
  }
  return false;
}

function checkAllExpandedCounts(value: JsonValue): void {
  if (Array.isArray(value)) return value.forEach(checkAllExpandedCounts);
  if (!isJsonObject(value)) return;
  checkExpandedCounts(value);
  for (const name in value) checkAllExpandedCounts(value[name]!);
}

function checkExpandedCounts(object: JsonObject): void {
  for (const name of Object.keys(object)) {
    if (!name.endsWith('@odata.count') || name === '@odata.count') continue;
    const members = object[name.slice(0, -'@odata.count'.length)];
    const announced = numberOf(object[name]);
    if (Array.isArray(members) && announced !== null && announced !== members.length) {
      throw new GraphFailure('count_mismatch', {
        message: 'An expanded list is not as long as the service announced.',
      });
    }
  }
}
