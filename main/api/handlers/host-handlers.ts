import type { hostStates } from '../../../shared/contract/workspace.ts';
import { AppError } from '../../../shared/errors.ts';
import { mayDo } from '../../../shared/model/permissions.ts';
import { type HostOverview, listHostOverviews } from '../../db/repositories/fleet.ts';
import {
  approveHost,
  hostOfflineAfterSeconds,
  listHostReach,
  pauseHost,
  removeHost,
  resumeHost,
} from '../../db/repositories/hosts.ts';
import { listMyMemberships, readMyself } from '../../db/repositories/myself.ts';
import type { Installation } from '../installation.ts';
import type { Handlers, Session } from '../router.ts';

type HostProcedure = 'list' | 'approve' | 'reseal' | 'remove' | 'pause' | 'resume';

/** Hosts as the workspace sees them. Sealing needs a host's key, which only this computer's own host has. */
export function hostHandlers(installation: Installation | null): Pick<Handlers, `hosts.${HostProcedure}`> {
  const reseal = async () => {
    const report = (await installation?.resealForHosts()) ?? { reason: 'This computer is no host.' };
    return 'reason' in report
      ? { resealed: null, secrets: 0, notOpenable: [], reason: report.reason }
      : { ...report, reason: null };
  };

  /** The installation, where the host is this computer's and the caller may pause that and no other. */
  const ownHost = async (session: Session, hostId: string): Promise<Installation | null> => {
    const myself = await readMyself(session.database);
    if (installation === null || myself === null || myself.administrator) return null;
    const host = (await listHostOverviews(session.database, hostOfflineAfterSeconds)).find(
      (candidate) => candidate.hostId === hostId,
    );
    if (host?.publicKey !== installation.hostKey) return null;
    const memberships = await listMyMemberships(session.database);
    return memberships.some(({ role }) => mayDo('host.pause-own', { administrator: false, role }))
      ? installation
      : null;
  };

  return {
    'hosts.list': async ({ session }) => {
      const sql = session.database;
      const [hosts, reach] = await Promise.all([
        listHostOverviews(sql, hostOfflineAfterSeconds),
        listHostReach(sql),
      ]);
      return {
        rows: hosts.map((host) => {
          const reached = reach.find((candidate) => candidate.hostId === host.hostId);
          return {
            id: host.hostId,
            name: host.name,
            login: host.login,
            kind: host.kind,
            publicKey: host.publicKey,
            approved: host.approved,
            enrolledAt: host.enrolledAt.toISOString(),
            state: hostState(host),
            version: host.version,
            lastSeenAt: host.lastSeenAt?.toISOString() ?? null,
            lastTickAt: host.lastTickAt?.toISOString() ?? null,
            clockOffsetMs: host.clockOffsetMs,
            running: host.running,
            thisComputer: host.publicKey === installation?.hostKey,
            pause: pauseOf(host),
            tenants: reached?.tenants ?? 0,
            onlyKeyOf: reached?.onlyKey ?? [],
            onlyAliveFor: reached?.onlyAlive ?? [],
          };
        }),
      };
    },
    'hosts.approve': async ({ session }, { hostId }) => {
      await approveHost(session.database, hostId);
      return await reseal();
    },
    'hosts.reseal': reseal,
    'hosts.remove': async ({ session }, { hostId, reason }) => {
      const hosts = await listHostOverviews(session.database, hostOfflineAfterSeconds);
      const others = hosts.filter((host) => host.approved && host.hostId !== hostId);
      const own = hosts.find((host) => host.publicKey === installation?.hostKey);
      if (own?.hostId === hostId && others.length > 0) {
        throw new AppError('host_is_this_computer', 'This computer could seal nothing after its removal.', {
          nextStep: 'Remove it from another host.',
        });
      }
      await removeHost(session.database, hostId, reason);
      return await reseal();
    },
    'hosts.pause': async ({ session }, { hostId, minutes, reason }) => {
      const own = await ownHost(session, hostId);
      if (own === null) await pauseHost(session.database, hostId, { minutes, reason });
      else await own.pauseOwnHost(hostId, { minutes, reason, askedBy: session.login });
      return { paused: true };
    },
    'hosts.resume': async ({ session }, { hostId }) => {
      const own = await ownHost(session, hostId);
      if (own === null) await resumeHost(session.database, hostId);
      else await own.resumeOwnHost(hostId, session.login);
      return { paused: false };
    },
  };
}

function hostState(host: HostOverview): (typeof hostStates)[number] {
  if (!host.approved) return 'waiting';
  if (host.tooOld) return 'version_too_old';
  if (host.online) return host.paused ? 'paused' : 'alive';
  return host.state === null || host.state === 'running' ? 'offline' : host.state;
}

function pauseOf(host: HostOverview) {
  if (!host.paused || host.pausedAt === null || host.pausedBy === null) return null;
  return {
    since: host.pausedAt.toISOString(),
    until: host.pausedUntil?.toISOString() ?? null,
    by: host.pausedBy,
    reason: host.pauseReason,
  };
}
