import type { RunState } from '../../../shared/model/run-states.ts';
import type { Database } from '../database.ts';
import { hostOfflineAfterSeconds } from './hosts.ts';

/** What a host can say about the whole workspace, for figures that a monitoring system collects. */
export interface OperationFigures {
  /** Runs created in the last 24 hours. */
  runs: Partial<Record<RunState, number>>;
  /** 0 when nothing waits. */
  oldestQueuedSeconds: number;
  /** Enabled schedules whose slot passed more than five minutes ago without a dispatch. */
  overdueSchedules: number;
  /** Hosts that checked in within the last 45 seconds. */
  aliveHosts: number;
  /** Seconds since the epoch at which the newest complete set of each tenant was sealed. */
  lastGoodSets: { tenantId: string; sealedAtSeconds: number }[];
}

/** Reads all figures at one moment; gives up after three seconds. For hosts, which see every tenant. */
export async function readOperationFigures(database: Database): Promise<OperationFigures> {
  return database.transaction(
    async (tx) => {
      const states = await tx.query<{ state: RunState; runs: number }>(
        `select r.state, count(*)::int as runs from app.backup_runs r
          where r.created_at > (select app.db_now()) - interval '24 hours' group by r.state`,
      );
      const [counts] = await tx.query<{ oldestQueuedSeconds: number; overdue: number; hosts: number }>(
        `select coalesce((select extract(epoch from app.db_now() - min(r.created_at))::float8
                            from app.backup_runs r where r.state = 'queued'), 0) as "oldestQueuedSeconds",
                (select count(*)::int from app.backup_schedules s
                  where s.deleted_at is null and s.enabled
                    and s.next_slot_at < app.db_now() - interval '5 minutes') as overdue,
                (select count(distinct i.host_id)::int from app.host_instances i
                  where i.state = 'running'
                    and i.last_seen_at > app.db_now() - make_interval(secs => $1)) as hosts`,
        [hostOfflineAfterSeconds],
      );
      const lastGoodSets = await tx.query<{ tenantId: string; sealedAtSeconds: number }>(
        `select b.tenant_id as "tenantId", extract(epoch from max(b.sealed_at))::float8 as "sealedAtSeconds"
           from app.backup_sets b where b.complete group by b.tenant_id`,
      );
      return {
        runs: Object.fromEntries(states.map((row) => [row.state, row.runs])),
        oldestQueuedSeconds: Math.max(0, counts!.oldestQueuedSeconds),
        overdueSchedules: counts!.overdue,
        aliveHosts: counts!.hosts,
        lastGoodSets,
      };
    },
    { readOnly: true, isolation: 'repeatable read', statementTimeoutMs: 3_000 },
  );
}
