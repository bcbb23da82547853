/**
 * S10. The owner gives a run back because its host stops or goes to sleep; the verdicts are those of the
 * reaper, given at once instead of after the lease has run out.
 *
 * Safe under concurrency: id and token in the locking statement let only the current owner do it; if the
 * reaper was first there is no row. The row is locked before the verdict is read, so a cancel that committed
 * while this waited is seen, and the token grows as with the reaper.
 *
 * $1 run, $2 token, $3 reason (host_shutdown or host_sleep). Answers the new state.
 */
export const releaseRun = `
with held as materialized (
  select r.id, r.schedule_id, r.cancel_requested_at, r.attempt, r.trigger, r.slot_at
    from app.backup_runs r
   where r.id = $1
     and r.lease_token = $2
     and r.state = 'running'
     for no key update
),
verdict as (
  select h.id,
         case when h.cancel_requested_at is not null then 'cancelled'
              when h.attempt = 1 and h.trigger = 'scheduled'
                   and h.slot_at > app.db_now() - interval '30 minutes'
                   and s.enabled and s.deleted_at is null then 'queued'
              else 'interrupted' end as state
    from held h
    join app.backup_schedules s on s.id = h.schedule_id
),
upd as (
  update app.backup_runs r
     set state = v.state,
         lease_token = r.lease_token + 1,
         lease_expires_at = null,
         reason = case v.state when 'cancelled' then 'by_user' else $3 end,
         start_deadline_at = case when v.state = 'queued' then app.db_now() + interval '15 minutes'
                                  else r.start_deadline_at end,
         finished_at = case when v.state = 'queued' then null else app.db_now() end
    from verdict v
   where r.id = v.id
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
