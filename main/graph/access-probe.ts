import type { Clock } from '../clock.ts';
import type { AccessProbe, Log } from '../engine/ports.ts';
import { checkAccess } from './access-check.ts';
import type { CandidateLoader, CredentialLoader } from './credential-loader.ts';
import type { PolicyTypeCatalog } from './policy-type-catalog.ts';
import { reachGraph } from './reach-graph.ts';

/** The access check as the engine asks for it, with the credentials that this host opens. */
export function createAccessProbe(options: {
  credentials: CredentialLoader & CandidateLoader;
  catalog: PolicyTypeCatalog;
  clock: Clock;
  log: Log;
}): AccessProbe {
  const { credentials, catalog, clock, log } = options;
  return {
    async check({ tenantId, candidateId }, signal) {
      const credential =
        candidateId === null
          ? await credentials.load(tenantId)
          : await credentials.loadCandidate(candidateId);
      await reachGraph(credential.cloud, clock, signal);
      return checkAccess({ credential, catalog, clock, log, signal });
    },
  };
}
