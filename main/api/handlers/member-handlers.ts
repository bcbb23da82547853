import { listMembers } from '../../db/repositories/members.ts';
import { grantMembership, revokeMembership } from '../../db/repositories/technicians.ts';
import type { Handlers } from '../router.ts';

export const memberHandlers: Pick<Handlers, 'members.list' | 'members.set' | 'members.remove'> = {
  'members.list': async ({ session }, { tenantId }) => {
    const known = await listMembers(session.database, tenantId);
    return {
      rows: known.flatMap(({ role, grantedAt, grantedBy, ...technician }) =>
        role === null || grantedAt === null
          ? []
          : [{ ...technician, role, grantedAt: grantedAt.toISOString(), grantedBy: grantedBy ?? '' }],
      ),
      others: known
        .filter(({ role }) => role === null)
        .map(({ technicianId, name, login }) => ({ technicianId, name, login })),
    };
  },
  'members.set': async ({ session }, { tenantId, technicianId, role }) => {
    await grantMembership(session.database, tenantId, technicianId, role);
    return {};
  },
  'members.remove': async ({ session }, { tenantId, technicianId }) => {
    await revokeMembership(session.database, tenantId, technicianId);
    return {};
  },
};
