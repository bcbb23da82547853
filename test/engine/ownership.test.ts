import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../main/db/database.ts';
import {
  adoptRuns,
  beatRun,
  type ClaimedRun,
  claimRuns,
  expireQueuedRuns,
  fenceRun,
  finishRun,
  reapRuns,
  releaseRun,
} from '../../main/db/repositories/run-ownership.ts';
import { cancelRun, requestRun } from '../../main/db/repositories/runs.ts';
import { changeSchedule } from '../../main/engine/change-schedule.ts';
import { dispatchDue } from '../../main/engine/dispatcher.ts';
import { defaultEngineLimits } from '../../main/engine/engine-limits.ts';
import { reap } from '../../main/engine/reaper.ts';
import { instantFromIso } from '../../shared/model/instant.ts';
import {
  createTestDatabase,
  type TestClock,
  type TestDatabase,
  type TestHost,
  type TestTechnician,
} from '../support/database.ts';
import {
  addSchedule,
  auditActions,
  eventually,
  pauseBefore,
  runsOf,
  silentLog,
} from './scheduling-fixture.ts';

let test: TestDatabase;
let clock: TestClock;
let host: TestHost;
let otherHost: TestHost;
let manager: TestTechnician;
let tenantId: string;
const slot = instantFromIso('2026-11-24T02:00:00Z');
const instance = randomUUID();
const otherInstance = randomUUID();

beforeAll(async () => {
  test = await createTestDatabase();
  clock = await test.replaceClock(slot);
  host = await test.asHost('one');
  otherHost = await test.asHost('two');
  tenantId = await test.addTenant('Contoso');
  manager = await test.asTechnician('mia', 'manager', tenantId);
});
afterAll(() => test.close());
beforeEach(async () => {
  await test.superuser.query('truncate app.backup_schedules cascade');
  await test.superuser.query('update app.schema_meta set min_engine_level = 1');
  await clock.set(slot);
});

const claim = (database: Database, instanceId = instance, limit = 10): Promise<ClaimedRun[]> =>
  database.transaction((tx) =>
    claimRuns(tx, { instanceId, openableTenantIds: [tenantId], limit, engineLevel: 1, onlyRunId: null }),
  );

/** A schedule with a scheduled run that `host` owns. */
async function runningRun(): Promise<{ scheduleId: string; run: ClaimedRun }> {
  const scheduleId = await addSchedule(test, tenantId, { nextSlotAt: slot });
  await dispatchDue({ database: host.db, limits: defaultEngineLimits, log: silentLog });
  const [run] = await claim(host.db);
  return { scheduleId, run: run! };
}

const reapNow = () => reap({ database: otherHost.db, log: silentLog });
const ending = {
  state: 'failed',
  reason: 'internal',
  errorCode: null,
  counts: null,
  backupSetId: null,
  progress: null,
} as const;

describe('claiming', () => {
  it('gives each queued run to exactly one of two hosts', async () => {
    for (let i = 0; i < 20; i += 1) await addSchedule(test, tenantId, { nextSlotAt: slot });
    await dispatchDue({ database: host.db, limits: defaultEngineLimits, log: silentLog });
    const claimed = (
      await Promise.all([
        claim(host.db, instance, 7),
        claim(otherHost.db, otherInstance, 9),
        claim(host.db, instance, 20),
        claim(otherHost.db, otherInstance, 20),
      ])
    ).flat();
    const rest = await claim(host.db, instance, 20);
    const ids = [...claimed, ...rest].map((run) => run.runId);
    expect(ids).toHaveLength(20);
    expect(new Set(ids).size).toBe(20);
  });

  it('leaves runs of tenants it cannot open, of paused schedules and of newer levels alone', async () => {
    const scheduleId = await addSchedule(test, tenantId, { nextSlotAt: slot });
    await dispatchDue({ database: host.db, limits: defaultEngineLimits, log: silentLog });
    const search = {
      instanceId: instance,
      openableTenantIds: [tenantId],
      limit: 5,
      engineLevel: 1,
      onlyRunId: null,
    };
    const tryClaim = (change: Partial<Parameters<typeof claimRuns>[1]>) =>
      host.db.transaction((tx) => claimRuns(tx, { ...search, ...change }));
    expect(await tryClaim({ openableTenantIds: [randomUUID()] })).toEqual([]);
    expect(await tryClaim({ engineLevel: 0 })).toEqual([]);
    expect(await tryClaim({ onlyRunId: randomUUID() })).toEqual([]);
    await test.superuser.query(
      'update app.backup_schedules set enabled = false, next_slot_at = null where id = $1',
      [scheduleId],
    );
    expect(await tryClaim({})).toEqual([]);
    await test.superuser.query('update app.backup_schedules set enabled = true where id = $1', [scheduleId]);
    await clock.advanceMs(15 * 60_000);
    expect(await tryClaim({})).toEqual([]);
    await clock.set(slot);
    const [run] = await tryClaim({});
    expect(run).toMatchObject({ scheduleId, attempt: 1, token: '1', slotAt: slot });
  });

  it('finds runs whose claim was never answered', async () => {
    const { run } = await runningRun();
    expect(await adoptRuns(host.db, instance, [])).toEqual([run]);
    expect(await adoptRuns(host.db, instance, [run.runId])).toEqual([]);
    expect(await adoptRuns(host.db, otherInstance, [])).toEqual([]);
  });
});

describe('a lease', () => {
  it('is renewed by a beat, and never after it has expired', async () => {
    const { run } = await runningRun();
    const beat = () =>
      host.db.transaction((tx) => beatRun(tx, { runId: run.runId, token: run.token, progress: { a: 1 } }));
    await clock.advanceMs(29_000);
    expect(await beat()).toEqual({ cancelRequested: false });
    await clock.advanceMs(29_000);
    expect(await beat()).toEqual({ cancelRequested: false });
    await clock.advanceMs(30_000);
    expect(await beat()).toBeNull();
  });

  it('does not let a frozen owner write or finish after it has run out', async () => {
    const { scheduleId, run } = await runningRun();
    await clock.advanceMs(31_000);
    expect(await host.db.transaction((tx) => fenceRun(tx, run.runId, run.token))).toBe(false);
    await reapNow();
    expect(await host.db.transaction((tx) => finishRun(tx, run.runId, run.token, ending))).toBe(false);
    expect((await runsOf(test, scheduleId))[0]).toMatchObject({ state: 'queued', lease_token: '2' });
  });

  it('is judged after a wait for the row, not before it', async () => {
    const { run } = await runningRun();
    let fenced: Promise<boolean> | undefined;
    await otherHost.db.transaction(async (tx) => {
      await tx.query('select 1 from app.backup_runs where id = $1 for no key update', [run.runId]);
      fenced = host.db.transaction((own) => fenceRun(own, run.runId, run.token));
      await eventually(async () => {
        const waiting = await test.superuser.query(
          `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        return waiting.length > 0;
      }, 'the owner waits for the row');
      // The lease held when the owner began to wait and is over when it gets the row.
      await clock.advanceMs(31_000);
    });
    expect(await fenced).toBe(false);
  });

  it('that is lost gives a scheduled run a second attempt, and a second loss interrupts it', async () => {
    const { scheduleId, run } = await runningRun();
    await clock.advanceMs(31_000);
    await reapNow();
    expect((await runsOf(test, scheduleId))[0]).toMatchObject({ state: 'queued', reason: 'host_lost' });
    const [second] = await claim(otherHost.db, otherInstance);
    expect(second).toMatchObject({ runId: run.runId, attempt: 2, token: '3' });
    await clock.advanceMs(31_000);
    await reapNow();
    expect((await runsOf(test, scheduleId))[0]).toMatchObject({ state: 'interrupted', reason: 'host_lost' });
    expect(await auditActions(test, run.runId)).toEqual(['run.queued', 'run.requeued', 'run.interrupted']);
    const attempts = await test.superuser.query<{ outcome: string }>(
      'select outcome from app.run_attempts where run_id = $1 order by attempt',
      [run.runId],
    );
    expect(attempts.map((attempt) => attempt.outcome)).toEqual(['interrupted', 'interrupted']);
  });

  it('that is lost more than 30 minutes after its slot, or on a manual run, interrupts at once', async () => {
    const { scheduleId, run } = await runningRun();
    for (let minutes = 0; minutes < 31; minutes += 1) {
      await host.db.transaction((tx) => beatRun(tx, { runId: run.runId, token: run.token, progress: null }));
      await clock.advanceMs(29_000);
      await host.db.transaction((tx) => beatRun(tx, { runId: run.runId, token: run.token, progress: null }));
      await clock.advanceMs(29_900);
    }
    await clock.advanceMs(90_000);
    await reapNow();
    expect((await runsOf(test, scheduleId))[0]).toMatchObject({ state: 'interrupted' });

    const manual = await addSchedule(test, tenantId, { nextSlotAt: null });
    await requestRun(manager.db, manual);
    await claim(host.db);
    await clock.advanceMs(31_000);
    await reapNow();
    expect((await runsOf(test, manual))[0]).toMatchObject({ state: 'interrupted', attempt: 1 });
  });

  it('past the deadline of the run ends it as failed although its host beats', async () => {
    const { scheduleId, run } = await runningRun();
    await test.superuser.query(`update app.backup_runs set deadline_at = app.db_now()`);
    await reapNow();
    expect((await runsOf(test, scheduleId))[0]).toMatchObject({ state: 'failed', reason: 'deadline' });
    expect(await auditActions(test, run.runId)).toContain('run.failed');
    expect(
      await host.db.transaction((tx) => beatRun(tx, { runId: run.runId, token: run.token, progress: null })),
    ).toBeNull();
  });

  it('is not reaped when a beat got in while the reaper was about to look', async () => {
    const { scheduleId, run } = await runningRun();
    await clock.advanceMs(29_000);
    const paused = pauseBefore(otherHost.db, 'dead as');
    const reaping = reap({ database: paused.database, log: silentLog });
    await paused.point.reached;
    await host.db.transaction((tx) => beatRun(tx, { runId: run.runId, token: run.token, progress: null }));
    await clock.advanceMs(5_000);
    paused.point.release();
    expect(await reaping).toEqual([]);
    expect((await runsOf(test, scheduleId))[0]).toMatchObject({ state: 'running' });
  });

  it('given back by a stopping host is free at once', async () => {
    const { scheduleId, run } = await runningRun();
    const release = () => host.db.transaction((tx) => releaseRun(tx, run.runId, run.token, 'host_shutdown'));
    expect(await release()).toMatchObject({ state: 'queued', reason: 'host_shutdown' });
    expect(await release()).toBeNull();
    expect((await runsOf(test, scheduleId))[0]).toMatchObject({
      state: 'queued',
      attempt: 1,
      lease_token: '2',
    });
  });
});

describe('a queued run', () => {
  it('that nobody takes in 15 minutes is missed, a second attempt interrupted', async () => {
    const { scheduleId } = await runningRun();
    const waiting = await addSchedule(test, tenantId, { nextSlotAt: slot });
    await dispatchDue({ database: host.db, limits: defaultEngineLimits, log: silentLog });
    await clock.advanceMs(31_000);
    await reapNow();
    await clock.advanceMs(16 * 60_000);
    await reapNow();
    expect((await runsOf(test, waiting))[0]).toMatchObject({
      state: 'missed',
      reason: 'no_host',
      attempt: 0,
    });
    expect((await runsOf(test, scheduleId))[0]).toMatchObject({
      state: 'interrupted',
      reason: 'no_host_for_second_attempt',
      attempt: 1,
    });
  });

  it('is neither reaped nor expired by an engine below the minimum level', async () => {
    const { scheduleId } = await runningRun();
    await clock.advanceMs(60 * 60_000);
    await test.superuser.query('update app.schema_meta set min_engine_level = 2');
    const moved = await host.db.transaction(async (tx) => [
      ...(await reapRuns(tx, 1)),
      ...(await expireQueuedRuns(tx, 1)),
    ]);
    expect(moved).toEqual([]);
    expect((await runsOf(test, scheduleId))[0]).toMatchObject({ state: 'running' });
  });
});

/** A schedule with a scheduled run that waits. */
const queued = async () => {
  const scheduleId = await addSchedule(test, tenantId, { nextSlotAt: slot });
  await dispatchDue({ database: host.db, limits: defaultEngineLimits, log: silentLog });
  return scheduleId;
};

describe('pausing against claiming', () => {
  it('pause first: the run is cancelled and nobody gets it', async () => {
    const scheduleId = await queued();
    const paused = pauseBefore(host.db, 'with pick as');
    const claiming = claim(paused.database);
    await paused.point.reached;
    await changeSchedule(manager.db, tenantId, scheduleId, { enabled: false, pauseReason: 'holiday' });
    paused.point.release();
    expect(await claiming).toEqual([]);
    const [run] = await runsOf(test, scheduleId);
    expect(run).toMatchObject({ state: 'cancelled', reason: 'schedule_disabled' });
    expect(await auditActions(test, run!.id)).toEqual(['run.queued', 'run.cancelled']);
  });

  it('claim first: the run goes on', async () => {
    const scheduleId = await queued();
    const paused = pauseBefore(manager.db, 'app.edit_schedule');
    const pausing = changeSchedule(paused.database, tenantId, scheduleId, { enabled: false });
    await paused.point.reached;
    expect(await claim(host.db)).toHaveLength(1);
    paused.point.release();
    await pausing;
    expect((await runsOf(test, scheduleId))[0]).toMatchObject({ state: 'running' });
  });
});

describe('cancelling', () => {
  it('ends a queued run at once and asks a running one, whose owner hears it at the next beat', async () => {
    const { scheduleId, run } = await runningRun();
    expect(await cancelRun(manager.db, run.runId)).toEqual({ state: 'running', cancelRequested: true });
    expect(await cancelRun(manager.db, run.runId)).toEqual({ state: 'running', cancelRequested: true });
    expect(
      await host.db.transaction((tx) => beatRun(tx, { runId: run.runId, token: run.token, progress: null })),
    ).toEqual({ cancelRequested: true });
    const waiting = await addSchedule(test, tenantId, { nextSlotAt: null });
    const { runId } = await requestRun(manager.db, waiting);
    expect(await cancelRun(manager.db, runId)).toEqual({ state: 'cancelled', cancelRequested: true });
    expect(await auditActions(test, runId)).toEqual(['run.requested', 'run.cancelled']);
    // The owner dies: never a second attempt for a run that somebody wanted to end.
    await clock.advanceMs(31_000);
    await reapNow();
    expect((await runsOf(test, scheduleId))[0]).toMatchObject({
      state: 'cancelled',
      reason: 'host_lost_while_cancelling',
    });
  });

  it('loses against a finish that has the row, and the result stays', async () => {
    const { scheduleId, run } = await runningRun();
    let cancelling: ReturnType<typeof cancelRun> | undefined;
    await host.db.transaction(async (tx) => {
      await fenceRun(tx, run.runId, run.token);
      cancelling = cancelRun(manager.db, run.runId);
      await finishRun(tx, run.runId, run.token, {
        ...ending,
        state: 'succeeded',
        reason: null,
        backupSetId: randomUUID(),
      });
    });
    expect((await cancelling)!.state).toBe('succeeded');
    expect((await runsOf(test, scheduleId))[0]).toMatchObject({
      state: 'succeeded',
      cancel_requested_at: null,
    });
  });
});
