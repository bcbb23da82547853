/**
 * Says what an instance is doing: running, stopping, stopped, asleep.
 *
 * Safe under concurrency: only the instance's own process writes its row; stopped is final.
 *
 * $1 instance, $2 state.
 */
export const changeHostState = `
update app.host_instances
   set state = $2,
       last_seen_at = app.db_now(),
       stopped_at = case when $2 = 'stopped' then app.db_now() else stopped_at end
 where id = $1 and state <> 'stopped'`;
