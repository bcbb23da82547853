import type { Sql } from '../database.ts';

/** Something that Graph returned and this version's registry does not know, over all tenants that the caller may see. */
export interface UnknownKind {
  typeKey: string;
  /** What is unknown: `@odata.type`, or the property that names a template family or platform. */
  kind: string;
  value: string;
  tenants: string[];
  /** When a run first and last read it. */
  since: Date;
  lastSeen: Date;
  /** Objects that carried it when it was last read, over all tenants. */
  objects: number;
}

/** Unknown kinds seen by the runs that are still kept, the widest spread first. Row-level security narrows them. */
export async function readUnknownKinds(sql: Sql): Promise<UnknownKind[]> {
  const rows = await sql.query<{
    type_key: string;
    kind: string;
    value: string;
    tenants: string[];
    since: Date;
    last_seen: Date;
    objects: string;
  }>(
    `with seen as (
       select t.policy_type, k.kind, k.value, k.count, t.tenant_id, r.started_at,
              row_number() over (partition by t.policy_type, k.kind, k.value, t.tenant_id order by r.started_at desc) as age
         from app.run_types t
         join app.backup_runs r on r.id = t.run_id and r.tenant_id = t.tenant_id
        cross join lateral jsonb_to_recordset(t.unknown_kinds) k(kind text, value text, count bigint)
        where t.unknown_kinds is not null and r.started_at is not null
     )
     select s.policy_type as type_key, s.kind, s.value, array_agg(distinct n.name order by n.name) as tenants,
            min(s.started_at) as since, max(s.started_at) as last_seen,
            sum(s.count) filter (where s.age = 1) as objects
       from seen s join app.tenants n on n.id = s.tenant_id
      group by s.policy_type, s.kind, s.value
      order by count(distinct s.tenant_id) desc, s.policy_type, s.kind, s.value`,
  );
  return rows.map((row) => ({
    typeKey: row.type_key,
    kind: row.kind,
    value: row.value,
    tenants: row.tenants,
    since: row.since,
    lastSeen: row.last_seen,
    objects: Number(row.objects),
  }));
}
