import { AppError } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import { resolveCloud, type CloudChoice } from './clouds.ts';
import { graphLimits } from './graph-limits.ts';
import { openHttpTransport, TransportError } from './http-transport.ts';

/**
 * Proves that something answers at the Graph address of a cloud, without signing in. Asked before the sign-in,
 * because a sign-in service refuses a token for an address that it does not know, and that refusal reads like
 * missing consent. Throws `graph_unavailable` or `graph_certificate_untrusted`.
 */
export async function reachGraph(choice: CloudChoice, clock: Clock, signal: AbortSignal): Promise<void> {
  const cloud = await resolveCloud(choice);
  const transport = openHttpTransport({ ca: cloud.ca, limits: graphLimits(), clock });
  try {
    // Any answer will do; unauthenticated it is a refusal.
    await transport.send({
      method: 'GET',
      url: new URL(`${cloud.graphUrl}/v1.0/organization`),
      headers: { accept: 'application/json' },
      signal,
      maxBytes: 1_000_000,
      timeoutMs: 20_000,
    });
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    if (error.fault === 'untrusted') {
      throw new AppError(
        'graph_certificate_untrusted',
        `The certificate of ${error.host} is not signed by an authority that this computer trusts.`,
        {
          nextStep:
            cloud.name === 'custom'
              ? 'Give the CA file of that server with --ca-file.'
              : 'Look for a proxy that opens TLS, and add its CA to the system.',
          cause: error,
        },
      );
    }
    throw new AppError('graph_unavailable', `Microsoft Graph cannot be reached at ${error.host}.`, {
      nextStep:
        cloud.name === 'custom'
          ? 'Check the network and the address given with --graph-url.'
          : 'Check the network, its proxy and its firewall.',
      cause: error,
    });
  } finally {
    await transport.close();
  }
}
