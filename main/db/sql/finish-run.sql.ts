/**
 * S5. Ends a run, closes its attempt. Runs after the fence in the same transaction, hence under the row lock.
 *
 * Safe under concurrency: the fence holds the row, the token is compared again, and the trigger refuses a
 * second ending. The token does not grow here: a terminal row with the owner's token therefore means "my
 * commit arrived", which is how an unknown commit result is resolved.
 *
 * $1 run, $2 token, $3 state, $4 reason, $5 error code, $6 counts, $7 backup set, $8 last progress or null.
 */
export const finishRun = `
with done as (
  update app.backup_runs r
     set state = $3,
         reason = $4,
         error_code = $5,
         counts = $6::jsonb,
         backup_set_id = $7::uuid,
         progress = coalesce($8::jsonb, r.progress),
         finished_at = app.db_now(),
         lease_expires_at = null
   where r.id = $1
     and r.lease_token = $2
     and r.state = 'running'
  returning r.id, r.attempt
),
att as (
  update app.run_attempts a
     set ended_at = app.db_now(), outcome = $3
    from done
   where a.run_id = done.id and a.attempt = done.attempt
)
select id from done`;
