import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApi } from '../../main/api/api.ts';
import { systemClock } from '../../main/clock.ts';
import { defaultEngineLimits } from '../../main/engine/engine-limits.ts';
import { dispatchDue } from '../../main/engine/dispatcher.ts';
import { endPauses } from '../../main/engine/end-pauses.ts';
import type { Contract, ProcedureName } from '../../shared/contract/index.ts';
import type { InputOf, OutputOf } from '../../shared/contract/procedure.ts';
import { instantFromIso } from '../../shared/model/instant.ts';
import {
  createTestDatabase,
  type TestClock,
  type TestDatabase,
  type TestTechnician,
} from '../support/database.ts';
import { auditActions, runsOf } from '../engine/scheduling-fixture.ts';
import { silentLog } from '../support/silent-log.ts';

/** Changes of many schedules, pauses that end by themselves, and advice: through the API, on a real database. */
let test: TestDatabase;
let clock: TestClock;
let manager: TestTechnician;
let tenantId: string;
let readOnlyTenantId: string;
const api = createApi({ version: '0.0.0', clock: systemClock, log: silentLog });
const start = instantFromIso('2026-12-01T12:00:00Z');

beforeAll(async () => {
  test = await createTestDatabase();
  clock = await test.replaceClock(start);
  tenantId = await test.addTenant('Contoso');
  readOnlyTenantId = await test.addTenant('Fabrikam');
  manager = await test.asTechnician('maria', 'manager', tenantId);
  await test.asTechnician('maria', 'reader', readOnlyTenantId);
  await test.asTechnician('otto', 'owner', readOnlyTenantId);
});
afterAll(() => test.close());

async function ask<Name extends ProcedureName>(
  name: Name,
  input: InputOf<Contract[Name]>,
  who = manager,
): Promise<OutputOf<Contract[Name]>> {
  const result = await api.dispatch({ login: who.login, database: who.db }, { name, input });
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.value as OutputOf<Contract[Name]>;
}

const create = async (name: string, time = '02:00', inTenant = tenantId, who = manager) =>
  ask(
    'schedules.create',
    {
      tenantId: inTenant,
      name,
      cadence: { kind: 'daily', times: [time as '02:00'] },
      timeZone: 'Europe/Berlin',
      policyTypes: 'core',
      retention: { keepLast: 3 },
    },
    who,
  );

const item = (row: { tenantId: string; id: string; version: number }) => ({
  tenantId: row.tenantId,
  scheduleId: row.id,
  expectedVersion: row.version,
});
const get = (row: { tenantId: string; id: string }) =>
  ask('schedules.get', { tenantId: row.tenantId, scheduleId: row.id });

describe('a change of many schedules', () => {
  it('pauses what it may, says of each other row why not, and can be taken back', async () => {
    const own = await create('Bulk one');
    const other = await create('Bulk two');
    const otto = await test.asTechnician('otto');
    const foreign = await create('Not mine', '02:00', readOnlyTenantId, otto);
    const answer = await ask('schedules.bulk-pause', {
      items: [item(own), { ...item(other), expectedVersion: 7 }, item(foreign)],
      reason: 'maintenance of the network',
    });
    expect(answer.results).toEqual([
      { ok: true, version: 2, createdId: null },
      expect.objectContaining({ ok: false, code: 'schedule_changed' }),
      expect.objectContaining({ ok: false, code: 'tenant_forbidden' }),
    ]);
    expect(await get(own)).toMatchObject({
      enabled: false,
      pausedReason: 'maintenance of the network',
      nextSlotAt: null,
    });
    expect(await get(other)).toMatchObject({ enabled: true });
    const undone = await ask('schedules.bulk-resume', { items: [{ ...item(own), expectedVersion: 2 }] });
    expect(undone.results).toEqual([{ ok: true, version: 3, createdId: null }]);
    expect(await get(own)).toMatchObject({ enabled: true, nextSlotAt: '2026-12-02T01:00:00.000Z' });
    expect(await auditActions(test, own.id)).toEqual([
      'schedule.created',
      'schedule.paused',
      'schedule.resumed',
    ]);
    // The refusal stands in the chain of the tenant that was asked for.
    expect(await auditActions(test, foreign.id)).toEqual(['schedule.created', 'schedule.paused']);
  });

  it('gives retention rules and copies, and names a copy that exists already', async () => {
    const row = await create('Copied', '04:00');
    const kept = await ask('schedules.bulk-retention', {
      items: [{ ...item(row), retention: { keepLast: 9, weekly: 4 } }],
    });
    expect(kept.results[0]).toMatchObject({ ok: true, version: 2 });
    expect((await get(row)).retention).toEqual({ keepLast: 9, weekly: 4 });
    const second = await test.addTenant('Adatum');
    await test.asTechnician('maria', 'owner', second);
    const items = [
      { tenantId, scheduleId: row.id, toTenantId: second },
      { tenantId, scheduleId: row.id, toTenantId: second },
      { tenantId, scheduleId: row.id, toTenantId: readOnlyTenantId },
    ];
    const { results } = await ask('schedules.bulk-copy', { items });
    expect(results.map((result) => (result.ok ? 'ok' : result.code))).toEqual([
      'ok',
      'schedule_name_taken',
      'tenant_forbidden',
    ]);
    const copy = results[0]!.ok ? results[0]!.createdId! : '';
    expect(await ask('schedules.get', { tenantId: second, scheduleId: copy })).toMatchObject({
      name: 'Copied',
      retention: { keepLast: 9, weekly: 4 },
    });
  });

  it('starts a run of each, once', async () => {
    const row = await create('Started', '05:00');
    const once = await ask('schedules.bulk-run', { items: [item(row)] });
    const twice = await ask('schedules.bulk-run', { items: [item(row)] });
    expect(once.results[0]).toMatchObject({ ok: true });
    expect(twice.results[0]).toMatchObject({ ok: false, code: 'run_active' });
    expect(await runsOf(test, row.id)).toHaveLength(1);
  });
});

describe('a pause with an end', () => {
  it('is ended by a host once its time has come, audited, and the outage after it shows as missed', async () => {
    await clock.set(start);
    const row = await create('Ends by itself', '02:00');
    const resumeAt = '2026-12-03T00:00:00.000Z';
    await ask('schedules.bulk-pause', { items: [item(row)], reason: 'holidays', resumeAt });
    expect(await get(row)).toMatchObject({ enabled: false, resumeAt });
    const host = await test.asHost('resumer');
    const end = () => endPauses({ database: host.db, log: silentLog });
    await clock.set(instantFromIso('2026-12-02T12:00:00Z'));
    expect(await end()).toBe(0);
    // No host was there when the pause ended, nor at the slot of that night.
    await clock.set(instantFromIso('2026-12-03T10:00:00Z'));
    expect(await end()).toBe(1);
    expect(await end()).toBe(0);
    expect(await get(row)).toMatchObject({ enabled: true, resumeAt: null, pausedReason: null });
    await dispatchDue({ database: host.db, limits: defaultEngineLimits, log: silentLog });
    const [missed] = await runsOf(test, row.id);
    expect(missed).toMatchObject({ state: 'missed', slot_at: instantFromIso('2026-12-03T01:00:00Z') });
    expect(await auditActions(test, row.id)).toEqual([
      'schedule.created',
      'schedule.paused',
      'schedule.resumed',
    ]);
    await clock.set(start);
  });

  it('cannot end in the past, is dropped by resuming, and waits for a tenant to be connected', async () => {
    const row = await create('Past');
    const pause = (resumeAt: string) =>
      ask('schedules.pause', {
        tenantId,
        scheduleId: row.id,
        expectedVersion: row.version,
        reason: 'holidays',
        resumeAt,
      });
    await expect(pause('2026-11-30T00:00:00.000Z')).rejects.toThrow('pause_end_past');
    const paused = await pause('2026-12-02T00:00:00.000Z');
    await test.superuser.query(
      `update app.tenants set state = 'disconnected', disconnected_at = app.db_now() where id = $1`,
      [tenantId],
    );
    const host = await test.asHost('resumer');
    await clock.set(instantFromIso('2026-12-04T00:00:00Z'));
    expect(await endPauses({ database: host.db, log: silentLog })).toBe(0);
    await test.superuser.query(
      `update app.tenants set state = 'connected', disconnected_at = null where id = $1`,
      [tenantId],
    );
    await clock.set(start);
    const resumed = await ask('schedules.resume', {
      tenantId,
      scheduleId: row.id,
      expectedVersion: paused.version,
    });
    expect(resumed).toMatchObject({ enabled: true, resumeAt: null });
  });
});

describe('advice', () => {
  it('counts the schedules that start together, and spreads them in one go or not at all', async () => {
    const crowded = await test.addTenant('Crowded');
    await test.asTechnician('maria', 'manager', crowded);
    const rows = [];
    for (const name of ['A', 'B', 'C', 'D']) rows.push(await create(name, '02:00', crowded));
    await create('Elsewhere', '09:00', crowded);
    const cadence = { kind: 'daily' as const, times: ['02:00' as const] };
    const advice = await ask('schedules.advice', { tenantId: crowded, cadence, timeZone: 'Europe/London' });
    expect(advice).toMatchObject({ collision: null, otherZones: ['Europe/Berlin'], medianRunMs: null });
    const same = await ask('schedules.advice', {
      tenantId: crowded,
      scheduleId: rows[0]!.id,
      cadence,
      timeZone: 'Europe/Berlin',
    });
    expect(same.collision?.localTime).toBe('2026-12-02 02:00');
    expect(same.collision?.others.map((other) => other.name)).toEqual(['B', 'C', 'D']);
    const plan = await ask('schedules.spread-plan', {
      tenantId: crowded,
      timeZone: 'Europe/Berlin',
      from: '02:00',
      to: '02:59',
    });
    expect(plan.staying).toBe(1);
    expect(plan.moves.map((move) => move.name).sort()).toEqual(['A', 'B', 'C', 'D']);
    expect(new Set(plan.moves.map((move) => move.after)).size).toBe(4);
    const changes = plan.moves.map(({ scheduleId, expectedVersion, cadence: moved }) => ({
      scheduleId: scheduleId!,
      expectedVersion,
      cadence: moved,
    }));
    await expect(
      ask('schedules.spread', {
        tenantId: crowded,
        changes: changes.map((change, index) => (index === 3 ? { ...change, expectedVersion: 5 } : change)),
      }),
    ).rejects.toThrow('schedule_changed');
    const times = async () => {
      const list = await ask('schedules.list', { tenantId: crowded });
      return list.rows.map((row) => (row.cadence.kind === 'daily' ? row.cadence.times[0] : null));
    };
    expect(await times()).toEqual(['02:00', '02:00', '02:00', '02:00', '09:00']);
    expect(await ask('schedules.spread', { tenantId: crowded, changes })).toEqual({ moved: 4 });
    expect(new Set(await times()).size).toBe(5);
    expect(await auditActions(test, rows[0]!.id)).toEqual(['schedule.created', 'schedule.edited']);
  });

  it('tells what a rule would keep before it is saved', async () => {
    const row = await create('Kept', '03:00');
    const preview = await ask('schedules.retention-preview', {
      tenantId,
      scheduleId: row.id,
      retention: { keepLast: 3 },
    });
    expect(preview).toEqual({ sets: 0, kept: 0, removedNext: [], removedNextCount: 0, nextToGo: null });
  });

  it('keeps an allowed age set by hand and judges health by it', async () => {
    const row = await create('Aged', '06:00');
    const edited = await ask('schedules.edit', {
      ...item(row),
      name: row.name,
      cadence: row.cadence,
      timeZone: row.timeZone,
      policyTypes: row.policyTypes,
      retention: row.retention,
      alerts: { allowedAgeMinutes: 90, failedTimes: 2, firstPartial: true },
    });
    expect(edited.alerts).toEqual({ allowedAgeMinutes: 90, failedTimes: 2, firstPartial: true });
    expect(row.alerts).toEqual({});
  });
});

describe('a list of schedules', () => {
  it('filters on the server and says how many there are without the filter', async () => {
    // Paused with their tenant, above.
    const filter = { search: 'bulk', status: 'paused' } as const;
    const list = await ask('schedules.list', { tenantId, filter });
    expect(list.rows.map((row) => row.name)).toEqual(['Bulk one', 'Bulk two']);
    expect(list.unfiltered).toBeGreaterThan(2);
    const on = await ask('schedules.list', { tenantId, filter: { ...filter, status: 'on' } });
    expect(on.rows).toEqual([]);
  });
});

describe('saved views', () => {
  it('are one person’s alone or shared with a tenant, and audited there', async () => {
    const search = { q: 'outcome:denied' };
    const mine = await ask('views.save', { page: 'audit', name: 'Denials', search });
    const shared = await ask('views.save', { page: 'audit', name: 'Denials', search, sharedWith: tenantId });
    await expect(ask('views.save', { page: 'audit', name: 'denials', search })).rejects.toThrow(
      'view_name_taken',
    );
    await expect(
      ask('views.save', { page: 'audit', name: 'X', search, sharedWith: readOnlyTenantId }),
    ).rejects.toThrow('tenant_forbidden');
    const colleague = await test.asTechnician('rita', 'reader', tenantId);
    const seen = await ask('views.list', { page: 'audit' }, colleague);
    expect(seen.rows).toEqual([expect.objectContaining({ id: shared.id, tenantId, own: false, search })]);
    expect((await ask('views.list', { page: 'audit' })).rows.map((view) => view.id).sort()).toEqual(
      [mine.id, shared.id].sort(),
    );
    expect((await ask('views.list', { page: 'runs' })).rows).toEqual([]);
    await expect(ask('views.remove', { viewId: shared.id }, colleague)).rejects.toThrow('tenant_forbidden');
    await expect(ask('views.remove', { viewId: mine.id }, colleague)).rejects.toThrow('view_unknown');
    await ask('views.remove', { viewId: shared.id });
    expect(await auditActions(test, shared.id)).toEqual(['view.saved', 'view.removed', 'view.removed']);
  });
});
