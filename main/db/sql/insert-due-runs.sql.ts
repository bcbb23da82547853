/**
 * S1b. Moves the slots of locked schedules on and inserts what became of each slot that was due.
 *
 * Safe under concurrency: the schedules are locked by S1a in the same transaction; the advance is a
 * compare-and-set on the slot that S1a saw and shares its statement with the insert, so a slot is never
 * "advanced but not inserted" (timgit/pg-boss#592, riverqueue/river#1304). It is a second statement on
 * purpose: its fresh snapshot sees every active run that was committed before the schedule was locked, and
 * whoever creates an active run locks the schedule first. Only a replay of the same slot may be ignored:
 * without the conflict target, `do nothing` would also swallow the index on active runs and lose the slot in
 * silence; that one must raise 23505.
 *
 * $1..$3 schedule, slot seen, next slot; $4..$9 schedule, slot, verdict, reason, missed count, missed until
 * (one element per row to insert). Appends the audit events of the inserted rows in the same statement and
 * answers how many rows of each state there are; 10,000 rows need not travel back and forth.
 */
export const insertDueRuns = `
with adv as (
  update app.backup_schedules s
     set next_slot_at = i.next_slot, dispatch_error = null
    from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) as i(schedule_id, seen_slot, next_slot)
   where s.id = i.schedule_id and s.next_slot_at = i.seen_slot
  returning s.id, s.tenant_id, s.spec, s.spec_version
),
ins as (
  insert into app.backup_runs (tenant_id, schedule_id, trigger, slot_at, state, reason, missed_count, missed_until,
                               blocked_by, spec, spec_version, start_deadline_at, finished_at)
  select a.tenant_id, a.id, 'scheduled', t.slot_at,
         case when t.verdict = 'missed' then 'missed' when b.id is null then 'queued' else 'skipped' end,
         case when t.verdict = 'missed' then t.reason when b.id is not null then 'overlap' end,
         t.missed_count, t.missed_until, b.id, a.spec, a.spec_version,
         case when t.verdict = 'run' and b.id is null then t.slot_at + interval '15 minutes' end,
         case when t.verdict = 'missed' or b.id is not null then app.db_now() end
    from unnest($4::uuid[], $5::timestamptz[], $6::text[], $7::text[], $8::int[], $9::timestamptz[])
           as t(schedule_id, slot_at, verdict, reason, missed_count, missed_until)
    join adv a on a.id = t.schedule_id
    left join lateral (select r.id
                         from app.backup_runs r
                        where r.schedule_id = a.id and r.state in ('queued', 'running')
                        limit 1) b on t.verdict = 'run'
  on conflict (schedule_id, slot_at) where slot_at is not null do nothing
  returning id, tenant_id, schedule_id, slot_at, state, reason, blocked_by, missed_count, missed_until
),
audited as (
  select app.audit_append_many(
           array_agg(tenant_id), array_agg('run.' || state), array_agg('run'::text), array_agg(id::text), null,
           array_agg(reason), null,
           array_agg(jsonb_strip_nulls(jsonb_build_object(
             'scheduleId', schedule_id, 'slotAt', slot_at, 'blockedBy', blocked_by,
             'missedCount', missed_count, 'missedUntil', missed_until))))
    from (select * from ins order by tenant_id, schedule_id, slot_at) ordered
  having count(*) > 0
)
select count(*) filter (where state = 'queued')::int as queued,
       count(*) filter (where state = 'skipped')::int as skipped,
       count(*) filter (where state = 'missed')::int as missed,
       (select count(*)::int from audited) as audited,
       case when count(*) filter (where state = 'queued') > 0 then pg_notify('run_queued', '') end as notified
  from ins`;
