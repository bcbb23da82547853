import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { listHostReach, pauseHost, resumeHost } from '../../main/db/repositories/hosts.ts';
import { requestRun } from '../../main/db/repositories/runs.ts';
import type { Engine } from '../../main/engine/engine.ts';
import { instantFromIso } from '../../shared/model/instant.ts';
import {
  createTestDatabase,
  type TestClock,
  type TestDatabase,
  type TestHost,
  type TestTechnician,
} from '../support/database.ts';
import { addSchedule, auditActions, eventually, runsOf, startHost } from './scheduling-fixture.ts';

let test: TestDatabase;
let clock: TestClock;
let host: TestHost;
let administrator: TestTechnician;
let operator: TestTechnician;
let tenantId: string;
const slot = instantFromIso('2026-11-24T02:00:00Z');
const engines: Engine[] = [];

beforeAll(async () => {
  test = await createTestDatabase();
  clock = await test.replaceClock(slot);
  host = await test.asHost('one');
  tenantId = await test.addTenant('Contoso');
  administrator = await test.asTechnician('anna', 'administrator');
  operator = await test.asTechnician('olga', 'operator', tenantId);
});
afterAll(() => test.close());
beforeEach(async () => {
  await test.superuser.query('truncate app.backup_schedules, app.host_instances cascade');
  await resumeHost(administrator.db, host.hostId);
  await clock.set(slot);
});
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.stop('host_shutdown', { budgetMs: 3_000 });
});

async function start(who = host) {
  const started = await startHost(test, who);
  engines.push(started.engine);
  return started;
}
/** The key that the test database gives a host. */
const key = (who: TestHost) => `age1test${who.login}`;
const states = async (scheduleId: string) => (await runsOf(test, scheduleId)).map(({ state }) => state);

it('a paused host neither dispatches nor claims, and does both after its pause', async () => {
  await pauseHost(administrator.db, host.hostId, { minutes: 60, reason: 'new disk' });
  const due = await addSchedule(test, tenantId, { nextSlotAt: slot });
  const byHand = await addSchedule(test, tenantId, { nextSlotAt: null });
  await requestRun(operator.db, byHand);
  const { engine, executor } = await start();
  await engine.tickNow();
  await engine.claimNow();
  expect([await states(due), await states(byHand)]).toEqual([[], ['queued']]);
  // A tick that dispatched nothing does not pass for one that did.
  const [row] = await test.superuser.query(`select last_tick_at from app.host_instances`);
  expect(row).toEqual({ last_tick_at: null });

  await clock.advanceMs(60 * 60_000);
  await engine.tickNow();
  // The hour went by: its slots were found late, and say so.
  expect(await states(due)).toContain('missed');
  await executor.nextLease();
});

it('goes on with the run that it holds while it is paused', async () => {
  const scheduleId = await addSchedule(test, tenantId, { nextSlotAt: slot });
  const { executor } = await start();
  const lease = await executor.nextLease();
  await pauseHost(administrator.db, host.hostId, { minutes: null, reason: null });
  executor.finish(lease.runId);
  await eventually(async () => (await states(scheduleId))[0] === 'succeeded', 'the run ended well');
});

it('another host takes over what a paused one leaves', async () => {
  await pauseHost(administrator.db, host.hostId, { minutes: null, reason: null });
  const scheduleId = await addSchedule(test, tenantId, { nextSlotAt: slot });
  const paused = await start();
  await paused.engine.tickNow();
  expect(await states(scheduleId)).toEqual([]);
  const { executor } = await start(await test.asHost('two'));
  expect((await executor.nextLease()).scheduleId).toBe(scheduleId);
});

it('is paused by an administrator or by itself for the person at it, both audited', async () => {
  await expect(pauseHost(operator.db, host.hostId, { minutes: 5, reason: null })).rejects.toMatchObject({
    code: 'administrator_needed',
  });
  await pauseHost(host.db, host.hostId, { minutes: 5, reason: null, askedBy: operator.login });
  const [row] = await test.superuser.query('select paused_by::text as by from app.hosts where id = $1', [
    host.hostId,
  ]);
  expect(row).toEqual({ by: operator.login });
  // An administrator cannot put somebody else's name to it.
  await pauseHost(administrator.db, host.hostId, { minutes: 5, reason: null, askedBy: operator.login });
  const [again] = await test.superuser.query('select paused_by::text as by from app.hosts where id = $1', [
    host.hostId,
  ]);
  expect(again).toEqual({ by: administrator.login });
  const other = await test.asHost('two');
  await expect(pauseHost(other.db, host.hostId, { minutes: 5, reason: null })).rejects.toMatchObject({
    code: 'administrator_needed',
  });
  await resumeHost(host.db, host.hostId, operator.login);
  expect((await auditActions(test, host.hostId)).slice(-5)).toEqual([
    'host.paused',
    'host.paused',
    'host.paused',
    'host.paused',
    'host.resumed',
  ]);
});

it('is the only one for a tenant until another host has the credential', async () => {
  const sealTo = async (...keys: string[]) => {
    await test.superuser.query('delete from app.credentials');
    await test.superuser.query(
      `insert into app.credentials (tenant_id, kind, client_id, sealed, recipients)
       values ($1, 'secret', gen_random_uuid(), 'x', $2)`,
      [tenantId, keys],
    );
  };
  const reachOf = async (who: TestHost, asking = administrator) =>
    (await listHostReach(asking.db)).find(({ hostId }) => hostId === who.hostId);
  const other = await test.asHost('two');
  await sealTo(key(host));
  await start();
  expect(await reachOf(host)).toMatchObject({ tenants: 1, onlyKey: ['Contoso'], onlyAlive: ['Contoso'] });
  await sealTo(key(host), key(other));
  expect(await reachOf(host)).toMatchObject({ onlyKey: [], onlyAlive: ['Contoso'] });
  await start(other);
  expect(await reachOf(host)).toMatchObject({ onlyKey: [], onlyAlive: [] });
  await pauseHost(administrator.db, other.hostId, { minutes: 5, reason: null });
  expect(await reachOf(host)).toMatchObject({ onlyAlive: ['Contoso'] });
  await resumeHost(administrator.db, other.hostId);
  const stranger = await test.asTechnician('stranger');
  expect(await reachOf(host, stranger)).toMatchObject({ tenants: 0, onlyKey: [], onlyAlive: [] });
});
