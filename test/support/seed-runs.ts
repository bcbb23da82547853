import type { Database } from '../../main/db/database.ts';

/**
 * A history of runs, put straight into the tables: `runs` of them, spread over the schedules of the tenants and the
 * last `days`, most succeeded, with partial, failed, missed, skipped, cancelled and interrupted ones among them. The
 * same numbers make the same history, whatever the ids are.
 */
export async function seedRuns(
  superuser: Database,
  history: { scheduleIds: readonly string[]; runs: number; days: number },
): Promise<void> {
  const { scheduleIds, runs, days } = history;
  await superuser.transaction(
    (tx) =>
      tx.query(
        `with place as (
           select n, s.id as schedule_id, s.tenant_id, s.spec,
                  date_trunc('minute', app.db_now() - interval '10 minutes', 'UTC')
                    - (n / cardinality($1::uuid[])) * make_interval(mins => greatest(1, $3 * 1440 / greatest(1, $2 / cardinality($1::uuid[]))))
                    - (n % 7) * interval '1 minute' as slot,
                  case when n % 50 = 7 then 'failed' when n % 29 = 3 then 'partial' when n % 61 = 11 then 'missed'
                       when n % 83 = 19 then 'skipped' when n % 211 = 5 then 'cancelled' when n % 307 = 23 then 'interrupted'
                       else 'succeeded' end as state
             from generate_series(0, $2 - 1) n
             join app.backup_schedules s on s.id = ($1::uuid[])[1 + n % cardinality($1::uuid[])])
         insert into app.backup_runs (tenant_id, schedule_id, trigger, slot_at, state, reason, spec, spec_version, attempt,
                created_at, requested_by, started_at, finished_at, counts, backup_set_id)
         select p.tenant_id, p.schedule_id, 'scheduled', p.slot, p.state,
                case p.state when 'failed' then 'graph_unavailable' when 'missed' then 'late' when 'skipped' then 'overlap'
                             when 'cancelled' then 'by_user' when 'interrupted' then 'host_lost' end,
                p.spec, 1, 1, p.slot, 'host_office', r.started,
                coalesce(r.started, p.slot) + make_interval(secs => 40 + p.n % 400),
                case when p.state in ('succeeded', 'partial') then jsonb_build_object(
                  'types', jsonb_build_object('complete', 70 - (p.state = 'partial')::int * 3, 'incomplete', (p.state = 'partial')::int * 3,
                                              'notAvailable', 7, 'unknown', 0, 'notAttempted', 0),
                  'items', 400 + p.n % 50, 'added', p.n % 3, 'changed', p.n % 5, 'removed', p.n % 2, 'newBytes', 0) end,
                case when p.state in ('succeeded', 'partial') then gen_random_uuid() end
           from place p
          cross join lateral (select case when p.state not in ('missed', 'skipped') then p.slot + interval '3 seconds' end as started) r
         on conflict do nothing`,
        [scheduleIds, runs, days],
      ),
    { statementTimeoutMs: 600_000 },
  );
  await superuser.query('analyze app.backup_runs');
}
