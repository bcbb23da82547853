/**
 * Finds runs that this instance owns without knowing it, because the answer to a claim got lost on the way.
 *
 * Safe under concurrency: it only reads rows that carry this instance's own id, which no other process ever
 * uses; the token read here fences whatever happens afterwards.
 *
 * $1 host instance, $2 runs that the instance knows it holds.
 */
export const adoptRuns = `
select r.id, r.tenant_id, r.schedule_id, r.trigger, r.slot_at, r.attempt, r.lease_token, r.spec, r.carries_from
  from app.backup_runs r
 where r.state = 'running'
   and r.lease_instance = $1
   and r.lease_expires_at > (select app.db_now())
   and r.id <> all ($2::uuid[])`;
