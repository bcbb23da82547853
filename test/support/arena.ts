import { migrate } from '../../main/db/migrate.ts';
import { openDatabase, type PooledDatabase, retryTransient } from '../../main/db/open-database.ts';
import { computedWith } from '../../main/domain/cadence.ts';
import type { Cadence } from '../../shared/model/cadence.ts';
import { forgetfulSettings, startThrowAwayServer, type ThrowAwayServer } from './throw-away-server.ts';

/**
 * A migrated database on a server of its own, outside of vitest: where torture and bench happen. Hosts get real
 * logins under row-level security; the superuser's eye is for checking only.
 */
export interface Arena {
  server: ThrowAwayServer;
  superuserUrl: string;
  superuser: PooledDatabase;
  addTenant(name: string): Promise<string>;
  addHost(name: string): Promise<ArenaHost>;
  /** Inserts schedules in one statement; answers their ids in order. `nextSlotAt` null: paused. */
  addSchedules(schedules: readonly ArenaSchedule[]): Promise<string[]>;
  /** A technician who administers the workspace and is a manager of all tenants that exist now. */
  addTechnician(name: string): Promise<string>;
  clock: ArenaClock;
  close(): Promise<void>;
}

export interface ArenaHost {
  hostId: string;
  name: string;
  /** Direct to the server; `through` puts another port into it. */
  url: string;
}

export interface ArenaSchedule {
  tenantId: string;
  name: string;
  cadence: Cadence;
  timeZone?: string;
  nextSlotAt: Date | null;
  policyTypes?: readonly string[];
}

/**
 * The database's clock under control: it runs at a rate from a moment that can be set. Until the first call of
 * `run` it is the product's own clock.
 */
export interface ArenaClock {
  /** Puts a replaceable clock in place, which goes on from `at` (default: now) at `rate` (0: it stands). */
  run(rate: number, at?: Date): Promise<void>;
  advanceMs(ms: number): Promise<void>;
  now(): Promise<Date>;
}

const database = 'tenantkeep';

export async function openArena(options: {
  /** False: a crash of the server keeps every commit, as in production. */
  forgetful?: boolean;
  settings?: Record<string, string | number>;
}): Promise<Arena> {
  const server = await startThrowAwayServer({
    ...((options.forgetful ?? true) ? forgetfulSettings : {}),
    max_connections: 200,
    shared_buffers: '128MB',
    // The next one would start a minute later; a stopped server must not leave its dead rows for long.
    autovacuum_naptime: '10s',
    ...options.settings,
  });
  const serverUrl = server.url;
  const superuserUrl = withDatabase(serverUrl, database);
  try {
    const admin = await openDatabase({ url: serverUrl, applicationName: 'tenantkeep/arena', max: 1 });
    try {
      await admin.query(`create database ${database} template template0 encoding 'UTF8'`);
    } finally {
      await admin.close();
    }
    await migrate(superuserUrl);
    const superuser = await openDatabase({
      url: superuserUrl,
      applicationName: 'tenantkeep/arena',
      max: 4,
    });
    return assemble(server, superuserUrl, superuser);
  } catch (error) {
    await server.remove();
    throw error;
  }
}

function assemble(server: ThrowAwayServer, superuserUrl: string, superuser: PooledDatabase): Arena {
  const addLogin = async (login: string, group: string): Promise<string> => {
    await superuser.query(`create role ${login} login password 'throw-away' in role ${group}`);
    const url = new URL(superuserUrl);
    url.username = login;
    url.password = 'throw-away';
    return url.href;
  };
  return {
    server,
    superuserUrl,
    superuser,
    async addTenant(name) {
      const [row] = await superuser.query<{ id: string }>(
        `insert into app.tenants (name, entra_tenant_id, cloud) values ($1, gen_random_uuid(), 'global') returning id`,
        [name],
      );
      return row!.id;
    },
    async addHost(name) {
      const login = `host_${name.toLowerCase().replace(/[^a-z0-9]/g, '_')}`;
      const url = await addLogin(login, 'tenantkeep_host');
      const [row] = await superuser.query<{ id: string }>(
        `insert into app.hosts (login, name, kind, public_key, approved_at, approved_by)
         values ($1, $2, 'service', $3, app.db_now(), session_user) returning id`,
        [login, name, `age1test${login}`],
      );
      return { hostId: row!.id, name, url };
    },
    async addTechnician(name) {
      const login = `technician_${name.toLowerCase().replace(/[^a-z0-9]/g, '_')}`;
      const url = await addLogin(login, 'tenantkeep_technician');
      await superuser.query(
        `with person as (insert into app.technicians (name, db_role, administrator) values ($1, $2, true) returning id)
         insert into app.tenant_memberships (tenant_id, technician_id, role)
         select t.id, p.id, 'manager' from app.tenants t, person p`,
        [name, login],
      );
      return url;
    },
    async addSchedules(schedules) {
      const rows = await superuser.query<{ id: string }>(
        `insert into app.backup_schedules (tenant_id, name, cadence, time_zone, spec, next_slot_at, computed_with, enabled)
         select s."tenantId", s.name, s.cadence, s."timeZone", s.spec, s."nextSlotAt", $2, s."nextSlotAt" is not null
           from rows from (jsonb_to_recordset($1::jsonb) as ("tenantId" uuid, name text, cadence jsonb, "timeZone" text,
                                                            spec jsonb, "nextSlotAt" timestamptz))
                with ordinality as s("tenantId", name, cadence, "timeZone", spec, "nextSlotAt", position)
          order by s.position returning id`,
        [
          JSON.stringify(
            schedules.map(({ policyTypes, ...schedule }) => ({
              timeZone: 'Etc/UTC',
              ...schedule,
              spec: { policyTypes: policyTypes ?? 'core', retention: { keepLast: 30 } },
            })),
          ),
          computedWith(),
        ],
      );
      return rows.map((row) => row.id);
    },
    clock: arenaClock(superuser),
    async close() {
      await superuser.close();
      await server.remove();
    },
  };
}

function arenaClock(superuser: PooledDatabase): ArenaClock {
  let replaced = false;
  return {
    async run(rate, at) {
      if (!replaced) {
        await superuser.query(
          `create table app.test_clock (real_at timestamptz not null, shown_at timestamptz not null, rate float8 not null)`,
        );
        await superuser.query(`grant select on app.test_clock to tenantkeep_owner`);
        await superuser.query(`insert into app.test_clock values (clock_timestamp(), clock_timestamp(), 1)`);
        // A definer, so that no login needs a right on the table; the OID stays, so defaults and functions follow.
        await superuser.query(
          `create or replace function app.db_now() returns timestamptz language sql volatile parallel safe security definer
           as $$ select shown_at + (clock_timestamp() - real_at) * rate from app.test_clock $$`,
        );
        replaced = true;
      }
      await superuser.query(
        `update app.test_clock set shown_at = coalesce($2, app.db_now()), real_at = clock_timestamp(), rate = $1`,
        [rate, at?.toISOString() ?? null],
      );
    },
    async advanceMs(ms) {
      await superuser.query(
        `update app.test_clock set shown_at = shown_at + make_interval(secs => $1::float8 / 1000)`,
        [ms],
      );
    },
    now: async () =>
      (await retryTransient(() => superuser.query<{ now: Date }>(`select app.db_now() as now`)))[0]!.now,
  };
}

/** The same URL by another port: through a proxy. */
export function throughPort(url: string, port: number): string {
  const changed = new URL(url);
  changed.port = String(port);
  return changed.href;
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
