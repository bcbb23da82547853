import type { Sql } from '../database.ts';
import { throwIfRefused } from './refusals.ts';

/** Filters of a page under a name, one's own or shared with a tenant; row-level security decides which are there. */
export interface StoredView {
  id: string;
  /** Null: its owner's alone. */
  tenantId: string | null;
  name: string;
  search: Record<string, string>;
  own: boolean;
  createdAt: Date;
}

/** The views of a page that the login may see, by name. */
export async function listViews(sql: Sql, page: string): Promise<StoredView[]> {
  return await sql.query<StoredView>(
    `select v.id, v.tenant_id as "tenantId", v.name, v.search, v.created_at as "createdAt",
            v.owner_id = (select app.current_technician_id()) as own
       from app.saved_views v where v.page = $1 order by lower(v.name), v.id`,
    [page],
  );
}

/** Saves a view and answers its id. Throws `AppError`: view_name_taken, too_many_views, tenant_forbidden, …. */
export async function saveView(
  sql: Sql,
  view: { tenantId: string | null; page: string; name: string; search: Record<string, string> },
): Promise<string> {
  const [row] = await sql.query<{ view_id: string | null; refused: string | null }>(
    'select * from app.save_view($1, $2, $3, $4::jsonb)',
    [view.tenantId, view.page, view.name, JSON.stringify(view.search)],
  );
  throwIfRefused(row!.refused);
  return row!.view_id!;
}

/** Removes a view: one's own, or as owner or manager a shared one. Throws `AppError` view_unknown, tenant_forbidden. */
export async function removeView(sql: Sql, viewId: string): Promise<void> {
  const [row] = await sql.query<{ refused: string | null }>('select app.remove_view($1) as refused', [
    viewId,
  ]);
  throwIfRefused(row!.refused);
}
