/**
 * S2. Takes up to $3 queued runs for 30 seconds.
 *
 * Safe under concurrency: picking and taking are one statement, rows that somebody else holds (another
 * claimer, a person who cancels) are skipped, and the token that grows here fences every later write of the
 * run. Paused or removed schedules are looked at here again, so whoever gets the run row first wins against
 * a person who pauses. The start deadline sits in the writing statement: a run that waited too long is left
 * to the reaper, which records it as missed. A host that is paused gets nothing.
 *
 * $1 host instance, $2 tenants whose credential this instance has really opened, $3 free places,
 * $4 engine level, $5 the only run that may be taken, or null for any.
 */
export const claimRuns = `
with pick as (
  select r.id
    from app.backup_runs r
    join app.backup_schedules s on s.id = r.schedule_id
   where r.state = 'queued'
     and r.tenant_id = any ($2::uuid[])
     and ($5::uuid is null or r.id = $5)
     and r.start_deadline_at > (select app.db_now())
     and (select m.min_engine_level from app.schema_meta m) <= $4
     and not (select app.is_paused_host())
     and (r.trigger = 'manual' or (s.enabled and s.deleted_at is null))
   order by r.created_at, r.id
   limit $3
     for no key update of r skip locked
),
got as (
  update app.backup_runs r
     set state = 'running',
         reason = null,
         lease_instance = $1,
         lease_token = r.lease_token + 1,
         attempt = r.attempt + 1,
         started_at = coalesce(r.started_at, app.db_now()),
         heartbeat_at = app.db_now(),
         lease_expires_at = app.db_now() + interval '30 seconds',
         deadline_at = app.db_now() + interval '2 hours'
    from pick
   where r.id = pick.id
  returning r.id, r.tenant_id, r.schedule_id, r.trigger, r.slot_at, r.attempt, r.lease_token, r.spec, r.carries_from,
            r.heartbeat_at
),
att as (
  insert into app.run_attempts (run_id, tenant_id, attempt, lease_token, instance_id, started_at)
  select id, tenant_id, attempt, lease_token, $1, heartbeat_at from got
)
select id, tenant_id, schedule_id, trigger, slot_at, attempt, lease_token, spec, carries_from from got`;
