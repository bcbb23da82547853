import type { Sql } from '../database.ts';
import type { TenantScope } from './runs.ts';

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
}

const columns = `
  e.tenant_id as "tenantId", t.name as "tenantName", e.sequence::text as sequence, e.at, e.actor, e.host, e.action,
  e.target_kind as "targetKind", e.target_id as "targetId", e.outcome, e.reason, e.before::text as before,
  e.after::text as after, e.correlation_id as "correlationId",
  encode(e.previous_hash, 'hex') as "previousHash", encode(e.hash, 'hex') as hash`;

const workspaceChainId = '00000000-0000-0000-0000-000000000000';

function condition(filter: AuditTrailFilter): { where: string; parameters: unknown[] } {
  const { scope } = filter;
  return {
    where: `($1::uuid is null or e.chain_id = $1)
        and ($2::timestamptz is null or e.at >= $2) and ($3::timestamptz is null or e.at < $3)
        and ($4::text is null or e.action = $4 or (right($4, 1) = '.' and starts_with(e.action, $4)))
        and ($5::text is null or e.actor = $5) and ($6::text is null or e.outcome = $6)`,
    parameters: [
      'tenantId' in scope ? scope.tenantId : 'workspace' in scope ? workspaceChainId : null,
      filter.from?.toISOString() ?? null,
      filter.to?.toISOString() ?? null,
      filter.action ?? null,
      filter.actor ?? null,
      filter.outcome ?? null,
    ],
  };
}

/** The newest events first. */
export async function listNewestAuditEvents(
  sql: Sql,
  filter: AuditTrailFilter,
  limit: number,
): Promise<AuditTrailEvent[]> {
  const { where, parameters } = condition(filter);
  return sql.query<AuditTrailEvent>(
    `select ${columns} from app.audit_events e left join app.tenants t on t.id = e.tenant_id
      where ${where} order by e.at desc, e.chain_id, e.sequence desc limit $7`,
    [...parameters, limit],
  );
}

/**
 * All events of the filter, chain by chain in their order, in pages. Use inside a repeatable-read transaction, so
 * that the pages belong to one moment.
 */
export async function* readAuditEvents(
  sql: Sql,
  filter: AuditTrailFilter,
): AsyncGenerator<AuditTrailEvent[]> {
  const { where, parameters } = condition(filter);
  let after: [string, string] = [workspaceChainId, '0'];
  for (;;) {
    const page = await sql.query<AuditTrailEvent>(
      `select ${columns} from app.audit_events e left join app.tenants t on t.id = e.tenant_id
        where ${where} and (e.chain_id, e.sequence) > ($7::uuid, $8::bigint)
        order by e.chain_id, e.sequence limit 1000`,
      [...parameters, ...after],
    );
    if (page.length === 0) return;
    yield page;
    const last = page.at(-1)!;
    after = [last.tenantId ?? workspaceChainId, last.sequence];
  }
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

/** Notes a reading that leaves no other trace: an export, a verification. For technicians. */
export async function reportAuditEvent(
  sql: Sql,
  event: {
    tenantId: string | null;
    action: 'audit.verified' | 'audit.exported' | 'set.verified' | 'set.exported';
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
