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
}

/** A month (`2026-11`) by the clock of a zone. */
export interface ZonedMonth {
  month: string;
  timeZone: string;
}

/** Sets that the login may see, newest first: of one tenant or of all, of one month, or one by its id. */
export async function listBackupSetOverviews(
  sql: Sql,
  filter: { tenantId: string | null; setId: string | null; month?: ZonedMonth | null },
  page: { cursor: string | null; limit: number },
): Promise<Page<BackupSetOverview>> {
  const position = page.cursor === null ? null : parseCursor(page.cursor);
  const rows = await sql.query<BackupSetOverview & { micros: string }>(
    `select s.id, s.tenant_id as "tenantId", t.name as "tenantName", s.schedule_id as "scheduleId",
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
            (extract(epoch from s.sealed_at) * 1000000)::bigint as micros
       from app.backup_sets s
       join app.tenants t on t.id = s.tenant_id
       join app.backup_schedules b on b.id = s.schedule_id
      where ($1::uuid is null or s.tenant_id = $1)
        and ($2::uuid is null or s.id = $2)
        and ($3::bigint is null
             or (s.sealed_at, s.id) < (timestamptz 'epoch' + $3 * interval '1 microsecond', $4::uuid))
        and ($6::text is null
             or (s.sealed_at >= ($6 || '-01')::timestamp at time zone $7
                 and s.sealed_at < (($6 || '-01')::timestamp + interval '1 month') at time zone $7))
      order by s.sealed_at desc, s.id desc
      limit $5`,
    [
      filter.tenantId,
      filter.setId,
      position?.micros ?? null,
      position?.id ?? null,
      page.limit + 1,
      filter.month?.month ?? null,
      filter.month?.timeZone ?? 'UTC',
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
): Promise<{ month: string; sets: number; partial: number; newBytes: number }[]> {
  return sql.query(
    `select to_char(s.sealed_at at time zone $2, 'YYYY-MM') as month, count(*)::int as sets,
            count(*) filter (where not s.complete)::int as partial, sum(s.new_bytes)::float8 as "newBytes"
       from app.backup_sets s
      where $1::uuid is null or s.tenant_id = $1
      group by 1 order by 1 desc`,
    [tenantId, timeZone],
  );
}

function parseCursor(cursor: string): { micros: string; id: string } {
  const match = /^(\d{1,18})_([0-9a-f-]{36})$/.exec(cursor);
  if (match === null) throw new AppError('cursor_invalid', 'This page of the list does not exist.');
  return { micros: match[1]!, id: match[2]! };
}
