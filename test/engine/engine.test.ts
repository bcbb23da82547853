import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../main/db/database.ts';
import { cancelRun, listRunEvents, requestRun } from '../../main/db/repositories/runs.ts';
import { type Engine, type EngineOptions } from '../../main/engine/engine.ts';
import { TenantUnreadableError } from '../../main/engine/ports.ts';
import { LeaseLostError, type RunLease } from '../../main/engine/run-lease.ts';
import { instantFromIso } from '../../shared/model/instant.ts';
import {
  createTestDatabase,
  type TestClock,
  type TestDatabase,
  type TestHost,
  type TestTechnician,
} from '../support/database.ts';
import { createManualClock } from './manual-clock.ts';
import {
  addSchedule,
  auditActions,
  eventually,
  goodCompletion,
  openHandles,
  runsOf,
  startHost,
} from './scheduling-fixture.ts';

let test: TestDatabase;
let clock: TestClock;
let host: TestHost;
let otherHost: TestHost;
let operator: TestTechnician;
let tenantId: string;
const slot = instantFromIso('2026-11-24T02:00:00Z');
const engines: Engine[] = [];

beforeAll(async () => {
  test = await createTestDatabase();
  clock = await test.replaceClock(slot);
  host = await test.asHost('one');
  otherHost = await test.asHost('two');
  tenantId = await test.addTenant('Contoso');
  operator = await test.asTechnician('olga', 'operator', tenantId);
});
afterAll(() => test.close());
beforeEach(async () => {
  await test.superuser.query('truncate app.backup_schedules, app.host_instances cascade');
  await clock.set(slot);
});
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.stop('host_shutdown', { budgetMs: 3_000 });
});

const start = async (who: TestHost, options: Parameters<typeof startHost>[2] = {}) => {
  const started = await startHost(test, who, options);
  engines.push(started.engine);
  return started;
};
const stateOf = async (scheduleId: string) => (await runsOf(test, scheduleId))[0]?.state;
const until = (scheduleId: string, state: string) =>
  eventually(async () => (await stateOf(scheduleId)) === state, `the run is ${state}`);
const hostRow = async (engine: Engine) =>
  (
    await test.superuser.query<{ state: string; last_tick_at: Date | null; openable_tenants: string[] }>(
      'select state, last_tick_at, openable_tenants from app.host_instances where id = $1',
      [engine.state().instanceId],
    )
  )[0];

describe('a host', () => {
  it('dispatches what is due, runs it and ends it with its events, counts and audit', async () => {
    const scheduleId = await addSchedule(test, tenantId, { nextSlotAt: slot });
    const { engine, executor } = await start(host);
    const lease = await executor.nextLease();
    expect(lease).toMatchObject({ tenantId, scheduleId, trigger: 'scheduled', attempt: 1, slotAt: slot });
    lease.recordEvent({
      level: 'info',
      code: 'page_read',
      typeKey: 'deviceConfigurations',
      message: 'Page 1',
    });
    lease.recordEvent({
      level: 'warning',
      code: 'waited',
      typeKey: null,
      message: 'Waited',
      detail: { ms: 5 },
    });
    await lease.fenced((tx) => tx.query('select 1'));
    executor.finish(lease.runId);
    await engine.idle();
    const [run] = await runsOf(test, scheduleId);
    expect(run).toMatchObject({ state: 'succeeded', attempt: 1 });
    expect(run!.backup_set_id).toBeTruthy();
    expect(executor.afterFinished).toEqual([lease.runId]);
    expect(await auditActions(test, lease.runId)).toEqual(['run.queued', 'run.started', 'run.succeeded']);
    const events = await listRunEvents(operator.db, tenantId, lease.runId);
    expect(events.rows.map((event) => event.code)).toEqual(['page_read', 'waited']);
    expect(events.rows[1]!.detail).toEqual({ ms: 5 });
    expect(await hostRow(engine)).toMatchObject({
      state: 'running',
      last_tick_at: slot,
      openable_tenants: [tenantId],
    });
  });

  it('among two takes a run that only one of them may have', async () => {
    const scheduleId = await addSchedule(test, tenantId, { nextSlotAt: slot });
    const [one, two] = await Promise.all([start(host), start(otherHost)]);
    await Promise.all([one.engine.tickNow(), two.engine.tickNow()]);
    const lease = await Promise.race([one.executor.nextLease(), two.executor.nextLease()]);
    expect(one.engine.state().runs.length + two.engine.state().runs.length).toBe(1);
    (one.engine.state().runs.length === 1 ? one : two).executor.finish(lease.runId);
    await until(scheduleId, 'succeeded');
    expect(await runsOf(test, scheduleId)).toHaveLength(1);
  });

  it.each([
    [
      'an unreadable tenant',
      () => new TenantUnreadableError('auth_secret_expired', 'expired'),
      'auth_secret_expired',
    ],
    ['an unexpected error', () => new TypeError('oh'), 'internal'],
    ['a full disk', () => Object.assign(new Error('no space'), { code: '53100' }), 'storage_full'],
  ])('ends a run as failed on %s', async (_what, error, reason) => {
    const scheduleId = await addSchedule(test, tenantId, { nextSlotAt: null });
    await requestRun(operator.db, scheduleId);
    const { engine, executor } = await start(host);
    const lease = await executor.nextLease();
    executor.fail(lease.runId, error());
    await engine.idle();
    const [run] = await runsOf(test, scheduleId);
    expect(run).toMatchObject({ state: 'failed', reason, backup_set_id: null });
    expect(run!.error_code !== null).toBe(reason === 'internal');
    expect(executor.afterFinished).toEqual([]);
  });

  it('does not believe in a good run without a set, nor keeps a set whose sealing failed', async () => {
    const scheduleId = await addSchedule(test, tenantId, { nextSlotAt: null });
    const { engine, executor } = await start(host);
    for (const seal of [
      undefined,
      async () => {
        throw new Error('sealing broke');
      },
    ]) {
      await requestRun(operator.db, scheduleId);
      await engine.claimNow();
      const lease = await executor.nextLease();
      executor.finish(lease.runId, { ...goodCompletion(), seal });
      await engine.idle();
    }
    expect((await runsOf(test, scheduleId)).map((run) => [run.state, run.reason])).toEqual([
      ['failed', 'internal'],
      ['failed', 'internal'],
    ]);
  });

  it('cancels a run that a person wants to end, at the next beat and without a set', async () => {
    const hostClock = createManualClock();
    const scheduleId = await addSchedule(test, tenantId, { nextSlotAt: slot });
    const { engine, executor } = await start(host, { clock: hostClock });
    const lease = await executor.nextLease();
    await cancelRun(operator.db, lease.runId);
    expect(lease.signal.aborted).toBe(false);
    await hostClock.advance(10_000);
    await engine.idle();
    expect((await runsOf(test, scheduleId))[0]).toMatchObject({
      state: 'cancelled',
      reason: 'by_user',
      backup_set_id: null,
    });
    expect(await auditActions(test, lease.runId)).toEqual([
      'run.queued',
      'run.started',
      'run.cancel_requested',
      'run.cancelled',
    ]);
  });

  it('that was frozen beyond its lease finishes nothing: the second attempt of another host counts', async () => {
    const scheduleId = await addSchedule(test, tenantId, { nextSlotAt: slot });
    const frozen = await start(host, { clock: createManualClock() });
    const lease = await frozen.executor.nextLease();
    // Its clocks stand still: no beat goes out, and it does not know that time passes.
    await clock.advanceMs(31_000);
    const other = await start(otherHost);
    const second = await other.executor.nextLease();
    expect(second).toMatchObject({ runId: lease.runId, attempt: 2 });
    let sealed = false;
    frozen.executor.finish(lease.runId, {
      ...goodCompletion(),
      seal: async () => {
        sealed = true;
        return { backupSetId: '00000000-0000-0000-0000-000000000001' };
      },
    });
    await frozen.engine.idle();
    expect(sealed).toBe(false);
    await expect(lease.fenced((tx) => tx.query('select 1'))).rejects.toBeInstanceOf(LeaseLostError);
    expect(await stateOf(scheduleId)).toBe('running');
    other.executor.finish(lease.runId);
    await other.engine.idle();
    expect(await stateOf(scheduleId)).toBe('succeeded');
    expect(await auditActions(test, lease.runId)).toEqual([
      'run.queued',
      'run.started',
      'run.requeued',
      'run.started',
      'run.succeeded',
    ]);
  });

  it.each([
    ['hang', () => new Promise<never>(() => undefined)],
    ['fail', () => Promise.reject(Object.assign(new Error('cut'), { code: 'ECONNRESET' }))],
  ])('whose beats %s stops trusting its lease after 25 s, by its own clock', async (_how, transaction) => {
    const hostClock = createManualClock();
    await addSchedule(test, tenantId, { nextSlotAt: slot });
    const databases = await openHandles(test, host);
    const beat: Database = {
      ...databases.beat,
      transaction,
    };
    const { executor, engine } = await start(host, { clock: hostClock, databases: { ...databases, beat } });
    const lease = await executor.nextLease();
    await hostClock.advance(24_000);
    expect(lease.signal.aborted).toBe(false);
    await hostClock.advance(2_000);
    expect(lease.signal.aborted).toBe(true);
    await expect(lease.fenced((tx) => tx.query('select 1'))).rejects.toBeInstanceOf(LeaseLostError);
    await engine.idle();
  });

  it('ends a run that makes no progress, although its executor never answers', async () => {
    const hostClock = createManualClock();
    const scheduleId = await addSchedule(test, tenantId, { nextSlotAt: slot });
    const taken: RunLease[] = [];
    const { engine } = await start(host, {
      clock: hostClock,
      limits: { stallMs: 15_000 },
      executor: {
        execute: (lease) => {
          taken.push(lease);
          return new Promise(() => undefined);
        },
        afterFinish: async () => undefined,
      },
    });
    await eventually(async () => taken.length === 1, 'the run was taken');
    await hostClock.advance(9_000);
    taken[0]!.reportProgress({ typesTotal: 2, typesDone: 1, current: [] });
    await hostClock.advance(1_000);
    // The first beat carries the progress; the second finds that nothing happened since.
    await eventually(async () => (await runsOf(test, scheduleId))[0]!.progress !== null, 'the beat arrived');
    taken[0]!.reportProgress({ typesTotal: 2, typesDone: 1, current: [] });
    await eventually(async () => {
      await hostClock.advance(1_000);
      return taken[0]!.signal.aborted;
    }, 'the watchdog bites');
    expect(taken[0]!.signal.reason).toMatchObject({ abortCause: 'stalled' });
    await hostClock.advance(10_000);
    await engine.idle();
    expect((await runsOf(test, scheduleId))[0]).toMatchObject({ state: 'failed', reason: 'stalled' });
  });

  it('gives its runs back when it stops, and says that it stopped', async () => {
    const scheduleId = await addSchedule(test, tenantId, { nextSlotAt: slot });
    const { engine, executor } = await start(host);
    const lease = await executor.nextLease();
    await engine.stop('host_shutdown');
    expect((await runsOf(test, scheduleId))[0]).toMatchObject({ state: 'queued', reason: 'host_shutdown' });
    expect(await auditActions(test, lease.runId)).toEqual(['run.queued', 'run.started', 'run.released']);
    expect(await hostRow(engine)).toMatchObject({ state: 'stopped' });
    expect(engine.state().phase).toBe('stopped');
    const { executor: next } = await start(otherHost);
    expect(await next.nextLease()).toMatchObject({ runId: lease.runId, attempt: 2 });
  });

  it('after sleep is a new instance with new connections that holds nothing and ticks', async () => {
    const hostClock = createManualClock();
    const scheduleId = await addSchedule(test, tenantId, { nextSlotAt: slot });
    const { engine, executor } = await start(host, { clock: hostClock });
    const lease = await executor.nextLease();
    const before = engine.state().instanceId;
    await clock.advanceMs(3 * 3_600_000);
    await hostClock.sleepMachine(3 * 3_600_000);
    expect(lease.signal.aborted).toBe(true);
    await eventually(async () => engine.state().instanceId !== before, 'it checked in anew');
    await engine.onResume();
    const runs = await runsOf(test, scheduleId);
    expect(runs.filter((run) => run.state === 'missed').length).toBeGreaterThan(5);
    expect(runs[0]!.state).not.toBe('running');
    expect(runs.filter((run) => run.state === 'succeeded')).toEqual([]);
  });

  it('announced to sleep gives its runs back and takes none until it resumes', async () => {
    const scheduleId = await addSchedule(test, tenantId, { nextSlotAt: slot });
    const { engine, executor } = await start(host);
    await executor.nextLease();
    await engine.onSuspend();
    expect((await runsOf(test, scheduleId))[0]).toMatchObject({ state: 'queued', reason: 'host_sleep' });
    await engine.claimNow();
    expect(engine.state().runs).toEqual([]);
    await Promise.all([engine.onResume(), engine.onResume()]);
    expect((await executor.nextLease()).attempt).toBe(2);
  });

  it('checks in under a new id when its row says stopped or is gone', async () => {
    const hostClock = createManualClock();
    const { engine } = await start(host, { clock: hostClock });
    const before = engine.state().instanceId;
    await test.superuser.query('delete from app.host_instances');
    await hostClock.advance(10_000);
    await eventually(async () => engine.state().instanceId !== before, 'a new instance id');
    await eventually(async () => (await hostRow(engine)) !== undefined, 'its row');
  });

  it('too old for the database starts, says so and touches nothing', async () => {
    const scheduleId = await addSchedule(test, tenantId, { nextSlotAt: slot });
    const manual = await addSchedule(test, tenantId, { nextSlotAt: null });
    await requestRun(operator.db, manual);
    await test.superuser.query('update app.schema_meta set min_engine_level = 2');
    try {
      const { engine } = await start(host);
      await engine.tickNow();
      await engine.claimNow();
      expect(engine.state()).toMatchObject({ outdated: true, runs: [], lastTickError: null });
      expect(await runsOf(test, scheduleId)).toEqual([]);
      expect(await stateOf(manual)).toBe('queued');
    } finally {
      await test.superuser.query('update app.schema_meta set min_engine_level = 1');
    }
  });

  it('started for one run takes that run and dispatches nothing', async () => {
    const due = await addSchedule(test, tenantId, { nextSlotAt: slot });
    const other = await addSchedule(test, tenantId, { nextSlotAt: null });
    const wanted = await addSchedule(test, tenantId, { nextSlotAt: null });
    await requestRun(operator.db, other);
    const { runId } = await requestRun(operator.db, wanted);
    const { engine, executor } = await start(host, { dispatch: false, onlyRunId: runId });
    const lease = await executor.nextLease();
    expect(lease.runId).toBe(runId);
    executor.finish(runId);
    await engine.idle();
    expect(await stateOf(wanted)).toBe('succeeded');
    expect(await stateOf(other)).toBe('queued');
    expect(await runsOf(test, due)).toEqual([]);
  });
});

const lost = () => Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' });

/** A work handle that loses its connection around the next commit of a finish. */
const cutting = (work: Database, when: 'before' | 'after'): Database => {
  let cut = false;
  return {
    ...work,
    async transaction(steps, transactionOptions) {
      let finishing = false;
      const result = await work.transaction(async (tx) => {
        const answer = await steps({
          ...tx,
          query(text, parameters) {
            finishing ||= text.includes('with done as');
            return tx.query(text, parameters);
          },
        });
        if (finishing && !cut && when === 'before') {
          cut = true;
          throw lost();
        }
        return answer;
      }, transactionOptions);
      if (finishing && !cut) {
        cut = true;
        throw lost();
      }
      return result;
    },
  };
};

describe('a commit without an answer', () => {
  it.each(['before', 'after'] as const)('cut %s it arrived ends in one success', async (when) => {
    const scheduleId = await addSchedule(test, tenantId, { nextSlotAt: slot });
    const databases: EngineOptions['databases'] = await openHandles(test, host);
    const { engine, executor } = await start(host, {
      databases: { ...databases, work: cutting(databases.work, when) },
    });
    const lease = await executor.nextLease();
    let seals = 0;
    executor.finish(lease.runId, {
      ...goodCompletion(),
      seal: async () => {
        seals += 1;
        return { backupSetId: '00000000-0000-0000-0000-000000000002' };
      },
    });
    await engine.idle();
    expect(await stateOf(scheduleId)).toBe('succeeded');
    expect(seals).toBe(when === 'before' ? 2 : 1);
    expect(
      (await auditActions(test, lease.runId)).filter((action) => action === 'run.succeeded'),
    ).toHaveLength(1);
    expect(executor.afterFinished).toEqual([lease.runId]);
  });
});
