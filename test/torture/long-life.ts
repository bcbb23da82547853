import { systemClock } from '../../main/clock.ts';
import { type Measurement, measured, median, notMeasured, percentile } from '../support/measurement.ts';
import { type MeasurementCase, type MeasurementOptions, trialsFor } from '../support/measurement-runner.ts';
import { judge, minuteMs, openFleet, until } from './support/fleet.ts';
import type { HostFacts } from './support/host-plan.ts';
import { scriptedTypeKeys } from './support/scripted-backup.ts';

/** R14: many hours of many schedules on one host. */
export const longLife: MeasurementCase = {
  id: 'R14',
  what: '72 simulated hours, 200 tenants × 10 schedules: memory, handles, connections, lateness, dead rows',
  wholeMinutes: { fixed: 0.2, trials: 20 },
  measure: (options) => measureLongLife(options, sizeFor(options.share)),
};

interface Size {
  tenants: number;
  schedulesPerTenant: number;
  hours: number;
  /** Each schedule is due so often. */
  everyMinutes: number;
}

/** The whole is 24,000 runs. With less time first runs are rarer, then tenants fewer; never fewer hours. */
function sizeFor(share: number): Size {
  const whole = { tenants: 200, schedulesPerTenant: 10, hours: 72 };
  if (share >= 1) return { ...whole, everyMinutes: 360 };
  if (share >= 0.5) return { ...whole, everyMinutes: 720 };
  return { ...whole, tenants: trialsFor(Math.min(1, share * 4), 200, 4), everyMinutes: 1440 };
}

const residentOf = (part: readonly HostFacts[]): number => median(part.map((fact) => fact.residentBytes));

const growth = 'resident growth from the third quarter to the last';

/** With fewer runs what grows is the young heap and compiled code, which says nothing of a leak. */
const runsUntilSettled = 2_000;

/** Groups of schedules that are due together; between two of them the clock is set forward. */
const groups = 20;

export async function measureLongLife(
  { seed }: Pick<MeasurementOptions, 'seed'>,
  size: Size,
): Promise<Measurement[]> {
  const fleet = await openFleet({
    tenants: size.tenants,
    schedulesPerTenant: 0,
    everyMinutes: 5,
    rate: 1,
    work: { kind: 'backup', types: 2, items: 2, stepMs: 0 },
  });
  try {
    const { superuser, clock } = fleet.arena;
    const startMs = Math.ceil((await clock.now()).getTime() / minuteMs + 5) * minuteMs;
    const stepMs = (size.everyMinutes / groups) * minuteMs;
    await fleet.arena.addSchedules(
      fleet.tenants.flatMap((tenantId, tenant) =>
        Array.from({ length: size.schedulesPerTenant }, (_, index) => {
          const group = (tenant * size.schedulesPerTenant + index) % groups;
          const first = new Date(startMs + group * stepMs);
          return {
            tenantId,
            name: `Schedule ${index}`,
            cadence: {
              kind: 'everyMinutes' as const,
              minutes: size.everyMinutes,
              anchorUtc: first.toISOString(),
            },
            nextSlotAt: first,
            policyTypes: scriptedTypeKeys,
          };
        }),
      ),
    );
    const host = await fleet.start(await fleet.enrol('Long life'), {
      manualMinutes: true,
      // The database's time is set forward between the rounds: only what is due then is looked at.
      limits: { safetyTickMs: 3_600_000, claimPollMs: 1_000 },
    });
    const steps = (size.hours * 60 * minuteMs) / stepMs;
    const facts: HostFacts[] = [];
    const connections: number[] = [];
    const startedMs = systemClock.monotonicMs();
    for (let step = 0; step < steps; step += 1) {
      await clock.run(1, new Date(startMs + step * stepMs));
      await host.tick();
      await until(
        async () =>
          (
            await superuser.query(
              `select 1 from app.backup_runs where state in ('queued', 'running') limit 1`,
            )
          ).length === 0,
        120_000,
        20,
      );
      facts.push(await host.facts());
      const [row] = await superuser.query<{ connections: number }>(
        `select count(*)::int as connections from pg_stat_activity where application_name like 'tenantkeep/Long%'`,
      );
      connections.push(row!.connections);
    }
    const seconds = (systemClock.monotonicMs() - startedMs) / 1000;
    const late = (
      await superuser.query<{ seconds: number }>(
        `select extract(epoch from created_at - slot_at)::float8 as seconds from app.backup_runs where slot_at is not null`,
      )
    ).map((row) => row.seconds);
    const tables = await superuser.query(
      `select relname as table, n_live_tup::int as live, n_dead_tup::int as dead, n_tup_upd::int as updates,
              round(100.0 * n_tup_hot_upd / nullif(n_tup_upd, 0), 1)::float8 as "hotPercent", autovacuum_count::int as autovacuums
         from pg_stat_user_tables
        where schemaname = 'app' and n_tup_upd > 0 order by n_tup_upd desc limit 8`,
    );
    // The first half warms up: code is compiled and the heap finds its size.
    const half = Math.floor(facts.length / 2);
    const quarter = Math.max(1, Math.floor(facts.length / 4));
    const before = residentOf(facts.slice(half, half + quarter));
    const after = residentOf(facts.slice(-quarter));
    const handles = facts.slice(half).map((fact) => fact.handles);
    const invariants = await judge(fleet, { id: 'R14', seed, plan: size, settled: false });
    return [
      measured(
        'R14',
        'simulated hours',
        size.hours,
        'count',
        { atLeast: 72 },
        {
          ...size,
          runs: late.length,
          realSeconds: Math.round(seconds),
          runsPerSecond: Math.round(late.length / seconds),
        },
      ),
      late.length < runsUntilSettled
        ? notMeasured('R14', growth, '%', `${late.length} runs end before the heap has found its size`)
        : measured(
            'R14',
            growth,
            100 * (after / before - 1),
            '%',
            { atMost: 5 },
            {
              mebibytes: [facts[0]!, facts[half]!, facts.at(-1)!].map((fact) =>
                Math.round(fact.residentBytes / 2 ** 20),
              ),
            },
          ),
      measured(
        'R14',
        'growth of handles over the second half',
        Math.max(...handles.slice(-quarter)) - Math.max(...handles.slice(0, quarter)),
        'count',
        { atMost: 0 },
        { handles: [Math.min(...handles), Math.max(...handles)] },
      ),
      measured('R14', 'connections of the host', Math.max(...connections), 'count', { atMost: 4 }),
      measured(
        'R14',
        'lateness of a tick, p99',
        percentile(late, 0.99),
        's',
        { atMost: 2 },
        {
          p50: percentile(late, 0.5),
          worst: Math.max(...late),
        },
      ),
      ...invariants.map((row) => ({ ...row, detail: { ...row.detail, tables } })),
    ];
  } finally {
    await fleet.close();
  }
}
