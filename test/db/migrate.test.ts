import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { migrate } from '../../main/db/migrate.ts';
import { appSchemaVersion, requireCurrentSchema, schemaStatus } from '../../main/db/schema-status.ts';
import { openDatabase } from '../../main/db/open-database.ts';
import type { PooledDatabase } from '../../main/db/open-database.ts';

const urlOf = (name: string, login?: string): string => {
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  if (login !== undefined) {
    url.username = login;
    url.password = 'throw-away';
  }
  return url.href;
};

describe('migrating', () => {
  const names = Array.from({ length: 4 }, () => `tenantkeep_migrate_${randomBytes(4).toString('hex')}`);
  let server: PooledDatabase;
  beforeAll(async () => {
    server = await openDatabase({ url: inject('postgresUrl'), applicationName: 'tenantkeep/test' });
    for (const name of names) await server.query(`create database ${name} template template0`);
  });
  afterAll(async () => {
    for (const name of names) await server.query(`drop database ${name} with (force)`);
    await server.close();
  });

  it('brings an empty database to the schema of the app, and finds nothing to do afterwards', async () => {
    const url = urlOf(names[0]!);
    const db = await openDatabase({ url, applicationName: 'tenantkeep/test' });
    expect((await schemaStatus(db)).state).toBe('missing');
    const first = await migrate(url);
    expect(first.schemaVersion).toBe(appSchemaVersion);
    expect(first.applied).toHaveLength(appSchemaVersion);
    expect((await migrate(url)).applied).toEqual([]);
    expect((await schemaStatus(db)).state).toBe('current');
    const strangers = await db.query(
      `select c.relname from pg_class c join pg_roles r on r.oid = c.relowner
        where c.relnamespace = 'app'::regnamespace and r.rolname <> 'tenantkeep_owner'`,
    );
    expect(strangers).toEqual([]);
    await db.close();
  });

  it('is done once when two migrators come at the same time', async () => {
    const url = urlOf(names[1]!);
    const reports = await Promise.all([migrate(url), migrate(url)]);
    expect(reports.map((report) => report.applied.length).toSorted((a, b) => a - b)).toEqual([
      0,
      appSchemaVersion,
    ]);
  });

  it('refuses a database that is newer than the app, and says which version it needs', async () => {
    const url = urlOf(names[2]!);
    await migrate(url);
    const db = await openDatabase({ url, applicationName: 'tenantkeep/test' });
    await db.query('update app.schema_meta set schema_version = $1', [appSchemaVersion + 3]);
    await expect(migrate(url)).rejects.toMatchObject({
      code: 'schema_newer',
      details: { schemaVersion: appSchemaVersion + 3 },
    });
    const status = await schemaStatus(db);
    expect(() => requireCurrentSchema(status)).toThrow(String(appSchemaVersion + 3));
    await db.close();
  });

  it('works for a login that owns the database and may create roles, and refuses one that may not', async () => {
    const suffix = randomBytes(4).toString('hex');
    const [able, unable] = [`able_${suffix}`, `unable_${suffix}`];
    await server.query(`create role ${able} login createrole password 'throw-away'`);
    await server.query(`create role ${unable} login password 'throw-away'`);
    try {
      // The roles of this server exist already and were made by its superuser: from PostgreSQL 16 on their
      // administrator has to let the new login in.
      await server.query(`grant tenantkeep_owner to ${able} with admin option`);
      await server.query(`alter database ${names[3]} owner to ${able}`);
      await expect(migrate(urlOf(names[3]!, unable))).rejects.toMatchObject({
        code: 'migration_rights_missing',
      });
      expect((await migrate(urlOf(names[3]!, able))).applied).toHaveLength(appSchemaVersion);
    } finally {
      await server.query(`alter database ${names[3]} owner to current_user`);
      await server.query(`drop role ${able}`);
      await server.query(`drop role ${unable}`);
    }
  });

  it('says in a sentence that the server or the login is wrong', async () => {
    const wrong = new URL(urlOf(names[0]!));
    wrong.password = 'guess';
    await expect(migrate(wrong.href)).rejects.toMatchObject({ code: 'database_login_refused' });
    await expect(migrate(urlOf('tenantkeep_no_such_database'))).rejects.toMatchObject({
      code: 'database_unknown',
    });
    await expect(migrate('postgres://a:b@127.0.0.1:1/x')).rejects.toMatchObject({
      code: 'database_unreachable',
    });
  });
});
