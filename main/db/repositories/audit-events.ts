import { AppError } from '../../../shared/errors.ts';
import type { Sql } from '../database.ts';
import {
  type AuditConditions,
  chooseDriver,
  type Driver,
  fixedConditions,
  Parameters,
  type ResolvedConditions,
  resolveConditions,
  termConditions,
  workspaceChainId,
} from './audit-conditions.ts';

/** Audit events as screens page through them; row-level security decides which are there. */

export interface AuditEvent {
  tenantId: string | null;
  tenantName: string | null;
  /** Position in its chain; text, because it is a bigint. */
  sequence: string;
  at: Date;
  actor: string;
  host: string | null;
  action: string;
  targetKind: string | null;
  targetId: string | null;
  outcome: 'success' | 'failure' | 'denied';
  reason: string | null;
  before: unknown;
  after: unknown;
  correlationId: string | null;
  previousHash: string;
  hash: string;
}

export interface AuditPage {
  rows: AuditEvent[];
  nextCursor: string | null;
  /** The search went down to here and may go on from the cursor; null when the page is full, or all was searched. */
  searchedTo: Date | null;
}

/**
 * Events that one page reads at most. What no index answers (words, exclusions, several conditions together) is
 * looked for among these; a page that finds few says how far it got, and the cursor goes on from there.
 */
const scannedPerPage = 2_000;

const columns = `e.tenant_id as "tenantId", t.name as "tenantName", e.sequence::text as sequence, e.at, e.actor, e.host,
  e.action, e.target_kind as "targetKind", e.target_id as "targetId", e.outcome, e.reason, e.before, e.after,
  e.correlation_id as "correlationId", encode(e.previous_hash, 'hex') as "previousHash", encode(e.hash, 'hex') as hash`;

const position = (row: string) =>
  `(extract(epoch from ${row}.at) * 1000000)::bigint || '_' || ${row}.chain_id || '_' || ${row}.sequence`;

/** Newest first. The cursor names the last row of the page before, so new events do not shift pages. */
export async function listAuditEvents(
  sql: Sql,
  conditions: AuditConditions,
  page: { cursor: string | null; limit: number },
): Promise<AuditPage> {
  const resolved = await resolveConditions(sql, conditions);
  const parameters = new Parameters();
  const { scan, rest, limit } = scanOf(
    resolved,
    parameters,
    page.cursor === null ? null : parseCursor(page.cursor),
    page.limit + 1,
  );
  const rows = await sql.query<AuditEvent & { cursor: string; scanned: number; lastAt: Date; last: string }>(
    `with scanned as materialized (${scan}),
          kept as (select * from scanned e where ${rest} order by e.at desc, e.chain_id desc, e.sequence desc
                   limit ${page.limit + 1})
     select ${columns}, ${position('e')} as cursor, s.scanned, l.at as "lastAt", l.position as last
       from (select count(*)::int as scanned from scanned) s
       left join (select z.at, ${position('z')} as position from scanned z
                   order by z.at, z.chain_id, z.sequence limit 1) l on true
       left join kept e on true
       left join app.tenants t on t.id = e.tenant_id
      order by e.at desc nulls last, e.chain_id desc, e.sequence desc`,
    parameters.values,
  );
  const { scanned, last, lastAt } = rows[0]!;
  const found = rows.flatMap(({ cursor, scanned: _scanned, last: _last, lastAt: _at, ...event }) =>
    // Without any hit the one row tells of the search only.
    event.sequence === null ? [] : [{ cursor, event }],
  );
  const events = found.slice(0, page.limit).map(({ event }) => event);
  if (found.length > page.limit) {
    return { rows: events, nextCursor: found[page.limit - 1]!.cursor, searchedTo: null };
  }
  return scanned === limit
    ? { rows: events, nextCursor: last, searchedTo: lastAt }
    : { rows: events, nextCursor: null, searchedTo: null };
}

/** One event by its place in its chain; null where there is none that the login may see. */
export async function getAuditEvent(
  sql: Sql,
  tenantId: string | null,
  sequence: string,
): Promise<AuditEvent | null> {
  const [row] = await sql.query<AuditEvent>(
    `select ${columns} from app.audit_events e left join app.tenants t on t.id = e.tenant_id
      where e.chain_id = $1 and e.sequence = $2`,
    [tenantId ?? workspaceChainId, sequence],
  );
  return row ?? null;
}

export interface AuditFacets {
  /** Matching events among those that were read. */
  counted: number;
  /** Down to this instant; null: all there are. */
  since: Date | null;
  facets: { field: 'actor' | 'action' | 'outcome' | 'tenant' | 'host'; value: string; count: number }[];
}

const mostFacetValues = 8;

/** How the newest matching events divide by actor, action, outcome, tenant and host; bounded like a page. */
export async function countAuditFacets(sql: Sql, conditions: AuditConditions): Promise<AuditFacets> {
  const resolved = await resolveConditions(sql, conditions);
  const parameters = new Parameters();
  const { scan, rest, limit } = scanOf(resolved, parameters, null, scannedPerPage);
  const rows = await sql.query<{
    field: AuditFacets['facets'][number]['field'] | null;
    value: string | null;
    count: number;
    scanned: number;
    lastAt: Date | null;
  }>(
    `with scanned as materialized (${scan}),
          kept as (select e.actor, e.action, e.outcome, coalesce(t.name, 'workspace') as tenant, e.host
                     from scanned e left join app.tenants t on t.id = e.tenant_id where ${rest}),
          counted as (
            select case when grouping(actor) = 0 then 'actor' when grouping(action) = 0 then 'action'
                        when grouping(outcome) = 0 then 'outcome' when grouping(tenant) = 0 then 'tenant'
                        when grouping(host) = 0 then 'host' end as field,
                   coalesce(actor, action, outcome, tenant, host) as value, count(*)::int as count
              from kept group by grouping sets ((actor), (action), (outcome), (tenant), (host), ())),
          ranked as (select c.*, row_number() over (partition by c.field order by c.count desc, c.value) as place
                       from counted c)
     select r.field, r.value, r.count, s.scanned, s.last_at as "lastAt"
       from ranked r, (select count(*)::int as scanned, min(at) as last_at from scanned) s
      where r.place <= ${mostFacetValues} order by r.field, r.count desc, r.value`,
    parameters.values,
  );
  const total = rows.find((row) => row.field === null);
  return {
    counted: total?.count ?? 0,
    since: total !== undefined && total.scanned === limit ? total.lastAt : null,
    facets: rows.flatMap(({ field, value, count }) =>
      field === null || value === null ? [] : [{ field, value, count }],
    ),
  };
}

interface Cursor {
  micros: string;
  chainId: string;
  sequence: string;
}

/**
 * The newest events that an index can name, at most as many as one page may read, and what is left to ask of each.
 * Without anything left a page reads no more than it shows.
 */
function scanOf(
  resolved: ResolvedConditions,
  parameters: Parameters,
  cursor: Cursor | null,
  shown: number,
): { scan: string; rest: string; limit: number } {
  const driver = chooseDriver(resolved);
  const rest = termConditions(resolved, parameters, driver);
  // One chain is read along its key, and what else was said of the chain is asked of each event.
  if (driver !== null && driver.column !== 'chain_id' && resolved.chain !== null) {
    rest.push(`e.chain_id = ${parameters.add(resolved.chain, 'uuid')}`);
  }
  const limit = rest.length === 0 ? shown : Math.max(scannedPerPage, shown);
  const fixed = fixedConditions({ ...resolved, chain: null }, parameters);
  const order = 'e.at desc, e.chain_id desc, e.sequence desc';
  const before = cursor === null ? [] : [cursorCondition(driver, cursor, parameters)];
  const where = [...fixed, ...before].join(' and ');
  if (driver === null) {
    return {
      scan: `select e.* from app.audit_events e where ${where} order by ${order} limit ${limit}`,
      rest: rest.join(' and ') || 'true',
      limit,
    };
  }
  const type = driver.column === 'chain_id' ? 'uuid' : 'text';
  const along = driver.column === 'chain_id' ? 'e.sequence desc' : order;
  // The partial index over outcomes serves only who says so.
  const partial = driver.column === 'outcome' ? ` and e.outcome <> 'success'` : '';
  // A part for each value, because the planner then knows how rare it is: one for all values would read the whole
  // trail by time for somebody who did nothing, three seconds at a million events.
  const parts = driver.values.map(
    (value) => `(select e.* from app.audit_events e
       where e.${driver.column} = ${parameters.add(value, type)}${partial} and ${where}
       order by ${along} limit ${limit})`,
  );
  return {
    scan:
      parts.length === 0
        ? 'select e.* from app.audit_events e where false'
        : `select e.* from (${parts.join(' union all ')}) e order by ${order} limit ${limit}`,
    rest: rest.join(' and ') || 'true',
    limit,
  };
}

function cursorCondition(driver: Driver | null, cursor: Cursor, parameters: Parameters): string {
  if (driver?.column === 'chain_id') return `e.sequence < ${parameters.add(cursor.sequence, 'bigint')}`;
  const micros = parameters.add(cursor.micros, 'bigint');
  return `(e.at, e.chain_id, e.sequence) < (timestamptz 'epoch' + ${micros} * interval '1 microsecond',
    ${parameters.add(cursor.chainId, 'uuid')}, ${parameters.add(cursor.sequence, 'bigint')})`;
}

function parseCursor(cursor: string): Cursor {
  const match = /^(\d{1,18})_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_(\d{1,18})$/.exec(cursor);
  if (match === null) throw new AppError('cursor_invalid', 'This page of the list does not exist.');
  return { micros: match[1]!, chainId: match[2]!, sequence: match[3]! };
}
