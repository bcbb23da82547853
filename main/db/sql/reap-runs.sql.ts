/**
 * S6. Takes up to 200 runs away from owners that are gone (lease over) or too slow (deadline over).
 *
 * Safe under concurrency: the condition stands in the statement that locks, rows that an owner is writing
 * under right now are skipped (its fence decides for it), and the token grows, so nothing the old owner sends
 * later can land. A waiting second attempt never leaves the unique index on active runs, hence no schedule
 * lock. Two reapers share the rows through SKIP LOCKED.
 *
 * $1 engine level. Answers the new state of each run.
 */
export const reapRuns = `
with now as materialized (select app.db_now() as t),
dead as (
  select r.id,
         case when r.cancel_requested_at is not null then 'cancelled'
              when r.lease_expires_at > (select t from now) then 'failed'
              when r.attempt = 1 and r.trigger = 'scheduled'
                   and r.slot_at > (select t from now) - interval '30 minutes'
                   and s.enabled and s.deleted_at is null then 'queued'
              else 'interrupted' end as verdict
    from app.backup_runs r
    join app.backup_schedules s on s.id = r.schedule_id
   where r.state = 'running'
     and (r.lease_expires_at <= (select t from now) or r.deadline_at <= (select t from now))
     and (select m.min_engine_level from app.schema_meta m) <= $1
   order by r.tenant_id, r.id
   limit 200
     for no key update of r skip locked
),
upd as (
  update app.backup_runs r
     set state = d.verdict,
         lease_token = r.lease_token + 1,
         lease_expires_at = null,
         reason = case d.verdict when 'cancelled' then 'host_lost_while_cancelling'
                                 when 'failed' then 'deadline'
                                 else 'host_lost' end,
         start_deadline_at = case when d.verdict = 'queued' then app.db_now() + interval '15 minutes'
                                  else r.start_deadline_at end,
         finished_at = case when d.verdict = 'queued' then null else app.db_now() end
    from dead d
   where r.id = d.id
  returning r.id, r.tenant_id, r.schedule_id, r.attempt, r.state, r.reason, r.lease_instance
),
att as (
  update app.run_attempts a
     set ended_at = app.db_now(),
         outcome = case when u.state = 'queued' then 'interrupted' else u.state end
    from upd u
   where a.run_id = u.id and a.attempt = u.attempt
)
select * from upd`;
