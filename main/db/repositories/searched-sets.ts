import type { Sql } from '../database.ts';

/** Which sets a search looks into. */
export interface SearchedSets {
  tenantId: string | null;
  setId: string | null;
  /** The newest set of each schedule, or all of them, those with imports. */
  sets: 'newest' | 'all';
}

/** The sets of the question that the login may see; `$1` to `$3` are its fields. */
const chosenSets = `
  select s.id, s.tenant_id, s.run_id, s.sequence, s.sealed_at from app.backup_sets s
   where ($1::uuid is null or s.tenant_id = $1) and ($2::uuid is null or s.id = $2)
     and ($3 = 'all' or $2::uuid is not null
          or s.sequence = (select max(n.sequence) from app.backup_sets n where n.schedule_id = s.schedule_id))`;

/** The policy types of those sets, and of the imports of the question: old states are looked for only when asked. */
const chosenParts = `
  select s.id, s.tenant_id, s.sequence, s.sealed_at, p.policy_type, p.manifest_sha256
    from (${chosenSets}) s
    join app.run_types p on p.run_id = s.run_id and p.manifest_sha256 is not null
  union all
  select i.id, i.tenant_id, null, i.taken_at, p.policy_type, p.manifest_sha256
    from app.imported_sets i
    join app.imported_set_parts p on p.set_id = i.id
   where ($1::uuid is null or i.tenant_id = $1) and ($2::uuid is null or i.id = $2)
     and ($3 = 'all' or $2::uuid is not null)`;

/** Tenants with sets of the question, in the order of their ids, and how many policy types those sets hold. */
export async function listSearchedTenants(
  sql: Sql,
  searched: SearchedSets,
): Promise<{ tenantId: string; tenantName: string; types: number }[]> {
  return sql.query(
    `select s.tenant_id as "tenantId", t.name as "tenantName", count(distinct s.policy_type)::int as types
       from (${chosenParts}) s
       join app.tenants t on t.id = s.tenant_id
      group by s.tenant_id, t.name order by s.tenant_id`,
    [searched.tenantId, searched.setId, searched.sets],
  );
}

/** A list of objects with the newest of the searched sets that has it. */
export interface SearchedManifest {
  typeKey: string;
  manifest: string;
  setId: string;
  /** Null for an import. */
  sequence: number | null;
  /** For an import the instant as which it was taken. */
  sealedAt: Date;
}

/** Each different manifest of the searched sets of one tenant once: by policy type, newest first. */
export async function listSearchedManifests(
  sql: Sql,
  searched: SearchedSets & { tenantId: string },
): Promise<SearchedManifest[]> {
  return sql.query<SearchedManifest>(
    `select m.type as "typeKey", encode(m.sha256, 'hex') as manifest, m.id as "setId",
            m.sequence::float8 as sequence, m.sealed_at as "sealedAt"
       from (select distinct on (s.policy_type, s.manifest_sha256)
                    s.policy_type as type, s.manifest_sha256 as sha256, s.id, s.sequence, s.sealed_at
               from (${chosenParts}) s
              order by s.policy_type, s.manifest_sha256, s.sequence desc nulls last, s.sealed_at desc) m
      order by m.type collate "C", m.sequence desc nulls last, m.sealed_at desc`,
    [searched.tenantId, searched.setId, searched.sets],
  );
}

/** A set as the history of one policy type sees it. */
export interface SetOfType {
  setId: string;
  sequence: number;
  sealedAt: Date;
  complete: boolean;
  manifest: string | null;
}

/** The sets of a tenant that asked for a policy type, oldest first. */
export async function listSetsOfType(sql: Sql, tenantId: string, typeKey: string): Promise<SetOfType[]> {
  return sql.query<SetOfType>(
    `select s.id as "setId", s.sequence::float8 as sequence, s.sealed_at as "sealedAt",
            p.outcome = 'complete' as complete, encode(p.manifest_sha256, 'hex') as manifest
       from app.backup_sets s
       join app.run_types p on p.run_id = s.run_id and p.policy_type = $2
      where s.tenant_id = $1
      order by s.sequence`,
    [tenantId, typeKey],
  );
}

/** Names of objects by their Graph id, as the last run saw them. */
export async function currentNames(
  sql: Sql,
  tenantId: string,
  graphIds: readonly string[],
): Promise<{ graphId: string; typeKey: string; name: string }[]> {
  if (graphIds.length === 0) return [];
  return sql.query(
    `select graph_id as "graphId", policy_type as "typeKey", name from app.policies
      where tenant_id = $1 and graph_id = any ($2::text[])`,
    [tenantId, graphIds],
  );
}
