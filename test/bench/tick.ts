import { PgBoss } from 'pg-boss';
import { systemClock } from '../../main/clock.ts';
import type { Database } from '../../main/db/database.ts';
import { openDatabase } from '../../main/db/open-database.ts';
import { dispatchDue } from '../../main/engine/dispatcher.ts';
import { defaultEngineLimits } from '../../main/engine/engine-limits.ts';
import type { LocalTime } from '../../shared/model/cadence.ts';
import { type Arena, openArena } from '../support/arena.ts';
import { type Measurement, measured, median } from '../support/measurement.ts';
import type { MeasurementCase } from '../support/measurement-runner.ts';
import { silentLog } from '../support/silent-log.ts';

const schedules = 10_000;
const tenants = 200;
const samples = 5;
const zones = [
  'Africa/Cairo',
  'Africa/Johannesburg',
  'America/Chicago',
  'America/Los_Angeles',
  'America/New_York',
  'America/Santiago',
  'America/Sao_Paulo',
  'Asia/Dubai',
  'Asia/Kolkata',
  'Asia/Singapore',
  'Asia/Tokyo',
  'Atlantic/Azores',
  'Australia/Lord_Howe',
  'Australia/Sydney',
  'Europe/Berlin',
  'Europe/London',
  'Europe/Moscow',
  'Pacific/Auckland',
  'Pacific/Honolulu',
  'Etc/UTC',
];

/** P1: one tick with 10,000 schedules due, beside pg-boss and beside bare statements on the same server. */
export const tick: MeasurementCase = {
  id: 'P1',
  what: 'one tick with 10,000 schedules due in the same minute',
  measure: ({ minutes }) =>
    inArena(async (arena) => {
      const host = await openHost(arena, 'Single');
      const ours: number[] = [];
      const bare: number[] = [];
      for (let sample = 0; sample <= samples; sample += 1) {
        await makeDue(arena);
        const bareMs = await timed(() => writeBare(arena));
        await makeDue(arena);
        const oursMs = await timed(() => dispatchAll(arena, [host]));
        // The first round warms plans and caches on both sides.
        if (sample === 0) continue;
        bare.push(bareMs);
        ours.push(oursMs);
      }
      await host.close();
      const boss = await timePgBoss(arena, Math.min(300_000, minutes * 30_000));
      return [
        measured(
          'P1',
          'our tick ÷ bare set-based statements',
          median(ours) / median(bare),
          'ratio',
          { atMost: 3 },
          {
            oursMs: Math.round(median(ours)),
            bareMs: Math.round(median(bare)),
            samples,
          },
        ),
        measured(
          'P1',
          'our tick ÷ pg-boss 12',
          median(ours) / boss.ms,
          'ratio',
          { atMost: 0.25 },
          {
            oursMs: Math.round(median(ours)),
            pgBossMs: Math.round(boss.ms),
            pgBossJobs: boss.jobs,
            note:
              boss.jobs < schedules
                ? 'pg-boss was stopped before it had made all its jobs: the true ratio is smaller'
                : 'one sample of pg-boss',
          },
        ),
      ];
    }),
};

/** P2: the same with six hosts at once. */
export const tickOfSixHosts: MeasurementCase = {
  id: 'P2',
  what: 'the same tick with six hosts at once',
  measure: () =>
    inArena(async (arena) => {
      const hosts: Database[] = [];
      for (let index = 1; index <= 6; index += 1) hosts.push(await openHost(arena, `Host ${index}`));
      const one: number[] = [];
      const six: number[] = [];
      let slots = 0;
      for (let sample = 0; sample <= samples; sample += 1) {
        await makeDue(arena);
        const oneMs = await timed(() => dispatchAll(arena, [hosts[0]!]));
        await makeDue(arena);
        const sixMs = await timed(() => dispatchAll(arena, hosts));
        if (sample === 0) continue;
        one.push(oneMs);
        six.push(sixMs);
        const [row] = await arena.superuser.query<{ slots: number }>(
          'select count(distinct (schedule_id, slot_at))::int as slots from app.backup_runs',
        );
        slots = row!.slots;
      }
      await Promise.all(hosts.map((host) => host.close()));
      return [
        measured(
          'P2',
          'six hosts ÷ one host',
          median(six) / median(one),
          'ratio',
          { atMost: 1.5 },
          {
            sixMs: Math.round(median(six)),
            oneMs: Math.round(median(one)),
            samples,
          },
        ),
        measured('P2', 'distinct slots', slots, 'count', { atLeast: schedules, atMost: schedules }),
      ];
    }),
};

async function inArena(work: (arena: Arena) => Promise<Measurement[]>): Promise<Measurement[]> {
  const arena = await openArena({ forgetful: false, settings: { autovacuum: 'off' } });
  try {
    const tenantIds: string[] = [];
    for (let index = 0; index < tenants; index += 1) tenantIds.push(await arena.addTenant(`Tenant ${index}`));
    await arena.addSchedules(
      Array.from({ length: schedules }, (_, index) => ({
        tenantId: tenantIds[index % tenants]!,
        name: `Schedule ${index}`,
        cadence: { kind: 'daily', times: [`0${index % 10}:${10 + (index % 50)}` as LocalTime] },
        timeZone: zones[index % zones.length]!,
        nextSlotAt: new Date(Math.floor(systemClock.wallMs() / 60_000) * 60_000),
      })),
    );
    return await work(arena);
  } finally {
    await arena.close();
  }
}

async function openHost(arena: Arena, name: string): Promise<Database> {
  const { url } = await arena.addHost(name);
  return await openDatabase({ url, applicationName: 'tenantkeep/bench', max: 1 });
}

/** Puts all schedules back to the current minute and everything else to how it was. */
async function makeDue(arena: Arena): Promise<void> {
  const { superuser } = arena;
  await superuser.query('truncate app.backup_runs cascade');
  await superuser.query('truncate app.audit_events');
  await superuser.query(
    `update app.audit_heads set sequence = 0, hash = decode(repeat('00', 32), 'hex') where sequence > 0`,
  );
  await superuser.query(
    `update app.backup_schedules set next_slot_at = date_trunc('minute', clock_timestamp(), 'UTC')`,
  );
  await superuser.query('vacuum analyze app.backup_schedules');
  await superuser.query('vacuum analyze app.audit_heads');
  await superuser.query('checkpoint');
}

/** Ticks until every slot is dispatched, as a fleet does; a host that finds rows locked leaves them. */
async function dispatchAll(arena: Arena, hosts: readonly Database[]): Promise<void> {
  for (;;) {
    await Promise.all(
      hosts.map((database) => dispatchDue({ database, limits: defaultEngineLimits, log: silentLog })),
    );
    if (hosts.length === 1) return;
    const [row] = await arena.superuser.query<{ due: number }>(
      'select count(*)::int as due from app.backup_schedules where next_slot_at <= clock_timestamp()',
    );
    if (row!.due === 0) return;
  }
}

/** The same rows without any logic: one update, one insert of runs, one insert of audit rows. */
async function writeBare(arena: Arena): Promise<void> {
  await arena.superuser.transaction(async (tx) => {
    await tx.query(
      `update app.backup_schedules set next_slot_at = next_slot_at + interval '1 day' where next_slot_at <= (select app.db_now())`,
    );
    await tx.query(
      `insert into app.backup_runs (tenant_id, schedule_id, trigger, slot_at, state, spec, spec_version, start_deadline_at)
       select tenant_id, id, 'scheduled', next_slot_at - interval '1 day', 'queued', spec, spec_version, next_slot_at
         from app.backup_schedules`,
    );
    await tx.query(
      `insert into app.audit_events (tenant_id, sequence, at, actor, host, action, target_kind, target_id, outcome, after, previous_hash, hash)
       select tenant_id, row_number() over (partition by tenant_id), clock_timestamp(), session_user, 'bench', 'run.queued', 'run', id::text,
              'success', jsonb_build_object('scheduleId', schedule_id, 'slotAt', slot_at), '\\x00', '\\x00'
         from app.backup_runs`,
    );
  });
}

/** From the start of pg-boss's cron tick until its schedules have become jobs; at most `budgetMs`. */
async function timePgBoss(arena: Arena, budgetMs: number): Promise<{ ms: number; jobs: number }> {
  const boss = new PgBoss({
    connectionString: arena.superuserUrl,
    schema: 'pgboss',
    // Both as short as it allows; its own defaults are 30 and 5 seconds.
    cronMonitorIntervalSeconds: 1,
    cronWorkerIntervalSeconds: 1,
    supervise: false,
  });
  boss.on('error', (error) => process.stderr.write(`pg-boss: ${error.message}\n`));
  const preparing = new PgBoss({
    connectionString: arena.superuserUrl,
    schema: 'pgboss',
    schedule: false,
    supervise: false,
  });
  await preparing.start();
  await preparing.createQueue('bench');
  // The coming minute and no other, so that no schedule comes due a second time while jobs are counted.
  const dueMs = Math.ceil((systemClock.wallMs() + 5_000) / 60_000) * 60_000;
  const due = new Date(dueMs);
  await preparing.schedule(
    'bench',
    `${due.getUTCMinutes()} ${due.getUTCHours()} * * *`,
    {},
    { key: 'first' },
  );
  await arena.superuser.query(
    `insert into pgboss.schedule select (jsonb_populate_record(s, jsonb_build_object('key', 'k' || n))).*
       from pgboss.schedule s, generate_series(2, ${schedules}) n where s.key = 'first'`,
  );
  await preparing.stop({ graceful: false });
  await systemClock.sleep(dueMs - systemClock.wallMs() + 100);
  const startedMs = systemClock.monotonicMs();
  await boss.start();
  let jobs = 0;
  for (;;) {
    const [row] = await arena.superuser.query<{ jobs: number }>(
      `select count(*)::int as jobs from pgboss.job where name = 'bench'`,
    );
    jobs = row!.jobs;
    if (jobs >= schedules || systemClock.monotonicMs() - startedMs > budgetMs) break;
    await systemClock.sleep(50);
  }
  const ms = systemClock.monotonicMs() - startedMs;
  await boss.stop({ graceful: false });
  return { ms, jobs };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = systemClock.monotonicMs();
  await work();
  return systemClock.monotonicMs() - startedMs;
}
