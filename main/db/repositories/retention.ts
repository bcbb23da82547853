import type { Cadence } from '../../../shared/model/cadence.ts';
import { type RetentionRule, retentionRuleSchema } from '../../../shared/model/run-spec.ts';
import type { Sql } from '../database.ts';
import type { ContentTable } from './stored-content.ts';

/** IANA zone of a schedule, in whose days and weeks retention counts; UTC when the schedule is not visible. */
export async function scheduleTimeZone(sql: Sql, tenantId: string, scheduleId: string): Promise<string> {
  const [row] = await sql.query<{ time_zone: string }>(
    `select time_zone from app.backup_schedules where tenant_id = $1 and id = $2`,
    [tenantId, scheduleId],
  );
  return row?.time_zone ?? 'UTC';
}

/** What of a schedule decides when its sets go. */
export interface ForecastSchedule {
  tenantId: string;
  scheduleId: string;
  cadence: Cadence;
  timeZone: string;
  /** Null while the schedule is paused or removed. */
  nextSlotAt: Date | null;
  /** Null where a newer version wrote a rule that this one does not know. */
  retention: RetentionRule | null;
}

/** The schedules of these that the login may see. */
export async function readForecastSchedules(
  sql: Sql,
  scheduleIds: readonly string[],
): Promise<ForecastSchedule[]> {
  const rows = await sql.query<Omit<ForecastSchedule, 'retention'> & { retention: unknown }>(
    `select tenant_id as "tenantId", id as "scheduleId", cadence, time_zone as "timeZone",
            case when enabled and deleted_at is null then next_slot_at end as "nextSlotAt",
            spec -> 'retention' as retention
       from app.backup_schedules where id = any ($1::uuid[])`,
    [scheduleIds],
  );
  return rows.map((row) => {
    const rule = retentionRuleSchema.safeParse(row.retention);
    return { ...row, retention: rule.success ? rule.data : null };
  });
}

/**
 * Removes sets of one schedule through `app.prune_sets`, which holds the promises of retention itself and audits
 * each set. All or nothing: throws when a set was pinned meanwhile. Answers how many went.
 */
export async function pruneBackupSets(
  tx: Sql,
  tenantId: string,
  scheduleId: string,
  setIds: readonly string[],
): Promise<number> {
  const [row] = await tx.query<{ pruned: string }>(
    `select app.prune_sets(s.id, $3::uuid[]) as pruned from app.backup_schedules s where s.tenant_id = $1 and s.id = $2`,
    [tenantId, scheduleId, setIds],
  );
  return Number(row?.pruned ?? 0);
}

/** Takes the tenant's sweep lock until the transaction ends; false while a run of the tenant is writing. */
export async function tryLockSweep(tx: Sql, tenantId: string): Promise<boolean> {
  const [row] = await tx.query<{ locked: boolean }>(
    `select pg_try_advisory_xact_lock(hashtext('tenantkeep.sweep'), hashtext($1)) as locked`,
    [tenantId],
  );
  return row!.locked;
}

/** Manifests that a set or an active run of the tenant names. */
export async function neededManifests(tx: Sql, tenantId: string): Promise<Set<string>> {
  const rows = await tx.query<{ sha256: string }>(
    `select encode(h, 'hex') as sha256 from app.needed_manifests($1) h`,
    [tenantId],
  );
  return new Set(rows.map((row) => row.sha256));
}

/** Hashes of content that was last needed longer ago than the safety age (null: of all content). */
export async function listContentHashes(
  tx: Sql,
  table: ContentTable,
  tenantId: string,
  safetyAgeHours: number | null,
): Promise<string[]> {
  const rows = await tx.query<{ sha256: string }>(
    `select encode(sha256, 'hex') as sha256 from app.${table}
      where tenant_id = $1
        and ($2::float8 is null or touched_at < (select app.db_now()) - make_interval(secs => $2::float8 * 3600))`,
    [tenantId, safetyAgeHours],
  );
  return rows.map((row) => row.sha256);
}

/** Removes what nobody needs, through `app.sweep_content`, which spares what is young or in use after all. */
export async function sweepStoredContent(
  tx: Sql,
  tenantId: string,
  unneeded: { manifests: readonly string[]; payloads: readonly string[]; safetyAgeHours: number },
): Promise<{ manifests: number; payloads: number; secrets: number; bytes: number }> {
  const [row] = await tx.query<{ manifests: string; payloads: string; secrets: string; bytes: string }>(
    `select * from app.sweep_content($1, array(select decode(h, 'hex') from unnest($2::text[]) h),
       array(select decode(h, 'hex') from unnest($3::text[]) h), make_interval(secs => $4::float8 * 3600))`,
    [tenantId, unneeded.manifests, unneeded.payloads, unneeded.safetyAgeHours],
  );
  return {
    manifests: Number(row!.manifests),
    payloads: Number(row!.payloads),
    secrets: Number(row!.secrets),
    bytes: Number(row!.bytes),
  };
}
