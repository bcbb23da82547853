import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { inject } from 'vitest';
import type { Database } from '../../main/db/database.ts';
import { openDatabase } from '../../main/db/open-database.ts';
import type { PooledDatabase } from '../../main/db/open-database.ts';
import type { TenantRole } from '../../shared/model/permissions.ts';

export interface TestLogin {
  login: string;
  url: string;
  db: Database;
}

export interface TestHost extends TestLogin {
  hostId: string;
}

export interface TestTechnician extends TestLogin {
  technicianId: string;
}

/** The database's clock under the test's control: it stands still until it is moved. */
export interface TestClock {
  now(): Promise<Date>;
  set(instant: Date): Promise<void>;
  advanceMs(ms: number): Promise<void>;
}

export interface TestDatabase {
  name: string;
  /** Superuser of the test server, connected to this database: for looking behind row-level security. */
  superuserUrl: string;
  superuser: Database;
  /** A login in tenantkeep_owner; the same one at each call. */
  asOwner(): Promise<TestLogin>;
  /** An approved host with a login of its own; the same one for the same name (default `host`). */
  asHost(name?: string): Promise<TestHost>;
  /**
   * A technician's login; the same one for the same name. With `role` and `tenantId` the membership is set,
   * replacing an earlier one; `role` 'administrator' sets the flag instead.
   */
  asTechnician(name: string, role?: TenantRole | 'administrator', tenantId?: string): Promise<TestTechnician>;
  /** A connected tenant, inserted directly; answers its id. */
  addTenant(name: string): Promise<string>;
  /** A further connection pool for a login, for tests that need two processes' worth of connections. */
  open(login: TestLogin, options?: { max?: number }): Promise<Database>;
  /** Replaces app.db_now() by a clock that stands at `start` (default: now) until the test moves it. */
  replaceClock(start?: Date): Promise<TestClock>;
  /** Closes every connection that was opened here and drops the database and its logins. */
  close(): Promise<void>;
}

/**
 * A database of its own for a test file, cloned from the migrated template. Call in `beforeAll`, `close` in
 * `afterAll`. Logins are named `<name>_<suffix>`, because roles are shared by all databases of a server.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = inject('postgresUrl');
  const suffix = randomBytes(5).toString('hex');
  const name = `tenantkeep_test_${suffix}`;
  await onServer(serverUrl, `create database ${name} template ${inject('templateDatabase')}`);
  const superuserUrl = urlFor(serverUrl, name);
  const opened: PooledDatabase[] = [];
  const open = async (url: string, max = 4): Promise<PooledDatabase> => {
    const db = await openDatabase({ url, applicationName: 'tenantkeep/test', max });
    opened.push(db);
    return db;
  };
  const superuser = await open(superuserUrl);
  // The clone does not take over who may connect.
  await superuser.query(`revoke connect on database ${name} from public`);
  await superuser.query(
    `grant connect on database ${name} to tenantkeep_owner, tenantkeep_host, tenantkeep_technician`,
  );
  const logins = new Map<string, Promise<TestLogin>>();
  const created: string[] = [];
  const loginIn = (group: string, who: string): Promise<TestLogin> => {
    const key = `${group}/${who}`;
    let login = logins.get(key);
    if (login === undefined) {
      login = (async () => {
        const role = `${who.toLowerCase().replace(/[^a-z0-9_]/g, '_')}_${suffix}`;
        await superuser.query(`create role ${role} login password 'throw-away' in role ${group}`);
        created.push(role);
        const url = urlFor(serverUrl, name, role);
        return { login: role, url, db: await open(url) };
      })();
      logins.set(key, login);
    }
    return login;
  };
  return {
    name,
    superuserUrl,
    superuser,
    asOwner: () => loginIn('tenantkeep_owner', 'owner'),
    asHost: async (who = 'host') => {
      const login = await loginIn('tenantkeep_host', who);
      const [known] = await superuser.query<{ id: string }>(`select id from app.hosts where login = $1`, [
        login.login,
      ]);
      if (known !== undefined) return { ...login, hostId: known.id };
      const [row] = await superuser.query<{ id: string }>(
        `insert into app.hosts (login, name, kind, public_key, approved_at, approved_by)
         values ($1, $2, 'service', $3, app.db_now(), session_user) returning id`,
        [login.login, who, `age1test${login.login}`],
      );
      return { ...login, hostId: row!.id };
    },
    asTechnician: async (who, role, tenantId) => {
      const login = await loginIn('tenantkeep_technician', who);
      const [row] = await superuser.query<{ id: string }>(
        `insert into app.technicians (name, db_role, administrator) values ($1, $2, $3)
         on conflict (db_role) do update set administrator = technicians.administrator or excluded.administrator
         returning id`,
        [who, login.login, role === 'administrator'],
      );
      if (role !== undefined && role !== 'administrator' && tenantId !== undefined) {
        await superuser.query(
          `insert into app.tenant_memberships (tenant_id, technician_id, role) values ($1, $2, $3)
           on conflict (tenant_id, technician_id) do update set role = excluded.role`,
          [tenantId, row!.id, role],
        );
      }
      return { ...login, technicianId: row!.id };
    },
    addTenant: async (tenantName) => {
      const [row] = await superuser.query<{ id: string }>(
        `insert into app.tenants (name, entra_tenant_id, cloud) values ($1, gen_random_uuid(), 'global') returning id`,
        [tenantName],
      );
      return row!.id;
    },
    open: (login, options) => open(login.url, options?.max),
    replaceClock: (start) => replaceClock(superuser, start),
    close: async () => {
      await Promise.all(opened.map((db) => db.close()));
      await onServer(serverUrl, `drop database ${name} with (force)`);
      for (const role of created) await onServer(serverUrl, `drop role ${role}`);
    },
  };
}

async function replaceClock(superuser: Database, start: Date | undefined): Promise<TestClock> {
  await superuser.query(`create table if not exists app.test_clock (at timestamptz not null)`);
  await superuser.query(`delete from app.test_clock`);
  await superuser.query(`insert into app.test_clock select coalesce($1::timestamptz, app.db_now())`, [
    start ?? null,
  ]);
  // A definer, so that no login needs a right on the table; the OID stays, so defaults and functions follow.
  await superuser.query(
    `create or replace function app.db_now() returns timestamptz language sql volatile parallel safe security definer
     as $$ select at from app.test_clock $$`,
  );
  await superuser.query(`grant select on app.test_clock to tenantkeep_owner`);
  const move = async (text: string, value: unknown): Promise<void> => {
    await superuser.query(text, [value]);
  };
  return {
    now: async () => (await superuser.query<{ at: Date }>(`select at from app.test_clock`))[0]!.at,
    set: (instant) => move(`update app.test_clock set at = $1`, instant),
    advanceMs: (ms) =>
      move(`update app.test_clock set at = at + make_interval(secs => $1::float8 / 1000)`, ms),
  };
}

function urlFor(serverUrl: string, database: string, login?: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  if (login !== undefined) {
    url.username = login;
    url.password = 'throw-away';
  }
  return url.href;
}

async function onServer(serverUrl: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
