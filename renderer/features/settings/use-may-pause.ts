import { useMayDoSomewhere, useObstacle } from '../../queries/use-may-do.ts';
import type { HostRow } from './host-state.tsx';

/** Null when the person may pause this host, otherwise what it takes. */
export function useMayPause(host: HostRow): string | null {
  const obstacle = useObstacle('workspace.hosts', null);
  const operates = useMayDoSomewhere('host.pause-own');
  if (obstacle === null || (host.thisComputer && operates)) return null;
  return host.thisComputer
    ? 'This needs the role operator in a tenant.'
    : 'Another computer is paused by a workspace administrator.';
}
