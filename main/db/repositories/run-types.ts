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
            read_started_at, read_ended_at, new_bytes, failed_items, unknown_kinds)
     select $1, $2, $3, n.policy_type, n.outcome, n.reason, n.missing_permission, n.expected,
            n.captured, n.failed, n.requests, n.retries, n.waited_ms, n.http_status, n.request_id, decode(n.manifest, 'hex'),
            n.read_started_at, case when n.read_started_at is not null then app.db_now() end, n.new_bytes,
            n.failed_items, n.unknown_kinds
       from jsonb_to_recordset($4::jsonb) n(policy_type text, outcome text, reason text, missing_permission text,
            expected int, captured int, failed int, requests int, retries int, waited_ms int, http_status smallint,
            request_id text, manifest text, read_started_at timestamptz, new_bytes bigint, failed_items jsonb, unknown_kinds jsonb)
      order by n.policy_type
     on conflict (run_id, policy_type) do update set
            attempt = excluded.attempt, outcome = excluded.outcome, reason = excluded.reason,
            missing_permission = excluded.missing_permission, expected = excluded.expected,
            captured = excluded.captured, failed = excluded.failed, requests = excluded.requests,
            retries = excluded.retries, waited_ms = excluded.waited_ms, http_status = excluded.http_status,
            request_id = excluded.request_id, manifest_sha256 = excluded.manifest_sha256,
            read_started_at = excluded.read_started_at, read_ended_at = excluded.read_ended_at,
            new_bytes = excluded.new_bytes, failed_items = excluded.failed_items, unknown_kinds = excluded.unknown_kinds`,
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
  }>(
    `select policy_type, outcome, reason, captured, encode(manifest_sha256, 'hex') as manifest, new_bytes,
            read_ended_at > (select app.db_now()) - interval '60 minutes' as fresh
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
  }));
}
