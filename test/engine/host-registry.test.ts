import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../main/clock.ts';
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

async function warningsAt(offsetMs: number): Promise<string[]> {
  const warnings: string[] = [];
  const log: Log = { ...silentLog, warn: (_fields, message) => void warnings.push(message) };
  const registry = createHostRegistry({
    database: host.db,
    readers: { openableTenantIds: async () => [] },
    host: { hostId: host.hostId, name: host.login, kind: 'service', appVersion: '0.0.0-test' },
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
    host: { hostId: host.hostId, name: host.login, kind: 'service', appVersion: '0.0.0-test' },
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
