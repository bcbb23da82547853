/**
 * Writes recomputed slots. Safe under concurrency: runs under the locks of lock-outdated-slots in the same
 * transaction and compares the slot that was seen.
 *
 * $1 schedules, $2 slots seen, $3 new slots, $4 version. Answers the schedules whose slot moved.
 */
export const moveRecomputedSlots = `
with moved as (
  update app.backup_schedules s
     set next_slot_at = i.next_slot, computed_with = $4
    from unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) as i(schedule_id, seen_slot, next_slot)
   where s.id = i.schedule_id and s.next_slot_at = i.seen_slot
  returning s.id, s.tenant_id, i.seen_slot, i.next_slot
)
select id, tenant_id, seen_slot, next_slot from moved where seen_slot is distinct from next_slot`;
