import type { RetentionRule } from '../../../shared/model/run-spec.ts';
import type { Sql } from '../database.ts';
import { throwIfRefused } from './refusals.ts';

export interface RetentionDefault {
  /** Null: the workspace. */
  tenantId: string | null;
  tenantName: string | null;
  rule: RetentionRule;
}

/** The rule of the workspace and those tenants' rules that the login may see, by tenant name. */
export async function listRetentionDefaults(sql: Sql): Promise<RetentionDefault[]> {
  return await sql.query<RetentionDefault>(
    `select d.tenant_id as "tenantId", t.name as "tenantName", d.rule
       from app.retention_defaults d left join app.tenants t on t.id = d.tenant_id
      order by lower(t.name) nulls first, d.tenant_id`,
  );
}

/**
 * Sets what new schedules keep: in a tenant by its owners and managers (null takes the tenant's rule away), in the
 * workspace by administrators.
 */
export async function setDefaultRetention(
  sql: Sql,
  tenantId: string | null,
  rule: RetentionRule | null,
): Promise<void> {
  const [row] = await sql.query<{ refused: string | null }>(
    'select app.set_default_retention($1, $2::jsonb) as refused',
    [tenantId, rule === null ? null : JSON.stringify(rule)],
  );
  throwIfRefused(row!.refused);
}
