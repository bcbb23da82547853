import type { Workspace } from '../../main/composition.ts';
import type { DatabaseAccess } from '../../main/database-access.ts';
import { type OpenedConsole, openConsole } from '../../main/open-console.ts';
import type { Arena } from './arena.ts';

/** The console of an arena's database, whose link signs a technician of all its tenants in. */
export async function openArenaConsole(
  arena: Arena,
  workspace: Workspace,
  rendererDirectory: string,
): Promise<OpenedConsole> {
  const host = await arena.addHost('office');
  const technician = await arena.addTechnician('Anna');
  const access: DatabaseAccess = {
    kind: 'embedded',
    location: 'the server of the bench',
    urlFor: (purpose) => Promise.resolve(purpose === 'host' ? host.url : technician),
    leave: () => Promise.resolve(),
  };
  return openConsole(workspace, access, { port: 0, rendererDirectory });
}
