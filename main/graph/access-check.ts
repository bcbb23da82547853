import { AppError, isAppError } from '../../shared/errors.ts';
import type { AccessState } from '../../shared/model/access-states.ts';
import type { Clock } from '../clock.ts';
import type { PolicyType } from '../domain/policy-types/policy-type.ts';
import { TenantUnreadableError, type AccessedType, type AccessOutcome, type Log } from '../engine/ports.ts';
import { isJsonObject } from '../snapshot/json-value.ts';
import { adminConsentUrl } from './clouds.ts';
import type { TenantCredential } from './credential-loader.ts';
import { createGraphClient, type GraphClient } from './graph-client.ts';
import { GraphFailure, unavailableReason } from './graph-errors.ts';
import { currentToken } from './graph-exchange.ts';
import { graphLimits, type GraphLimits } from './graph-limits.ts';
import { bindPath, withQuery } from './graph-paths.ts';
import { textAt } from './json-reading.ts';
import { forSignedInPerson, type PolicyTypeCatalog } from './policy-type-catalog.ts';
import { ReadMeter } from './read-meter.ts';
import { createTenantSessions, type TenantSessions } from './tenant-session.ts';

export interface TenantAccess extends AccessOutcome {
  /** Permissions in the token, the app's or the person's; null where the token cannot be read. */
  grantedRoles: readonly string[] | null;
}

/**
 * Tries what a backup would read: signs in anew, reads the organization, and sends one small request per list.
 * Throws `AppError` with one sentence and a next step when the tenant cannot be read at all: sign-in refused
 * (code `auth_…`), host unreachable or not trusted (`graph_unavailable`), credential or address unusable.
 */
export async function checkAccess(options: {
  credential: TenantCredential;
  catalog: PolicyTypeCatalog;
  /** Policy types to probe; absent: all. */
  typeKeys?: readonly string[];
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  limits?: GraphLimits;
  sessions?: TenantSessions;
}): Promise<TenantAccess> {
  const { credential, clock, log, signal } = options;
  const catalog = credential.kind === 'delegated' ? forSignedInPerson(options.catalog) : options.catalog;
  // A person is waiting: a probe that would have to wait long is told as throttled.
  const limits = graphLimits({ ...options.limits, waitBudgetMs: 20_000, maxAttempts: 2 });
  const sessions = options.sessions ?? createTenantSessions({ limits, clock, log });
  try {
    const session = { ...(await sessions.open(credential)), limits };
    session.tokens.forget();
    await currentToken(session, signal);
    const client = createGraphClient(session);
    const meter = new ReadMeter({ typeKey: null, clock, limits, event: () => undefined });
    const organizationName = await readOrganizationName(client, meter, signal);
    const keys = options.typeKeys ?? catalog.all().map((type) => type.key);
    const probes = await Promise.all(
      catalog
        .groups(keys)
        .map((types) =>
          probeList(types, { client, limits, clock, signal, cloud: session.cloud.name, credential }),
        ),
    );
    const byKey = new Map(probes.flat().map((access) => [access.typeKey, access]));
    return {
      organizationName,
      grantedRoles: session.tokens.grantedRoles(),
      missingPermissions: missingPermissions(keys, byKey, catalog),
      consentUrl: adminConsentUrl(session.cloud, credential.tenantGuid, credential.clientId),
      types: keys.map((key) => byKey.get(key) ?? accessOf(key, 'unknown', null)),
    };
  } catch (error) {
    throw readable(error);
  } finally {
    if (options.sessions === undefined) await sessions.close();
  }
}

async function readOrganizationName(
  client: GraphClient,
  meter: ReadMeter,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    const { body } = await client.get(
      { version: 'v1.0', path: '/organization' },
      { group: 'directory', meter, signal },
    );
    const rows = isJsonObject(body) ? body['value'] : undefined;
    const first = Array.isArray(rows) ? rows[0] : undefined;
    return isJsonObject(first) ? textAt(first, 'displayName') : null;
  } catch (error) {
    // Reading the organization needs a permission of its own, which a backup can do without.
    if (error instanceof GraphFailure && error.kind === 'permission_missing') return null;
    throw error;
  }
}

async function probeList(
  types: readonly PolicyType[],
  parts: {
    client: GraphClient;
    limits: GraphLimits;
    clock: Clock;
    signal: AbortSignal;
    cloud: string;
    credential: TenantCredential;
  },
): Promise<AccessedType[]> {
  const [first] = types;
  if (first === undefined) return [];
  if (first.notInClouds.includes(parts.cloud)) {
    return types.map((type) => accessOf(type.key, 'not_in_cloud', null));
  }
  const { clock, limits, signal, client } = parts;
  const meter = new ReadMeter({ typeKey: first.key, clock, limits, event: () => undefined });
  const context = { group: first.throttleGroup, meter, signal };
  const base = bindPath(first.listPath, (name) =>
    name === 'organizationId' ? parts.credential.tenantGuid : null,
  );
  if (base === null) return types.map((type) => accessOf(type.key, 'unknown', null));
  const paths = probePaths(first, base);
  let failure: GraphFailure | null = null;
  for (const path of paths) {
    try {
      await client.batchGet(
        { version: first.apiVersion, path, ...(first.listHeaders ? { headers: first.listHeaders } : {}) },
        context,
      );
      return types.map((type) => accessOf(type.key, 'readable', null));
    } catch (error) {
      if (!(error instanceof GraphFailure)) throw error;
      failure = error;
      // Only a refused option is worth the next, plainer form.
      if (error.kind !== 'refused') break;
    }
  }
  return types.map((type) => accessOf(type.key, stateOf(type, failure!), failure, type));
}

/** The smallest request first. Some Intune lists refuse `$top`, and one list repeats its link for `$top=1`. */
function probePaths(type: PolicyType, base: string): string[] {
  const filter: [string, string][] =
    type.listQuery.filter === undefined ? [] : [['filter', type.listQuery.filter]];
  if (type.shape === 'singleton') return [base];
  return [withQuery(base, [...filter, ['top', '1']]), base];
}

function stateOf(type: PolicyType, failure: GraphFailure): AccessState {
  const byRule = unavailableReason(failure, type.unavailable);
  if (byRule !== null) return byRule;
  switch (failure.kind) {
    case 'permission_missing':
    case 'not_licensed':
    case 'not_configured':
    case 'not_in_cloud':
      return failure.kind;
    case 'throttled':
    case 'throttled_out':
      return 'throttled';
    case 'gone':
      return type.shape === 'singleton' ? 'not_configured' : 'unknown';
    default:
      return 'unknown';
  }
}

function accessOf(
  typeKey: string,
  state: AccessState,
  failure: GraphFailure | null,
  type?: PolicyType,
): AccessedType {
  const named = failure?.permissions ?? [];
  const least = type?.permission ? [type.permission] : [];
  return {
    typeKey,
    state,
    permissions: state !== 'permission_missing' ? [] : named.length > 0 ? named : least,
    requestId: failure?.requestId ?? null,
    httpStatus: failure?.status ?? null,
  };
}

function missingPermissions(
  keys: readonly string[],
  byKey: ReadonlyMap<string, AccessedType>,
  catalog: PolicyTypeCatalog,
): string[] {
  const missing = new Set<string>();
  for (const key of keys) {
    const access = byKey.get(key);
    if (access?.state !== 'permission_missing') continue;
    const permission = catalog.find(key)?.permission ?? access.permissions[0];
    if (permission) missing.add(permission);
  }
  return [...missing].sort();
}

/** The sentence behind an unreadable tenant, with its next step. */
function readable(error: unknown): unknown {
  if (error instanceof GraphFailure) {
    return new AppError('graph_unavailable', error.message, {
      nextStep: 'Check the Graph address and try again.',
      details: { status: error.status, requestId: error.requestId },
    });
  }
  if (!(error instanceof TenantUnreadableError)) return error;
  if (isAppError(error.cause)) return error.cause;
  return new AppError(error.reason, error.message, {
    nextStep: 'Check the network, the addresses and the CA file of this cloud, then try again.',
  });
}
