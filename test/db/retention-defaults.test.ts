import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApi } from '../../main/api/api.ts';
import { systemClock } from '../../main/clock.ts';
import { listRetentionDefaults, setDefaultRetention } from '../../main/db/repositories/retention-defaults.ts';
import { createTestDatabase, type TestDatabase, type TestTechnician } from '../support/database.ts';
import { silentLog } from '../support/silent-log.ts';

let test: TestDatabase;
let tenantId: string;
let manager: TestTechnician;
let administrator: TestTechnician;
beforeAll(async () => {
  test = await createTestDatabase();
  tenantId = await test.addTenant('Contoso');
  manager = await test.asTechnician('mia', 'manager', tenantId);
  administrator = await test.asTechnician('anna', 'administrator');
});
afterAll(() => test.close());

const rulesSeenBy = async ({ db }: TestTechnician) =>
  (await listRetentionDefaults(db)).map(({ tenantName, rule }) => [tenantName, rule]);

it('begins with thirty sets for the whole workspace', async () => {
  expect(await rulesSeenBy(manager)).toEqual([[null, { keepLast: 30 }]]);
});

it('is set for the workspace by administrators and for a tenant by its managers, each audited', async () => {
  await setDefaultRetention(administrator.db, null, { keepLast: 14, weekly: 4 });
  await setDefaultRetention(manager.db, tenantId, { keepLast: 7 });
  await expect(setDefaultRetention(manager.db, null, { keepLast: 1 })).rejects.toMatchObject({
    code: 'administrator_needed',
  });
  await expect(setDefaultRetention(administrator.db, tenantId, { keepLast: 1 })).rejects.toMatchObject({
    code: 'tenant_forbidden',
  });
  expect(await rulesSeenBy(manager)).toEqual([
    [null, { keepLast: 14, weekly: 4 }],
    ['Contoso', { keepLast: 7 }],
  ]);
  expect(await rulesSeenBy(administrator)).toEqual([[null, { keepLast: 14, weekly: 4 }]]);
  const events = await test.superuser.query(
    `select actor, after from app.audit_events
      where action = 'retention.default_changed' and outcome = 'success' order by at`,
  );
  expect(events).toEqual([
    { actor: administrator.login, after: { keepLast: 14, weekly: 4 } },
    { actor: manager.login, after: { keepLast: 7 } },
  ]);
});

it('is taken away from a tenant, and never from the workspace', async () => {
  await setDefaultRetention(manager.db, tenantId, null);
  expect(await rulesSeenBy(manager)).toEqual([[null, { keepLast: 14, weekly: 4 }]]);
  await expect(setDefaultRetention(administrator.db, null, null)).rejects.toMatchObject({
    code: 'retention_invalid',
  });
});

it('is tried on the sets of today without removing one', async () => {
  const [schedule] = await test.superuser.query<{ id: string }>(
    `insert into app.backup_schedules (tenant_id, name, cadence, time_zone, spec, computed_with)
     values ($1, 'Nightly', '{"kind":"daily","times":["02:00"]}', 'UTC', '{"policyTypes":"core","retention":{"keepLast":30}}', 'test')
     returning id`,
    [tenantId],
  );
  // Only a host that holds the run seals a set; here their dates are what matters.
  await test.superuser.query('alter table app.backup_sets disable trigger user');
  let previousId: string | null = null;
  for (let day = 1; day <= 5; day += 1) {
    const [run] = await test.superuser.query<{ id: string }>(
      `insert into app.backup_runs (tenant_id, schedule_id, trigger, state, reason, spec, spec_version, finished_at)
       values ($1, $2, 'manual', 'failed', 'internal', '{}', 1, app.db_now()) returning id`,
      [tenantId, schedule!.id],
    );
    const [set]: { id: string }[] = await test.superuser.query<{ id: string }>(
      `insert into app.backup_sets (tenant_id, run_id, schedule_id, sequence, sealed_at, lease_token, complete, items,
         added, changed, removed, new_bytes, root_sha256, part_checks, previous_set_id, previous_root_sha256)
       values ($1, $2, $3, $4::int, timestamptz '2026-11-01T02:00Z' + make_interval(days => $4::int), 1, true, 1,
         0, 0, 0, 0, sha256('x'), '{}', $5::uuid, case when $5::uuid is not null then sha256('x') end) returning id`,
      [tenantId, run!.id, schedule!.id, day, previousId],
    );
    previousId = set!.id;
  }
  const api = createApi({ version: '0.0.0', clock: systemClock, log: silentLog });
  const answer = await api.dispatch(
    { login: manager.login, database: manager.db },
    { name: 'retention.preview', input: { tenantId, rule: { keepLast: 2 } } },
  );
  expect(answer).toMatchObject({
    ok: true,
    value: {
      schedules: [
        {
          scheduleName: 'Nightly',
          keeps: 2,
          goes: 3,
          nextToGo: [
            { sealedAt: '2026-11-02T02:00:00.000000Z' },
            { sealedAt: '2026-11-03T02:00:00.000000Z' },
            { sealedAt: '2026-11-04T02:00:00.000000Z' },
          ],
        },
      ],
    },
  });
  expect(await test.superuser.query('select count(*)::int as sets from app.backup_sets')).toEqual([
    { sets: 5 },
  ]);
});
