import { AppError } from '../../../shared/errors.ts';
import {
  addTechnician,
  grantMembership,
  loginForName,
  readTechnicians,
  removeTechnician,
  revokeMembership,
  setAdministrator,
} from '../../db/repositories/technicians.ts';
import type { Installation } from '../installation.ts';
import type { Handlers } from '../router.ts';

type TechnicianProcedure = 'list' | 'invite' | 'set-administrator' | 'set-role' | 'remove';

/** People, their logins and roles. The database decides who may change what, and audits it. */
export function technicianHandlers(
  installation: Installation | null,
): Pick<Handlers, `technicians.${TechnicianProcedure}`> {
  return {
    'technicians.list': async ({ session }) => ({
      rows: (await readTechnicians(session.database)).map((person) => ({
        id: person.technicianId,
        name: person.name,
        login: person.login,
        administrator: person.administrator,
        addedAt: person.addedAt.toISOString(),
        me: person.login === session.login,
        memberships: person.memberships,
      })),
    }),
    'technicians.invite': async ({ session }, { name, administrator, memberships }) => {
      if (!administrator && memberships.length === 0) {
        throw new AppError('role_needed', 'Without a role in a tenant this person would see nothing.', {
          nextStep: 'Choose a role in at least one tenant, or make them administrator.',
        });
      }
      if (installation === null) {
        throw new AppError('address_unknown', 'This program does not know the address of its database.');
      }
      const login = loginForName(name);
      const { technicianId, password } = await session.database.transaction(async (tx) => {
        const made = await addTechnician(tx, { name, login, administrator });
        for (const { tenantId, role } of memberships) {
          await grantMembership(tx, tenantId, made.technicianId, role);
        }
        return made;
      });
      return { technicianId, login, connectionUrl: await installation.connectionUrl(login, password) };
    },
    'technicians.set-administrator': async ({ session }, { technicianId, administrator }) => {
      await setAdministrator(session.database, technicianId, administrator);
      return { administrator };
    },
    'technicians.set-role': async ({ session }, { tenantId, technicianId, role }) => {
      if (role === null) await revokeMembership(session.database, tenantId, technicianId);
      else await grantMembership(session.database, tenantId, technicianId, role);
      return { role };
    },
    'technicians.remove': async ({ session }, { technicianId, reason }) => {
      await removeTechnician(session.database, technicianId, reason);
      return { removed: true };
    },
  };
}
