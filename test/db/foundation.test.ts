import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  await database.close();
});

describe('the clock of the database', () => {
  it('cannot be replaced by a host or a technician', async () => {
    const host = await database.asHost();
    const technician = await database.asTechnician('mallory', 'administrator');
    for (const login of [host, technician]) {
      await expect(
        login.db.query(
          `create or replace function app.db_now() returns timestamptz language sql as 'select now()'`,
        ),
      ).rejects.toMatchObject({ code: '42501' });
    }
  });
});
