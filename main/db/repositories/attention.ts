import type { Sql } from '../database.ts';
import { throwIfRefused } from './refusals.ts';

/** A row of "Needs attention" that somebody put aside. */
export interface Snooze {
  tenantId: string;
  code: string;
  reason: string;
  until: Date;
  by: string;
}

/** Snoozes that have not ended, of tenants that the login may see. */
export async function listSnoozes(sql: Sql, tenantId: string | null): Promise<Snooze[]> {
  return await sql.query<Snooze>(
    `select s.tenant_id as "tenantId", s.code, s.reason, s.until, coalesce(t.name, s.snoozed_by::text) as by
       from app.attention_snoozes s
       left join app.technicians t on t.db_role = s.snoozed_by
      where s.until > (select app.db_now()) and ($1::uuid is null or s.tenant_id = $1)`,
    [tenantId],
  );
}

/** Puts a row aside for everybody in the tenant. Throws `AppError` (tenant_forbidden, snooze_end_invalid). */
export async function snoozeAttention(
  sql: Sql,
  snooze: { tenantId: string; code: string; reason: string; until: Date },
): Promise<void> {
  const [row] = await sql.query<{ refused: string | null }>(
    'select app.snooze_attention($1, $2, $3, $4) as refused',
    [snooze.tenantId, snooze.code, snooze.reason, snooze.until.toISOString()],
  );
  throwIfRefused(row!.refused);
}

/** Brings a row back; nothing happens where it is not put aside. */
export async function endSnooze(sql: Sql, tenantId: string, code: string): Promise<void> {
  const [row] = await sql.query<{ refused: string | null }>('select app.end_snooze($1, $2) as refused', [
    tenantId,
    code,
  ]);
  throwIfRefused(row!.refused);
}
