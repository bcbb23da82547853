import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cancelRun, listRuns, requestRun } from '../../main/db/repositories/runs.ts';
import { getSchedule, listSchedules } from '../../main/db/repositories/schedules.ts';
import { addSchedule as add, changeSchedule, removeSchedule } from '../../main/engine/change-schedule.ts';
import { dispatchDue } from '../../main/engine/dispatcher.ts';
import { defaultEngineLimits } from '../../main/engine/engine-limits.ts';
import { instantFromIso } from '../../shared/model/instant.ts';
import type { RunState } from '../../shared/model/run-states.ts';
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
  pauseBefore,
  quarterHourly,
  runsOf,
  silentLog,
  spec,
} from './scheduling-fixture.ts';

let test: TestDatabase;
let clock: TestClock;
let host: TestHost;
let manager: TestTechnician;
let operator: TestTechnician;
let reader: TestTechnician;
let stranger: TestTechnician;
let tenantId: string;
const slot = instantFromIso('2026-11-24T02:00:00Z');
const minute = 60_000;
const later = (ms: number) => new Date(slot.getTime() + ms);

beforeAll(async () => {
  test = await createTestDatabase();
  clock = await test.replaceClock(slot);
  host = await test.asHost('one');
  tenantId = await test.addTenant('Contoso');
  const elsewhere = await test.addTenant('Fabrikam');
  manager = await test.asTechnician('mia', 'manager', tenantId);
  operator = await test.asTechnician('olga', 'operator', tenantId);
  reader = await test.asTechnician('rita', 'reader', tenantId);
  stranger = await test.asTechnician('sven', 'owner', elsewhere);
});
afterAll(() => test.close());
beforeEach(async () => {
  await test.superuser.query('truncate app.backup_schedules cascade');
  await clock.set(slot);
});

const dispatch = () => dispatchDue({ database: host.db, limits: defaultEngineLimits, log: silentLog });

describe('run now', () => {
  it('asked for twenty times at once gives one run', async () => {
    const scheduleId = await addSchedule(test, tenantId, { nextSlotAt: null });
    const logins = await Promise.all(Array.from({ length: 5 }, () => test.open(operator, { max: 4 })));
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => requestRun(logins[index % 5]!, scheduleId)),
    );
    expect(answers.filter((answer) => answer.created)).toHaveLength(1);
    expect(new Set(answers.map((answer) => answer.runId)).size).toBe(1);
    const runs = await runsOf(test, scheduleId);
    expect(runs).toHaveLength(1);
    expect(await auditActions(test, runs[0]!.id)).toEqual(['run.requested']);
  });

  it('is refused to readers, and strangers do not even learn that the schedule exists', async () => {
    const scheduleId = await addSchedule(test, tenantId, { nextSlotAt: null });
    await expect(requestRun(reader.db, scheduleId)).rejects.toMatchObject({ code: 'tenant_forbidden' });
    await expect(requestRun(stranger.db, scheduleId)).rejects.toMatchObject({ code: 'schedule_not_found' });
    await expect(requestRun(operator.db, randomUUID())).rejects.toMatchObject({ code: 'schedule_not_found' });
    await expect(
      reader.db.query(`insert into app.backup_runs (tenant_id) values ($1)`, [tenantId]),
    ).rejects.toMatchObject({ code: '42501' });
    const denied = await test.superuser.query<{ actor: string }>(
      `select actor from app.audit_events where target_id = $1 and outcome = 'denied' order by sequence`,
      [scheduleId],
    );
    expect(denied.map((row) => row.actor)).toEqual([reader.login, stranger.login]);
    expect(await runsOf(test, scheduleId)).toEqual([]);
  });

  it('works on a paused schedule, and makes a due slot an overlap', async () => {
    const paused = await addSchedule(test, tenantId, { nextSlotAt: null, enabled: false });
    expect(await requestRun(operator.db, paused)).toMatchObject({ created: true });
    const due = await addSchedule(test, tenantId, { nextSlotAt: slot });
    const { runId } = await requestRun(operator.db, due);
    await dispatch();
    expect((await runsOf(test, due))[0]).toMatchObject({ state: 'skipped', blocked_by: runId });
  });

  it('as a retry is a new row that names the old one, for every ending but success', async () => {
    const scheduleId = await addSchedule(test, tenantId, { nextSlotAt: null });
    const ended = async (state: RunState) => {
      const [run] = await test.superuser.query<{ id: string }>(
        `insert into app.backup_runs (tenant_id, schedule_id, trigger, state, reason, spec, spec_version, finished_at, backup_set_id)
         values ($1, $2, 'manual', $3, 'by_user', '{}', 1, app.db_now(), $4) returning id`,
        [tenantId, scheduleId, state, state === 'succeeded' || state === 'partial' ? randomUUID() : null],
      );
      return run!.id;
    };
    for (const state of ['failed', 'partial', 'cancelled', 'missed', 'skipped', 'interrupted'] as const) {
      const old = await ended(state);
      const { runId, created } = await requestRun(operator.db, scheduleId, old);
      expect(created).toBe(true);
      const run = (await runsOf(test, scheduleId)).find((row) => row.id === runId)!;
      expect(run).toMatchObject({ retry_of: old, state: 'queued', trigger: 'manual' });
      expect(await auditActions(test, runId)).toEqual(['run.retry_requested']);
      await cancelRun(operator.db, runId);
    }
    await expect(requestRun(operator.db, scheduleId, await ended('succeeded'))).rejects.toMatchObject({
      code: 'run_not_retryable',
    });
    await expect(requestRun(operator.db, scheduleId, randomUUID())).rejects.toMatchObject({
      code: 'run_not_found',
    });
  });
});

describe('editing a schedule', () => {
  it('creates, lists, renames and pauses by the same rules that dispatch uses', async () => {
    const scheduleId = await add(manager.db, {
      tenantId,
      name: 'Nightly',
      cadence: { kind: 'daily', times: ['02:30'] },
      timeZone: 'Europe/Berlin',
      spec: { policyTypes: 'core', retention: { keepLast: 5 } },
    });
    const [listed] = await listSchedules(reader.db, tenantId);
    expect(listed).toMatchObject({
      scheduleId,
      name: 'Nightly',
      nextSlotAt: instantFromIso('2026-11-25T01:30:00Z'),
    });
    expect(await listSchedules(stranger.db, tenantId)).toEqual([]);
    await expect(add(manager.db, { ...listed!, tenantId, name: 'NIGHTLY' })).rejects.toMatchObject({
      code: 'schedule_name_taken',
    });
    await expect(add(operator.db, { ...listed!, tenantId, name: 'Other' })).rejects.toMatchObject({
      code: 'tenant_forbidden',
    });
    await changeSchedule(manager.db, tenantId, scheduleId, { enabled: false, pauseReason: 'holiday' });
    expect(await getSchedule(reader.db, tenantId, scheduleId)).toMatchObject({
      enabled: false,
      pauseReason: 'holiday',
      nextSlotAt: null,
      version: 2,
    });
    await changeSchedule(manager.db, tenantId, scheduleId, { enabled: true, name: 'Nightly, Berlin' });
    expect(await auditActions(test, scheduleId)).toEqual([
      'schedule.created',
      'schedule.paused',
      'schedule.resumed',
    ]);
    await expect(
      changeSchedule(manager.db, tenantId, scheduleId, { name: 'Late', expectedVersion: 1 }),
    ).rejects.toMatchObject({ code: 'schedule_changed' });
  });

  it('after an outage settles what was overdue under the old content', async () => {
    const scheduleId = await addSchedule(test, tenantId, { nextSlotAt: slot });
    await clock.set(later(60 * minute + 30_000));
    await changeSchedule(manager.db, tenantId, scheduleId, {
      cadence: { kind: 'daily', times: ['12:00'] },
      spec: { policyTypes: 'all', retention: { keepLast: 1 } },
    });
    const runs = await runsOf(test, scheduleId);
    expect(runs.map((run) => run.state)).toEqual(['missed', 'missed', 'missed', 'missed', 'queued']);
    const specs = await test.superuser.query<{ spec: unknown }>('select distinct spec from app.backup_runs');
    expect(specs).toEqual([{ spec }]);
    expect(await auditActions(test, runs[0]!.id)).toEqual(['run.missed']);
    expect(await getSchedule(reader.db, tenantId, scheduleId)).toMatchObject({
      nextSlotAt: instantFromIso('2026-11-24T12:00:00Z'),
    });
  });

  it.each([['null'], ["'[]'"]])(
    'is refused by the database where overdue slots are given as %s',
    async (settled) => {
      const scheduleId = await addSchedule(test, tenantId, { nextSlotAt: slot });
      await clock.set(later(60 * minute + 30_000));
      const [answer] = await manager.db.query(
        `select e.refused from app.edit_schedule($1, 1, $2, ${settled}, 'Quiet', '{"kind":"daily","times":["12:00"]}', 'UTC',
         '{}', true, null, null, $3, 'psql') e`,
        [scheduleId, slot, later(24 * 60 * minute)],
      );
      expect(answer).toEqual({ refused: 'schedule_due' });
    },
  );

  it('yields no missed rows for the time that a schedule was paused', async () => {
    const scheduleId = await addSchedule(test, tenantId, { nextSlotAt: later(15 * minute) });
    await changeSchedule(manager.db, tenantId, scheduleId, { enabled: false });
    await clock.set(later(24 * 60 * minute));
    await changeSchedule(manager.db, tenantId, scheduleId, { enabled: true });
    expect(await runsOf(test, scheduleId)).toEqual([]);
    expect(await getSchedule(reader.db, tenantId, scheduleId)).toMatchObject({
      nextSlotAt: later((24 * 60 + 15) * minute),
    });
  });

  it('against dispatch, dispatch first: the editor starts over and loses no slot', async () => {
    const scheduleId = await addSchedule(test, tenantId, { nextSlotAt: slot });
    const paused = pauseBefore(manager.db, 'app.edit_schedule');
    const editing = changeSchedule(paused.database, tenantId, scheduleId, { name: 'renamed' });
    await paused.point.reached;
    await dispatch();
    paused.point.release();
    await expect(editing).rejects.toMatchObject({ code: 'schedule_changed' });
    expect(await runsOf(test, scheduleId)).toHaveLength(1);
  });

  it('that becomes due before the change arrives is settled and tried again', async () => {
    const scheduleId = await addSchedule(test, tenantId, { nextSlotAt: later(15 * minute) });
    const paused = pauseBefore(manager.db, 'app.edit_schedule');
    const editing = changeSchedule(paused.database, tenantId, scheduleId, { name: 'renamed' });
    await paused.point.reached;
    await clock.set(later(15 * minute + 1_000));
    paused.point.release();
    await editing;
    expect((await runsOf(test, scheduleId)).map((run) => run.state)).toEqual(['queued']);
    expect(await getSchedule(reader.db, tenantId, scheduleId)).toMatchObject({
      name: 'renamed',
      nextSlotAt: later(30 * minute),
    });
  });

  it('mends a cadence that cannot be read, leaving one missed row for what was due', async () => {
    const scheduleId = await addSchedule(test, tenantId, { nextSlotAt: slot });
    await test.superuser.query(`update app.backup_schedules set cadence = '{"kind":"lunar"}'`);
    await clock.set(later(60 * minute));
    await changeSchedule(manager.db, tenantId, scheduleId, { cadence: quarterHourly });
    expect((await runsOf(test, scheduleId)).map((run) => run.state)).toEqual(['missed']);
  });

  it('removed cancels the waiting run, asks the running one to end and frees the name', async () => {
    const waiting = await addSchedule(test, tenantId, { name: 'Nightly', nextSlotAt: slot });
    await dispatch();
    await removeSchedule(manager.db, tenantId, waiting);
    const [cancelled] = await runsOf(test, waiting);
    expect(cancelled).toMatchObject({ state: 'cancelled', reason: 'schedule_disabled' });
    expect(await getSchedule(manager.db, tenantId, waiting)).toBeNull();
    expect(await auditActions(test, waiting)).toEqual(['schedule.deleted']);
    const running = await addSchedule(test, tenantId, { name: 'nightly', nextSlotAt: slot });
    await dispatch();
    await host.db.query(
      `update app.backup_runs set state = 'running', lease_token = 1, attempt = 1, lease_instance = gen_random_uuid(),
              lease_expires_at = app.db_now() + interval '30 seconds', deadline_at = app.db_now() + interval '2 hours'
        where schedule_id = $1`,
      [running],
    );
    await removeSchedule(manager.db, tenantId, running);
    expect((await runsOf(test, running))[0]).toMatchObject({ state: 'running', cancel_requested_at: slot });
    await expect(requestRun(operator.db, running)).rejects.toMatchObject({ code: 'schedule_not_found' });
  });

  it('is paused in the transaction that disconnects its tenant', async () => {
    const leaving = await test.addTenant('Leaving');
    const owner = await test.asTechnician('otto', 'owner', leaving);
    const scheduleId = await addSchedule(test, leaving, { nextSlotAt: slot });
    await dispatch();
    const [answer] = await owner.db.query<{ refused: string | null }>(
      `select app.disconnect_tenant($1, 'contract ended') as refused`,
      [leaving],
    );
    expect(answer!.refused).toBeNull();
    expect((await runsOf(test, scheduleId))[0]).toMatchObject({ state: 'cancelled' });
    expect(await getSchedule(owner.db, leaving, scheduleId)).toMatchObject({
      enabled: false,
      nextSlotAt: null,
    });
    await expect(changeSchedule(owner.db, leaving, scheduleId, { enabled: true })).rejects.toMatchObject({
      code: 'tenant_disconnected',
    });
  });
});

describe('the list of runs', () => {
  it('pages newest first without losing or repeating a row, for members only', async () => {
    const scheduleId = await addSchedule(test, tenantId, { nextSlotAt: slot });
    await clock.set(later(6 * 60 * minute));
    await dispatch();
    const all = await listRuns(reader.db, { tenantId });
    expect(all.rows).toHaveLength(25);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof listRuns>> = await listRuns(
        reader.db,
        { tenantId },
        { scheduleId },
        { cursor, limit: 7 },
      );
      seen.push(...page.rows.map((run) => run.runId));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(all.rows.map((run) => run.runId));
    expect((await listRuns(reader.db, { tenantId }, { states: ['queued'] })).rows).toHaveLength(1);
    expect((await listRuns(stranger.db, { tenantId })).rows).toEqual([]);
    expect((await listRuns(stranger.db, { allTenants: true })).rows).toEqual([]);
    await expect(
      listRuns(reader.db, { tenantId }, {}, { cursor: `0_' or true --`, limit: 1 }),
    ).rejects.toMatchObject({ code: 'cursor_invalid' });
  });
});
