import type { Sql } from '../db/database.ts';

/** What happened; who did it and when is stamped by the database. */
export interface AuditEventInput {
  /** Null: the chain of the workspace. */
  tenantId: string | null;
  /** `noun.past_participle`, for example `run.started`. */
  action: string;
  targetKind?: string;
  targetId?: string;
  /** `success` unless given. */
  outcome?: 'success' | 'failure' | 'denied';
  /** A stable reason code. */
  reason?: string | null;
  before?: object;
  /** What it looks like afterwards, or the circumstances. Never a secret. */
  after?: object;
  correlationId?: string | null;
}

const json = (value: object | undefined): string | null =>
  value === undefined ? null : JSON.stringify(value);

/**
 * Appends events to the audit chains, in the order given, as part of the caller's transaction: if this
 * throws, the change that it tells of is rolled back too. For hosts only. Nothing happens for an empty list.
 */
export async function appendAuditEvents(tx: Sql, events: readonly AuditEventInput[]): Promise<void> {
  if (events.length === 0) return;
  await tx.query(
    `select app.audit_append_many($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                                  $7::jsonb[], $8::jsonb[], $9::text[])`,
    [
      events.map((event) => event.tenantId),
      events.map((event) => event.action),
      events.map((event) => event.targetKind ?? null),
      events.map((event) => event.targetId ?? null),
      events.map((event) => event.outcome ?? 'success'),
      events.map((event) => event.reason ?? null),
      events.map((event) => json(event.before)),
      events.map((event) => json(event.after)),
      events.map((event) => event.correlationId ?? null),
    ],
  );
}
