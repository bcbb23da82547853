import { access, chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyAuditChain } from '../../main/audit/verify-chain.ts';
import { describeLogin, requireIsolatedLogin } from '../../main/db/logins.ts';
import { migrate } from '../../main/db/migrate.ts';
import { appSchemaVersion } from '../../main/db/schema-status.ts';
import { openDatabase } from '../../main/db/open-database.ts';
import type { PooledDatabase } from '../../main/db/open-database.ts';
import { provisionHome } from '../../main/db/provision.ts';
import { createPassword, scramVerifier } from '../../main/db/scram-verifier.ts';
import {
  binariesIn,
  findServerAccount,
  locateEmbeddedBinaries,
  reachableBinaries,
} from '../../main/db/server-binaries.ts';
import type { ServerBinaries } from '../../main/db/server-binaries.ts';
import {
  findFreePort,
  initialiseServer,
  serverSuperuser,
  startServer,
  stopServer,
} from '../../main/db/server-process.ts';
import type { ServerPlace } from '../../main/db/server-process.ts';

/**
 * A whole server from empty, prepared by a database owner who is no superuser, as on a shared server. Runs on
 * the oldest supported PostgreSQL, where this machine has one (Debian), and on the one that the app brings:
 * rights to create and to give roles changed between them.
 */
const oldest = '/usr/lib/postgresql/15/bin';
const servers: { name: string; find: () => Promise<ServerBinaries | null> }[] = [
  {
    name: 'PostgreSQL 15',
    find: async () => {
      try {
        await access(join(oldest, 'postgres'));
      } catch {
        return null;
      }
      return binariesIn(oldest);
    },
  },
  { name: 'the PostgreSQL that the app brings', find: locateEmbeddedBinaries },
];

describe.each(servers)('on a new server of $name', { timeout: 60_000 }, ({ name, find }) => {
  let directory = '';
  let place: ServerPlace | null = null;
  let ownerUrl = '';
  let host: PooledDatabase;
  let administrator: PooledDatabase;
  const opened: PooledDatabase[] = [];
  const open = async (url: string): Promise<PooledDatabase> => {
    const db = await openDatabase({ url, applicationName: 'tenantkeep/test' });
    opened.push(db);
    return db;
  };
  let tenantId = '';

  beforeAll(async () => {
    const binaries = await find();
    if (binaries === null) return;
    const account = await findServerAccount();
    directory = await mkdtemp(join(tmpdir(), 'tenantkeep-shared-server-'));
    place = {
      binaries: await reachableBinaries(binaries, account),
      account,
      dataDirectory: join(directory, 'data'),
      logFile: join(directory, 'postgres.log'),
    };
    await mkdir(place.dataDirectory, { mode: 0o700 });
    if (account !== null) {
      await chown(directory, account.uid, account.gid);
      await chown(place.dataDirectory, account.uid, account.gid);
    }
    await initialiseServer(place, 'throw-away');
    const { port } = await startServer(place, { port: await findFreePort(), settings: { fsync: 'off' } });
    const superuser = new Client({
      connectionString: `postgres://${serverSuperuser}:throw-away@127.0.0.1:${port}/postgres`,
    });
    await superuser.connect();
    await superuser.query(`create role dba login createrole password 'throw-away'`);
    await superuser.query(`create database msp owner dba template template0 encoding 'UTF8'`);
    await superuser.end();
    ownerUrl = `postgres://dba:throw-away@127.0.0.1:${port}/msp`;
  });
  afterAll(async () => {
    await Promise.all(opened.map((db) => db.close()));
    if (place !== null) await stopServer(place, 'immediate');
    if (directory !== '') await rm(directory, { recursive: true, force: true });
  });

  it('migrates from empty', async ({ skip }) => {
    if (place === null) skip(`${name} is not installed here (${oldest})`);
    expect((await migrate(ownerUrl)).applied).toHaveLength(appSchemaVersion);
    expect((await migrate(ownerUrl)).applied).toEqual([]);
  });

  it('makes the logins of a home, again with new passwords when asked again', async ({ skip }) => {
    if (place === null) skip(`${name} is not installed here (${oldest})`);
    const input = {
      ownerUrl,
      hostName: 'Büro 1',
      hostPublicKey: 'age1host',
      technicianName: 'Ada Admin',
      suffix: 'a1',
    };
    const first = await provisionHome(input);
    const second = await provisionHome(input);
    expect(second).toMatchObject({
      hostLogin: first.hostLogin,
      hostId: first.hostId,
      technicianLogin: first.technicianLogin,
    });
    await expect(open(first.hostUrl)).rejects.toMatchObject({ code: 'database_login_refused' });
    host = await open(second.hostUrl);
    administrator = await open(second.technicianUrl);
    for (const db of [host, administrator]) requireIsolatedLogin(await describeLogin(db));
    expect(await describeLogin(administrator)).toMatchObject({
      isTechnician: true,
      administrator: true,
      isHost: false,
    });
    expect(await host.query('select app.is_host() as host')).toEqual([{ host: true }]);
    expect(await host.query('show tcp_keepalives_idle')).toEqual([{ tcp_keepalives_idle: '20' }]);
    await expect(provisionHome({ ...input, hostPublicKey: 'age1other' })).rejects.toMatchObject({
      code: 'host_key_differs',
    });
    await expect(provisionHome({ ...input, ownerUrl: second.technicianUrl })).rejects.toMatchObject({
      code: 'provision_rights_missing',
    });
  });

  it('connects a tenant whose credential only hosts can read', async ({ skip }) => {
    if (place === null) skip(`${name} is not installed here (${oldest})`);
    const [row] = await administrator.query<{ id: string; credential: string }>(
      'select gen_random_uuid() as id, gen_random_uuid() as credential',
    );
    tenantId = row!.id;
    const connect = `select app.connect_tenant($1, 'Contoso', gen_random_uuid(), 'global', null, '{}', $2, 'secret',
                                               gen_random_uuid(), '\\x0102', '{age1host}', null) as refused`;
    expect(await administrator.query(connect, [tenantId, row!.credential])).toEqual([{ refused: null }]);
    expect(await host.query('select sealed from app.credentials')).toEqual([{ sealed: Buffer.from([1, 2]) }]);
    await expect(administrator.query('select sealed from app.credentials')).rejects.toMatchObject({
      code: '42501',
    });
    expect(
      await host.query(`select app.reseal_credential($1, '\\x0304', '{age1host,age1new}') as refused`, [
        row!.credential,
      ]),
    ).toEqual([{ refused: null }]);
    expect(
      await administrator.query(
        `select app.store_credential($1, gen_random_uuid(), 'certificate', gen_random_uuid(), '\\x05', '{age1host}', null) as refused`,
        [tenantId],
      ),
    ).toEqual([{ refused: null }]);
    expect(await host.query('select kind from app.credentials where replaced_at is null')).toEqual([
      { kind: 'certificate' },
    ]);
  });

  it('lets an administrator create a technician with a login, and remove them again', async ({ skip }) => {
    if (place === null) skip(`${name} is not installed here (${oldest})`);
    const password = createPassword();
    const add = (login: string) =>
      administrator.query<{ technician_id: string | null; refused: string | null }>(
        `select * from app.add_technician('Rita', $1, $2, false)`,
        [login, scramVerifier(password)],
      );
    const [added] = await add('rita');
    expect(added).toMatchObject({ refused: null });
    expect((await add('rita'))[0]).toMatchObject({ refused: 'login_taken' });
    expect((await add('dba'))[0]).toMatchObject({ refused: 'login_taken' });
    expect((await add('tenantkeep_owner'))[0]).toMatchObject({ refused: 'login_invalid' });
    expect((await add(`x"; drop table app.tenants; --`))[0]).toMatchObject({ refused: 'login_invalid' });
    const url = new URL(ownerUrl);
    url.username = 'rita';
    url.password = password;
    const rita = await open(url.href);
    requireIsolatedLogin(await describeLogin(rita));
    expect(await rita.query('select 1 from app.tenants')).toEqual([]);
    expect(
      await administrator.query(`select app.grant_membership($1, $2, 'reader') as refused`, [
        tenantId,
        added!.technician_id,
      ]),
    ).toEqual([{ refused: null }]);
    expect(await rita.query('select name from app.tenants')).toEqual([{ name: 'Contoso' }]);
    expect(
      (
        await administrator.query(`select app.remove_technician($1, 'left') as refused`, [
          added!.technician_id,
        ])
      )[0],
    ).toEqual({ refused: null });
    expect(await rita.query('select name from app.tenants')).toEqual([]);
    await expect(open(url.href)).rejects.toMatchObject({ code: 'database_login_refused' });
  });

  it('has audited all of it, in chains that verify', async ({ skip }) => {
    if (place === null) skip(`${name} is not installed here (${oldest})`);
    expect(await verifyAuditChain(administrator, null)).toMatchObject({ firstBroken: null });
    expect(await verifyAuditChain(administrator, tenantId)).toMatchObject({ firstBroken: null });
    expect(
      (
        await administrator.query<{ action: string }>(
          'select action from app.audit_events order by at, sequence',
        )
      ).map((event) => event.action),
    ).toEqual([
      'host.approved',
      'technician.added',
      'tenant.connected',
      'credential.stored',
      'member.granted',
      'credential.resealed',
      'credential.stored',
      'technician.added',
      'member.granted',
      'technician.removed',
    ]);
  });
});
