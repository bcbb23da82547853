import { systemClock } from '../../main/clock.ts';
import type { Database } from '../../main/db/database.ts';
import { openDatabase } from '../../main/db/open-database.ts';
import { claimRuns, fenceRun, finishRun } from '../../main/db/repositories/run-ownership.ts';
import { appendAuditEvents } from '../../main/audit/append-audit-events.ts';
import { dispatchDue } from '../../main/engine/dispatcher.ts';
import { createEngine } from '../../main/engine/engine.ts';
import { defaultEngineLimits } from '../../main/engine/engine-limits.ts';
import { type Arena, openArena } from '../support/arena.ts';
import { measured, median } from '../support/measurement.ts';
import type { MeasurementCase } from '../support/measurement-runner.ts';
import { silentLog } from '../support/silent-log.ts';
import { nothingExecutor } from '../torture/support/scripted-backup.ts';

const runs = 400;
const samples = 5;
const atOnce = 4;

/** P3: runs without content by a whole host, beside the same statements sent without one. */
export const emptyRuns: MeasurementCase = {
  id: 'P3',
  what: 'empty runs (claim, finish, audit) on one host',
  async measure() {
    const arena = await openArena({ forgetful: false });
    try {
      const tenantIds: string[] = [];
      for (let index = 0; index < 20; index += 1) tenantIds.push(await arena.addTenant(`Tenant ${index}`));
      const schedules = Array.from({ length: runs }, (_, index) => ({
        tenantId: tenantIds[index % tenantIds.length]!,
        name: `Schedule ${index}`,
        cadence: { kind: 'everyMinutes' as const, minutes: 1440, anchorUtc: '2026-01-01T00:00:00Z' },
        nextSlotAt: new Date(Math.floor(systemClock.wallMs() / 60_000) * 60_000),
      }));
      await arena.addSchedules(schedules);
      const host = await arena.addHost('Empty runs');
      const open = (max: number) => openDatabase({ url: host.url, applicationName: 'tenantkeep/bench', max });
      const databases = { beat: await open(1), tick: await open(1), work: await open(2) };
      const ours: number[] = [];
      const bare: number[] = [];
      for (let sample = 0; sample <= samples; sample += 1) {
        await queueAll(arena, databases.tick);
        const bareMs = await byHand(databases, tenantIds);
        await queueAll(arena, databases.tick);
        const oursMs = await byEngine(arena, databases, tenantIds, host.hostId);
        if (sample === 0) continue;
        bare.push(runs / (bareMs / 1000));
        ours.push(runs / (oursMs / 1000));
      }
      await Promise.all([databases.beat.close(), databases.tick.close(), databases.work.close()]);
      return [
        measured(
          'P3',
          'runs per second of a host ÷ the same statements by hand',
          median(ours) / median(bare),
          'ratio',
          { atLeast: 0.6 },
          {
            runsPerSecond: Math.round(median(ours)),
            byHand: Math.round(median(bare)),
            runs,
            samples,
            atOnce,
            note: 'Runs that end within ten seconds have no heartbeat on either side.',
          },
        ),
      ];
    } finally {
      await arena.close();
    }
  },
};

interface Handles {
  beat: Database;
  tick: Database;
  work: Database;
}

async function queueAll(arena: Arena, database: Database): Promise<void> {
  await arena.superuser.query('truncate app.backup_runs cascade');
  await arena.superuser.query(
    `update app.backup_schedules set next_slot_at = date_trunc('minute', clock_timestamp(), 'UTC')`,
  );
  await dispatchDue({ database, limits: defaultEngineLimits, log: silentLog });
  await arena.superuser.query('vacuum analyze app.backup_runs');
}

/** The host's own statements and transactions in a loop, with nothing around them. */
async function byHand(databases: Handles, tenantIds: readonly string[]): Promise<number> {
  const instanceId = crypto.randomUUID();
  const startedMs = systemClock.monotonicMs();
  for (;;) {
    const claimed = await databases.tick.transaction(async (tx) => {
      const taken = await claimRuns(tx, {
        instanceId,
        openableTenantIds: tenantIds,
        limit: atOnce,
        engineLevel: 1,
        onlyRunId: null,
      });
      await appendAuditEvents(
        tx,
        taken.map((run) => ({
          tenantId: run.tenantId,
          action: 'run.started',
          targetKind: 'run',
          targetId: run.runId,
          after: { scheduleId: run.scheduleId, attempt: run.attempt, instanceId },
        })),
      );
      return taken;
    });
    if (claimed.length === 0) return systemClock.monotonicMs() - startedMs;
    await Promise.all(
      claimed.map((run) =>
        databases.work.transaction(async (tx) => {
          await fenceRun(tx, run.runId, run.token);
          await finishRun(tx, run.runId, run.token, {
            state: 'failed',
            reason: 'internal',
            errorCode: null,
            counts: {},
            backupSetId: null,
            progress: null,
          });
          await appendAuditEvents(tx, [
            {
              tenantId: run.tenantId,
              action: 'run.failed',
              targetKind: 'run',
              targetId: run.runId,
              outcome: 'failure',
              reason: 'internal',
              after: { scheduleId: run.scheduleId, attempt: run.attempt },
            },
          ]);
        }),
      ),
    );
  }
}

async function byEngine(
  arena: Arena,
  databases: Handles,
  tenantIds: readonly string[],
  hostId: string,
): Promise<number> {
  const engine = createEngine({
    databases,
    executor: nothingExecutor,
    readers: { openableTenantIds: async () => [...tenantIds] },
    clock: systemClock,
    log: silentLog,
    host: { hostId, name: 'Empty runs', kind: 'service', appVersion: '0.0.0-bench' },
    minutes: () => () => undefined,
    limits: { concurrentRuns: atOnce },
  });
  const startedMs = systemClock.monotonicMs();
  await engine.start();
  for (;;) {
    const [row] = await arena.superuser.query<{ open: number }>(
      `select count(*)::int as open from app.backup_runs where state in ('queued', 'running')`,
    );
    if (row!.open === 0) break;
    await systemClock.sleep(20);
  }
  const ms = systemClock.monotonicMs() - startedMs;
  await engine.stop('host_shutdown');
  return ms;
}
