import { AppError } from '../../../shared/errors.ts';
import type { Sql } from '../database.ts';
import type { Page } from './runs.ts';

/** A sealed set as lists show it; hashes are 64 hexadecimal digits. */
export interface BackupSetOverview {
  id: string;
  tenantId: string;
  tenantName: string;
  scheduleId: string;
  scheduleName: string;
  runId: string;
  sequence: number;
  sealedAt: Date;
  root: string;
  previousSetId: string | null;
  complete: boolean;
  types: number;
  items: number;
  added: number;
  changed: number;
  removed: number;
  pinnedAt: Date | null;
  pinnedBy: string | null;
  pinReason: string | null;
}

/** Sets that the login may see, newest first: of one tenant or of all, or one by its id. */
export async function listBackupSetOverviews(
  sql: Sql,
  filter: { tenantId: string | null; setId: string | null },
  page: { cursor: string | null; limit: number },
): Promise<Page<BackupSetOverview>> {
  const position = page.cursor === null ? null : parseCursor(page.cursor);
  const rows = await sql.query<BackupSetOverview & { micros: string }>(
    `select s.id, s.tenant_id as "tenantId", t.name as "tenantName", s.schedule_id as "scheduleId",
            b.name as "scheduleName", s.run_id as "runId", s.sequence::float8 as sequence, s.sealed_at as "sealedAt",
            encode(s.root_sha256, 'hex') as root,
            -- Retention may have removed the previous set; its hash stays in this one.
            (select p.id from app.backup_sets p where p.id = s.previous_set_id) as "previousSetId",
            s.complete,
            (select count(*)::int from app.backup_set_parts p where p.tenant_id = s.tenant_id and p.set_id = s.id) as types,
            s.items, s.added, s.changed, s.removed, s.pinned_at as "pinnedAt", s.pinned_by::text as "pinnedBy",
            s.pin_reason as "pinReason", (extract(epoch from s.sealed_at) * 1000000)::bigint as micros
       from app.backup_sets s
       join app.tenants t on t.id = s.tenant_id
       join app.backup_schedules b on b.id = s.schedule_id
      where ($1::uuid is null or s.tenant_id = $1)
        and ($2::uuid is null or s.id = $2)
        and ($3::bigint is null
             or (s.sealed_at, s.id) < (timestamptz 'epoch' + $3 * interval '1 microsecond', $4::uuid))
      order by s.sealed_at desc, s.id desc
      limit $5`,
    [filter.tenantId, filter.setId, position?.micros ?? null, position?.id ?? null, page.limit + 1],
  );
  const last = rows.length > page.limit ? rows[page.limit - 1]! : null;
  return {
    rows: rows.slice(0, page.limit).map(({ micros: _micros, ...set }) => set),
    nextCursor: last === null ? null : `${last.micros}_${last.id}`,
  };
}

function parseCursor(cursor: string): { micros: string; id: string } {
  const match = /^(\d{1,18})_([0-9a-f-]{36})$/.exec(cursor);
  if (match === null) throw new AppError('cursor_invalid', 'This page of the list does not exist.');
  return { micros: match[1]!, id: match[2]! };
}
