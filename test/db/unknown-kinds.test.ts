import { afterAll, beforeAll, expect, it } from 'vitest';
import { readUnknownKinds } from '../../main/db/repositories/unknown-kinds.ts';
import { createBackupFixture, policy, policyType, type BackupFixture } from '../backup/backup-fixture.ts';

let fixture: BackupFixture;

beforeAll(async () => {
  fixture = await createBackupFixture([policyType('alpha')]);
});

afterAll(() => fixture.close());

it('lists what the registry does not know with its tenants, narrowed to what the person may see', async () => {
  const { test } = fixture;
  const other = await test.addTenant('Fabrikam');
  const kind = { kind: '@odata.type', value: '#microsoft.graph.brandNew' };
  const run = (count: number, options = {}) =>
    fixture.run(
      new Map([['alpha', { items: [policy('a')], reading: { unknownKinds: [{ ...kind, count }] } }]]),
      {},
      options,
    );
  await run(1);
  await run(3);
  await run(2, { tenantId: other, scheduleId: await fixture.addSchedule(other) });
  const all = await readUnknownKinds(fixture.db);
  expect(all).toMatchObject([{ typeKey: 'alpha', ...kind, tenants: ['Contoso', 'Fabrikam'], objects: 5 }]);
  expect(all[0]!.since.getTime()).toBeLessThanOrEqual(all[0]!.lastSeen.getTime());
  const reader = await test.asTechnician('Reader', 'reader', other);
  expect(await readUnknownKinds(reader.db)).toMatchObject([{ tenants: ['Fabrikam'], objects: 2 }]);
});
