import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../main/clock.ts';
import type { Sql } from '../../main/db/database.ts';
import { examineCredentials } from '../../main/diagnostics/credential-check.ts';
import { examineDatabase } from '../../main/diagnostics/database-checks.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { silentLog } from '../support/silent-log.ts';

let database: TestDatabase;
let tenantId: string;
beforeAll(async () => {
  database = await createTestDatabase();
  tenantId = await database.addTenant('Contoso');
});
afterAll(() => database.close());

const parts = { clock: systemClock, log: silentLog };
const troubles = async (sql: Sql, given = parts) =>
  (await examineDatabase(sql, given))
    .filter(({ state }) => state !== 'ok')
    .map(({ key, state, finding, nextStep }) => ({ key, state, finding, nextStep }));

it('finds nothing wrong with a database as migrate made it and the login of a person', async () => {
  const { db, login } = await database.asTechnician('Anna', 'reader', tenantId);
  expect(await troubles(db)).toEqual([]);
  const checks = await examineDatabase(db, parts);
  expect(checks.find(({ key }) => key === 'login')?.finding).toContain(login);
  expect(checks.find(({ key }) => key === 'server')?.finding).toMatch(/^PostgreSQL \d+/);
});

it('warns of a superuser, to which tenant isolation does not apply', async () => {
  expect(await troubles(database.superuser)).toMatchObject([
    { key: 'login', state: 'problem', finding: expect.stringContaining('is a superuser') },
  ]);
});

it('warns of a login that owns tables', async () => {
  const { db } = await database.asOwner();
  expect(await troubles(db)).toMatchObject([
    { key: 'login', state: 'problem', finding: expect.stringContaining('tenantkeep_owner') },
  ]);
});

it('names a table whose row security somebody switched off', async () => {
  const { db } = await database.asTechnician('Anna', 'reader', tenantId);
  await database.superuser.query('alter table app.policies no force row level security');
  expect(await troubles(db)).toMatchObject([
    { key: 'row-security', state: 'problem', finding: 'Row security is not forced on policies.' },
  ]);
  await database.superuser.query('alter table app.policies force row level security');
});

it('tells how far the clock of this computer is off', async () => {
  const { db } = await database.asTechnician('Anna', 'reader', tenantId);
  const late = { ...systemClock, wallMs: () => systemClock.wallMs() - 45_000 };
  expect(await troubles(db, { ...parts, clock: late })).toMatchObject([
    { key: 'clock', state: 'warning', finding: "45.0 s behind the database's clock" },
  ]);
});

it('says what to do about a schema that is older than the app', async () => {
  const { db } = await database.asTechnician('Anna', 'reader', tenantId);
  await database.superuser.query('update app.schema_meta set schema_version = schema_version - 1');
  expect(await troubles(db)).toMatchObject([
    { key: 'schema', state: 'problem', nextStep: expect.stringContaining('tenantkeep migrate') },
  ]);
  await database.superuser.query('update app.schema_meta set schema_version = schema_version + 1');
});

it('names the tenants that this host cannot open, of those that the login sees', async () => {
  const { db } = await database.asTechnician('Anna', 'reader', tenantId);
  await database.addTenant('Elsewhere');
  const opening = (ids: string[] | null) =>
    examineCredentials(
      db,
      { openableTenantIds: () => Promise.resolve(ids === null ? null : new Set(ids)) },
      silentLog,
    );
  expect(await opening([])).toMatchObject({ state: 'warning', finding: 'not sealed to this host: Contoso' });
  expect(await opening([tenantId])).toMatchObject({ state: 'ok' });
  expect(await opening(null)).toMatchObject({ state: 'ok' });
});
