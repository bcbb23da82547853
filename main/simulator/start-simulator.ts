import { X509Certificate, createHash, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { systemClock } from '../clock.ts';
import type { PolicyType } from '../domain/policy-types/policy-type.ts';
import { policyTypes } from '../domain/policy-types/registry.ts';
import { AppError } from '../../shared/errors.ts';
import { createCertificateAuthority } from './certificate-authority.ts';
import type { ClientCertificate } from './certificate-authority.ts';
import { SimulatorControl } from './control.ts';
import { createControlDoor } from './control-door.ts';
import { RequestCounters } from './counters.ts';
import { buildDemoTenants, buildScaleTenants, demoMissingPermission } from './data/demo-tenants.ts';
import { FaultBoard, parseFault } from './faults.ts';
import { importPolicies } from './import/import-policies.ts';
import type { ImportReport } from './import/import-policies.ts';
import { GraphService } from './graph-service.ts';
import { createGraphHandler, createLoginHandler, listen } from './http-hosts.ts';
import type { HostParts, Latency } from './http-hosts.ts';
import { createRandom, guidFromText, hashText } from './random.ts';
import { buildRoutes, createRouter } from './routes.ts';
import type { AppRegistration, SimulatedTenant } from './tenant.ts';
import { Throttle, publishedLimits } from './throttle.ts';
import type { ThrottleLimits } from './throttle.ts';
import { TokenEndpoint } from './token-endpoint.ts';

export interface SimulatorOptions {
  /** The routing table; default: every record of the registry. */
  types?: readonly PolicyType[];
  /** Port of the Graph host; 0 or absent: a free one. The login host takes the next one, or a free one. */
  port?: number;
  /** Where `ca.pem` and each tenant's secret and certificate files are written; absent: nothing is written. */
  directory?: string;
  /** A folder of exported policy JSON, served as a tenant of its own. */
  importDirectory?: string;
  /** How many tenants of `objects` each; absent: the three demo customers, or none beside an import. */
  tenants?: number;
  /** Objects a tenant, default 300. Only with `tenants`. */
  objects?: number;
  /** Same seed, same tenants, faults and delays; default 1. */
  seed?: number;
  /** Faults as on the command line, `name[=key:value,…]`. */
  faults?: readonly string[];
  /** `100±50`, `100` or `100+-50`: milliseconds before each Graph answer. */
  latency?: string;
  /** False switches Graph's throttling limits off; an object replaces some. Default: the published limits. */
  throttle?: boolean | Partial<ThrottleLimits>;
  /** Lifetime of access tokens in seconds, default 3599. */
  tokenLifetimeSeconds?: number;
  clock?: Clock;
}

/** A tenant as one has to connect to it. The secret is of the simulator alone. */
export interface SimulatedTenantAccess {
  name: string;
  tenantGuid: string;
  clientId: string;
  clientSecret: string;
  certificate: ClientCertificate;
  /** Objects over all lists and singletons. */
  objects: number;
  /** Application permissions that were left out of its consent on purpose. */
  missingPermissions: string[];
  /** Files with the same, when a directory was given. */
  files: { secretFile: string; certificateFile: string; privateKeyFile: string } | null;
}

export interface Simulator {
  /** Such as `https://127.0.0.1:41001`, without version and slash. */
  graphUrl: string;
  /** Authority host, without tenant and slash. */
  loginUrl: string;
  caPem: string;
  /** Path of `ca.pem`, null without a directory. */
  caFile: string | null;
  tenants: SimulatedTenantAccess[];
  control: SimulatorControl;
  /** For the header `x-simulator-key` of the control paths. */
  controlKey: string;
  /** What the import placed and what not; null without one. */
  imported: ImportReport | null;
  close(): Promise<void>;
}

/** Starts a simulator on loopback. Throws AppError for options that cannot be met. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const types = options.types ?? policyTypes;
  const clock = options.clock ?? systemClock;
  const seed = options.seed ?? 1;
  const latency: Latency = parseLatency(options.latency ?? '0');
  const faults = new FaultBoard(seed);
  for (const text of options.faults ?? []) faults.set(parseFault(text));

  const authority = createCertificateAuthority(clock.wallMs());
  const clientCertificate = authority.issueClient('TenantKeep (simulated)');
  const tenants = new Map<string, SimulatedTenant>();
  const access: SimulatedTenantAccess[] = [];
  const add = (tenant: SimulatedTenant, missing: readonly string[]) => {
    tenants.set(tenant.tenantGuid, tenant);
    access.push(register(tenant, types, missing, clientCertificate, seed));
  };
  const routes = buildRoutes(types);
  let imported: ImportReport | null = null;
  if (options.importDirectory !== undefined) {
    const result = await importPolicies(options.importDirectory, routes);
    imported = result.report;
    add(result.tenant, []);
  }
  if (options.tenants !== undefined) {
    const scale = buildScaleTenants(types, seed, options.tenants, options.objects ?? 300);
    for (const tenant of scale) add(tenant, []);
  } else if (options.importDirectory === undefined) {
    for (const [index, tenant] of buildDemoTenants(types, seed).entries()) {
      add(tenant, index === 2 ? [demoMissingPermission] : []);
    }
  }

  const counters = new RequestCounters();
  const throttle = new Throttle(clock, publishedLimits);
  const tokens = new TokenEndpoint({
    clock,
    tenants,
    faults,
    expiresInSeconds: options.tokenLifetimeSeconds ?? 3599,
  });
  const service = new GraphService({
    clock,
    router: createRouter(routes),
    faults,
    throttle,
    counters,
    tokens,
  });
  const control = new SimulatorControl({
    tenants,
    types,
    faults,
    counters,
    throttle,
    tokens,
    latency,
    seed,
  });
  if (options.throttle !== undefined) control.setThrottle(options.throttle);
  const controlKey = randomBytes(24).toString('base64url');
  const parts: HostParts = {
    clock,
    service,
    tokens,
    faults,
    counters,
    random: createRandom(seed ^ 0x1a7e),
    latency: () => latency,
    control: createControlDoor(control, controlKey),
  };
  const certificate = authority.issueServer();
  const port = options.port ?? 0;
  const graph = await listen(certificate, port, createGraphHandler(parts));
  const login = await listen(certificate, port === 0 ? 0 : port + 1, createLoginHandler(parts));
  const graphUrl = `https://127.0.0.1:${graph.port}`;
  const loginUrl = `https://127.0.0.1:${login.port}`;
  service.graphUrl = graphUrl;
  tokens.graphUrl = graphUrl;
  tokens.loginUrl = loginUrl;

  let caFile: string | null = null;
  if (options.directory !== undefined) {
    caFile = await writeFiles(options.directory, authority.caPem, access);
  }
  return {
    graphUrl,
    loginUrl,
    caPem: authority.caPem,
    caFile,
    tenants: access,
    control,
    controlKey,
    imported,
    close: async () => {
      await Promise.all(
        [graph.server, login.server].map(
          (server) =>
            new Promise<void>((resolve) => {
              server.close(() => resolve());
              server.closeAllConnections();
            }),
        ),
      );
    },
  };
}

function register(
  tenant: SimulatedTenant,
  types: readonly PolicyType[],
  missing: readonly string[],
  certificate: ClientCertificate,
  seed: number,
): SimulatedTenantAccess {
  const parsed = new X509Certificate(certificate.certificatePem);
  const clientId = guidFromText(`${seed}/${tenant.name}/app`);
  const clientSecret = `sim~${createRandom(hashText(`${seed}/${tenant.name}/secret`)).hex(32)}`;
  const roles = new Set(['Group.ReadBasic.All', 'Organization.Read.All']);
  for (const type of types) {
    for (const permission of [type.permission, ...type.children.map((child) => child.permission ?? null)]) {
      if (permission !== null) roles.add(permission);
    }
  }
  for (const permission of missing) roles.delete(permission);
  const app: AppRegistration = {
    clientId,
    secrets: [clientSecret],
    expiredSecrets: [`expired-${clientSecret}`],
    certificates: [
      {
        thumbprintSha256: certificate.thumbprintSha256,
        thumbprintSha1: createHash('sha1').update(parsed.raw).digest('hex').toUpperCase(),
        publicKey: parsed.publicKey,
      },
    ],
    roles,
    disabled: false,
  };
  tenant.apps.set(clientId, app);
  let objects = 0;
  for (const [path, list] of tenant.collections) {
    if (types.some((type) => type.listPath === path)) objects += list.length;
  }
  return {
    name: tenant.name,
    tenantGuid: tenant.tenantGuid,
    clientId,
    clientSecret,
    certificate,
    objects,
    missingPermissions: [...missing],
    files: null,
  };
}

async function writeFiles(
  directory: string,
  caPem: string,
  access: SimulatedTenantAccess[],
): Promise<string> {
  await mkdir(directory, { recursive: true });
  const caFile = join(directory, 'ca.pem');
  await writeFile(caFile, caPem);
  for (const tenant of access) {
    const folder = join(directory, tenant.tenantGuid);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const files = {
      secretFile: join(folder, 'client-secret.txt'),
      certificateFile: join(folder, 'certificate.pem'),
      privateKeyFile: join(folder, 'private-key.pem'),
    };
    await writeFile(files.secretFile, tenant.clientSecret, { mode: 0o600 });
    await writeFile(files.certificateFile, tenant.certificate.certificatePem);
    await writeFile(files.privateKeyFile, tenant.certificate.privateKeyPem, { mode: 0o600 });
    tenant.files = files;
  }
  return caFile;
}

/** Reads `100±50`, `100+-50` or `100`. Throws AppError `simulator_latency_invalid`. */
export function parseLatency(text: string): Latency {
  const match = /^(\d+)\s*(?:(?:±|\+-|\+\/-)\s*(\d+))?\s*(?:ms)?$/.exec(text.trim());
  if (!match) {
    throw new AppError('simulator_latency_invalid', `"${text}" is not a latency.`, {
      nextStep: 'Write milliseconds, with a spread if you like: --latency 100±50',
    });
  }
  return { meanMs: Number(match[1]), spreadMs: Number(match[2] ?? 0) };
}
