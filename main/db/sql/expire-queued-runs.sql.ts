/**
 * S6b. Ends queued runs that nobody took in time, and scheduled ones whose schedule was paused or removed.
 *
 * Safe under concurrency: the condition stands in the statement that locks (never read first and write
 * later), and a run that a host is claiming right now is locked and skipped. The first commit wins: the
 * claim looks at the same start deadline and the same schedule.
 *
 * $1 engine level. Answers the new state of each run.
 */
export const expireQueuedRuns = `
with now as materialized (select app.db_now() as t),
over as (
  select r.id,
         case when r.start_deadline_at <= (select t from now)
              then case when r.attempt = 0 then 'missed' else 'interrupted' end
              else case when r.attempt = 0 then 'cancelled' else 'interrupted' end end as verdict,
         case when r.start_deadline_at <= (select t from now)
              then case when r.attempt = 0 then 'no_host' else 'no_host_for_second_attempt' end
              else 'schedule_disabled' end as why
    from app.backup_runs r
    join app.backup_schedules s on s.id = r.schedule_id
   where r.state = 'queued'
     and (r.start_deadline_at <= (select t from now)
          or (r.trigger = 'scheduled' and (not s.enabled or s.deleted_at is not null)))
     and (select m.min_engine_level from app.schema_meta m) <= $1
   order by r.tenant_id, r.id
   limit 200
     for no key update of r skip locked
)
update app.backup_runs r
   set state = o.verdict, reason = o.why, finished_at = app.db_now()
  from over o
 where r.id = o.id
returning r.id, r.tenant_id, r.schedule_id, r.attempt, r.state, r.reason, r.lease_instance`;
