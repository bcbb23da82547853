import type { ImportReport } from './import/import-policies.ts';
import { startSimulator } from './start-simulator.ts';
import type { SimulatorOptions } from './start-simulator.ts';

/** What someone needs to connect to a running simulator; safe to print as JSON. */
export interface SimulatorReady {
  graphUrl: string;
  loginUrl: string;
  caFile: string | null;
  caPem: string;
  /** For `callSimulator`; worth something only on this machine and for this process. */
  controlKey: string;
  tenants: {
    name: string;
    tenantId: string;
    clientId: string;
    /** A secret of the simulator's own making, good nowhere else. */
    clientSecret: string;
    secretFile: string | null;
    certificateFile: string | null;
    privateKeyFile: string | null;
    objects: number;
    missingPermissions: string[];
  }[];
  imported: ImportReport | null;
}

/**
 * Runs a simulator until the signal is aborted. Prints nothing: `ready` is for the caller to show, `finished`
 * resolves when both servers are closed. Throws AppError for options that cannot be met.
 */
export async function runSimulator(
  options: SimulatorOptions,
  signal: AbortSignal,
): Promise<{ ready: SimulatorReady; finished: Promise<void> }> {
  const simulator = await startSimulator(options);
  const finished = new Promise<void>((resolve, reject) => {
    const stop = () => {
      simulator.close().then(resolve, reject);
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  return {
    ready: {
      graphUrl: simulator.graphUrl,
      loginUrl: simulator.loginUrl,
      caFile: simulator.caFile,
      caPem: simulator.caPem,
      controlKey: simulator.controlKey,
      tenants: simulator.tenants.map((tenant) => ({
        name: tenant.name,
        tenantId: tenant.tenantGuid,
        clientId: tenant.clientId,
        clientSecret: tenant.clientSecret,
        secretFile: tenant.files?.secretFile ?? null,
        certificateFile: tenant.files?.certificateFile ?? null,
        privateKeyFile: tenant.files?.privateKeyFile ?? null,
        objects: tenant.objects,
        missingPermissions: tenant.missingPermissions,
      })),
      imported: simulator.imported,
    },
    finished,
  };
}
