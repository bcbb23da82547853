import type { Workspace } from '../composition.ts';
import type { Cloud, CustomCloud } from '../db/repositories/credentials.ts';
import type { AccessOutcome } from '../engine/ports.ts';
import { checkAccess } from '../graph/access-check.ts';
import { resolveCloud, type CloudChoice } from '../graph/clouds.ts';
import type { TenantCredential } from '../graph/credential-loader.ts';
import { registeredPolicyTypes } from '../graph/policy-type-catalog.ts';
import { reachGraph } from '../graph/reach-graph.ts';
import { usageError } from './usage-error.ts';

export interface CustomCloudOptions {
  graphUrl?: string;
  loginUrl?: string;
  caFile?: string;
}

/** The addresses of a custom cloud from the options; null for any other. Throws a usage error where they do not fit. */
export async function readCustomCloud(
  cloud: Cloud,
  options: CustomCloudOptions,
): Promise<CustomCloud | null> {
  const { graphUrl, loginUrl, caFile } = options;
  if (cloud !== 'custom') {
    if (graphUrl !== undefined || loginUrl !== undefined || caFile !== undefined) {
      throw usageError('--graph-url, --login-url and --ca-file belong to --cloud custom.');
    }
    return null;
  }
  if (graphUrl === undefined || loginUrl === undefined) {
    throw usageError('--cloud custom needs --graph-url and --login-url.');
  }
  // The authority's certificates go into the row, so that every host can use them, not only this computer.
  const endpoints = await resolveCloud({ name: 'custom', graphUrl, loginUrl, caFile: caFile ?? null });
  return { graphUrl: endpoints.graphUrl, loginUrl: endpoints.loginUrl, ca: endpoints.ca };
}

export function cloudChoice(cloud: Cloud, customCloud: CustomCloud | null): CloudChoice {
  if (cloud !== 'custom') return { name: cloud };
  return { name: 'custom', ...customCloud! };
}

/** Reaches Graph, signs in, reads the organization and tries every list with one small request. */
export async function tryCredential(
  credential: TenantCredential,
  workspace: Workspace,
  signal: AbortSignal,
): Promise<AccessOutcome> {
  const { clock, log } = workspace;
  await reachGraph(credential.cloud, clock, signal);
  return checkAccess({ credential, catalog: registeredPolicyTypes, clock, log, signal });
}
