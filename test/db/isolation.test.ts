import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeLogin, requireIsolatedLogin } from '../../main/db/logins.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase, TestHost, TestTechnician } from '../support/database.ts';

let database: TestDatabase;
let tenantA = '';
let tenantB = '';
let host: TestHost;
let ownerOfA: TestTechnician;
let ownerOfB: TestTechnician;
let administrator: TestTechnician;

beforeAll(async () => {
  database = await createTestDatabase();
  tenantA = await database.addTenant('Adatum');
  tenantB = await database.addTenant('Bellows');
  host = await database.asHost();
  ownerOfA = await database.asTechnician('anna', 'owner', tenantA);
  ownerOfB = await database.asTechnician('berta', 'owner', tenantB);
  administrator = await database.asTechnician('chief', 'administrator');
  for (const tenant of [tenantA, tenantB]) {
    await database.superuser.query(
      `insert into app.credentials (tenant_id, kind, client_id, sealed, recipients)
       values ($1, 'secret', gen_random_uuid(), '\\x01', '{age1x}')`,
      [tenant],
    );
    await database.superuser.query(`select app.audit_append($1, 'test.seeded')`, [tenant]);
    await database.superuser.query(
      `with s as (
         insert into app.backup_schedules (tenant_id, name, cadence, time_zone, spec, computed_with)
         values ($1, 'Nightly', '{}', 'UTC', '{}', 'test') returning id
       )
       insert into app.backup_runs (tenant_id, schedule_id, trigger, slot_at, state, reason, spec, spec_version, finished_at)
       select $1, s.id, 'scheduled', '2026-01-01T00:00Z', 'missed', 'late', '{}', 1, app.db_now() from s`,
      [tenant],
    );
    await database.superuser.query(
      `insert into app.payloads (tenant_id, sha256, bytes, crc32, size) values ($1, sha256('x'), 'x', 0, 1)`,
      [tenant],
    );
  }
});
afterAll(async () => {
  await database.close();
});

/** Tables of the schema that hold a tenant's rows. */
async function tablesWithTenant(): Promise<string[]> {
  const rows = await database.superuser.query<{ name: string }>(
    `select c.relname::text as name from pg_class c
       join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
      where c.relnamespace = 'app'::regnamespace and c.relkind in ('r', 'p') order by 1`,
  );
  return rows.map((row) => row.name);
}

describe('row-level security', () => {
  it('is forced on every table of the schema', async () => {
    const open = await database.superuser.query(
      `select relname from pg_class where relnamespace = 'app'::regnamespace and relkind in ('r', 'p')
          and not (relrowsecurity and relforcerowsecurity)`,
    );
    expect(open).toEqual([]);
  });

  it('leaves nothing of the schema to PUBLIC', async () => {
    const functions = await database.superuser.query(
      `select p.oid::regprocedure::text as name from pg_proc p
        where p.pronamespace = 'app'::regnamespace
          and exists (select 1 from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) where grantee = 0)`,
    );
    expect(functions).toEqual([]);
    const tables = await database.superuser.query(
      `select c.relname from pg_class c, aclexplode(c.relacl) where c.relnamespace = 'app'::regnamespace and grantee = 0`,
    );
    expect(tables).toEqual([]);
  });

  it('fixes the search path of every function that runs as the owner', async () => {
    const loose = await database.superuser.query(
      `select p.oid::regprocedure::text as name from pg_proc p
        where p.pronamespace = 'app'::regnamespace and p.prosecdef
          and not exists (select 1 from unnest(p.proconfig) s where s like 'search_path=pg_catalog%')`,
    );
    expect(loose).toEqual([]);
  });

  it('shows a technician of A nothing of B, in any table, by direct SQL', async () => {
    const tables = await tablesWithTenant();
    expect(tables.length).toBeGreaterThan(4);
    const looks = await Promise.all(
      tables.map(async (table): Promise<[string, string[] | 'refused']> => {
        const [right] = await ownerOfA.db.query<{ may: boolean }>(
          `select has_column_privilege($1, 'tenant_id', 'select') as may`,
          [`app.${table}`],
        );
        if (!right!.may) return [table, 'refused'];
        const rows = await ownerOfA.db.query<{ tenant: string }>(
          `select distinct tenant_id::text as tenant from app.${table} where tenant_id is not null`,
        );
        return [table, rows.map((row) => row.tenant)];
      }),
    );
    const seen = looks.filter(([, rows]) => rows !== 'refused');
    expect(seen.filter(([, rows]) => rows.includes(tenantB))).toEqual([]);
    // The looks above mean something only where A's own rows do show.
    expect(looks.filter(([, rows]) => rows.includes(tenantA)).map(([table]) => table)).toEqual(
      expect.arrayContaining([
        'tenant_memberships',
        'credentials',
        'audit_events',
        'backup_schedules',
        'backup_runs',
      ]),
    );
    expect(await ownerOfA.db.query('select name from app.tenants')).toEqual([{ name: 'Adatum' }]);
    expect(await ownerOfA.db.query('select name from app.technicians')).toEqual([{ name: 'anna' }]);
  });

  it('gives a technician without any row in technicians nothing', async () => {
    const gone = await database.asTechnician('gone', 'reader', tenantA);
    expect(await gone.db.query('select 1 from app.tenants')).toHaveLength(1);
    await database.superuser.query('update app.technicians set removed_at = app.db_now() where id = $1', [
      gone.technicianId,
    ]);
    // The connection is the same one; only the row changed.
    expect(await gone.db.query('select 1 from app.tenants')).toEqual([]);
  });

  it('cannot be talked round by set role or a session variable', async () => {
    await expect(ownerOfA.db.query('set role tenantkeep_owner')).rejects.toMatchObject({ code: '42501' });
    await expect(ownerOfA.db.query('set role tenantkeep_host')).rejects.toMatchObject({ code: '42501' });
    await expect(ownerOfA.db.query(`set session authorization ${ownerOfB.login}`)).rejects.toMatchObject({
      code: '42501',
    });
    await expect(
      ownerOfA.db.transaction(async (tx) => {
        await tx.query(`set local role tenantkeep_technician`);
        return tx.query('select name from app.tenants');
      }),
    ).resolves.toEqual([{ name: 'Adatum' }]);
    await expect(
      ownerOfA.db.transaction(async (tx) => {
        await tx.query(`set local row_security = off`);
        return tx.query('select name from app.tenants');
      }),
    ).rejects.toMatchObject({ code: '42501' });
  });

  it('never lets a technician read a sealed credential or write a table', async () => {
    await expect(ownerOfA.db.query('select sealed from app.credentials')).rejects.toMatchObject({
      code: '42501',
    });
    await expect(ownerOfA.db.query('select * from app.credentials')).rejects.toMatchObject({ code: '42501' });
    expect(await ownerOfA.db.query('select kind from app.credentials')).toEqual([{ kind: 'secret' }]);
    for (const statement of [
      `update app.tenants set name = 'Mine'`,
      `insert into app.tenant_memberships (tenant_id, technician_id, role) values ('${tenantB}', '${ownerOfA.technicianId}', 'owner')`,
      `update app.technicians set administrator = true`,
      `delete from app.tenant_memberships`,
      `update app.schema_meta set min_engine_level = 99`,
      `truncate app.audit_events`,
    ]) {
      await expect(ownerOfA.db.query(statement)).rejects.toMatchObject({ code: '42501' });
      await expect(host.db.query(statement)).rejects.toMatchObject({ code: '42501' });
    }
  });

  it('shows an administrator names, but no data of a tenant', async () => {
    expect(await administrator.db.query('select name from app.tenants order by name')).toHaveLength(2);
    for (const table of ['credentials', 'backup_schedules', 'backup_runs']) {
      expect(await administrator.db.query(`select tenant_id from app.${table}`)).toEqual([]);
    }
    expect(
      await administrator.db.query('select 1 from app.audit_events where tenant_id is not null'),
    ).toEqual([]);
  });

  it('lets an approved host see all tenants, and a waiting one none', async () => {
    expect(await host.db.query('select 1 from app.tenants')).toHaveLength(2);
    const waiting = await database.asHost('waiting');
    await database.superuser.query(
      'update app.hosts set approved_at = null, approved_by = null where id = $1',
      [waiting.hostId],
    );
    expect(await waiting.db.query('select 1 from app.tenants')).toEqual([]);
    expect(await waiting.db.query('select 1 from app.credentials')).toEqual([]);
    expect(await waiting.db.query('select name from app.hosts')).toEqual([{ name: 'waiting' }]);
    await expect(waiting.db.query(`select app.audit_append(null, 'host.lied')`)).rejects.toMatchObject({
      code: '42501',
    });
  });
});

describe('changes through the functions of the database', () => {
  it('are refused without the role, and the refusal stands in the audit', async () => {
    expect(await ownerOfA.db.query(`select app.edit_tenant($1, 'Mine', '{}') as refused`, [tenantB])).toEqual(
      [{ refused: 'tenant_forbidden' }],
    );
    expect(
      await ownerOfB.db.query(
        `select actor, action, outcome, reason from app.audit_events where tenant_id = $1 and outcome = 'denied'`,
        [tenantB],
      ),
    ).toEqual([
      { actor: ownerOfA.login, action: 'tenant.edited', outcome: 'denied', reason: 'tenant_forbidden' },
    ]);
    for (const call of [
      `select (app.add_technician('X', 'x_login', 'SCRAM-SHA-256$4096:a$b:c', true)).refused`,
      `select app.approve_host('${host.hostId}') as refused`,
      `select app.remove_technician('${ownerOfB.technicianId}', null) as refused`,
    ]) {
      expect(await ownerOfA.db.query(call)).toEqual([{ refused: 'administrator_needed' }]);
    }
    expect(
      await ownerOfA.db.query(`select app.grant_membership($1, $2, 'owner') as refused`, [
        tenantB,
        ownerOfA.technicianId,
      ]),
    ).toEqual([{ refused: 'tenant_forbidden' }]);
  });

  it('work for whoever has the role, with their audit event', async () => {
    expect(
      await ownerOfA.db.query(`select app.edit_tenant($1, 'Adatum AG', '{gold}') as refused`, [tenantA]),
    ).toEqual([{ refused: null }]);
    expect(
      await ownerOfA.db.query(
        `select actor, before, after from app.audit_events where action = 'tenant.edited'`,
      ),
    ).toEqual([
      {
        actor: ownerOfA.login,
        before: { name: 'Adatum', tags: [] },
        after: { name: 'Adatum AG', tags: ['gold'] },
      },
    ]);
    expect(
      await ownerOfA.db.query(`select app.grant_membership($1, $2, 'reader') as refused`, [
        tenantA,
        ownerOfB.technicianId,
      ]),
    ).toEqual([{ refused: null }]);
    expect(await ownerOfB.db.query('select 1 from app.tenants')).toHaveLength(2);
    expect(
      await ownerOfA.db.query(`select app.revoke_membership($1, $2) as refused`, [
        tenantA,
        ownerOfB.technicianId,
      ]),
    ).toEqual([{ refused: null }]);
    expect(await ownerOfB.db.query('select 1 from app.tenants')).toHaveLength(1);
  });

  it('never leave a workspace without an administrator', async () => {
    expect(
      await administrator.db.query(`select app.remove_technician($1, null) as refused`, [
        administrator.technicianId,
      ]),
    ).toEqual([{ refused: 'last_administrator' }]);
  });
});

describe('describing a login', () => {
  it('tells host, technician, owner and superuser apart, and refuses those above row-level security', async () => {
    expect(await describeLogin(host.db)).toMatchObject({
      isHost: true,
      isTechnician: false,
      isOwner: false,
      isSuperuser: false,
    });
    expect(await describeLogin(administrator.db)).toMatchObject({
      isTechnician: true,
      administrator: true,
      isHost: false,
    });
    expect(await describeLogin(ownerOfA.db)).toMatchObject({ isTechnician: true, administrator: false });
    const owner = await describeLogin((await database.asOwner()).db);
    expect(owner).toMatchObject({ isOwner: true, isSuperuser: false });
    expect(() => requireIsolatedLogin(owner)).toThrow('row-level security');
    const superuser = await describeLogin(database.superuser);
    expect(superuser).toMatchObject({ isSuperuser: true, isHost: false });
    expect(() => requireIsolatedLogin(superuser)).toThrow('row-level security');
  });
});
