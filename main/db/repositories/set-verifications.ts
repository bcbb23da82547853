import type { Sql } from '../database.ts';

/**
 * Keeps what a technician's verification found, a row a set, with one audit event for all of them. Refused by the
 * database without the role.
 */
export async function recordSetVerifications(
  sql: Sql,
  tenantId: string,
  sets: readonly { setId: string; items: number; damages: number; firstDamage: string | null }[],
  correlationId: string | null,
): Promise<void> {
  if (sets.length === 0) return;
  await sql.query(
    'select app.record_set_verifications($1, $2::uuid[], $3::int[], $4::int[], $5::text[], $6)',
    [
      tenantId,
      sets.map((set) => set.setId),
      sets.map((set) => set.items),
      sets.map((set) => set.damages),
      sets.map((set) => set.firstDamage?.slice(0, 500) ?? null),
      correlationId,
    ],
  );
}
