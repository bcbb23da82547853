/**
 * S4. First statement of every transaction that writes on behalf of a run. One row: go on; none: roll back.
 *
 * Safe under concurrency: the row is locked first, inside the materialized part, and the lease is compared
 * with the clock only after any wait for that lock. A single `where lease_expires_at > now` would read the
 * clock before the wait and let an expired owner through (tested). While the transaction holds the row,
 * nobody can take the run, and everything it protects lives in the same database: the fence is complete.
 *
 * $1 run, $2 token.
 */
export const fenceRun = `
with held as materialized (
  select id, lease_expires_at
    from app.backup_runs
   where id = $1
     and lease_token = $2
     and state = 'running'
     for no key update
)
select 1 as held from held where lease_expires_at > app.db_now()`;
