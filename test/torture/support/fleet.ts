import { systemClock } from '../../../main/clock.ts';
import { openArena, type Arena, type ArenaHost } from '../../support/arena.ts';
import { type Measurement, measured } from '../../support/measurement.ts';
import { checkInvariants, printBroken } from '../invariants.ts';
import type { HostPlan, HostWork } from './host-plan.ts';
import { scriptedTypeKeys } from './scripted-backup.ts';
import { startHost, type TortureHost } from './start-host.ts';

export const minuteMs = 60_000;

/** A few tenants with schedules that fall due in every minute of the (fast) clock. */
export interface Fleet {
  arena: Arena;
  tenants: string[];
  rate: number;
  /** Enrols a host; once per name. */
  enrol(name: string): Promise<ArenaHost>;
  /** Starts a process of an enrolled host. */
  start(host: ArenaHost, plan?: Partial<HostPlan>): Promise<TortureHost>;
  /** All processes that were started and may still live. */
  hosts: Set<TortureHost>;
  /** Daily schedules that are due in the current minute; answers their ids. */
  addDueNow(count: number): Promise<string[]>;
  /** Ends all processes and removes the server. */
  close(): Promise<void>;
}

export const ordinaryWork: Extract<HostWork, { kind: 'backup' }> = {
  kind: 'backup',
  types: 3,
  items: 2,
  stepMs: 100,
};

export async function openFleet(options: {
  tenants: number;
  schedulesPerTenant: number;
  everyMinutes: number;
  rate: number;
  forgetful?: boolean;
  work?: HostWork;
}): Promise<Fleet> {
  const arena = await openArena({ forgetful: options.forgetful ?? true });
  try {
    await arena.clock.run(options.rate);
    const tenants: string[] = [];
    for (let index = 0; index < options.tenants; index += 1) {
      tenants.push(await arena.addTenant(`Tenant ${index + 1}`));
    }
    const firstMs = Math.floor((await arena.clock.now()).getTime() / minuteMs) * minuteMs + minuteMs;
    await arena.addSchedules(
      tenants.flatMap((tenantId) =>
        Array.from({ length: options.schedulesPerTenant }, (_, index) => {
          const first = new Date(firstMs + (index % options.everyMinutes) * minuteMs);
          return {
            tenantId,
            name: `Every ${options.everyMinutes} minutes, ${index + 1}`,
            cadence: {
              kind: 'everyMinutes' as const,
              minutes: options.everyMinutes,
              anchorUtc: first.toISOString(),
            },
            nextSlotAt: first,
            policyTypes: scriptedTypeKeys,
          };
        }),
      ),
    );
    const hosts = new Set<TortureHost>();
    let added = 0;
    return {
      arena,
      tenants,
      rate: options.rate,
      hosts,
      enrol: (name) => arena.addHost(name),
      async start(host, plan = {}) {
        const started = await startHost({
          ...host,
          rate: options.rate,
          work: options.work ?? ordinaryWork,
          ...plan,
        });
        hosts.add(started);
        void started.ended.then(() => {
          if (started.unhandled().length === 0) hosts.delete(started);
        });
        return started;
      },
      async addDueNow(count) {
        const nowMs = Math.floor((await arena.clock.now()).getTime() / minuteMs) * minuteMs;
        return arena.addSchedules(
          Array.from({ length: count }, () => {
            added += 1;
            return {
              tenantId: tenants[added % tenants.length]!,
              name: `Due at once ${added}`,
              cadence: {
                kind: 'everyMinutes' as const,
                minutes: 1440,
                anchorUtc: new Date(nowMs).toISOString(),
              },
              nextSlotAt: new Date(nowMs),
              policyTypes: scriptedTypeKeys,
            };
          }),
        );
      },
      async close() {
        for (const host of hosts) {
          host.kill('SIGCONT');
          host.kill('SIGKILL');
        }
        await Promise.all([...hosts].map((host) => host.ended));
        await arena.close();
      },
    };
  } catch (error) {
    await arena.close();
    throw error;
  }
}

/** Waits until a condition holds; false when it did not in time. */
export async function until(
  condition: () => Promise<boolean>,
  timeoutMs: number,
  everyMs = 50,
): Promise<boolean> {
  const deadline = systemClock.monotonicMs() + timeoutMs;
  for (;;) {
    if (await condition()) return true;
    if (systemClock.monotonicMs() > deadline) return false;
    await systemClock.sleep(everyMs);
  }
}

/** Waits until nothing is overdue and no run belongs to a host that is gone. */
export async function settle(fleet: Fleet, timeoutMs = 60_000): Promise<boolean> {
  return until(
    async () => {
      const [row] = await fleet.arena.superuser.query<{ open: number }>(
        `select ((select count(*) from app.backup_schedules where next_slot_at < app.db_now() - interval '30 seconds')
              + (select count(*) from app.backup_runs where state = 'running' and lease_expires_at < app.db_now()))::int as open`,
      );
      return row!.open === 0;
    },
    timeoutMs,
    200,
  );
}

/** The rows that every case of the torture ends with: broken invariants and errors that nobody caught. */
export async function judge(
  fleet: Fleet,
  context: { id: string; seed: number; plan: unknown; settled?: boolean; alsoAllowedErrors?: RegExp },
): Promise<Measurement[]> {
  const settled = context.settled ?? true;
  const quiet = settled ? await settle(fleet) : true;
  const broken = await checkInvariants(fleet.arena, {
    settled: settled && quiet,
    ...(context.alsoAllowedErrors === undefined ? {} : { alsoAllowedErrors: context.alsoAllowedErrors }),
  });
  if (!quiet) broken.push({ rule: 'the fleet comes to rest within a minute', rows: [{}] });
  const unhandled = [...fleet.hosts].flatMap((host) => host.unhandled());
  if (unhandled.length > 0) {
    broken.push({ rule: 'no unhandled rejection or exception', rows: unhandled.map((error) => ({ error })) });
  }
  printBroken({ case: context.id, seed: context.seed, plan: context.plan }, broken);
  const [counts] = await fleet.arena.superuser.query<Record<string, number>>(
    `select count(*)::int as runs, count(*) filter (where slot_at is not null)::int as slots,
            count(*) filter (where state in ('succeeded', 'partial'))::int as good,
            count(*) filter (where state = 'interrupted')::int as interrupted,
            count(*) filter (where state = 'missed')::int as missed,
            count(*) filter (where attempt = 2)::int as "secondAttempts",
            (select count(*)::int from app.audit_events) as "auditEvents"
       from app.backup_runs`,
  );
  return [
    measured(
      context.id,
      'invariants broken',
      broken.length,
      'count',
      { atMost: 0 },
      { seed: context.seed, ...counts, broken: broken.map(({ rule, rows }) => `${rule} (${rows.length})`) },
    ),
  ];
}
