import { listMyMemberships, readMyself } from '../../db/repositories/myself.ts';
import type { Handlers } from '../router.ts';

/** Who is signed in; `about` is what this program knows of itself. */
export function sessionHandlers(about: { version: string }): Pick<Handlers, 'session.me'> {
  return {
    'session.me': async ({ session }) => {
      const [myself, memberships] = await Promise.all([
        readMyself(session.database),
        listMyMemberships(session.database),
      ]);
      return {
        login: session.login,
        name: myself?.name ?? session.login,
        administrator: myself?.administrator ?? false,
        memberships: memberships.map(({ tenantId, tenantName, role }) => ({ tenantId, tenantName, role })),
        version: about.version,
        // A custom cloud on a loopback address is nobody's Microsoft Graph.
        simulatedData: memberships.length > 0 && memberships.every((membership) => membership.simulated),
      };
    },
  };
}
