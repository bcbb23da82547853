import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { appendAuditEvents } from '../../main/audit/append-audit-events.ts';
import type { Database } from '../../main/db/database.ts';
import { defaultEngineLimits } from '../../main/engine/engine-limits.ts';
import { dispatchDue } from '../../main/engine/dispatcher.ts';
import { recomputeSlots } from '../../main/engine/recompute-slots.ts';
import { instantFromIso } from '../../shared/model/instant.ts';
import { createTestDatabase, type TestClock, type TestDatabase, type TestHost } from '../support/database.ts';
import { addSchedule, auditActions, pauseBefore, runsOf, silentLog } from './scheduling-fixture.ts';

let test: TestDatabase;
let clock: TestClock;
let host: TestHost;
let otherHost: TestHost;
let tenantId: string;
const slot = instantFromIso('2026-11-24T02:00:00Z');
const later = (ms: number) => new Date(slot.getTime() + ms);
const minute = 60_000;

const dispatch = (database: Database, limits: Partial<typeof defaultEngineLimits> = {}) =>
  dispatchDue({ database, limits: { ...defaultEngineLimits, ...limits }, log: silentLog });

beforeAll(async () => {
  test = await createTestDatabase();
  clock = await test.replaceClock(slot);
  host = await test.asHost('one');
  otherHost = await test.asHost('two');
  tenantId = await test.addTenant('Contoso');
});
afterAll(() => test.close());
beforeEach(async () => {
  await test.superuser.query('truncate app.backup_schedules cascade');
  await clock.set(slot);
});

describe('dispatch', () => {
  it('turns a due slot into one queued run, moves the slot on and audits both in one go', async () => {
    const schedule = await addSchedule(test, tenantId, { nextSlotAt: slot });
    expect(await dispatch(host.db)).toEqual({ queued: 1, skipped: 0, missed: 0, failed: 0 });
    const [run] = await runsOf(test, schedule);
    expect(run).toMatchObject({ state: 'queued', trigger: 'scheduled', slot_at: slot, attempt: 0 });
    expect(await auditActions(test, run!.id)).toEqual(['run.queued']);
    const [row] = await test.superuser.query<{ next_slot_at: Date }>(
      'select next_slot_at from app.backup_schedules where id = $1',
      [schedule],
    );
    expect(row!.next_slot_at).toEqual(later(15 * minute));
    expect(await dispatch(host.db)).toEqual({ queued: 0, skipped: 0, missed: 0, failed: 0 });
  });

  it('gives one row per slot when two hosts dispatch the same minute', async () => {
    const schedules = await Promise.all(
      Array.from({ length: 60 }, () => addSchedule(test, tenantId, { nextSlotAt: slot })),
    );
    const results = await Promise.all([
      dispatch(host.db, { dispatchChunk: 7 }),
      dispatch(otherHost.db, { dispatchChunk: 5 }),
      dispatch(host.db, { dispatchChunk: 3 }),
    ]);
    // A host leaves rows that another holds; whatever is left over at the end is nobody's loss.
    const rest = await dispatch(host.db);
    expect([...results, rest].reduce((sum, result) => sum + result.queued, 0)).toBe(60);
    for (const schedule of schedules) expect(await runsOf(test, schedule)).toHaveLength(1);
    const [audited] = await test.superuser.query<{ count: number }>(
      `select count(*)::int from app.audit_events e join app.backup_runs r on r.id::text = e.target_id where e.action = 'run.queued'`,
    );
    expect(audited!.count).toBe(60);
  });

  it('does not run a slot twice when the second host locked it just before the first committed', async () => {
    const schedule = await addSchedule(test, tenantId, { nextSlotAt: slot });
    const paused = pauseBefore(host.db, 'with adv as');
    const first = dispatch(paused.database);
    await paused.point.reached;
    // The row is locked by the first host now: the second one finds nothing to do.
    expect(await dispatch(otherHost.db)).toMatchObject({ queued: 0 });
    paused.point.release();
    expect(await first).toMatchObject({ queued: 1 });
    expect(await dispatch(otherHost.db)).toMatchObject({ queued: 0 });
    expect(await runsOf(test, schedule)).toHaveLength(1);
  });

  it('skips a slot while the previous run is active, and says by which', async () => {
    const schedule = await addSchedule(test, tenantId, { nextSlotAt: slot });
    await dispatch(host.db);
    await clock.set(later(15 * minute));
    await test.superuser.query(
      `update app.backup_runs set start_deadline_at = app.db_now() + interval '1 day'`,
    );
    expect(await dispatch(host.db)).toMatchObject({ queued: 0, skipped: 1 });
    const [first, second] = await runsOf(test, schedule);
    expect(second).toMatchObject({ state: 'skipped', reason: 'overlap', blocked_by: first!.id });
    expect(await auditActions(test, second!.id)).toEqual(['run.skipped']);
  });

  it('counts a run that somebody requested while it was about to lock the schedule', async () => {
    const schedule = await addSchedule(test, tenantId, { nextSlotAt: slot });
    const operator = await test.asTechnician('olga', 'operator', tenantId);
    const paused = pauseBefore(host.db, 'limit $2');
    const dispatching = dispatch(paused.database);
    await paused.point.reached;
    await operator.db.query('select * from app.request_run($1)', [schedule]);
    paused.point.release();
    expect(await dispatching).toMatchObject({ skipped: 1, queued: 0 });
  });

  it('records late slots as missed and runs none of them, up to the newest in time', async () => {
    const schedule = await addSchedule(test, tenantId, { nextSlotAt: slot });
    await clock.set(later(3 * 60 * minute + 30_000));
    expect(await dispatch(host.db)).toEqual({ queued: 1, skipped: 0, missed: 12, failed: 0 });
    const runs = await runsOf(test, schedule);
    expect(runs.map((run) => run.state)).toEqual([...Array(12).fill('missed'), 'queued']);
    expect(new Set(runs.slice(0, 12).map((run) => run.reason))).toEqual(new Set(['late']));
    expect(runs.at(-1)!.slot_at).toEqual(later(3 * 60 * minute));
  });

  it('writes 100 missed rows of a long outage and one summary for the rest', async () => {
    const schedule = await addSchedule(test, tenantId, {
      nextSlotAt: slot,
      cadence: { kind: 'everyMinutes', minutes: 5, anchorUtc: '2026-01-01T00:00:00Z' },
    });
    await clock.set(later(24 * 60 * minute));
    const result = await dispatch(host.db);
    expect(result).toMatchObject({ queued: 1, missed: 101 });
    const runs = await runsOf(test, schedule);
    const summary = runs.find((run) => run.missed_count !== null)!;
    // 24 h at 5 min is 288 late slots (the newest is in time): 100 single rows, the others in the summary.
    expect(summary).toMatchObject({ missed_count: 188, slot_at: later(500 * minute) });
    expect(summary.missed_until).toEqual(later((24 * 60 - 5) * minute));
    expect(await auditActions(test, summary.id)).toEqual(['run.missed']);
  });

  it('writes down why a schedule cannot be dispatched, and dispatches its neighbours', async () => {
    const broken = await addSchedule(test, tenantId, { nextSlotAt: slot });
    const fine = await addSchedule(test, tenantId, { nextSlotAt: slot });
    await test.superuser.query(`update app.backup_schedules set cadence = '{"kind":"lunar"}' where id = $1`, [
      broken,
    ]);
    expect(await dispatch(host.db)).toMatchObject({ queued: 1, failed: 1 });
    expect(await runsOf(test, fine)).toHaveLength(1);
    const read = () =>
      test.superuser.query<{ dispatch_error: string | null; next_slot_at: Date }>(
        'select dispatch_error, next_slot_at from app.backup_schedules where id = $1',
        [broken],
      );
    expect((await read())[0]).toMatchObject({ next_slot_at: slot });
    expect((await read())[0]!.dispatch_error).toBeTruthy();
    await test.superuser.query(
      `update app.backup_schedules set cadence = (select cadence from app.backup_schedules where id = $2) where id = $1`,
      [broken, fine],
    );
    expect(await dispatch(host.db)).toMatchObject({ queued: 1, failed: 0 });
    expect((await read())[0]!.dispatch_error).toBeNull();
  });

  it('singles out the schedule whose row the database refuses', async () => {
    const schedules = await Promise.all(
      Array.from({ length: 5 }, () => addSchedule(test, tenantId, { nextSlotAt: slot })),
    );
    await test.superuser.query(
      `create function app.refuse_one() returns trigger language plpgsql as $$
       begin raise exception 'refused for the test'; end $$`,
    );
    await test.superuser.query(
      `create trigger refuse_one before insert on app.backup_runs for each row
       when (new.schedule_id = '${schedules[2]}') execute function app.refuse_one()`,
    );
    try {
      expect(await dispatch(host.db)).toMatchObject({ queued: 4, failed: 1 });
      const [row] = await test.superuser.query<{ dispatch_error: string }>(
        'select dispatch_error from app.backup_schedules where id = $1',
        [schedules[2]],
      );
      expect(row!.dispatch_error).toContain('refused for the test');
    } finally {
      await test.superuser.query('drop trigger refuse_one on app.backup_runs');
      await test.superuser.query('drop function app.refuse_one()');
    }
  });

  it('changes nothing when the audit log refuses', async () => {
    const schedule = await addSchedule(test, tenantId, { nextSlotAt: slot });
    await test.superuser.query(
      'alter table app.audit_events add constraint no_more check (sequence < 0) not valid',
    );
    try {
      expect(await dispatch(host.db)).toMatchObject({ queued: 0, failed: 1 });
      expect(await runsOf(test, schedule)).toEqual([]);
      const [row] = await test.superuser.query<{ next_slot_at: Date }>(
        'select next_slot_at from app.backup_schedules where id = $1',
        [schedule],
      );
      expect(row!.next_slot_at).toEqual(slot);
    } finally {
      await test.superuser.query('alter table app.audit_events drop constraint no_more');
    }
  });

  it('blames no schedule for a lock that somebody else holds', async () => {
    const schedule = await addSchedule(test, tenantId, { nextSlotAt: slot });
    await otherHost.db.transaction(async (tx) => {
      await appendAuditEvents(tx, [{ tenantId, action: 'run.requeued' }]);
      await expect(dispatch(host.db)).rejects.toMatchObject({ code: '55P03' });
    });
    const [row] = await test.superuser.query<{ dispatch_error: string | null }>(
      'select dispatch_error from app.backup_schedules where id = $1',
      [schedule],
    );
    expect(row!.dispatch_error).toBeNull();
    expect(await dispatch(host.db)).toMatchObject({ queued: 1 });
  });

  it('lets an engine below the minimum level dispatch nothing', async () => {
    const schedule = await addSchedule(test, tenantId, { nextSlotAt: slot });
    await test.superuser.query('update app.schema_meta set min_engine_level = 2');
    try {
      expect(await dispatch(host.db)).toMatchObject({ queued: 0 });
      expect(await runsOf(test, schedule)).toEqual([]);
    } finally {
      await test.superuser.query('update app.schema_meta set min_engine_level = 1');
    }
    expect(await dispatch(host.db)).toMatchObject({ queued: 1 });
  });

  it('recomputes slots of another tz database without a new version, and audits the ones that moved', async () => {
    const wrong = await addSchedule(test, tenantId, { nextSlotAt: later(7 * minute) });
    const right = await addSchedule(test, tenantId, { nextSlotAt: later(15 * minute) });
    await test.superuser.query(`update app.backup_schedules set computed_with = 'tzdata 1999z, cadence 1'`);
    expect(await recomputeSlots({ database: host.db, limits: defaultEngineLimits, log: silentLog })).toBe(1);
    const [row] = await test.superuser.query<{ next_slot_at: Date; spec_version: number }>(
      'select next_slot_at, spec_version from app.backup_schedules where id = $1',
      [wrong],
    );
    expect(row).toEqual({ next_slot_at: later(15 * minute), spec_version: 1 });
    expect(await auditActions(test, wrong)).toEqual(['schedule.recomputed']);
    expect(await auditActions(test, right)).toEqual([]);
    expect(await recomputeSlots({ database: host.db, limits: defaultEngineLimits, log: silentLog })).toBe(0);
  });
});
