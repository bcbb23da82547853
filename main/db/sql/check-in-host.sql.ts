/**
 * Writes the row of a host instance: the first time inserts, later renews `last_seen_at`. A first time whose answer
 * got lost on the way is sent again and finds its own row.
 *
 * Safe under concurrency: an instance id belongs to one process start, so only its own process writes the
 * row. A row that says stopped is never revived: no row comes back and the process checks in anew under a new
 * id, because a lease that names an instance must mean one uninterrupted life.
 *
 * $1 instance, $2 host, $3 name, $4 kind, $5 app version, $6 engine level, $7 state, $8 tenants it can open,
 * $9 clock offset ms, $10 its error ms, $11 first time.
 * Answers whether the row was written, the database's time and the level that engines need.
 */
export const checkInHost = `
with renewed as (
  update app.host_instances
     set last_seen_at = app.db_now(),
         state = $7::text,
         openable_tenants = $8::uuid[],
         clock_offset_ms = $9::int,
         clock_error_ms = $10::int
   where id = $1::uuid and state <> 'stopped'
  returning id
),
inserted as (
  insert into app.host_instances
         (id, host_id, name, kind, app_version, engine_level, state, openable_tenants, clock_offset_ms, clock_error_ms)
  select $1::uuid, $2::uuid, $3::text, $4::text, $5::text, $6::int, $7::text, $8::uuid[], $9::int, $10::int
   where $11::boolean and not exists (select 1 from app.host_instances i where i.id = $1::uuid)
  returning id
)
select (select count(*) from renewed) + (select count(*) from inserted) = 1 as known, app.db_now() as now,
       (select m.min_engine_level from app.schema_meta m) as "minEngineLevel"`;
