/**
 * Locks schedules whose stored next slot was computed with another tz database or rule version.
 *
 * Safe under concurrency: rows that a dispatcher or an editor holds are skipped and found again the next
 * time; overdue rows are left to dispatch, because a stored slot stays valid until it has been settled. Two
 * hosts with different tz databases would undo each other's work for ever: each runs this once per start and
 * night, which bounds it.
 *
 * $1 engine level, $2 version wanted, $3 chunk size, $4 ids to leave out.
 */
export const lockOutdatedSlots = `
select s.id, s.tenant_id, s.next_slot_at, s.cadence::text as cadence, s.time_zone, s.computed_with, (select app.db_now()) as now
  from app.backup_schedules s
 where s.next_slot_at > (select app.db_now())
   and s.computed_with <> $2
   and (select m.min_engine_level from app.schema_meta m) <= $1
   and s.id <> all ($4::uuid[])
 order by s.tenant_id, s.id
 limit $3
   for no key update of s skip locked`;
