/**
 * Writes why a due schedule could not be dispatched, for the screen and the alarm.
 *
 * Safe under concurrency: it changes a note that the next good dispatch clears, and only where the text is
 * new, so a schedule that fails every tick costs one write.
 *
 * $1 schedules, $2 texts.
 */
export const noteDispatchError = `
update app.backup_schedules s
   set dispatch_error = e.message
  from unnest($1::uuid[], $2::text[]) as e(schedule_id, message)
 where s.id = e.schedule_id and s.dispatch_error is distinct from e.message
returning s.id`;
