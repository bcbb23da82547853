/**
 * Notes that an instance finished a tick. "Last tick" stands on the dashboard: a silent scheduler is the
 * worst failure. Safe under concurrency: only the instance's own process writes its row.
 *
 * $1 instance.
 */
export const markHostTick = `
update app.host_instances set last_tick_at = app.db_now(), last_seen_at = app.db_now() where id = $1 and state <> 'stopped'`;
