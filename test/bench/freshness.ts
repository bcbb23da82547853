import { systemClock } from '../../main/clock.ts';
import { openDatabase } from '../../main/db/open-database.ts';
import { policyTypes } from '../../main/domain/policy-types/registry.ts';
import { readFreshnessReport } from '../../main/reports/freshness-report.ts';
import { openArena } from '../support/arena.ts';
import { type Measurement, measured, median } from '../support/measurement.ts';
import type { MeasurementCase } from '../support/measurement-runner.ts';

const tenants = 200;

/** F1: the freshness report of a fleet, as the technician of all its tenants asks for it. */
export const freshness: MeasurementCase = {
  id: 'F1',
  what: `freshness report of ${tenants} tenants × ${policyTypes.length} policy types`,
  measure: ({ minutes }) => measureReport(Math.max(2, Math.min(30, Math.round(minutes * 8)))),
};

/**
 * Each tenant with so many sets. Of thirty types one was complete only in the oldest set, and one never: the walk back
 * through older sets is part of the figure.
 */
async function measureReport(setsPerTenant: number): Promise<Measurement[]> {
  const arena = await openArena({});
  try {
    for (let index = 0; index < tenants; index += 1) await arena.addTenant(`Tenant ${index}`);
    const keys = policyTypes.map((type) => type.key);
    await arena.superuser.transaction(
      async (tx) => {
        await tx.query(`set local session_replication_role = replica`);
        await tx.query(
          `insert into app.backup_schedules (tenant_id, name, cadence, time_zone, spec, computed_with)
           select t.id, 'nightly', '{"kind":"daily","times":["02:00"]}', 'Europe/Berlin',
                  '{"policyTypes":"all","retention":{"keepLast":30}}', 'x' from app.tenants t`,
        );
        await tx.query(
          `insert into app.backup_runs (id, tenant_id, schedule_id, trigger, state, spec, spec_version, created_at,
                                        finished_at, backup_set_id)
           select md5(s.id::text || n)::uuid, s.tenant_id, s.id, 'manual', 'partial', '{}', 1,
                  app.db_now() - (${setsPerTenant} - n) * interval '1 day', app.db_now(), md5(n || s.id::text)::uuid
             from app.backup_schedules s, generate_series(1, ${setsPerTenant}) n`,
        );
        await tx.query(
          `insert into app.backup_sets (id, tenant_id, run_id, schedule_id, sequence, sealed_at, lease_token, complete,
                  items, added, changed, removed, new_bytes, previous_set_id, previous_root_sha256, root_sha256, part_checks)
           select r.backup_set_id, r.tenant_id, r.id, r.schedule_id, n, r.created_at, 1, false, 0, 0, 0, 0, 0,
                  case when n > 1 then r.id end, case when n > 1 then decode(repeat('ab', 32), 'hex') end,
                  decode(repeat('ab', 32), 'hex'), '{}'
             from (select r.*, row_number() over (partition by r.schedule_id order by r.created_at) as n
                     from app.backup_runs r) r`,
        );
        await tx.query(
          `insert into app.run_types (run_id, tenant_id, policy_type, attempt, outcome, reason, manifest_sha256, read_ended_at)
           select s.run_id, s.tenant_id, k.key, 1, o.outcome, case when o.outcome <> 'complete' then 'page_guard' end,
                  decode(repeat('cd', 32), 'hex'), s.sealed_at
             from app.backup_sets s
             cross join unnest($1::text[]) with ordinality k(key, position)
             cross join lateral (select case when k.position % 30 = 0 or (k.position % 30 = 1 and s.sequence > 1)
                                             then 'incomplete' else 'complete' end as outcome) o
            order by s.sequence, s.id, k.key`,
          [keys],
        );
      },
      { statementTimeoutMs: 600_000 },
    );
    await arena.superuser.query('vacuum analyze');
    const technician = await openDatabase({
      url: await arena.addTechnician('Anna'),
      applicationName: 'tenantkeep/bench',
      max: 4,
    });
    try {
      const took: number[] = [];
      let rows = 0;
      for (let round = 0; round < 6; round += 1) {
        const startMs = systemClock.monotonicMs();
        rows = (await readFreshnessReport(technician, null)).rows.length;
        took.push(systemClock.monotonicMs() - startMs);
      }
      const detail = {
        rows,
        setsPerTenant,
        firstMs: Math.round(took[0]!),
        slowestMs: Math.round(Math.max(...took)),
      };
      return [measured('F1', freshness.what, Math.round(median(took)), 'ms', { atMost: 1000 }, detail)];
    } finally {
      await technician.close();
    }
  } finally {
    await arena.close();
  }
}
