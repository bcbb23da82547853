import { AppError } from '../../../shared/errors.ts';
import type { Sql } from '../database.ts';
import type { ExportTool } from '../../../shared/model/export-tools.ts';
import type { Page } from './runs.ts';

/** A set as lists show it, sealed by a run or imported; hashes are 64 hexadecimal digits. */
export interface BackupSetOverview {
  id: string;
  tenantId: string;
  tenantName: string;
  /** Null for an import, as are the run and the sequence. */
  scheduleId: string | null;
  scheduleName: string | null;
  runId: string | null;
  sequence: number | null;
  /** When it was sealed; for an import the instant as which it was taken. */
  sealedAt: Date;
  root: string;
  previousRoot: string | null;
  previousSetId: string | null;
  complete: boolean;
  types: number;
  items: number;
  added: number;
  changed: number;
  removed: number;
  newBytes: number;
  pinnedAt: Date | null;
  pinnedBy: string | null;
  pinReason: string | null;
  /** What the last verification found; null while nobody has verified the set. */
  verification: {
    at: string;
    by: string;
    items: number;
    damages: number;
    firstDamage: string | null;
  } | null;
  /** Where an import came from; null for a set of a run. */
  imported: {
    tool: ExportTool;
    folder: string;
    at: string;
    by: string;
    files: number;
    leftOut: number;
    madeIds: number;
  } | null;
}

/** Which sets a list shows. */
export type SetOrigin = 'all' | 'run' | 'import';

/** A month (`2026-11`) by the clock of a zone. */
export interface ZonedMonth {
  month: string;
  timeZone: string;
}

/** Sets that the login may see, newest state first: of one tenant or of all, of one month or origin, or one by its id. */
export async function listBackupSetOverviews(
  sql: Sql,
  filter: { tenantId: string | null; setId: string | null; month?: ZonedMonth | null; origin?: SetOrigin },
  page: { cursor: string | null; limit: number },
): Promise<Page<BackupSetOverview>> {
  const position = page.cursor === null ? null : parseCursor(page.cursor);
  const rows = await sql.query<BackupSetOverview & { micros: string }>(
    `(select s.id, s.tenant_id as "tenantId", t.name as "tenantName", s.schedule_id as "scheduleId",
            b.name as "scheduleName", s.run_id as "runId", s.sequence::float8 as sequence, s.sealed_at as "sealedAt",
            encode(s.root_sha256, 'hex') as root, encode(s.previous_root_sha256, 'hex') as "previousRoot",
            -- Retention may have removed the previous set; its hash stays in this one.
            (select p.id from app.backup_sets p where p.id = s.previous_set_id) as "previousSetId",
            s.complete,
            (select count(*)::int from app.backup_set_parts p where p.tenant_id = s.tenant_id and p.set_id = s.id) as types,
            s.items, s.added, s.changed, s.removed, s.new_bytes::float8 as "newBytes", s.pinned_at as "pinnedAt", s.pinned_by::text as "pinnedBy",
            s.pin_reason as "pinReason",
            (select jsonb_build_object('at', v.verified_at, 'by', v.verified_by, 'items', v.items,
                                       'damages', v.damages, 'firstDamage', v.first_damage)
               from app.backup_set_verifications v where v.set_id = s.id) as verification,
            null::jsonb as imported, (extract(epoch from s.sealed_at) * 1000000)::bigint as micros
       from app.backup_sets s
       join app.tenants t on t.id = s.tenant_id
       join app.backup_schedules b on b.id = s.schedule_id
      where $8 <> 'import'
        and ($1::uuid is null or s.tenant_id = $1)
        and ($2::uuid is null or s.id = $2)
        and ($3::bigint is null
             or (s.sealed_at, s.id) < (timestamptz 'epoch' + $3 * interval '1 microsecond', $4::uuid))
        and ($6::text is null
             or (s.sealed_at >= ($6 || '-01')::timestamp at time zone $7
                 and s.sealed_at < (($6 || '-01')::timestamp + interval '1 month') at time zone $7))
      order by s.sealed_at desc, s.id desc
      limit $5)
     union all
    (select i.id, i.tenant_id, t.name, null, null, null, null, i.taken_at, encode(i.root_sha256, 'hex'), null, null, false,
            (select count(*)::int from app.imported_set_parts p where p.set_id = i.id), i.items, 0, 0, 0,
            i.new_bytes::float8, null, null, null,
            case when i.verified_at is not null then
              jsonb_build_object('at', i.verified_at, 'by', i.verified_by, 'items', i.verified_items,
                                 'damages', i.damages, 'firstDamage', i.first_damage) end,
            jsonb_build_object('tool', i.tool, 'folder', i.folder, 'at', i.imported_at, 'by', i.imported_by,
                               'files', i.files, 'leftOut', i.left_out,
                               'madeIds', (select coalesce(sum(p.made_ids), 0) from app.imported_set_parts p
                                            where p.set_id = i.id)),
            (extract(epoch from i.taken_at) * 1000000)::bigint
       from app.imported_sets i
       join app.tenants t on t.id = i.tenant_id
      where $8 <> 'run'
        and ($1::uuid is null or i.tenant_id = $1)
        and ($2::uuid is null or i.id = $2)
        and ($3::bigint is null
             or (i.taken_at, i.id) < (timestamptz 'epoch' + $3 * interval '1 microsecond', $4::uuid))
        and ($6::text is null
             or (i.taken_at >= ($6 || '-01')::timestamp at time zone $7
                 and i.taken_at < (($6 || '-01')::timestamp + interval '1 month') at time zone $7))
      order by i.taken_at desc, i.id desc
      limit $5)
      order by "sealedAt" desc, id desc
      limit $5`,
    [
      filter.tenantId,
      filter.setId,
      position?.micros ?? null,
      position?.id ?? null,
      page.limit + 1,
      filter.month?.month ?? null,
      filter.month?.timeZone ?? 'UTC',
      filter.origin ?? 'all',
    ],
  );
  const last = rows.length > page.limit ? rows[page.limit - 1]! : null;
  return {
    rows: rows.slice(0, page.limit).map(({ micros: _micros, ...set }) => set),
    nextCursor: last === null ? null : `${last.micros}_${last.id}`,
  };
}

/** The months in which the login may see sets, newest first. */
export async function listSetMonths(
  sql: Sql,
  tenantId: string | null,
  timeZone: string,
  origin: SetOrigin = 'all',
): Promise<{ month: string; sets: number; partial: number; newBytes: number }[]> {
  return sql.query(
    `select to_char(s.sealed_at at time zone $2, 'YYYY-MM') as month, count(*)::int as sets,
            count(*) filter (where not s.complete)::int as partial, sum(s.new_bytes)::float8 as "newBytes"
       from (select tenant_id, sealed_at, complete, new_bytes from app.backup_sets where $3 <> 'import'
             union all
             -- An import is neither whole nor partial: nothing is known of that.
             select tenant_id, taken_at, true, new_bytes from app.imported_sets where $3 <> 'run') s
      where $1::uuid is null or s.tenant_id = $1
      group by 1 order by 1 desc`,
    [tenantId, timeZone, origin],
  );
}

function parseCursor(cursor: string): { micros: string; id: string } {
  const match = /^(\d{1,18})_([0-9a-f-]{36})$/.exec(cursor);
  if (match === null) throw new AppError('cursor_invalid', 'This page of the list does not exist.');
  return { micros: match[1]!, id: match[2]! };
}
