import type { TakeRow } from '../copy-out.ts';
import type { Sql, Transaction } from '../database.ts';
import type { AuditTerm } from '../../../shared/model/audit-query.ts';
import {
  type AuditConditions,
  Parameters,
  resolveConditions,
  wholeCondition,
  workspaceChainId,
} from './audit-conditions.ts';
import { LocalSettings } from './local-settings.ts';
import { throwIfRefused } from './refusals.ts';
import type { TenantScope } from './run-filter.ts';

const rowsPerPage = 1000;

/** The audit trail whole, for exports and the command line; screens page through it by audit-events.ts. */

export interface AuditTrailEvent {
  tenantId: string | null;
  tenantName: string | null;
  /** Position in the chain of the tenant, or of the workspace; text, because it is a bigint. */
  sequence: string;
  at: Date;
  actor: string;
  host: string | null;
  action: string;
  targetKind: string | null;
  targetId: string | null;
  outcome: 'success' | 'failure' | 'denied';
  reason: string | null;
  /** JSON texts as PostgreSQL prints them, which is what the hash covers. */
  before: string | null;
  after: string | null;
  correlationId: string | null;
  previousHash: string;
  hash: string;
}

export interface AuditTrailFilter {
  /** A tenant, the chain of the workspace, or everything that the login may see. */
  scope: TenantScope | { workspace: true };
  from?: Date;
  to?: Date;
  /** An action such as `run.started`, or a category with a trailing dot such as `run.`. */
  action?: string;
  actor?: string;
  outcome?: AuditTrailEvent['outcome'];
  /** Further words of a query, as the page has them. */
  terms?: readonly AuditTerm[];
}

const columns = `
  e.tenant_id as "tenantId", t.name as "tenantName", e.sequence::text as sequence, e.at, e.actor, e.host, e.action,
  e.target_kind as "targetKind", e.target_id as "targetId", e.outcome, e.reason, e.before::text as before,
  e.after::text as after, e.correlation_id as "correlationId",
  encode(e.previous_hash, 'hex') as "previousHash", encode(e.hash, 'hex') as hash`;

const word = (field: AuditTerm['field'], value: string | undefined): AuditTerm[] =>
  value === undefined ? [] : [{ field, value, exclude: false }];

/** The filter as conditions; the fields that the command line has are words of the query like the others. */
export function conditionsOfTrail({ scope, ...filter }: AuditTrailFilter): AuditConditions {
  return {
    chain: 'tenantId' in scope ? scope.tenantId : 'workspace' in scope ? workspaceChainId : null,
    from: filter.from ?? null,
    to: filter.to ?? null,
    terms: [
      ...word('action', filter.action),
      ...word('actor', filter.actor),
      ...word('outcome', filter.outcome),
      ...(filter.terms ?? []),
    ],
  };
}

/** The newest events first. */
export async function listNewestAuditEvents(
  sql: Sql,
  filter: AuditTrailFilter,
  limit: number,
): Promise<AuditTrailEvent[]> {
  const parameters = new Parameters();
  const where = wholeCondition(await resolveConditions(sql, conditionsOfTrail(filter)), parameters);
  return sql.query<AuditTrailEvent>(
    `select ${columns} from app.audit_events e left join app.tenants t on t.id = e.tenant_id
      where ${where} order by e.at desc, e.chain_id, e.sequence desc limit ${parameters.add(limit, 'int')}`,
    parameters.values,
  );
}

/** How many events of the filter there are. */
export async function countAuditEvents(sql: Sql, filter: AuditTrailFilter): Promise<number> {
  const parameters = new Parameters();
  const where = wholeCondition(await resolveConditions(sql, conditionsOfTrail(filter)), parameters);
  const [row] = await sql.query<{ events: string }>(
    `select count(*) as events from app.audit_events e where ${where}`,
    parameters.values,
  );
  return Number(row!.events);
}

/**
 * All events of the filter, chain by chain in their order, in pages. Use inside a repeatable-read transaction, so
 * that the pages belong to one moment.
 */
export async function* readAuditEvents(
  sql: Sql,
  filter: AuditTrailFilter,
): AsyncGenerator<AuditTrailEvent[]> {
  const resolved = await resolveConditions(sql, conditionsOfTrail(filter));
  const read = (after: { tenantId: string | null; sequence: string }): Promise<AuditTrailEvent[]> => {
    const parameters = new Parameters();
    const where = wholeCondition(resolved, parameters);
    return sql.query<AuditTrailEvent>(
      `select ${columns} from app.audit_events e left join app.tenants t on t.id = e.tenant_id
        where ${where} and (e.chain_id, e.sequence)
          > (${parameters.add(after.tenantId ?? workspaceChainId, 'uuid')}, ${parameters.add(after.sequence, 'bigint')})
        order by e.chain_id, e.sequence limit ${rowsPerPage}`,
      parameters.values,
    );
  };
  let page = await read({ tenantId: null, sequence: '0' });
  while (page.length > 0) {
    // The server reads the next page while the caller writes this one.
    const next = page.length < rowsPerPage ? Promise.resolve([]) : read(page.at(-1)!);
    try {
      yield page;
    } finally {
      // Also where the caller stops here: a statement must not outlive its transaction.
      await next.catch(() => undefined);
    }
    page = await next;
  }
}

/** The columns of `columns` as a file has them (main/audit/csv.ts), each a text and none of them null. */
const fileColumns = `
  to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), e.sequence, coalesce(t.name, ''),
  coalesce(e.tenant_id::text, ''), e.actor, coalesce(e.host, ''), e.action, coalesce(e.target_kind, ''),
  coalesce(e.target_id, ''), e.outcome, coalesce(e.reason, ''), coalesce(e.before::text, ''), coalesce(e.after::text, ''),
  coalesce(e.correlation_id, ''), encode(e.previous_hash, 'hex'), encode(e.hash, 'hex')`;

/**
 * All events of the filter, chain by chain in their order, each as a line of CSV with every field quoted, as COPY prints
 * it: `main/audit/copied-rows.ts` makes records of them. Never faster than `take` takes them.
 */
export async function copyAuditRows(
  tx: Transaction,
  filter: AuditTrailFilter,
  delimiter: string,
  take: TakeRow,
  signal?: AbortSignal,
): Promise<void> {
  const settings = new LocalSettings();
  const where = wholeCondition(await resolveConditions(tx, conditionsOfTrail(filter)), settings);
  await settings.apply(tx);
  await tx.copyOut(
    `copy (select ${fileColumns} from app.audit_events e left join app.tenants t on t.id = e.tenant_id
            where ${where} order by e.chain_id, e.sequence)
       to stdout with (format csv, force_quote *, encoding 'UTF8', delimiter '${delimiter}')`,
    take,
    signal,
  );
}

export interface AuditHead {
  tenantId: string | null;
  tenantName: string | null;
  sequence: string;
  hash: string;
}

/** Ends of the chains that the login may read; the workspace's first. */
export async function listAuditHeads(sql: Sql, scope: AuditTrailFilter['scope']): Promise<AuditHead[]> {
  return sql.query<AuditHead>(
    `select h.tenant_id as "tenantId", t.name as "tenantName", h.sequence::text as sequence, encode(h.hash, 'hex') as hash
       from app.audit_heads h left join app.tenants t on t.id = h.tenant_id
      where $1::uuid is null or h.chain_id = $1 order by h.tenant_id nulls first`,
    ['tenantId' in scope ? scope.tenantId : 'workspace' in scope ? workspaceChainId : null],
  );
}

/** Notes that an older copy of the database was put back on purpose. For administrators; throws refusals as `AppError`. */
export async function acceptRestoredCopy(
  sql: Sql,
  reason: string,
  givenUp: readonly object[],
): Promise<void> {
  const [row] = await sql.query<{ refused: string | null }>(
    'select app.accept_restored_copy($1, $2::jsonb) as refused',
    [reason, JSON.stringify(givenUp)],
  );
  throwIfRefused(row!.refused);
}

/** Notes a reading that leaves no other trace: an export, a verification. For technicians. */
export async function reportAuditEvent(
  sql: Sql,
  event: {
    tenantId: string | null;
    action:
      'audit.verified' | 'audit.exported' | 'set.exported' | 'item.exported' | 'run.support_bundle_made';
    targetKind?: string;
    targetId?: string;
    outcome?: 'success' | 'failure' | 'denied';
    reason?: string;
    detail?: object;
  },
): Promise<void> {
  await sql.query('select app.audit_report($1, $2, $3, $4, $5, $6, $7::jsonb)', [
    event.tenantId,
    event.action,
    event.targetKind ?? null,
    event.targetId ?? null,
    event.outcome ?? 'success',
    event.reason ?? null,
    event.detail === undefined ? null : JSON.stringify(event.detail),
  ]);
}
