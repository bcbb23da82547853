import type { TypeReason } from '../../../shared/model/reasons.ts';
import type { TypeOutcome } from '../../../shared/model/run-states.ts';
import type { FailedItem } from '../../engine/ports.ts';
import type { Sql } from '../database.ts';
import { showableText } from './policies.ts';

/** How one policy type of a run ended: the completeness proof, and the checkpoint for a second attempt. */
export interface RunType {
  typeKey: string;
  outcome: TypeOutcome;
  reason: TypeReason | null;
  missingPermission: string | null;
  expected: number | null;
  captured: number;
  failed: number;
  requests: number;
  retries: number;
  waitedMs: number;
  httpStatus: number | null;
  requestId: string | null;
  /** SHA-256 of the manifest; null where nothing was read. */
  manifest: string | null;
  /** Database instant as text; null where the type was never read. */
  readStartedAt: string | null;
  /** Bytes of payloads and manifests that this type added to the database. */
  newBytes: number;
  failedItems: readonly FailedItem[];
  unknownKinds: readonly { kind: string; value: string; count: number }[];
}

/**
 * Writes outcomes of policy types of a run; what an earlier attempt left for a type is replaced. Only inside a
 * fenced transaction, together with the manifests that the rows name.
 */
export async function upsertRunTypes(
  tx: Sql,
  run: { runId: string; tenantId: string; attempt: number },
  types: readonly RunType[],
): Promise<void> {
  if (types.length === 0) return;
  const rows = types.map((type) => ({
    policy_type: type.typeKey,
    outcome: type.outcome,
    reason: type.reason,
    missing_permission: type.missingPermission,
    expected: type.expected,
    captured: type.captured,
    failed: type.failed,
    requests: type.requests,
    retries: type.retries,
    waited_ms: Math.round(type.waitedMs),
    http_status: type.httpStatus,
    request_id: type.requestId === null ? null : showableText(type.requestId, 200),
    manifest: type.manifest,
    read_started_at: type.readStartedAt,
    new_bytes: type.newBytes,
    failed_items: type.failedItems.length === 0 ? null : type.failedItems.slice(0, 100).map(showableFailure),
    unknown_kinds: type.unknownKinds.length === 0 ? null : type.unknownKinds.slice(0, 100).map(showableKind),
  }));
  await tx.query(
    `insert into app.run_types (run_id, tenant_id, attempt, policy_type, outcome, reason, missing_permission, expected,
            captured, failed, requests, retries, waited_ms, http_status, request_id, manifest_sha256,
            read_started_at, read_ended_at, new_bytes, failed_items, unknown_kinds, added, changed, removed)
     select $1, $2, $3, n.policy_type, n.outcome, n.reason, n.missing_permission, n.expected,
            n.captured, n.failed, n.requests, n.retries, n.waited_ms, n.http_status, n.request_id, decode(n.manifest, 'hex'),
            n.read_started_at, case when n.read_started_at is not null then app.db_now() end, n.new_bytes,
            n.failed_items, n.unknown_kinds, c.changes, c.changes, c.changes
       from jsonb_to_recordset($4::jsonb) n(policy_type text, outcome text, reason text, missing_permission text,
            expected int, captured int, failed int, requests int, retries int, waited_ms int, http_status smallint,
            request_id text, manifest text, read_started_at timestamptz, new_bytes bigint, failed_items jsonb, unknown_kinds jsonb)
      -- Most complete types are unchanged; the others are counted when the run ends (recordTypeChanges).
      cross join lateral (select case when n.outcome = 'complete' then 0 end as changes) c
      order by n.policy_type
     on conflict (run_id, policy_type) do update set
            attempt = excluded.attempt, outcome = excluded.outcome, reason = excluded.reason,
            missing_permission = excluded.missing_permission, expected = excluded.expected,
            captured = excluded.captured, failed = excluded.failed, requests = excluded.requests,
            retries = excluded.retries, waited_ms = excluded.waited_ms, http_status = excluded.http_status,
            request_id = excluded.request_id, manifest_sha256 = excluded.manifest_sha256,
            read_started_at = excluded.read_started_at, read_ended_at = excluded.read_ended_at,
            new_bytes = excluded.new_bytes, failed_items = excluded.failed_items, unknown_kinds = excluded.unknown_kinds,
            added = excluded.added, changed = excluded.changed, removed = excluded.removed`,
    [run.runId, run.tenantId, run.attempt, JSON.stringify(rows)],
  );
}

function showableFailure(item: FailedItem): FailedItem {
  return {
    ...item,
    graphId: showableText(item.graphId, 200),
    name: showableText(item.name, 200),
    message: showableText(item.message, 500),
  };
}

function showableKind(kind: RunType['unknownKinds'][number]): RunType['unknownKinds'][number] {
  return { kind: showableText(kind.kind, 100), value: showableText(kind.value, 200), count: kind.count };
}

/** A stored outcome as a run needs it to go on or to end. */
export interface StoredRunType {
  typeKey: string;
  outcome: TypeOutcome;
  reason: TypeReason | null;
  captured: number;
  manifest: string | null;
  newBytes: number;
  /** Younger than an hour: a second attempt may build on it (scheduling, section 6). */
  fresh: boolean;
  /** Taken over from another run. */
  carried: boolean;
}

/** What changed in one policy type since its newest complete copy before. */
export interface TypeChanges {
  added: number;
  changed: number;
  removed: number;
}

/** Notes the changes of the types that have any; only inside the fenced transaction that ends the run. */
export async function recordTypeChanges(
  tx: Sql,
  tenantId: string,
  runId: string,
  changes: ReadonlyMap<string, TypeChanges>,
): Promise<void> {
  const rows = [...changes]
    .filter(([, { added, changed, removed }]) => added + changed + removed > 0)
    .map(([typeKey, counts]) => ({ policy_type: typeKey, ...counts }));
  if (rows.length === 0) return;
  await tx.query(
    `update app.run_types t set added = n.added, changed = n.changed, removed = n.removed
       from jsonb_to_recordset($3::jsonb) n(policy_type text, added int, changed int, removed int)
      where t.tenant_id = $1 and t.run_id = $2 and t.policy_type = n.policy_type`,
    [tenantId, runId, JSON.stringify(rows)],
  );
}

/**
 * Takes over the good outcomes of another run of the tenant for these policy types, with the times at which they
 * were really read. A type whose manifest is gone is left out and will be read. Only inside a fenced transaction
 * that holds off the sweep.
 */
export async function carryRunTypes(
  tx: Sql,
  run: { runId: string; tenantId: string; carriesFrom: string },
  typeKeys: readonly string[],
): Promise<void> {
  await tx.query(
    `insert into app.run_types (run_id, tenant_id, attempt, policy_type, outcome, reason, missing_permission, expected,
            captured, failed, http_status, request_id, manifest_sha256, read_started_at, read_ended_at, unknown_kinds,
            added, changed, removed)
     select $1, $2, 0, t.policy_type, t.outcome, t.reason, t.missing_permission, t.expected, t.captured, t.failed,
            t.http_status, t.request_id, t.manifest_sha256, t.read_started_at, t.read_ended_at, t.unknown_kinds,
            c.changes, c.changes, c.changes
       from app.run_types t
      cross join lateral (select case when t.outcome = 'complete' then 0 end as changes) c
      where t.tenant_id = $2 and t.run_id = $3 and t.policy_type = any ($4::text[])
        and t.outcome in ('complete', 'not_available')
        and (t.manifest_sha256 is null
             or exists (select 1 from app.manifests m where m.tenant_id = $2 and m.sha256 = t.manifest_sha256))
     on conflict (run_id, policy_type) do nothing`,
    [run.runId, run.tenantId, run.carriesFrom, typeKeys],
  );
}

/** What the attempts of a run have written about its policy types so far, in the order of their keys. */
export async function readRunTypes(sql: Sql, tenantId: string, runId: string): Promise<StoredRunType[]> {
  const rows = await sql.query<{
    policy_type: string;
    outcome: TypeOutcome;
    reason: TypeReason | null;
    captured: number;
    manifest: string | null;
    new_bytes: string;
    fresh: boolean | null;
    carried: boolean;
  }>(
    `select policy_type, outcome, reason, captured, encode(manifest_sha256, 'hex') as manifest, new_bytes,
            read_ended_at > (select app.db_now()) - interval '60 minutes' as fresh, attempt = 0 as carried
       from app.run_types where tenant_id = $1 and run_id = $2 order by policy_type collate "C"`,
    [tenantId, runId],
  );
  return rows.map((row) => ({
    typeKey: row.policy_type,
    outcome: row.outcome,
    reason: row.reason,
    captured: row.captured,
    manifest: row.manifest,
    newBytes: Number(row.new_bytes),
    fresh: row.fresh === true,
    carried: row.carried,
  }));
}
