import type { Sql } from '../database.ts';

/** Current state of one object in the tenant, as the last run that saw a change wrote it. */
export interface PolicyState {
  typeKey: string;
  graphId: string;
  /** For showing; see `showableText`. */
  name: string;
  hash: string;
  deleted: boolean;
}

/**
 * Text that Postgres can hold and people can see: NUL becomes its picture, lone surrogates the replacement
 * character, and what is longer than `limit` characters is cut. Exact text is kept in manifests and payloads.
 */
export function showableText(text: string, limit = 1000): string {
  const cut = text.length > limit ? `${text.slice(0, limit - 1)}…` : text;
  return cut.replaceAll('\0', '\u2400').toWellFormed();
}

/** The state of all objects of some policy types, deleted ones included, and the instant of the reading. */
export async function readPolicyStates(
  sql: Sql,
  tenantId: string,
  typeKeys: readonly string[],
): Promise<{ at: string; states: PolicyState[] }> {
  const [clock] = await sql.query<{ at: string }>(`select app.db_now()::text as at`);
  const rows = await sql.query<{ type: string; id: string; name: string; hash: string; deleted: boolean }>(
    `select policy_type as type, graph_id as id, name, encode(config_sha256, 'hex') as hash,
            deleted_at is not null as deleted
       from app.policies where tenant_id = $1 and policy_type = any ($2::text[])`,
    [tenantId, typeKeys],
  );
  return {
    at: clock!.at,
    states: rows.map((row) => ({
      typeKey: row.type,
      graphId: row.id,
      name: row.name,
      hash: row.hash,
      deleted: row.deleted,
    })),
  };
}

/**
 * Writes new and changed objects. `readStartedAt` is the database's instant (text) before the type was read:
 * a row that another run changed after it is newer than what this run saw, and stays.
 */
export async function upsertPolicies(
  tx: Sql,
  tenantId: string,
  policies: readonly {
    typeKey: string;
    graphId: string;
    name: string;
    hash: string;
    readStartedAt: string;
  }[],
): Promise<void> {
  if (policies.length === 0) return;
  const sorted = policies.toSorted((a, b) =>
    a.typeKey === b.typeKey ? (a.graphId < b.graphId ? -1 : 1) : a.typeKey < b.typeKey ? -1 : 1,
  );
  await tx.query(
    `insert into app.policies as p (tenant_id, policy_type, graph_id, name, config_sha256, first_seen_at)
     select $1, n.type, n.id, n.name, decode(n.hash, 'hex'), n.started_at
       from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[]) n(type, id, name, hash, started_at)
     on conflict (tenant_id, policy_type, graph_id) do update
        set name = excluded.name, config_sha256 = excluded.config_sha256, changed_at = app.db_now(), deleted_at = null
      where p.changed_at <= excluded.first_seen_at`,
    [
      tenantId,
      sorted.map((policy) => policy.typeKey),
      sorted.map((policy) => policy.graphId),
      sorted.map((policy) => showableText(policy.name)),
      sorted.map((policy) => policy.hash),
      sorted.map((policy) => policy.readStartedAt),
    ],
  );
}

/**
 * Marks the objects of a type that a complete listing did not hold any more; answers how many. Only for
 * complete readings. Id, name and last version stay. Objects that another run wrote after `readStartedAt` are
 * spared: this listing is too old to say that they are gone.
 */
export async function markPoliciesDeleted(
  tx: Sql,
  tenantId: string,
  typeKey: string,
  presentIds: readonly string[],
  readStartedAt: string,
): Promise<number> {
  const rows = await tx.query(
    `update app.policies p set deleted_at = app.db_now(), changed_at = app.db_now()
      where p.tenant_id = $1 and p.policy_type = $2 and p.deleted_at is null and p.changed_at <= $4::timestamptz
        and not exists (select 1 from unnest($3::text[]) present(id) where present.id = p.graph_id)
     returning 1`,
    [tenantId, typeKey, presentIds, readStartedAt],
  );
  return rows.length;
}

/** Names of objects that are in the tenant by what the last runs saw, by id; of some policy types only. */
export async function findPolicyNames(
  sql: Sql,
  tenantId: string,
  typeKeys: readonly string[],
  graphIds: readonly string[],
): Promise<{ typeKey: string; graphId: string; name: string }[]> {
  return await sql.query(
    `select policy_type as "typeKey", graph_id as "graphId", name from app.policies
      where tenant_id = $1 and policy_type = any ($2::text[]) and graph_id = any ($3::text[]) and deleted_at is null`,
    [tenantId, typeKeys, graphIds],
  );
}
