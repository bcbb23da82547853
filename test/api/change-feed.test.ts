import { afterAll, beforeAll, expect, it } from 'vitest';
import { createChangeFeed } from '../../main/api/change-feed.ts';
import { systemClock } from '../../main/clock.ts';
import type { Sql } from '../../main/db/database.ts';
import type { ChangeNotice } from '../../shared/contract/index.ts';
import { createTestDatabase, type TestDatabase, type TestTechnician } from '../support/database.ts';
import { silentLog } from '../support/silent-log.ts';

let database: TestDatabase;
let alice: TestTechnician;
let mine: string;
let foreign: string;
let warnings: number;

beforeAll(async () => {
  database = await createTestDatabase();
  mine = await database.addTenant('Mine');
  foreign = await database.addTenant('Foreign');
  alice = await database.asTechnician('alice', 'owner', mine);
});

afterAll(() => database.close());

/** A feed whose turns the test takes itself, and what it has told. */
async function openFeed(sql: Sql) {
  const told: ChangeNotice[] = [];
  warnings = 0;
  const feed = createChangeFeed({
    database: sql,
    clock: { ...systemClock, after: () => () => undefined },
    log: { ...silentLog, warn: () => (warnings += 1) },
  });
  const stop = feed.onChange((notice) => told.push(notice));
  await feed.look();
  return { feed, stop, told };
}

it('tells what has changed since it was opened, once, and nothing of what was there', async () => {
  const { feed, told } = await openFeed(alice.db);
  await feed.look();
  expect(told).toEqual([]);
  await database.superuser.query(`update app.tenants set name = name || '!', changed_at = app.db_now()`);
  await feed.look();
  await feed.look();
  expect(told).toEqual([{ kind: 'tenants', tenantId: mine, id: null }]);
  feed.close();
});

it('tells nobody of a tenant that they may not see, and of one that was taken away', async () => {
  const { feed, told } = await openFeed(alice.db);
  await database.superuser.query(`delete from app.tenant_memberships where tenant_id = $1`, [mine]);
  await feed.look();
  expect(told).toContainEqual({ kind: 'tenants', tenantId: mine, id: null });
  expect(told.filter((notice) => notice.tenantId === foreign)).toEqual([]);
  await database.asTechnician('alice', 'owner', mine);
  feed.close();
});

it('goes on after a look that failed, says so once, and loses no change', async () => {
  let broken = false;
  const { feed, told } = await openFeed({
    query: (text, parameters) =>
      broken ? Promise.reject(new Error('connection lost')) : alice.db.query(text, parameters),
  });
  broken = true;
  await database.superuser.query(`update app.tenants set name = name || '?' where id = $1`, [mine]);
  await feed.look();
  await feed.look();
  expect([warnings, told]).toEqual([1, []]);
  broken = false;
  await feed.look();
  expect(told).toEqual([{ kind: 'tenants', tenantId: mine, id: null }]);
  feed.close();
});

it('is silent for whoever has stopped listening', async () => {
  const { feed, stop, told } = await openFeed(alice.db);
  stop();
  await database.superuser.query(`update app.tenants set name = name || '.' where id = $1`, [mine]);
  await feed.look();
  expect(told).toEqual([]);
  feed.close();
});
