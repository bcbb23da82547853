import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../main/clock.ts';
import { createHostDiary, type HostNews } from '../../main/engine/host-diary.ts';
import { createHostRegistry } from '../../main/engine/host-registry.ts';
import type { Log } from '../../main/engine/ports.ts';
import { createTestDatabase, type TestDatabase, type TestHost } from '../support/database.ts';
import { silentLog } from '../support/silent-log.ts';

let test: TestDatabase;
let host: TestHost;
beforeAll(async () => {
  test = await createTestDatabase();
  host = await test.asHost();
});
afterAll(() => test.close());

const identity = () => ({
  hostId: host.hostId,
  name: host.login,
  kind: 'service' as const,
  appVersion: '0.0.0-test',
});

async function warningsAt(offsetMs: number): Promise<string[]> {
  const warnings: string[] = [];
  const log: Log = { ...silentLog, warn: (_fields, message) => void warnings.push(message) };
  const registry = createHostRegistry({
    database: host.db,
    readers: { openableTenantIds: async () => [] },
    host: identity(),
    diary: { note: () => undefined },
    clock: { ...systemClock, wallMs: () => systemClock.wallMs() + offsetMs },
    log,
  });
  await registry.checkIn();
  await registry.checkIn();
  expect(Math.abs(registry.clockOffset()!.offsetMs + offsetMs)).toBeLessThan(2_000);
  return warnings;
}

it('warns once of a clock that is 30 seconds off or more, either way, and shows every offset', async () => {
  const warning = "This machine's clock differs from the database's";
  expect(await warningsAt(0)).toEqual([]);
  expect(await warningsAt(-25_000)).toEqual([]);
  expect(await warningsAt(30_000)).toEqual([warning]);
  expect(await warningsAt(-30_000)).toEqual([warning]);
  expect(await warningsAt(86_400_000)).toEqual([warning]);
});

it('takes its own row for its own when the answer to the first check-in got lost', async () => {
  let answersLost = 1;
  const registry = createHostRegistry({
    database: {
      ...host.db,
      async query<Row extends object>(text: string, parameters?: readonly unknown[]) {
        const rows = await host.db.query<Row>(text, parameters);
        if (answersLost > 0) {
          answersLost -= 1;
          throw new Error('Connection terminated unexpectedly');
        }
        return rows;
      },
    },
    readers: { openableTenantIds: async () => [] },
    host: identity(),
    diary: { note: () => undefined },
    clock: systemClock,
    log: silentLog,
  });
  const instanceId = registry.instanceId();
  await expect(registry.checkIn()).rejects.toThrow('terminated');
  await registry.checkIn();
  expect(registry.instanceId()).toBe(instanceId);
  await registry.changeState('stopped');
  await registry.checkIn();
  expect(registry.instanceId()).not.toBe(instanceId);
});

it('notes each change of what it notices about itself once, and nothing while nothing changes', async () => {
  let offsetMs = 0;
  let isAway = false;
  const noted: HostNews[] = [];
  const registry = createHostRegistry({
    database: {
      ...host.db,
      async query<Row extends object>(text: string, parameters?: readonly unknown[]) {
        if (isAway) throw new Error('Connection terminated unexpectedly');
        return host.db.query<Row>(text, parameters);
      },
    },
    readers: { openableTenantIds: async () => [] },
    host: identity(),
    diary: { note: (news) => noted.push(news) },
    clock: { ...systemClock, wallMs: () => systemClock.wallMs() + offsetMs },
    log: silentLog,
  });
  const actions = () => noted.splice(0).map(({ action }) => action);
  for (const [at, expected] of [
    [0, []],
    [29_000, []],
    [-31_000, ['host.clock_differs']],
    [31_000, []],
    // Within the limit but not well within: a clock there would be told again and again.
    [25_000, []],
    [15_000, ['host.clock_agrees']],
  ] as const) {
    offsetMs = at;
    await registry.checkIn();
    expect(actions(), `at ${at} ms`).toEqual(expected);
  }

  isAway = true;
  await expect(registry.checkIn()).rejects.toThrow('terminated');
  await expect(registry.checkIn()).rejects.toThrow('terminated');
  isAway = false;
  await registry.checkIn();
  expect(noted).toEqual([{ action: 'host.reconnected', lastSeenAt: expect.any(Date) }]);
  noted.length = 0;

  registry.renewInstance();
  await registry.checkIn();
  expect(actions()).toEqual(['host.woke']);

  await test.superuser.query('update app.schema_meta set min_engine_level = 1000');
  await registry.checkIn();
  await registry.checkIn();
  expect(noted).toEqual([{ action: 'host.outdated', engineLevel: expect.any(Number), neededLevel: 1000 }]);
  await test.superuser.query('update app.schema_meta set min_engine_level = 1');
});

it('writes what was noted to the audit log once the database takes it', async () => {
  let isAway = true;
  const diary = createHostDiary({
    database: {
      ...host.db,
      async transaction(work, settings) {
        if (isAway) throw new Error('Connection terminated unexpectedly');
        return host.db.transaction(work, settings);
      },
    },
    host: identity(),
  });
  diary.note({ action: 'host.clock_differs', offsetMs: 31_000, errorMs: 2 });
  await expect(diary.write()).rejects.toThrow('terminated');
  diary.note({ action: 'host.woke', lastSeenAt: new Date('2026-11-30T02:00:00Z') });
  isAway = false;
  await diary.write();
  await diary.write();
  const events = await test.superuser.query(
    `select action, target_id as "hostId", actor, after from app.audit_events
      where tenant_id is null and action in ('host.clock_differs', 'host.woke') order by sequence`,
  );
  expect(events).toEqual([
    {
      action: 'host.clock_differs',
      hostId: host.hostId,
      actor: host.login,
      after: { offsetMs: 31_000, errorMs: 2 },
    },
    {
      action: 'host.woke',
      hostId: host.hostId,
      actor: host.login,
      after: { lastSeenAt: '2026-11-30T02:00:00.000Z' },
    },
  ]);
});
