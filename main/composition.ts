/**
 * Where adapters meet the engine, the only such place. Two things are put together here: a workspace (what every
 * command needs: home, configuration, log, database) and, on top of it, a host (what runs backups).
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import packageJson from '../package.json' with { type: 'json' };
import { AppError, isAppError } from '../shared/errors.ts';
import { createHeadsWebhook } from './audit/heads-webhook.ts';
import { readSavedHeads, saveHeads } from './audit/saved-heads.ts';
import { systemClock, type Clock } from './clock.ts';
import { readConfig, resolveHome, webhookStateFile, type Config, type Home } from './config.ts';
import { createBackupSecrets } from './credentials/backup-secrets.ts';
import { createCredentialLoader } from './credentials/credential-loader.ts';
import { createCredentialOpener } from './credentials/credential-opener.ts';
import { loadHostKey, type HostKey } from './credentials/host-key.ts';
import { resealForApprovedHosts, type ResealReport } from './credentials/reseal.ts';
import { createKeyringCipher } from './credentials/keyring-cipher.ts';
import {
  createPlainSecretStore,
  createSealedSecretStore,
  type ValueCipher,
} from './credentials/sealed-store.ts';
import { createFileSecretStore, type SecretStore } from './credentials/secret-store.ts';
import { accessDatabase, identifyHost, type DatabaseAccess } from './database-access.ts';
import { requireCurrentSchema, schemaStatus } from './db/schema-status.ts';
import { openDatabase } from './db/open-database.ts';
import { type OperationFigures, readOperationFigures } from './db/repositories/operation-figures.ts';
import type { Database } from './db/database.ts';
import { findPolicyType, policyTypes } from './domain/policy-types/registry.ts';
import { createRunExecutor } from './engine/backup/backup-executor.ts';
import type { PolicyTypeLookup } from './engine/backup/policy-type-lookup.ts';
import { createAlertWatch, type AlertWatch } from './engine/alerts/alert-watch.ts';
import { createEngine, type Engine } from './engine/engine.ts';
import { createAccessProbe } from './graph/access-probe.ts';
import type { CandidateLoader, CredentialLoader } from './graph/credential-loader.ts';
import { type GraphLimits, graphLimits } from './graph/graph-limits.ts';
import { registeredPolicyTypes } from './graph/policy-type-catalog.ts';
import { createTenantReaderFactory } from './graph/tenant-reader-factory.ts';
import { createLog, type LogLevel, type ProcessLog } from './logging/log.ts';
import { createAlertSender } from './notify/alert-sender.ts';

/** The version of this program. */
export const appVersion: string = packageJson.version;

export interface Workspace {
  home: Home;
  config: Config;
  secrets: SecretStore;
  hostKey: HostKey;
  clock: Clock;
  log: ProcessLog;
  /** Base path of the log, which is written with a number in it. */
  logFile: string;
}

/** Opens what needs no database: home, configuration, secrets of this computer, log. */
export async function openWorkspace(options: {
  home: string | undefined;
  /** Name of the log file without number, such as `service`. */
  logName: string;
  logLevel?: LogLevel;
  logToStderr?: boolean;
  /** What the desktop seals with; no other process has it. */
  desktopCipher?: () => ValueCipher;
}): Promise<Workspace> {
  const home = resolveHome(options.home);
  const config = await readConfig(home);
  const logFile = join(home.logsDirectory, `${options.logName}.log`);
  const log = await createLog({
    level: options.logLevel ?? config.logLevel,
    file: logFile,
    ...(options.logToStderr ? { stderr: process.stderr } : {}),
  });
  const secrets = openSecretStore(home, config, options.desktopCipher);
  for (const warning of (await secrets.describe()).warnings) log.warn({}, warning);
  return { home, config, secrets, hostKey: await loadHostKey(secrets), clock: systemClock, log, logFile };
}

/** The store that the configuration names, and no other: secrets move to a weaker place by choice only. */
function openSecretStore(home: Home, config: Config, desktopCipher?: () => ValueCipher): SecretStore {
  const files = createFileSecretStore(home.secretsDirectory);
  if (config.secretStore === 'file') return createPlainSecretStore(files);
  if (config.secretStore === 'keyring') return createSealedSecretStore(files, createKeyringCipher(files));
  if (desktopCipher !== undefined) return createSealedSecretStore(files, desktopCipher());
  throw new AppError('secret_store_other', 'The secrets of this home are kept by the desktop app.', {
    nextStep: 'Only the desktop app opens them: "secretStore" in config.json says "desktop".',
  });
}

/** Opens the person's own connection; refuses a schema that this app does not fit. */
export async function openTechnicianDatabase(access: DatabaseAccess, log: ProcessLog): Promise<Database> {
  return openChecked(await access.urlFor('technician'), 'tenantkeep/cli', 2, log);
}

/** The registry as the backup asks it. `core` are the types of that priority; `all` is every type. */
const policyTypeLookup: PolicyTypeLookup = {
  find: findPolicyType,
  keysOf: (selection) =>
    policyTypes.filter((type) => selection === 'all' || type.priority === 'core').map((type) => type.key),
};

/** Where this home keeps the ends of audit chains, and under which name those of this database stand there. */
export function savedHeadsPlace(
  workspace: Workspace,
  access: DatabaseAccess,
): { file: string; location: string } {
  return {
    file: join(workspace.home.directory, 'audit-heads.json'),
    // The port of the embedded server changes from start to start.
    location: access.kind === 'embedded' ? 'embedded' : access.location,
  };
}

export interface Host {
  engine: Engine;
  /** Looks for trouble and tells of it; `alerts.start()` is the caller's, after the engine has started. */
  alerts: AlertWatch;
  /**
   * Saves the ends of all audit chains on this computer, and sends them where a webhook is configured; an end that the
   * chain does not continue is logged.
   */
  saveAuditHeads(): Promise<void>;
  /** Figures of the whole workspace, for monitoring. */
  readFigures(): Promise<OperationFigures>;
  /** Stops the engine in good order and closes its connections. */
  stop(): Promise<void>;
}

export interface HostOptions {
  kind: 'desktop' | 'service' | 'command';
  /** False: carries out runs but dispatches none. */
  dispatch?: boolean;
  /** The only run that it may take. */
  onlyRunId?: string;
  /** Other limits of the Graph client than the published ones, for a Graph that has none. */
  graph?: Partial<GraphLimits>;
}

/** Puts a host together; `engine.start()` is the caller's. */
export async function createHost(
  workspace: Workspace,
  access: DatabaseAccess,
  options: HostOptions,
): Promise<Host> {
  const { clock, log, hostKey } = workspace;
  const url = await access.urlFor('host');
  const name = `tenantkeep/host-${createHash('sha256').update(hostKey.recipient).digest('hex').slice(0, 8)}`;
  const [beat, tick, work] = await openAll([
    openChecked(url, name, 1, log),
    openChecked(url, name, 1, log),
    // Many readers share it: on a busy machine their turn comes late, which must not end a run.
    openChecked(url, name, 2, log, 60_000),
  ]);
  const closeAll = async () => {
    await Promise.all([beat.close(), tick.close(), work.close()]);
  };
  try {
    const hostId = await identifyHost(tick, {
      name: workspace.config.hostName,
      kind: options.kind,
      publicKey: hostKey.recipient,
    });
    const opener = createCredentialOpener({ database: tick, identity: hostKey.identity, log });
    const credentials = createCredentialLoader(opener);
    const readers = createTenantReaderFactory({
      credentials,
      catalog: registeredPolicyTypes,
      limits: graphLimits({ ...workspace.config.graph, ...options.graph }),
      clock,
      log,
    });
    const executor = createRunExecutor({
      database: work,
      readers,
      policyTypes: policyTypeLookup,
      secrets: createBackupSecrets({ database: work, identity: hostKey.identity }),
      clock,
      log,
    });
    const engine = createEngine({
      databases: { beat, tick, work },
      executor,
      readers,
      probe: createAccessProbe({ credentials, catalog: registeredPolicyTypes, clock, log }),
      clock,
      log,
      host: { hostId, name: workspace.config.hostName, kind: options.kind, appVersion },
      dispatch: options.dispatch ?? true,
      ...(options.onlyRunId === undefined ? {} : { onlyRunId: options.onlyRunId }),
    });
    const heads = savedHeadsPlace(workspace, access);
    const alerts = createAlertWatch({
      database: work,
      sender: createAlertSender({ identity: hostKey.identity, clock }),
      savedHeads: () => readSavedHeads(heads.file, heads.location),
      clock,
      log,
    });
    const { auditWebhook } = workspace.config;
    const webhook =
      auditWebhook === null
        ? null
        : createHeadsWebhook({
            ...auditWebhook,
            stateFile: webhookStateFile(workspace.home),
            source: { database: access.location, host: workspace.config.hostName },
            clock,
            log,
          });
    return {
      engine,
      alerts,
      async saveAuditHeads() {
        const rewritten = await saveHeads({ sql: tick, ...heads, seesAll: true, log });
        await webhook?.send(await readSavedHeads(heads.file, heads.location), rewritten);
      },
      readFigures: () => readOperationFigures(work),
      async stop() {
        await alerts.stop();
        await engine.stop('host_shutdown');
        await readers.close();
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** The credentials that this host can open, without an engine; for `tenants check` and `doctor`. */
export async function openHostCredentials(
  workspace: Workspace,
  access: DatabaseAccess,
): Promise<{ database: Database; loader: CredentialLoader & CandidateLoader; close(): Promise<void> }> {
  const database = await openChecked(await access.urlFor('host'), 'tenantkeep/cli-host', 1, workspace.log);
  const opener = createCredentialOpener({
    database,
    identity: workspace.hostKey.identity,
    log: workspace.log,
  });
  return { database, loader: createCredentialLoader(opener), close: () => database.close() };
}

/** The host's login with what seals the secrets of objects, for an import. Throws `host_not_approved`, `login_missing`. */
export async function openHostStore(
  workspace: Workspace,
  access: DatabaseAccess,
): Promise<{ database: Database; secrets: ReturnType<typeof createBackupSecrets> }> {
  const database = await openChecked(await access.urlFor('host'), 'tenantkeep/cli-host', 2, workspace.log);
  try {
    const [row] = await database.query<{ approved: boolean }>('select app.is_host() as approved');
    if (!row!.approved) {
      throw new AppError('host_not_approved', 'This computer is no approved host.', {
        nextStep: 'Run the command on a host, or have an administrator approve this one.',
      });
    }
    return {
      database,
      secrets: createBackupSecrets({ database, identity: workspace.hostKey.identity }),
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/**
 * Seals what this computer's host can open to the hosts that are approved now. Where this computer is no host, or
 * not an approved one, the reason as a sentence.
 */
export async function resealForHosts(
  workspace: Workspace,
  access: DatabaseAccess,
): Promise<ResealReport | { reason: string }> {
  let url: string;
  try {
    url = await access.urlFor('host');
  } catch (error) {
    if (isAppError(error) && error.code === 'login_missing') return { reason: 'This computer is no host.' };
    throw error;
  }
  const database = await openChecked(url, 'tenantkeep/cli-host', 1, workspace.log);
  try {
    const [row] = await database.query<{ approved: boolean }>('select app.is_host() as approved');
    if (!row!.approved) return { reason: 'This computer is no approved host.' };
    return await resealForApprovedHosts({ database, identity: workspace.hostKey.identity });
  } finally {
    await database.close();
  }
}

/** The database of this home for this workspace. */
export async function enterDatabase(workspace: Workspace): Promise<DatabaseAccess> {
  return accessDatabase(workspace);
}

/** All of them or, where one fails, none and its error. */
async function openAll<Opening extends readonly Promise<Database>[]>(
  opening: readonly [...Opening],
): Promise<{ [Position in keyof Opening]: Database }> {
  try {
    return (await Promise.all(opening)) as { [Position in keyof Opening]: Database };
  } catch (error) {
    for (const each of await Promise.allSettled(opening)) {
      if (each.status === 'fulfilled') await each.value.close();
    }
    throw error;
  }
}

async function openChecked(
  url: string,
  applicationName: string,
  max: number,
  log: ProcessLog,
  connectTimeoutMs?: number,
): Promise<Database> {
  const database = await openDatabase({
    url,
    applicationName,
    max,
    log,
    ...(connectTimeoutMs === undefined ? {} : { connectTimeoutMs }),
  });
  try {
    requireCurrentSchema(await schemaStatus(database));
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}
