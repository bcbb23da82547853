import type { TypeReason } from '../../../shared/model/reasons.ts';
import type { TypeOutcome } from '../../../shared/model/run-states.ts';
import type { Sql } from '../database.ts';

/** Instants of a set are hashed, so they leave the database as text with every microsecond. */
const utcText = (column: string) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

export interface StoredSetPart {
  typeKey: string;
  outcome: TypeOutcome;
  reason: TypeReason | null;
  expected: number | null;
  captured: number;
  failed: number;
  manifest: string | null;
  readStartedAt: string | null;
  readEndedAt: string | null;
}

/** A sealed backup set; hashes are 64 hexadecimal digits, instants UTC text with microseconds. */
export interface StoredSet {
  id: string;
  tenantId: string;
  runId: string;
  scheduleId: string;
  sequence: number;
  sealedAt: string;
  leaseToken: string;
  complete: boolean;
  items: number;
  added: number;
  changed: number;
  removed: number;
  newBytes: number;
  references: string | null;
  previousSetId: string | null;
  previousRoot: string | null;
  root: string;
  pinnedAt: Date | null;
  pinnedBy: string | null;
  pinReason: string | null;
}

const setColumns = `s.id, s.tenant_id as "tenantId", s.run_id as "runId", s.schedule_id as "scheduleId",
  s.sequence::float8 as sequence, ${utcText('s.sealed_at')} as "sealedAt", s.lease_token::text as "leaseToken",
  s.complete, s.items, s.added, s.changed, s.removed, s.new_bytes::float8 as "newBytes",
  encode(s.references_sha256, 'hex') as "references", s.previous_set_id as "previousSetId",
  encode(s.previous_root_sha256, 'hex') as "previousRoot", encode(s.root_sha256, 'hex') as root,
  s.pinned_at as "pinnedAt", s.pinned_by as "pinnedBy", s.pin_reason as "pinReason"`;

const partColumns = `p.policy_type as "typeKey", p.outcome, p.reason, p.expected, p.captured, p.failed,
  encode(p.manifest_sha256, 'hex') as manifest, ${utcText('p.read_started_at')} as "readStartedAt",
  ${utcText('p.read_ended_at')} as "readEndedAt"`;

/** Sets of a tenant, oldest first; all of them, or those of one schedule, or the newest `limit`. */
export async function listBackupSets(
  sql: Sql,
  tenantId: string,
  filter: { scheduleId?: string; limit?: number } = {},
): Promise<StoredSet[]> {
  const rows = await sql.query<StoredSet>(
    `select ${setColumns} from app.backup_sets s
      where s.tenant_id = $1 and ($2::uuid is null or s.schedule_id = $2)
      order by s.sequence desc limit $3`,
    [tenantId, filter.scheduleId ?? null, filter.limit ?? null],
  );
  return rows.reverse();
}

/** One set of the tenant; null when the tenant has no such set. */
export async function readBackupSet(sql: Sql, tenantId: string, setId: string): Promise<StoredSet | null> {
  const [row] = await sql.query<StoredSet>(
    `select ${setColumns} from app.backup_sets s where s.tenant_id = $1 and s.id = $2`,
    [tenantId, setId],
  );
  return row ?? null;
}

/** The policy types of a set in the order of their keys. */
export async function readSetParts(sql: Sql, tenantId: string, setId: string): Promise<StoredSetPart[]> {
  return sql.query<StoredSetPart>(
    `select ${partColumns} from app.backup_set_parts p
      where p.tenant_id = $1 and p.set_id = $2 order by p.policy_type collate "C"`,
    [tenantId, setId],
  );
}

/** The outcomes of a run in the form in which its set will show them. */
export async function readRunAsParts(sql: Sql, tenantId: string, runId: string): Promise<StoredSetPart[]> {
  return sql.query<StoredSetPart>(
    `select ${partColumns} from app.run_types p
      where p.tenant_id = $1 and p.run_id = $2 order by p.policy_type collate "C"`,
    [tenantId, runId],
  );
}

/** Check sums of the parts of a set by policy type, as they were when it was sealed. */
export async function readPartChecks(
  sql: Sql,
  tenantId: string,
  setId: string,
): Promise<Record<string, string>> {
  const [row] = await sql.query<{ checks: Record<string, string> }>(
    `select part_checks as checks from app.backup_sets where tenant_id = $1 and id = $2`,
    [tenantId, setId],
  );
  return row?.checks ?? {};
}

/** End of a tenant's chain of sets. */
export interface SetHead {
  sequence: number;
  setId: string | null;
  root: string | null;
}

/** The end of the chain, locked until the transaction ends; made when the tenant seals its first set. */
export async function lockSetHead(tx: Sql, tenantId: string): Promise<SetHead> {
  await tx.query(`insert into app.backup_set_heads (tenant_id) values ($1) on conflict do nothing`, [
    tenantId,
  ]);
  const [head] = await tx.query<SetHead>(
    `select sequence::float8 as sequence, set_id as "setId", encode(root_sha256, 'hex') as root
       from app.backup_set_heads where tenant_id = $1 for no key update`,
    [tenantId],
  );
  return head!;
}

/** The end of the chain; null for a tenant without sets. */
export async function readSetHead(sql: Sql, tenantId: string): Promise<SetHead | null> {
  const [head] = await sql.query<SetHead>(
    `select sequence::float8 as sequence, set_id as "setId", encode(root_sha256, 'hex') as root
       from app.backup_set_heads where tenant_id = $1`,
    [tenantId],
  );
  return head ?? null;
}

/** Inserts a set, whose parts are the records of its run, and moves the end of the chain to it. */
export async function insertBackupSet(
  tx: Sql,
  set: Omit<StoredSet, 'pinnedAt' | 'pinnedBy' | 'pinReason'>,
  partChecks: Readonly<Record<string, string>>,
): Promise<void> {
  await tx.query(
    `insert into app.backup_sets (id, tenant_id, run_id, schedule_id, sequence, sealed_at, lease_token, complete, items,
            added, changed, removed, new_bytes, references_sha256, previous_set_id, previous_root_sha256, root_sha256,
            part_checks)
     values ($1, $2, $3, $4, $5, $6::timestamptz, $7, $8, $9, $10, $11, $12, $13, decode($14, 'hex'), $15, decode($16, 'hex'),
             decode($17, 'hex'), $18::jsonb)`,
    [
      set.id,
      set.tenantId,
      set.runId,
      set.scheduleId,
      set.sequence,
      set.sealedAt,
      set.leaseToken,
      set.complete,
      set.items,
      set.added,
      set.changed,
      set.removed,
      set.newBytes,
      set.references,
      set.previousSetId,
      set.previousRoot,
      set.root,
      JSON.stringify(partChecks),
    ],
  );
  await tx.query(
    `update app.backup_set_heads set sequence = $2, set_id = $3, root_sha256 = decode($4, 'hex') where tenant_id = $1`,
    [set.tenantId, set.sequence, set.id, set.root],
  );
}

/** Id and instant (text with microseconds) for a set that is about to be sealed, both from the database. */
export async function newSetIdentity(tx: Sql): Promise<{ id: string; sealedAt: string }> {
  const [row] = await tx.query<{ id: string; sealedAt: string }>(
    `select gen_random_uuid() as id, ${utcText('app.db_now()')} as "sealedAt"`,
  );
  return row!;
}

/** Newest complete manifest of each of these policy types among the sets of a schedule. */
export async function newestCompleteManifests(
  sql: Sql,
  tenantId: string,
  scheduleId: string,
  typeKeys: readonly string[],
): Promise<Map<string, string>> {
  const rows = await sql.query<{ type: string; manifest: string }>(
    `select t.type, encode(newest.manifest_sha256, 'hex') as manifest
       from unnest($3::text[]) t(type)
      cross join lateral (
        select p.manifest_sha256 from app.backup_sets s
          join app.backup_set_parts p on p.set_id = s.id and p.policy_type = t.type
         where s.tenant_id = $1 and s.schedule_id = $2 and p.outcome = 'complete'
         order by s.sequence desc limit 1) newest`,
    [tenantId, scheduleId, typeKeys],
  );
  return new Map(rows.map((row) => [row.type, row.manifest]));
}

/** Which policy types each set of a schedule holds completely: what retention must not lose. */
export async function completeTypesOfSets(
  sql: Sql,
  tenantId: string,
  scheduleId: string,
): Promise<Map<string, string[]>> {
  const rows = await sql.query<{ id: string; types: string[] }>(
    `select s.id, array_agg(p.policy_type) as types
       from app.backup_sets s join app.backup_set_parts p on p.set_id = s.id
      where s.tenant_id = $1 and s.schedule_id = $2 and p.outcome = 'complete' group by s.id`,
    [tenantId, scheduleId],
  );
  return new Map(rows.map((row) => [row.id, row.types]));
}

/** A set that retention removed, as the chain remembers it. */
export interface PrunedSet {
  sequence: number;
  setId: string;
  root: string;
  previousRoot: string | null;
}

/** Links of the tenant's chain whose sets are gone, oldest first. */
export async function listPrunedSets(sql: Sql, tenantId: string): Promise<PrunedSet[]> {
  return sql.query<PrunedSet>(
    `select sequence::float8 as sequence, set_id as "setId", encode(root_sha256, 'hex') as root,
            encode(previous_root_sha256, 'hex') as "previousRoot"
       from app.pruned_backup_sets where tenant_id = $1 order by sequence`,
    [tenantId],
  );
}
