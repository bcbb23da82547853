import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { pick, randomOf } from '../support/random.ts';

const roles = ['owner', 'manager', 'operator', 'auditor', 'reader'] as const;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  await database.close();
});

/** Whether the technician has one of the roles everywhere, counted out without the kept counts. */
async function countedOut(technicianId: string, some: readonly string[] | null): Promise<boolean> {
  const [row] = await database.superuser.query<{ all: boolean }>(
    `select count(*) > 0 and bool_and(exists (
        select 1 from app.tenant_memberships m
         where m.tenant_id = t.id and m.technician_id = $1 and ($2::text[] is null or m.role = any ($2::text[])))) as all
       from app.tenants t`,
    [technicianId, some],
  );
  return row!.all;
}

it('says "every tenant" exactly when a count of all memberships does, after any change', async () => {
  const technicians = [await database.asTechnician('ada'), await database.asTechnician('bob')];
  const random = randomOf(7);
  const tenants: string[] = [];
  let everywhere = 0;
  let elsewhere = 0;
  for (let step = 0; step < 300; step += 1) {
    const { technicianId } = pick(random, technicians);
    const chance = random();
    if (tenants.length === 0 || (chance < 0.05 && tenants.length < 4)) {
      tenants.push(await database.addTenant(`Tenant ${step}`));
    } else if (chance < 0.75) {
      await database.superuser.query(
        `insert into app.tenant_memberships as m (tenant_id, technician_id, role) values ($1, $2, $3)
           on conflict (tenant_id, technician_id) do update set role = excluded.role`,
        [pick(random, tenants), technicianId, pick(random, roles)],
      );
    } else if (chance < 0.8) {
      // Two people at once, and a change that is taken back.
      await database.superuser
        .transaction(async (tx) => {
          await tx.query(`update app.tenant_memberships set role = $1`, [pick(random, roles)]);
          if (random() < 0.5) throw new Error('taken back');
        })
        .catch((error: unknown) => expect(error).toHaveProperty('message', 'taken back'));
    } else {
      await database.superuser.query(
        `delete from app.tenant_memberships where technician_id = $1 and tenant_id = $2`,
        [technicianId, pick(random, tenants)],
      );
    }
    for (const technician of technicians) {
      for (const some of [null, ['owner', 'manager', 'auditor'], ['reader']]) {
        const [row] = await technician.db.query<{ sees: boolean }>(
          'select app.sees_every_tenant($1) as sees',
          [some],
        );
        const expected = await countedOut(technician.technicianId, some);
        expect(row!.sees, `step ${step}`).toBe(expected);
        if (expected) everywhere += 1;
        else elsewhere += 1;
      }
    }
  }
  // Both answers were really asked for.
  expect(everywhere).toBeGreaterThan(50);
  expect(elsewhere).toBeGreaterThan(50);
});

it('loses no count when two people change roles at the same time', async () => {
  const [first, second] = [await database.asTechnician('cem'), await database.asTechnician('dora')];
  const tenant = await database.addTenant('Busy');
  const change = async (index: number) => {
    for (const technician of index % 2 === 0 ? [first, second] : [second, first]) {
      await database.superuser.query(
        `insert into app.tenant_memberships as m (tenant_id, technician_id, role) values ($1, $2, $3)
           on conflict (tenant_id, technician_id) do update set role = excluded.role`,
        [tenant, technician.technicianId, roles[index % roles.length]],
      );
    }
  };
  for (let round = 0; round < 10; round += 1) {
    await Promise.all([0, 1, 2, 3, 4].map((index) => change(round + index)));
  }
  const wrong = await database.superuser.query(
    `select technician_id, role from app.reach_counts where technician_id is not null and tenants > 0
     except select technician_id, role from app.tenant_memberships
     union all
     select m.technician_id, m.role
       from (select technician_id, role, count(*) from app.tenant_memberships group by 1, 2) m
       left join app.reach_counts r on (r.technician_id, r.role, r.tenants) = (m.technician_id, m.role, m.count)
      where r.role is null`,
  );
  expect(wrong).toEqual([]);
});
