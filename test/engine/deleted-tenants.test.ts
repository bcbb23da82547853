import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyAuditChain } from '../../main/audit/verify-chain.ts';
import {
  deleteTenant,
  eraseBatch,
  listDeletions,
  previewDeletion,
} from '../../main/db/repositories/deleted-tenants.ts';
import { listTenantConnections, listTenants } from '../../main/db/repositories/tenants.ts';
import type { BackupFixture } from '../backup/backup-fixture.ts';
import { createDamageFixture } from '../backup/set-damages.ts';
import type { TestDatabase, TestHost, TestTechnician } from '../support/database.ts';
import { addSchedule, startHost } from './scheduling-fixture.ts';

/** A tenant with four real sets is deleted; what has to stay stays, and nothing else does. */
let fixture: BackupFixture;
let test: TestDatabase;
let tenantId: string;
let neighbour: string;
let host: TestHost;
let owner: TestTechnician;
let manager: TestTechnician;
let administrator: TestTechnician;
let everywhere: TestTechnician;

beforeAll(async () => {
  fixture = await createDamageFixture();
  ({ test, tenantId } = fixture);
  await test.superuser.query(
    `with imported as (
       insert into app.imported_sets (id, tenant_id, tool, folder, taken_at, imported_at, imported_by, files, items,
                                      new_bytes, left_out, left_out_list, root_sha256)
         values (gen_random_uuid(), $1, 'IntuneCD', 'old', '2025-01-01T00:00Z', app.db_now(), 'otto', 1, 1, 1, 0, '[]', sha256('x'))
         returning id, tenant_id),
     asked as (
       insert into app.set_import_requests (tenant_id, tool, folder, taken_at) values ($1, 'IntuneCD', 'older', '2024-01-01T00:00Z'))
     insert into app.imported_set_parts (set_id, policy_type, tenant_id, known, items, made_ids, manifest_sha256)
       select id, 'namedLocations', tenant_id, true, 1, 0, sha256('x') from imported`,
    [tenantId],
  );
  neighbour = await test.addTenant('Neighbour');
  await addSchedule(test, neighbour, { nextSlotAt: null, enabled: false });
  host = await test.asHost('eraser');
  owner = await test.asTechnician('otto', 'owner', tenantId);
  await test.asTechnician('otto', 'owner', neighbour);
  manager = await test.asTechnician('mia', 'manager', tenantId);
  administrator = await test.asTechnician('adam', 'administrator');
  // In every tenant but the one that goes: row-level security must not take that for every tenant.
  everywhere = await test.asTechnician('eva', 'owner', neighbour);
}, 60_000);
afterAll(() => fixture?.close());

const nameOf = async () =>
  (await test.superuser.query<{ name: string }>('select name from app.tenants where id = $1', [tenantId]))[0]!
    .name;

/** How many rows of the tenant each table still holds, those without any left out; whatever tables there are. */
async function rowsOf(tenant: string): Promise<Record<string, number>> {
  const tables = await test.superuser.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
      where c.relnamespace = 'app'::regnamespace and c.relkind = 'r' order by 1`,
  );
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const [row] = await test.superuser.query<{ rows: number }>(
      `select count(*)::int as rows from app.${name} where tenant_id = $1`,
      [tenant],
    );
    if (row!.rows > 0) counts[name] = row!.rows;
  }
  return counts;
}

const auditedOf = async (login: TestTechnician) =>
  (
    await login.db.query<{ action: string }>(
      'select action from app.audit_events where tenant_id = $1 order by sequence',
      [tenantId],
    )
  ).map(({ action }) => action);

describe('a tenant', () => {
  it('is deleted by its owner only, by its exact name, and not while a set is pinned', async () => {
    const name = await nameOf();
    await expect(deleteTenant(manager.db, tenantId, name)).rejects.toMatchObject({
      code: 'tenant_forbidden',
    });
    await expect(deleteTenant(administrator.db, tenantId, name)).rejects.toMatchObject({
      code: 'tenant_not_found',
    });
    await expect(deleteTenant(owner.db, tenantId, name.toLowerCase())).rejects.toMatchObject({
      code: 'tenant_name_differs',
    });
    const [set] = await test.superuser.query<{ id: string }>(
      'select id from app.backup_sets where tenant_id = $1 order by sequence limit 1',
      [tenantId],
    );
    await owner.db.query(`select app.pin_set($1, 'for the auditors')`, [set!.id]);
    await expect(deleteTenant(owner.db, tenantId, name)).rejects.toMatchObject({ code: 'set_pinned' });
    await owner.db.query('select app.unpin_set($1)', [set!.id]);
    expect((await listTenants(owner.db)).map((tenant) => tenant.state)).toEqual(['connected', 'connected']);
  });

  it('tells before what will be lost', async () => {
    expect(await previewDeletion(owner.db, tenantId)).toMatchObject({
      name: await nameOf(),
      connected: true,
      sets: 4,
      pinnedSets: 0,
      importedSets: 1,
      runs: 4,
      schedules: 1,
      members: 2,
      newestCompleteAt: expect.any(String),
    });
    expect((await previewDeletion(owner.db, tenantId))!.bytes).toBeGreaterThan(100);
    expect(await previewDeletion(manager.db, tenantId)).toBeNull();
  });

  it('is gone for everybody at once, and its keys and credentials with it', async () => {
    await deleteTenant(owner.db, tenantId, await nameOf());
    expect((await listTenants(owner.db)).map((tenant) => tenant.name)).toEqual(['Neighbour']);
    expect((await listTenants(administrator.db)).map((tenant) => tenant.name)).toEqual(['Neighbour']);
    expect((await listTenantConnections(host.db)).map((tenant) => tenant.name)).toEqual(['Neighbour']);
    for (const login of [owner, manager, everywhere, administrator]) {
      for (const table of ['backup_sets', 'backup_runs', 'backup_schedules', 'payloads', 'policies']) {
        const rows = await login.db.query(`select 1 from app.${table} where tenant_id = $1`, [tenantId]);
        expect(rows, `${table} as ${login.login}`).toEqual([]);
      }
    }
    const left = await rowsOf(tenantId);
    for (const table of ['credentials', 'credential_candidates', 'tenant_keys', 'tenant_memberships']) {
      expect(left).not.toHaveProperty(table);
    }
    expect(left).toMatchObject({ backup_sets: 4, backup_runs: 4 });
    expect(await listDeletions(owner.db)).toMatchObject([{ tenantId, rowsErased: 0 }]);
    expect(await listDeletions(administrator.db)).toHaveLength(1);
    expect(await listDeletions(everywhere.db)).toEqual([]);
  });

  it('gets no role, no name and no state any more', async () => {
    const { technicianId } = owner;
    const [granted] = await administrator.db.query<{ refused: string }>(
      `select app.grant_membership($1, $2, 'owner') as refused`,
      [tenantId, technicianId],
    );
    expect(granted!.refused).toBe('tenant_not_found');
    await expect(
      test.superuser.query(
        `update app.tenants set state = 'connected', disconnected_at = null where id = $1`,
        [tenantId],
      ),
    ).rejects.toThrow('A deleted tenant stays deleted.');
  });

  it('is erased in batches: one that is killed changes nothing, and another host goes on', async () => {
    const before = await rowsOf(tenantId);
    const doomed = await test.open(host, { max: 1 });
    const killed = doomed.transaction(async (tx) => {
      expect((await eraseBatch(tx, 2)).erased).toBeGreaterThan(0);
      const [me] = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
      // While it is at work, nobody else takes the tenant.
      expect(await eraseBatch(host.db, 2)).toMatchObject({ tenantId: null });
      await test.superuser.query('select pg_terminate_backend($1)', [me!.pid]);
      await tx.query('select 1');
    });
    await expect(killed).rejects.toThrow();
    expect(await rowsOf(tenantId)).toEqual(before);

    // Some batches, then as a host that comes anew.
    for (let batch = 0; batch < 4; batch += 1) await eraseBatch(host.db, 2);
    const [half] = await listDeletions(owner.db);
    expect(half!.rowsErased).toBeGreaterThan(0);
    expect(half!.rowsLeft).toBeGreaterThan(0);
    const another = await test.asHost('another');
    const { engine } = await startHost(test, another, { openable: () => Promise.resolve([]) });
    await engine.tickNow();
    await engine.stop('host_shutdown');

    expect(await rowsOf(tenantId)).toEqual({
      audit_events: expect.any(Number),
      audit_heads: 1,
      deleted_tenants: 1,
    });
    expect(await listDeletions(administrator.db)).toEqual([]);
    expect(await eraseBatch(host.db, 2)).toEqual({ tenantId: null, erased: 0, done: false });
    expect(Object.keys(await rowsOf(neighbour))).toContain('backup_schedules');
  });

  it('leaves chains that are whole, which administrators read', async () => {
    expect((await verifyAuditChain(test.superuser, tenantId)).firstBroken).toBeNull();
    expect((await verifyAuditChain(test.superuser, null)).firstBroken).toBeNull();
    expect((await verifyAuditChain(administrator.db, tenantId)).firstBroken).toBeNull();
    const told = await auditedOf(administrator);
    expect(told).toContain('tenant.disconnected');
    expect(told.slice(-2)).toEqual(['tenant.deleted', 'tenant.erased']);
    // Eva has a role in every tenant that is left, which is no role in this one.
    expect(await auditedOf(everywhere)).toEqual([]);
    expect(await auditedOf(owner)).toEqual([]);
    const names = await everywhere.db.query('select 1 from app.tenants where id = $1', [tenantId]);
    expect(names).toEqual([]);
    const workspace = await administrator.db.query<{ action: string }>(
      `select action from app.audit_events where tenant_id is null and target_id = $1 order by sequence`,
      [tenantId],
    );
    expect(workspace.map(({ action }) => action)).toEqual(['tenant.deleted', 'tenant.erased']);
  });

  it('can be connected again, as a new tenant under its old name', async () => {
    const [old] = await test.superuser.query<{ name: string; guid: string }>(
      'select name, entra_tenant_id as guid from app.tenants where id = $1',
      [tenantId],
    );
    const again = randomUUID();
    const [answer] = await administrator.db.query<{ refused: string | null }>(
      `select app.connect_tenant($1, $2, $3, 'global', null, '{}', gen_random_uuid(), 'secret', gen_random_uuid(), 'x',
                                 array['age1x'], null) as refused`,
      [again, old!.name, old!.guid],
    );
    expect(answer!.refused).toBeNull();
    expect((await listTenants(administrator.db)).map((tenant) => tenant.tenantId)).toContain(again);
    expect(await rowsOf(again)).toMatchObject({ credentials: 1, tenant_memberships: 1, audit_heads: 1 });
    // The counts behind "a role in every tenant" are right again: two tenants, in both of which Eva gets a role.
    await test.superuser.query(
      `insert into app.tenant_memberships (tenant_id, technician_id, role) values ($1, $2, 'reader')`,
      [again, everywhere.technicianId],
    );
    const [sees] = await everywhere.db.query<{ sees: boolean }>('select app.sees_every_tenant() as sees');
    expect(sees!.sees).toBe(true);
  });
});
