import { listTechnicians } from '../../main/db/repositories/list-technicians.ts';
import { ReferenceKind } from '@mikro-orm/postgresql';
import type { MikroORM } from '@mikro-orm/postgresql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HostEntity } from '../../main/db/entities/host.ts';
import { TenantEntity } from '../../main/db/entities/tenant.ts';
import { entities, openOrm } from '../../main/db/orm.ts';
import {
  addTechnician,
  grantMembership,
  removeTechnician,
  revokeMembership,
} from '../../main/db/repositories/technicians.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase, TestLogin, TestTechnician } from '../support/database.ts';

let database: TestDatabase;
let tenantA = '';
let tenantB = '';
let administrator: TestTechnician;
let owner: TestTechnician;
const orms: MikroORM[] = [];
const open = async (login: TestLogin): Promise<MikroORM> => {
  const orm = await openOrm({ url: login.url, applicationName: 'tenantkeep/test' });
  orms.push(orm);
  return orm;
};
beforeAll(async () => {
  database = await createTestDatabase();
  tenantA = await database.addTenant('Adatum');
  tenantB = await database.addTenant('Bellows');
  administrator = await database.asTechnician('chief', 'administrator');
  owner = await database.asTechnician('anna', 'owner', tenantA);
  await database.asHost();
});
afterAll(async () => {
  await Promise.all(orms.map((orm) => orm.close(true)));
  await database.close();
});

describe('the ORM', () => {
  it('maps every column of the tables it knows, and no other', async () => {
    const orm = await open(administrator);
    expect(entities).toHaveLength(4);
    const metadata = [...orm.getMetadata().getAll().values()];
    const mapped = Object.fromEntries(
      metadata.map((meta) => [
        meta.tableName,
        meta.props
          .flatMap((property) => (property.kind === ReferenceKind.ONE_TO_MANY ? [] : property.fieldNames))
          .toSorted(),
      ]),
    );
    const columns = await database.superuser.query<{ name: string; columns: string[] }>(
      `select table_name as name, array_agg(column_name::text order by column_name::text collate "C") as columns
         from information_schema.columns where table_schema = 'app' and table_name = any ($1) group by 1`,
      [metadata.map((meta) => meta.tableName)],
    );
    expect(mapped).toEqual(Object.fromEntries(columns.map((row) => [row.name, row.columns])));
  });

  it('reads rows as their types say, and only those of the login', async () => {
    await database.superuser.query(
      `update app.tenants set tags = '{gold,eu}', cloud = 'custom', custom_cloud = '{"graphUrl":"https://g","loginUrl":"https://l"}'
        where id = $1`,
      [tenantA],
    );
    const orm = await open(owner);
    const tenants = await orm.em.fork().find(TenantEntity, {});
    expect(tenants).toHaveLength(1);
    expect(tenants[0]).toMatchObject({
      id: tenantA,
      tags: ['gold', 'eu'],
      customCloud: { graphUrl: 'https://g', loginUrl: 'https://l' },
      disconnectedAt: null,
    });
    expect(tenants[0]!.createdAt).toBeInstanceOf(Date);
    expect(await orm.em.fork().count(HostEntity)).toBe(1);
  });
});

describe('technicians', () => {
  it('are added, given a role, changed, and removed', async () => {
    const chief = administrator.db;
    const login = `rita_${database.name.slice(-6)}`;
    const added = await addTechnician(chief, { name: 'Rita', login, administrator: false });
    expect(added.password).toHaveLength(32);
    await expect(addTechnician(chief, { name: 'Rita', login, administrator: false })).rejects.toMatchObject({
      code: 'login_taken',
    });
    await grantMembership(chief, tenantB, added.technicianId, 'reader');
    await grantMembership(owner.db, tenantA, added.technicianId, 'operator');
    await expect(grantMembership(owner.db, tenantB, added.technicianId, 'owner')).rejects.toMatchObject({
      code: 'tenant_forbidden',
    });
    const orm = await open(administrator);
    const rita = (await listTechnicians(orm.em)).find((technician) => technician.login === login);
    expect(rita).toEqual({
      technicianId: added.technicianId,
      name: 'Rita',
      login,
      administrator: false,
      memberships: [
        { tenantId: tenantA, tenantName: 'Adatum', role: 'operator' },
        { tenantId: tenantB, tenantName: 'Bellows', role: 'reader' },
      ],
    });
    const seenByOwner = (await listTechnicians((await open(owner)).em)).find(
      (technician) => technician.login === login,
    );
    expect(seenByOwner!.memberships.map((membership) => membership.tenantName)).toEqual(['Adatum']);
    await revokeMembership(owner.db, tenantA, added.technicianId);
    await expect(revokeMembership(owner.db, tenantA, added.technicianId)).rejects.toMatchObject({
      code: 'member_unknown',
    });
    await removeTechnician(chief, added.technicianId, 'left');
    expect((await listTechnicians(orm.em)).some((technician) => technician.login === login)).toBe(false);
    await database.superuser.query(`drop owned by ${login}`);
    await database.superuser.query(`drop role ${login}`);
  });
});
