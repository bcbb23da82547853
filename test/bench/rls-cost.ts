import { systemClock } from '../../main/clock.ts';
import type { Database } from '../../main/db/database.ts';
import { openDatabase } from '../../main/db/open-database.ts';
import { listAuditEvents } from '../../main/db/repositories/audit-events.ts';
import { listTroubledSchedules, readFleetDays, tallyRuns } from '../../main/db/repositories/fleet.ts';
import { listRuns } from '../../main/db/repositories/runs.ts';
import { listScheduleOverviews } from '../../main/db/repositories/schedule-overviews.ts';
import { openArena } from '../support/arena.ts';
import { measured, median } from '../support/measurement.ts';
import type { MeasurementCase } from '../support/measurement-runner.ts';

const tenants = 1_000;
const schedulesPerTenant = 5;
const runsPerSchedule = 20;
const auditEventsPerTenant = 50;
/** Rounds of a question: an even number, because each order of asking has its own bias; more where one takes little. */
const rounds = { slow: 20, quick: 100 };
const quickMs = 20;

const noFilter = { from: null, to: null, terms: [] };

/** What the first screens ask, by the very functions that they ask it with. */
const questions: Record<string, (db: Database, tenantId: string) => Promise<unknown>> = {
  'newest runs of all tenants': (db) => listRuns(db, { allTenants: true }),
  'newest runs of one tenant': (db, tenantId) => listRuns(db, { tenantId }),
  'schedules of all tenants': (db) => listScheduleOverviews(db, { tenantId: null, scheduleId: null }),
  'runs of a day by state': (db) => tallyRuns(db, null),
  'worst state by tenant and day': (db) => readFleetDays(db, null),
  'schedules in trouble': (db) => listTroubledSchedules(db, null),
  'newest audit events of all tenants': (db) =>
    listAuditEvents(db, { ...noFilter, chain: null }, { cursor: null, limit: 100 }),
  'newest audit events of one tenant': (db, tenantId) =>
    listAuditEvents(db, { ...noFilter, chain: tenantId }, { cursor: null, limit: 100 }),
};

/**
 * What row-level security adds to a query: the same questions by a member of all tenants and by a superuser, who
 * is above it, over the same rows, in turns. The dearest question is the figure.
 */
export const rowLevelSecurityCost: MeasurementCase = {
  id: 'RLS',
  what: 'row-level security against the same queries without it, 1,000 tenants',
  async measure() {
    const arena = await openArena({});
    const opened: Database[] = [];
    try {
      const { superuser } = arena;
      await fill(superuser);
      const memberUrl = await arena.addTechnician('Member');
      await superuser.query('vacuum analyze');
      const open = async (url: string): Promise<Database> => {
        const db = await openDatabase({ url, applicationName: 'tenantkeep/bench', max: 1 });
        opened.push(db);
        return db;
      };
      const member = await open(memberUrl);
      const bare = await open(arena.superuserUrl);
      const [row] = await superuser.query<{ id: string }>('select id from app.tenants order by id limit 1');
      const ratios: Record<string, number> = {};
      const milliseconds: Record<string, [withIt: number, without: number]> = {};
      for (const [name, ask] of Object.entries(questions)) {
        const spent: [number[], number[]] = [[], []];
        // The first two rounds warm up caches and plans. Whoever comes second finds them warmer, so the order turns.
        let most = rounds.slow;
        for (let round = -2; round < most; round += 1) {
          for (const index of round % 2 === 0 ? [0, 1] : [1, 0]) {
            const startedMs = systemClock.monotonicMs();
            await ask(index === 0 ? member : bare, row!.id);
            const ms = systemClock.monotonicMs() - startedMs;
            if (round >= 0) spent[index]!.push(ms);
            else if (ms < quickMs) most = rounds.quick;
          }
        }
        const [withIt, without] = [median(spent[0]), median(spent[1])];
        // Two rounds at a time, one in each order, so that what else the machine does weighs on both.
        const [pairsWithIt, pairsWithout] = [inPairs(spent[0]), inPairs(spent[1])];
        ratios[name] = median(pairsWithIt.map((ms, pair) => ms / pairsWithout[pair]!));
        milliseconds[name] = [Number(withIt.toFixed(2)), Number(without.toFixed(2))];
      }
      return [
        measured(
          'RLS',
          'dearest query with row-level security / without',
          Math.max(...Object.values(ratios)),
          'ratio',
          { atMost: 1.3 },
          {
            ratios: Object.fromEntries(
              Object.entries(ratios).map(([name, ratio]) => [name, Number(ratio.toFixed(2))]),
            ),
            milliseconds,
          },
        ),
      ];
    } finally {
      await Promise.all(opened.map((db) => db.close()));
      await arena.close();
    }
  },
};

/** Sums of two neighbours. */
function inPairs(values: readonly number[]): number[] {
  return values.flatMap((value, index) => (index % 2 === 0 ? [value + values[index + 1]!] : []));
}

async function fill(superuser: Database): Promise<void> {
  await superuser.query(
    `insert into app.tenants (name, entra_tenant_id, cloud)
     select 'Tenant ' || n, gen_random_uuid(), 'global' from generate_series(1, $1) n`,
    [tenants],
  );
  await superuser.query(
    `insert into app.backup_schedules (tenant_id, name, cadence, time_zone, spec, computed_with)
     select t.id, 'Schedule ' || n, '{"kind":"daily","times":["02:00"]}', 'UTC', '{"policyTypes":"core","retention":{"keepLast":30}}', 'bench'
       from app.tenants t, generate_series(1, $1) n`,
    [schedulesPerTenant],
  );
  await superuser.query(
    `insert into app.backup_runs (tenant_id, schedule_id, trigger, slot_at, state, reason, spec, spec_version, created_at, finished_at)
     select s.tenant_id, s.id, 'scheduled', date_trunc('minute', now(), 'UTC') - n * interval '6 hours',
            case when n % 7 = 0 then 'failed' else 'missed' end, 'late', s.spec, 1,
            now() - n * interval '6 hours', now() - n * interval '6 hours'
       from app.backup_schedules s, generate_series(1, $1) n`,
    [runsPerSchedule],
  );
  const ids = (await superuser.query<{ id: string }>('select id from app.tenants order by id')).map(
    (row) => row.id,
  );
  for (let round = 0; round < auditEventsPerTenant; round += 1) {
    // A few at a time: events of one call share their instant, and a thousand of them would be no usual page.
    for (let first = 0; first < ids.length; first += 20) {
      const some = ids.slice(first, first + 20);
      await superuser.query(`select app.audit_append_many($1, $2, $3)`, [
        some,
        some.map(() => 'schedule.edited'),
        some.map(() => 'schedule'),
      ]);
    }
  }
}
