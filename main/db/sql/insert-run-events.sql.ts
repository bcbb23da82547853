/**
 * Appends a batch to the progress log of a run. Runs after the fence in the same transaction, so a host that
 * lost its lease adds nothing; rows are only ever inserted, hence nothing to race for.
 *
 * $1 run, $2 tenant, $3 attempt, $4 json array of {level, code, typeKey, message, detail}.
 */
export const insertRunEvents = `
insert into app.run_events (run_id, tenant_id, attempt, level, code, type_key, message, detail)
select $1, $2, $3, e.level, e.code, e."typeKey", e.message, e.detail
  from rows from (jsonb_to_recordset($4::jsonb) as (level text, code text, "typeKey" text, message text, detail jsonb))
       with ordinality as e(level, code, "typeKey", message, detail, position)
 order by e.position`;
