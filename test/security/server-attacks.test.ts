import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attack, canary, createAttackWorld, type AttackLogin, type AttackWorld } from './attack-world.ts';

/** What PostgreSQL itself offers to somebody with a login: none of it leads round row-level security. */
let world: AttackWorld;
const clients: Client[] = [];
/** What the server said besides answers; a function in a condition could speak here. */
const notices: string[] = [];

async function connect(login: AttackLogin): Promise<Client> {
  const client = new Client({ connectionString: world.logins[login].url });
  client.on('notice', (notice) => notices.push(String(notice.message)));
  await client.connect();
  clients.push(client);
  return client;
}

const asDatabase = (client: Client) => ({
  query: async <Row extends object>(text: string, parameters?: readonly unknown[]) =>
    (await client.query(text, parameters as unknown[])).rows as Row[],
});

beforeAll(async () => {
  world = await createAttackWorld();
}, 60_000);
afterAll(async () => {
  await Promise.all(clients.map((client) => client.end()));
  await world?.database.close();
});

const logins: AttackLogin[] = ['reader', 'owner', 'administrator', 'removed', 'host', 'waitingHost'];

/** Each is refused for everybody: statement → SQLSTATE. */
const refused: [string, string][] = [
  ['set role tenantkeep_owner', '42501'],
  ['set role SUPERUSER', '42501'],
  ['set session authorization SUPERUSER', '42501'],
  ['set session_replication_role = replica', '42501'],
  ['alter role session_user superuser', '42501'],
  ['alter role session_user bypassrls', '42501'],
  ['alter role session_user createrole', '42501'],
  ['alter role tenantkeep_owner password $$x$$', '42501'],
  ['alter role tenantkeep_technician nologin', '42501'],
  ['create role mine', '42501'],
  ['grant tenantkeep_owner to session_user', '42501'],
  ['grant tenantkeep_host to session_user', '42501'],
  ['reassign owned by tenantkeep_owner to session_user', '42501'],
  ['drop owned by tenantkeep_owner', '42501'],
  ['create schema mine', '42501'],
  ['create schema authorization session_user', '42501'],
  ['drop schema app cascade', '42501'],
  ['create table app.mine (x int)', '42501'],
  ['create table public.mine (x int)', '42501'],
  ['create temporary table tenants (x int)', '42501'],
  [`create function app.mine() returns int language sql as 'select 1'`, '42501'],
  [`create function public.now() returns timestamptz language sql as 'select null'`, '42501'],
  [`create function pg_temp.mine() returns int language sql as 'select 1'`, '42501'],
  [
    `create or replace function app.db_now() returns timestamptz language sql as $$ select timestamptz '2000-01-01' $$`,
    '42501',
  ],
  [
    `create or replace function app.is_administrator() returns boolean language sql as 'select true'`,
    '42501',
  ],
  ['alter function app.is_host() security invoker', '42501'],
  ['drop function app.audit_write cascade', '42501'],
  ['create operator public.= (leftarg = text, rightarg = text, function = texteq)', '42501'],
  ['create extension dblink', '42501'],
  ['create extension postgres_fdw', '42501'],
  ['create extension file_fdw', '42501'],
  [`create language plperlu`, '42501'],
  [`create server elsewhere foreign data wrapper x`, '42704'],
  ['create publication mine for all tables', '42501'],
  [`create subscription mine connection 'host=elsewhere' publication x`, '42501'],
  [`select pg_create_logical_replication_slot('mine', 'pgoutput')`, '42501'],
  [`copy (select 1) to program 'id'`, '42501'],
  [`copy (select 1) to '/tmp/tenantkeep-attack'`, '42501'],
  [`select pg_read_file('postgresql.conf')`, '42501'],
  [`select pg_read_binary_file('pg_hba.conf')`, '42501'],
  [`select * from pg_ls_dir('.')`, '42501'],
  [`select pg_stat_file('.')`, '42501'],
  [`select lo_import('/etc/passwd')`, '42501'],
  [`select lo_export(1, '/tmp/tenantkeep-attack')`, '42501'],
  ['select rolpassword from pg_authid', '42501'],
  ['select passwd from pg_shadow', '42501'],
  ['select subconninfo from pg_subscription', '42501'],
  ['select * from pg_statistic', '42501'],
  [`alter system set log_statement = 'all'`, '42501'],
  ['select pg_reload_conf()', '42501'],
  [`set log_statement = 'none'`, '42501'],
  ['checkpoint', '42501'],
  [
    'select pg_terminate_backend(pid) from pg_stat_activity where usename not in (session_user) and usename is not null',
    '42501',
  ],
  [
    'select pg_cancel_backend(pid) from pg_stat_activity where usename not in (session_user) and usename is not null',
    '42501',
  ],
  [`select pg_logical_emit_message(true, 'x', 'y'), pg_switch_wal()`, '42501'],
  ['alter database postgres owner to session_user', '42501'],
  ['do $$ begin execute $x$ select app.audit_write(null, null) $x$; end $$', '42501'],
  ['select app.audit_write(null::uuid[], null::text[])', '42501'],
  [
    `insert into app.audit_events (sequence, at, actor, action, outcome, previous_hash, hash) values (1, now(), 'x', 'x', 'success', '', '')`,
    '42501',
  ],
];

describe.each(logins)('a %s with psql', (login) => {
  it.each(refused)('is refused: %s', async (statement, code) => {
    const quoted = statement.replaceAll(/ session_user(?=$|[ ;])/g, ` "${world.logins[login].login}"`);
    const superuser = new URL(world.database.superuserUrl).username;
    const answer = await attack(world.logins[login].db, quoted.replace('SUPERUSER', superuser));
    expect([statement, answer.code]).toEqual([statement, code]);
    expect(answer.text).not.toContain(canary);
  });
});

describe('a technician of one tenant', () => {
  /** Conditions and commands that could bring foreign rows to light by a side effect. */
  it.each([
    [`select 1 / (case when name like 'BELLOWS%' then 0 else 1 end) as x from app.tenants`],
    [`select name::int from app.tenants where name like 'BELLOWS%'`],
    [`select * from app.tenants where name ~ '(('`],
    [`select (name || repeat('x', 2000000000)) from app.tenants where name like 'BELLOWS%'`],
    [`select most_common_vals::text from pg_stats where schemaname = 'app'`],
    [`select histogram_bounds::text from pg_stats where schemaname = 'app'`],
    [`explain (analyze, verbose) select * from app.tenants`],
    [`select query_to_xml('select * from app.backup_schedules', true, false, '')::text`],
    [`select database_to_xml(true, false, '')::text`],
    [`select schema_to_xml('app', true, false, '')::text`],
    [`select ts_stat('select to_tsvector(name) from app.tenants')::text`],
    [`select row_to_json(t)::text from app.backup_runs t`],
    [`table app.audit_events`],
    [
      `with recursive r as (select id, name from app.tenants union all select id, name from app.tenants) select * from r limit 50`,
    ],
    [`select lo_get(loid)::text from pg_largeobject_metadata m (loid)`],
    [`select query from pg_stat_activity`],
    [`select * from pg_prepared_statements`],
    [`select obj_description(oid)::text from pg_class`],
    [
      `select pg_get_functiondef(oid) from pg_proc where pronamespace = 'app'::regnamespace and prokind = 'f'`,
    ],
    [`select * from pg_seclabels`],
  ])('reads nothing of the other: %s', async (statement) => {
    await world.database.superuser.query('analyze');
    for (const login of ['reader', 'owner', 'stranger'] as const) {
      const answer = await attack(world.logins[login].db, statement);
      const leaks = world.forbidden.filter((word) => answer.text.includes(word));
      expect([login, statement, leaks]).toEqual([login, statement, []]);
    }
  });

  it('copies out only what it sees', async () => {
    const client = await connect('owner');
    const copied: string[] = [];
    const { connection } = client as unknown as {
      connection: { on(event: 'copyData', listener: (message: { chunk: Buffer }) => void): void };
    };
    connection.on('copyData', ({ chunk }) => copied.push(chunk.toString('utf8')));
    for (const table of [
      'tenants',
      'backup_schedules',
      'backup_runs',
      'run_events',
      'policies',
      'audit_events',
    ]) {
      await client.query(`copy (select * from app.${table}) to stdout`);
    }
    expect(copied.length).toBeGreaterThan(5);
    expect(world.forbidden.filter((word) => copied.join('').includes(word))).toEqual([]);
  });

  it('cannot switch row-level security off for a statement', async () => {
    const client = await connect('owner');
    await client.query('set row_security = off');
    const answer = await attack(asDatabase(client), 'select * from app.tenants');
    expect(answer.code).toBe('42501');
  });

  it('cannot hide a large object in another name, nor read one', async () => {
    const { owner } = world.logins;
    const { superuser } = world.database;
    const [made] = await superuser.query<{ oid: number }>(`select lo_from_bytea(0, $1) as oid`, [
      Buffer.from(canary),
    ]);
    const answer = await attack(owner.db, `select lo_get(${made!.oid})`);
    expect(answer.code).toBe('42501');
    expect(answer.text).not.toContain(canary);
  });

  it('changes no definition by settings of its own', async () => {
    const client = await connect('reader');
    for (const setting of [
      `set search_path = pg_temp, public, app`,
      `set app.technician = 'owner'`,
      `set timezone = 'Asia/Kathmandu'`,
      `set datestyle = 'German'`,
      `set intervalstyle = 'sql_standard'`,
      `set bytea_output = 'escape'`,
      `set standard_conforming_strings = off`,
      `set backslash_quote = on`,
      `set application_name = 'tenantkeep/host-00000000'`,
      `set default_transaction_isolation = 'serializable'`,
    ]) {
      await attack(asDatabase(client), setting);
    }
    const { rows } = await client.query('select * from tenants');
    expect(rows).toHaveLength(1);
    const [refusal] = (
      await client.query<{ refused: string }>('select app.edit_tenant($1, $2, $3) as refused', [
        world.b.tenantId,
        'Mine',
        [],
      ])
    ).rows;
    expect(refusal!.refused).toBe('tenant_forbidden');
    const [event] = await world.database.superuser.query(
      `select actor, host, action, at > app.db_now() - interval '1 minute' as "isNow",
              hash = app.audit_link(null, previous_hash, app.audit_event_hash(tenant_id, sequence, at, actor, host, action,
                target_kind, target_id, outcome, reason, before, after, correlation_id)) as "isLinked"
         from app.audit_events where tenant_id = $1 order by sequence desc limit 1`,
      [world.b.tenantId],
    );
    // Actor, host and time are those of the connection, whatever the client says of itself.
    expect(event).toMatchObject({
      actor: world.logins.reader.login,
      action: 'tenant.edited',
      isNow: true,
      isLinked: true,
    });
    expect((event as { host: string }).host).not.toContain('tenantkeep/host');
  });

  it('shadows nothing with temporary objects, where a server still allows them', async () => {
    await world.database.superuser.query(
      `grant temporary on database ${world.database.name} to tenantkeep_technician`,
    );
    const client = await connect('reader');
    for (const statement of [
      `create temporary table technicians (id uuid, db_role name, administrator boolean, removed_at timestamptz)`,
      `insert into technicians select gen_random_uuid(), session_user, true, null`,
      `create temporary table tenant_memberships (tenant_id uuid, technician_id uuid, role text)`,
      `create function pg_temp.sha256(bytea) returns bytea language sql as 'select null::bytea'`,
      `create function pg_temp.clock_timestamp() returns timestamptz language sql as 'select timestamptz ''2000-01-01'''`,
      `create function pg_temp.tell(text) returns boolean language plpgsql cost 0.0000001 as $$ begin raise notice 'saw %', $1; return true; end $$`,
      `set search_path = pg_temp, app, pg_catalog`,
    ]) {
      await client.query(statement);
    }
    expect((await client.query('select app.is_administrator() as is')).rows).toEqual([{ is: false }]);
    expect((await client.query('select app.db_now() > now() - interval $$1 day$$ as is')).rows).toEqual([
      { is: true },
    ]);
    expect(
      (await client.query('select app.edit_tenant($1, $2, $3) as refused', [world.b.tenantId, 'Mine', []]))
        .rows,
    ).toEqual([{ refused: 'tenant_forbidden' }]);
    // A cheap function in a condition is asked only about rows that the policy let through.
    for (const [table, column] of [
      ['tenants', 'name'],
      ['backup_schedules', 'name'],
      ['run_events', 'message'],
      ['policies', 'graph_id'],
      ['backup_set_parts', 'policy_type'],
      ['audit_events', 'action'],
      ['technicians', 'name'],
    ]) {
      await client.query(`select 1 from app.${table} where pg_temp.tell(${column})`);
    }
    expect(notices.some((notice) => notice.startsWith('saw '))).toBe(true);
    expect(notices.filter((notice) => world.forbidden.some((word) => notice.includes(word)))).toEqual([]);
  });
});

describe('an approved host', () => {
  it('leaves a trace in the audit when it takes another name', async () => {
    const { host } = world.logins;
    const [key] = await world.database.superuser.query<{ key: string }>(
      'select public_key as key from app.hosts where id = $1',
      [world.hostId],
    );
    await host.db.query('select app.enrol_host($1, $2, $3)', ['OFFICE-1', 'service', key!.key]);
    expect(
      await world.database.superuser.query(
        `select actor, before ->> 'name' as was, after ->> 'name' as became from app.audit_events where action = 'host.renamed'`,
      ),
    ).toEqual([{ actor: host.login, was: 'host', became: 'OFFICE-1' }]);
  });
});
