import { AppError } from '../../../shared/errors.ts';
import type { Sql } from '../database.ts';
import type { Page } from './runs.ts';

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

export interface AuditEventFilter {
  /** Null: everything that the login may see. */
  tenantId: string | null;
  from: Date | null;
  to: Date | null;
  actor: string | null;
  /** An action such as `run.started`, or a category with a trailing dot such as `run.`. */
  action: string | null;
  outcome: AuditEvent['outcome'] | null;
  targetId: string | null;
}

/** Newest first. The cursor names the last row of the page before, so new events do not shift pages. */
export async function listAuditEvents(
  sql: Sql,
  filter: AuditEventFilter,
  page: { cursor: string | null; limit: number },
): Promise<Page<AuditEvent>> {
  const position = page.cursor === null ? null : parseCursor(page.cursor);
  const rows = await sql.query<AuditEvent & { micros: string; chainId: string }>(
    `select e.tenant_id as "tenantId", t.name as "tenantName", e.sequence::text as sequence, e.at, e.actor, e.host,
            e.action, e.target_kind as "targetKind", e.target_id as "targetId", e.outcome, e.reason, e.before, e.after,
            e.correlation_id as "correlationId", encode(e.previous_hash, 'hex') as "previousHash",
            encode(e.hash, 'hex') as hash, (extract(epoch from e.at) * 1000000)::bigint as micros, e.chain_id as "chainId"
       from app.audit_events e left join app.tenants t on t.id = e.tenant_id
      where ($1::uuid is null or e.tenant_id = $1)
        and ($2::timestamptz is null or e.at >= $2) and ($3::timestamptz is null or e.at < $3)
        and ($4::text is null or e.actor = $4)
        and ($5::text is null or e.action = $5 or (right($5, 1) = '.' and starts_with(e.action, $5)))
        and ($6::text is null or e.outcome = $6) and ($7::text is null or e.target_id = $7)
        and ($8::bigint is null or (e.at, e.chain_id, e.sequence)
             < (timestamptz 'epoch' + $8 * interval '1 microsecond', $9::uuid, $10::bigint))
      order by e.at desc, e.chain_id desc, e.sequence desc limit $11`,
    [
      filter.tenantId,
      filter.from?.toISOString() ?? null,
      filter.to?.toISOString() ?? null,
      filter.actor,
      filter.action,
      filter.outcome,
      filter.targetId,
      position?.micros ?? null,
      position?.chainId ?? null,
      position?.sequence ?? null,
      page.limit + 1,
    ],
  );
  const last = rows.length > page.limit ? rows[page.limit - 1]! : null;
  return {
    rows: rows.slice(0, page.limit).map(({ micros: _micros, chainId: _chainId, ...event }) => event),
    nextCursor: last === null ? null : `${last.micros}_${last.chainId}_${last.sequence}`,
  };
}

function parseCursor(cursor: string): { micros: string; chainId: string; sequence: string } {
  const match = /^(\d{1,18})_([0-9a-f-]{36})_(\d{1,18})$/.exec(cursor);
  if (match === null) throw new AppError('cursor_invalid', 'This page of the list does not exist.');
  return { micros: match[1]!, chainId: match[2]!, sequence: match[3]! };
}
