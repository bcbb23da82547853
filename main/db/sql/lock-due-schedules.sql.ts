/**
 * S1a. Locks one chunk of due schedules for this transaction.
 *
 * Safe under concurrency: rows that another host dispatches or a person edits right now are locked, so they
 * are skipped and left to them; whoever commits first moves `next_slot_at`, and the row is no longer due for
 * anybody else. `for no key update` leaves child inserts (which take a key-share lock) alone. An engine below
 * the minimum level gets no row, even if it forgets to look; nor does a host that is paused. The clock stands in a sub-select because a bare
 * volatile call would forbid the index on `next_slot_at`.
 *
 * $1 engine level, $2 chunk size, $3 ids that failed earlier in this tick,
 * $4 the only ids to look at, or null for any (a chunk that failed is retried one by one).
 */
export const lockDueSchedules = `
select s.id,
       s.tenant_id,
       s.next_slot_at,
       s.cadence::text as cadence,
       s.time_zone,
       (select app.db_now()) as now
  from app.backup_schedules s
 where s.next_slot_at <= (select app.db_now())
   and (select m.min_engine_level from app.schema_meta m) <= $1
   and not (select app.is_paused_host())
   and s.id <> all ($3::uuid[])
   and ($4::uuid[] is null or s.id = any ($4))
 order by s.tenant_id, s.id
 limit $2
   for no key update of s skip locked`;
