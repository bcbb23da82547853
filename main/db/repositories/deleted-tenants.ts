import type { Sql } from '../database.ts';
import { throwIfRefused } from './refusals.ts';

/** What a deletion takes with it. */
export interface TenantContent {
  name: string;
  connected: boolean;
  sets: number;
  pinnedSets: number;
  /** Sets from folders of other tools. */
  importedSets: number;
  newestCompleteAt: string | null;
  /** Stored, so compressed. */
  bytes: number;
  schedules: number;
  runs: number;
  members: number;
}

/** What deleting the tenant would take with it; null for whoever is no owner of it. */
export async function previewDeletion(sql: Sql, tenantId: string): Promise<TenantContent | null> {
  const [row] = await sql.query<{ content: TenantContent | null }>(
    'select app.preview_tenant_deletion($1) as content',
    [tenantId],
  );
  return row!.content;
}

/**
 * Deletes the tenant: from here on nobody sees any of it. For owners.
 *
 * Throws `tenant_name_differs` where the name is not exactly the tenant's, `set_pinned`, and refusals.
 */
export async function deleteTenant(sql: Sql, tenantId: string, confirmedName: string): Promise<void> {
  const [row] = await sql.query<{ refused: string | null }>('select app.delete_tenant($1, $2) as refused', [
    tenantId,
    confirmedName,
  ]);
  throwIfRefused(row!.refused);
}

export interface Deletion {
  tenantId: string;
  name: string;
  deletedAt: Date;
  deletedBy: string;
  rowsLeft: number;
  rowsErased: number;
}

/** Deleted tenants whose content is not erased yet, oldest first: those that the login deleted, or all for administrators. */
export async function listDeletions(sql: Sql): Promise<Deletion[]> {
  return await sql.query<Deletion>(
    `select d.tenant_id as "tenantId", t.name, d.deleted_at as "deletedAt", d.deleted_by::text as "deletedBy",
            d.rows_left::float8 as "rowsLeft", d.rows_erased::float8 as "rowsErased"
       from app.deleted_tenants d join app.tenants t on t.id = d.tenant_id
      where d.erased_at is null order by d.deleted_at, d.tenant_id`,
  );
}

/** One batch of erasing, with its audit event at the end. `tenantId` is null where nothing waits. For hosts. */
export async function eraseBatch(
  sql: Sql,
  mostRows: number,
): Promise<{ tenantId: string | null; erased: number; done: boolean }> {
  const [row] = await sql.query<{ tenantId: string | null; erased: number; done: boolean }>(
    'select tenant_id as "tenantId", erased::float8 as erased, done from app.erase_deleted_tenant($1)',
    [mostRows],
  );
  return row!;
}
