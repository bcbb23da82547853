import type { RunState, RunTrigger } from '../../../shared/model/run-states.ts';

/** One tenant, or, said aloud, every tenant that the login may see. */
export type TenantScope = { tenantId: string } | { allTenants: true };

export interface RunFilter {
  scheduleId?: string | null;
  /** Empty or absent: every state. */
  states?: readonly RunState[];
  reason?: string | null;
  trigger?: RunTrigger | null;
  /** Name of the host that held the run last. */
  host?: string | null;
  /** Runs in which this policy type is incomplete, unknown or not attempted. */
  troubledType?: string | null;
  /** At or after, and before; a run's place in time is its slot, or its creation. */
  from?: Date | null;
  to?: Date | null;
}

/** The place of a run in time; the expression of the indexes `backup_runs_by_time` and `…_by_tenant_time`. */
export const runTime = 'coalesce(r.slot_at, r.created_at)';

/** The tables that `runFilterCondition` speaks of: the run `r` and the host instance `h` that held it last. */
export const runFilterTables = `app.backup_runs r left join app.host_instances h on h.id = r.lease_instance`;

/** True for the runs of a filter; its values are $1 to $9. */
export const runFilterCondition = `
      ($1::uuid is null or r.tenant_id = $1)
  and ($2::uuid is null or r.schedule_id = $2)
  and (cardinality($3::text[]) = 0 or r.state = any ($3))
  and ($4::text is null or r.reason = $4)
  and ($5::text is null or r.trigger = $5)
  and ($6::text is null or h.name = $6)
  and ($7::text is null or exists (
         select 1 from app.run_types y
          where y.run_id = r.id and y.policy_type = $7 and y.outcome in ('incomplete', 'unknown_type', 'not_attempted')))
  and ($8::timestamptz is null or ${runTime} >= $8)
  and ($9::timestamptz is null or ${runTime} < $9)`;

/** The nine values of `runFilterCondition`. */
export function runFilterValues(scope: TenantScope, filter: RunFilter): unknown[] {
  return [
    'tenantId' in scope ? scope.tenantId : null,
    filter.scheduleId ?? null,
    filter.states ?? [],
    filter.reason ?? null,
    filter.trigger ?? null,
    filter.host ?? null,
    filter.troubledType ?? null,
    filter.from?.toISOString() ?? null,
    filter.to?.toISOString() ?? null,
  ];
}
