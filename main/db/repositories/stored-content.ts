import type { Sql } from '../database.ts';

/** A content-addressed row as it lies in the database: gzip of canonical JSON. */
export interface StoredContent {
  /** SHA-256 of the canonical JSON, 64 hexadecimal digits. */
  sha256: string;
  bytes: Uint8Array;
  /** CRC-32 of `bytes`. */
  crc32: number;
  /** Bytes of the canonical JSON. */
  size: number;
}

interface ContentRow {
  sha256: string;
  bytes: Uint8Array;
  crc32: string;
  size: number;
}

export type ContentTable = 'payloads' | 'manifests';

/**
 * Waits for a sweep of the tenant to end and keeps further sweeps out until this transaction does. First
 * statement after the fence of every transaction that relies on payloads or manifests being there: the sweep
 * decides what nobody needs while it holds the same lock exclusively.
 */
export async function holdOffSweep(tx: Sql, tenantId: string): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock_shared(hashtext('tenantkeep.sweep'), hashtext($1))`, [
    tenantId,
  ]);
}

/** Which of these hashes the tenant has, locked against removal until the transaction ends. */
export async function lockExistingContent(
  tx: Sql,
  table: ContentTable,
  tenantId: string,
  hashes: readonly string[],
): Promise<Set<string>> {
  if (hashes.length === 0) return new Set();
  const rows = await tx.query<{ sha256: string }>(
    `select encode(sha256, 'hex') as sha256 from app.${table}
      where tenant_id = $1 and sha256 = any (array(select decode(h, 'hex') from unnest($2::text[]) h))
        for key share`,
    [tenantId, hashes],
  );
  return new Set(rows.map((row) => row.sha256));
}

/**
 * Stores what the tenant does not have yet and answers the hashes that were really added. Rows that another
 * run added in the meantime are the same bytes by their hash; they are only marked as needed again.
 */
export async function insertContent(
  tx: Sql,
  table: ContentTable,
  tenantId: string,
  contents: readonly StoredContent[],
): Promise<Set<string>> {
  if (contents.length === 0) return new Set();
  // One order for all writers, or two runs of a tenant could wait for each other.
  const sorted = contents.toSorted((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
  // All bytes as one value: it travels as it is, where the members of an array would each be spelled out in hex.
  let end = 0;
  const starts = sorted.map(({ bytes }) => {
    const start = end + 1;
    end += bytes.length;
    return start;
  });
  const rows = await tx.query<{ sha256: string; added: boolean }>(
    `insert into app.${table} as c (tenant_id, sha256, bytes, crc32, size)
     select $1, decode(n.sha256, 'hex'), substring($3::bytea from n.start for n.length), n.crc32, n.size
       from unnest($2::text[], $4::int[], $5::int[], $6::bigint[], $7::int[]) n(sha256, start, length, crc32, size)
     on conflict (tenant_id, sha256) do update set touched_at = app.db_now()
     returning encode(c.sha256, 'hex') as sha256, xmax = 0 as added`,
    [
      tenantId,
      sorted.map((content) => content.sha256),
      Buffer.concat(
        sorted.map((content) => content.bytes),
        end,
      ),
      starts,
      sorted.map((content) => content.bytes.length),
      sorted.map((content) => content.crc32),
      sorted.map((content) => content.size),
    ],
  );
  return new Set(rows.filter((row) => row.added).map((row) => row.sha256));
}

/** Marks existing rows as needed by a run that is going on, so that a sweep spares them (at most one write an hour). */
export async function touchContent(
  tx: Sql,
  table: ContentTable,
  tenantId: string,
  hashes: readonly string[],
): Promise<void> {
  if (hashes.length === 0) return;
  await tx.query(
    `update app.${table} set touched_at = app.db_now()
      where tenant_id = $1 and sha256 = any (array(select decode(h, 'hex') from unnest($2::text[]) h))
        and touched_at < (select app.db_now()) - interval '1 hour'`,
    [tenantId, hashes],
  );
}

/** Stored rows of the tenant by hash; a hash that it does not have is missing from the answer. */
export async function readContent(
  sql: Sql,
  table: ContentTable,
  tenantId: string,
  hashes: readonly string[],
): Promise<Map<string, StoredContent>> {
  if (hashes.length === 0) return new Map();
  const rows = await sql.query<ContentRow>(
    `select encode(sha256, 'hex') as sha256, bytes, crc32, size from app.${table}
      where tenant_id = $1 and sha256 = any (array(select decode(h, 'hex') from unnest($2::text[]) h))`,
    [tenantId, hashes],
  );
  return new Map(rows.map((row) => [row.sha256, { ...row, crc32: Number(row.crc32) }]));
}

/** Like `readContent`, without rows whose canonical JSON is larger than `maxSize` bytes. */
export async function readSmallContent(
  sql: Sql,
  table: ContentTable,
  tenantId: string,
  hashes: readonly string[],
  maxSize: number,
): Promise<Map<string, StoredContent>> {
  if (hashes.length === 0) return new Map();
  const rows = await sql.query<ContentRow>(
    `select encode(sha256, 'hex') as sha256, bytes, crc32, size from app.${table}
      where tenant_id = $1 and sha256 = any (array(select decode(h, 'hex') from unnest($2::text[]) h)) and size <= $3`,
    [tenantId, hashes, maxSize],
  );
  return new Map(rows.map((row) => [row.sha256, { ...row, crc32: Number(row.crc32) }]));
}

/** Fingerprints (hexadecimal) of secrets that are sealed already. */
export async function knownSecretFingerprints(
  sql: Sql,
  tenantId: string,
  fingerprints: readonly string[],
): Promise<Set<string>> {
  if (fingerprints.length === 0) return new Set();
  const rows = await sql.query<{ fingerprint: string }>(
    `select encode(fingerprint, 'hex') as fingerprint from app.sealed_secrets
      where tenant_id = $1 and fingerprint = any (array(select decode(h, 'hex') from unnest($2::text[]) h))`,
    [tenantId, fingerprints],
  );
  return new Set(rows.map((row) => row.fingerprint));
}

/** Stores sealed secret values, and which payloads stand on them. Fingerprints and `sealedTo` are hexadecimal. */
export async function insertSealedSecrets(
  tx: Sql,
  tenantId: string,
  sealed: readonly { fingerprint: string; bytes: Uint8Array; sealedTo: string }[],
  uses: readonly { payload: string; fingerprint: string }[],
): Promise<void> {
  if (sealed.length > 0) {
    await tx.query(
      `insert into app.sealed_secrets (tenant_id, fingerprint, sealed, sealed_to)
       select $1, decode(n.fingerprint, 'hex'), n.sealed, decode(n.sealed_to, 'hex')
         from unnest($2::text[], $3::bytea[], $4::text[]) n(fingerprint, sealed, sealed_to)
        order by n.fingerprint
       on conflict do nothing`,
      [
        tenantId,
        sealed.map((secret) => secret.fingerprint),
        sealed.map((secret) => secret.bytes),
        sealed.map((secret) => secret.sealedTo),
      ],
    );
  }
  if (uses.length > 0) {
    await tx.query(
      `insert into app.payload_secrets (tenant_id, payload_sha256, fingerprint)
       select distinct $1::uuid, decode(n.payload, 'hex'), decode(n.fingerprint, 'hex')
         from unnest($2::text[], $3::text[]) n(payload, fingerprint)
       on conflict do nothing`,
      [tenantId, uses.map((use) => use.payload), uses.map((use) => use.fingerprint)],
    );
  }
}
