import { connect } from 'node:tls';
import { errorText } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import type { Sql } from '../db/database.ts';
import { listClouds } from '../db/repositories/tenants.ts';
import { resolveCloud } from '../graph/clouds.ts';

const patienceMs = 8_000;

/** A server that runs depend on, and whether an encrypted connection to it comes about. */
export interface ReachedServer {
  purpose: 'sign-in' | 'Microsoft Graph';
  address: string;
  reached: boolean;
  /** Milliseconds until the connection was encrypted; null where it was not. */
  milliseconds: number | null;
  /** Why not; null where it was. */
  problem: string | null;
}

/**
 * Connects to the sign-in and Graph servers of the clouds of those tenants that the login sees, and says nothing to
 * them: the name is resolved, the port answers, the certificate holds. Signing in is what an access check does.
 */
export async function reachClouds(sql: Sql, clock: Clock): Promise<ReachedServer[]> {
  const servers = new Map<
    string,
    { purpose: ReachedServer['purpose']; address: string; ca: string | null }
  >();
  for (const choice of await listClouds(sql)) {
    const { loginUrl, graphUrl, ca } = await resolveCloud(choice);
    servers.set(loginUrl, { purpose: 'sign-in', address: loginUrl, ca });
    servers.set(graphUrl, { purpose: 'Microsoft Graph', address: graphUrl, ca });
  }
  return await Promise.all(
    [...servers.values()].map(async ({ purpose, address, ca }) => {
      const startedMs = clock.monotonicMs();
      const problem = await connectOnce(new URL(address), ca);
      return {
        purpose,
        address,
        reached: problem === null,
        milliseconds: problem === null ? Math.round(clock.monotonicMs() - startedMs) : null,
        problem,
      };
    }),
  );
}

/** Null when the encrypted connection came about, otherwise why it did not. */
function connectOnce(url: URL, ca: string | null): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({
      host: url.hostname,
      port: url.port === '' ? 443 : Number(url.port),
      ...(/^[\d.]+$|:/.test(url.hostname) ? {} : { servername: url.hostname }),
      ...(ca === null ? {} : { ca }),
    });
    const end = (problem: string | null): void => {
      socket.destroy();
      resolve(problem);
    };
    socket.setTimeout(patienceMs, () => end(`no answer within ${patienceMs / 1_000} s`));
    socket.once('secureConnect', () => end(null));
    socket.once('error', (error) => end(errorText(error)));
  });
}
