import { createHash } from 'node:crypto';
import { AppError } from '../../shared/errors.ts';
import type { Database, Sql } from '../db/database.ts';

export interface AuditChainVerdict {
  /** Events that were read and found good. */
  events: number;
  /** Hex; the hash of the last good event, 64 zeros for an empty chain. Compare it with a head saved elsewhere. */
  headHash: string;
  /** Null: the chain is whole. */
  firstBroken: { sequence: string; what: string } | null;
}

/** The end of a chain at some moment, kept where the database's owner cannot reach it. */
export interface SavedHead {
  /** Null: the chain of the workspace. */
  tenantId: string | null;
  sequence: string;
  /** Hex. */
  hash: string;
  /** ISO time of the saving. */
  savedAt: string;
  /** Where it was kept, for the sentence that names it: this computer, or an export's manifest. */
  keptIn: string;
}

/** An event as the hash sees it: every field as the text that PostgreSQL prints. */
interface HashedAuditEvent {
  tenantId: string | null;
  sequence: string;
  at: string;
  actor: string;
  host: string | null;
  action: string;
  targetKind: string | null;
  targetId: string | null;
  outcome: string;
  reason: string | null;
  before: string | null;
  after: string | null;
  correlationId: string | null;
}

interface StoredAuditEvent extends HashedAuditEvent {
  previousHash: Buffer;
  hash: Buffer;
}

/** Columns of `app.audit_events` in the form that `HashedAuditEvent` needs. */
const hashedAuditColumns = `
  tenant_id::text as "tenantId", sequence::text as sequence,
  to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at,
  actor, host, action, target_kind as "targetKind", target_id as "targetId", outcome, reason,
  before::text as before, after::text as after, correlation_id as "correlationId"`;

/**
 * Recomputes a chain from its stored events, without the database's own hash functions. Finds a changed,
 * missing, added, moved or swapped event, and a tail that was cut (the head then names a later event). A chain
 * that was rewritten from some point to its end, heads included, and a database that was set back to an older
 * copy are found only against heads saved elsewhere: those among `savedHeads` that are of this chain.
 * Throws `audit_not_visible` when this login may not read the chain.
 */
export async function verifyAuditChain(
  db: Pick<Database, 'transaction'>,
  tenantId: string | null,
  savedHeads: readonly SavedHead[] = [],
  onProgress: (events: number, total: number) => void = () => undefined,
): Promise<AuditChainVerdict> {
  const ofThisChain = savedHeads.filter((head) => head.tenantId === tenantId);
  // One snapshot: events that are appended meanwhile are neither seen nor missed.
  return db.transaction((tx) => walkChain(tx, tenantId, ofThisChain, onProgress), {
    isolation: 'repeatable read',
    readOnly: true,
    statementTimeoutMs: 120_000,
  });
}

async function walkChain(
  sql: Sql,
  tenantId: string | null,
  savedHeads: readonly SavedHead[],
  onProgress: (events: number, total: number) => void,
): Promise<AuditChainVerdict> {
  const chainId = tenantId ?? '00000000-0000-0000-0000-000000000000';
  const [head] = await sql.query<{ sequence: string; hash: Buffer }>(
    `select sequence::text as sequence, hash from app.audit_heads where chain_id = $1`,
    [chainId],
  );
  if (head === undefined) {
    throw new AppError(
      'audit_not_visible',
      'There is no audit chain for this tenant that this login may read.',
      {
        nextStep:
          'Ask an owner, manager or auditor of the tenant; the chain of the workspace is for administrators.',
      },
    );
  }
  let hash: Buffer = Buffer.alloc(32);
  let expected = 1n;
  const broken = (what: string): AuditChainVerdict => ({
    events: Number(expected - 1n),
    headHash: hash.toString('hex'),
    firstBroken: { sequence: expected.toString(), what },
  });
  for (;;) {
    const page = await sql.query<StoredAuditEvent>(
      `select ${hashedAuditColumns}, previous_hash as "previousHash", hash
         from app.audit_events where chain_id = $1 and audit_events.sequence >= $2
        order by audit_events.sequence limit 2000`,
      [chainId, expected.toString()],
    );
    for (const event of page) {
      if (event.sequence !== expected.toString()) return broken('The event is missing.');
      if (!event.previousHash.equals(hash)) return broken('The event does not follow the one before it.');
      const computed = chainHash(hash, event);
      if (!event.hash.equals(computed)) return broken('The content of the event was changed.');
      const saved = savedHeads.find((one) => one.sequence === event.sequence);
      if (saved !== undefined && saved.hash !== computed.toString('hex')) {
        return broken(
          `The event differs from the one whose hash was saved in ${saved.keptIn} at ${saved.savedAt}: the chain was written anew here or before.`,
        );
      }
      hash = computed;
      expected += 1n;
    }
    onProgress(Number(expected - 1n), Number(head.sequence));
    if (page.length < 2000) break;
  }
  const latest = savedHeads.find((one) => BigInt(one.sequence) >= expected);
  if (latest !== undefined) {
    return broken(
      `The chain went on to ${latest.sequence} when its end was saved in ${latest.keptIn} at ${latest.savedAt}: its end was cut, or an older copy of the database was put back.`,
    );
  }
  const last = (expected - 1n).toString();
  if (BigInt(head.sequence) > expected - 1n)
    return broken(`The chain should go on to ${head.sequence}; its end was cut.`);
  if (head.sequence !== last) {
    return {
      ...broken(
        `Events after ${head.sequence}, the recorded end of the chain, were not appended by the database.`,
      ),
    };
  }
  if (!head.hash.equals(hash)) return broken('The recorded end of the chain does not match its last event.');
  return { events: Number(expected - 1n), headHash: hash.toString('hex'), firstBroken: null };
}

/** Hash of an event in its chain; the form is described in migrations/20261124_0001_foundation/audit.ts. */
function chainHash(previousHash: Buffer, event: HashedAuditEvent): Buffer {
  const fields = [
    'tenantkeep-audit-1',
    event.tenantId,
    event.sequence,
    event.at,
    event.actor,
    event.host,
    event.action,
    event.targetKind,
    event.targetId,
    event.outcome,
    event.reason,
    event.before,
    event.after,
    event.correlationId,
  ];
  const text = `[${fields.map((field) => JSON.stringify(field)).join(', ')}]`;
  const eventHash = createHash('sha256').update(text, 'utf8').digest();
  return createHash('sha256').update(previousHash).update(eventHash).digest();
}
