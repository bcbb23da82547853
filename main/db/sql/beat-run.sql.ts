/**
 * S3. Renews a lease that still holds and tells the owner whether a cancel was asked for.
 *
 * Safe under concurrency: the token in the predicate lets only the current owner renew, and an expired lease
 * is never renewed, so a host that woke up late cannot take back what the reaper may be giving to another.
 * No row: the run is lost. The beat waits behind the run's own open batch; a lock time-out (55P03) means
 * "try again", not "lost".
 *
 * $1 run, $2 token, $3 progress or null to leave it.
 */
export const beatRun = `
update app.backup_runs
   set heartbeat_at = app.db_now(),
       lease_expires_at = app.db_now() + interval '30 seconds',
       progress = coalesce($3::jsonb, progress)
 where id = $1
   and lease_token = $2
   and state = 'running'
   and lease_expires_at > app.db_now()
returning cancel_requested_at is not null as cancel_requested`;
