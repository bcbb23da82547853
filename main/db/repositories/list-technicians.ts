import type { EntityManager } from '@mikro-orm/postgresql';
import { TechnicianEntity } from '../entities/technician.ts';
import type { Technician } from './technicians.ts';

/** Technicians that the caller may see, by name, with those memberships that the caller may see. */
export async function listTechnicians(entityManager: EntityManager): Promise<Technician[]> {
  // One transaction, so that people and memberships are of the same moment.
  const technicians = await entityManager
    .fork()
    .transactional((em) =>
      em.find(
        TechnicianEntity,
        { removedAt: null },
        { populate: ['memberships.tenant'], orderBy: { name: 'asc', id: 'asc' } },
      ),
    );
  return technicians.map((technician) => ({
    technicianId: technician.id,
    name: technician.name,
    login: technician.dbRole,
    administrator: technician.administrator,
    memberships: technician.memberships
      .getItems()
      .map(({ tenant, role }) => ({ tenantId: tenant.id, tenantName: tenant.name, role }))
      .toSorted((a, b) => a.tenantName.localeCompare(b.tenantName)),
  }));
}
