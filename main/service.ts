import { isAppError } from '../shared/errors.ts';
import { keepAuditHeads } from './audit/keep-heads.ts';
import { appVersion, createHost, enterDatabase, openWorkspace, type Host } from './composition.ts';
import type { DatabaseAccess } from './database-access.ts';
import { openConsole, type OpenedConsole } from './open-console.ts';
import { type HealthServer, startHealthServer } from './service-health/health-server.ts';
import { createLivenessJudge } from './service-health/liveness.ts';
import { createSupervisor } from './service-health/supervisor.ts';

/** Errors of starting that may pass by themselves: the machine is booting, or the server restarts. */
const passingCodes = new Set([
  'database_unreachable',
  'database_connections_exhausted',
  'database_start_failed',
]);
const longestPauseMs = 30_000;

/**
 * The headless service: a host that dispatches and carries out runs until the signal is aborted. Waits for a
 * database that cannot be reached yet, saying so in the log. Resolves when everything is stopped in good order;
 * throws what no waiting can mend.
 */
export async function runService(options: {
  home: string | undefined;
  signal: AbortSignal;
  /** Told once the host has checked in; for the command's own output and for the demo. */
  onReady?: (facts: {
    instanceId: string;
    location: string;
    console: string | null;
    metricsPort: number | null;
  }) => void;
  /** Serves the loopback console as well. Port 0 takes any free one. */
  console?: { port: number; rendererDirectory: string };
  /** Loopback port for health and metrics, from the first moment on. 0 takes any free one. */
  metricsPort?: number;
}): Promise<void> {
  const { signal } = options;
  const workspace = await openWorkspace({ home: options.home, logName: 'service', logToStderr: true });
  const { log, clock } = workspace;
  let access: DatabaseAccess | null = null;
  let host: Host | null = null;
  let console_: OpenedConsole | null = null;
  let health: HealthServer | null = null;
  const judge = createLivenessJudge(clock, () => ({
    engine: host?.engine.state() ?? null,
    stopping: signal.aborted,
  }));
  const supervisor = createSupervisor({ environment: process.env, processId: process.pid, clock, log });
  try {
    if (options.metricsPort !== undefined) {
      const { createMetrics } = await import('./service-health/metrics.ts');
      health = await startHealthServer({
        port: options.metricsPort,
        judge,
        metrics: createMetrics({
          version: appVersion,
          judge,
          engine: () => host?.engine.state() ?? null,
          figures: async () => host?.readFigures() ?? null,
          log,
        }),
        log,
      });
      log.info({ port: health.port }, 'Health and metrics are served');
    }
    await supervisor.watch(judge);
    for (let pauseMs = 1_000; !signal.aborted; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
      try {
        access ??= await enterDatabase(workspace);
        host = await createHost(workspace, access, { kind: 'service' });
        await host.engine.start();
        host.alerts.start();
        break;
      } catch (error) {
        await host?.stop();
        host = null;
        if (!isAppError(error) || !passingCodes.has(error.code)) throw error;
        log.warn(
          { code: error.code, retryInMs: pauseMs },
          `The service waits for the database: ${error.message}`,
        );
        await sleepUnlessAborted(() => clock.sleep(pauseMs, signal), signal);
      }
    }
    if (host !== null && access !== null && !signal.aborted) {
      const { instanceId } = host.engine.state();
      log.info({ instanceId, database: access.location }, 'The service is running');
      if (options.console !== undefined) {
        console_ = await openConsole(workspace, access, options.console);
        log.info({ port: console_.console.port }, 'The console is open');
      }
      options.onReady?.({
        instanceId,
        location: access.location,
        console: console_?.link ?? null,
        metricsPort: health?.port ?? null,
      });
      const running = host;
      await keepAuditHeads(() => running.saveAuditHeads(), { clock, log, signal });
    }
  } finally {
    log.info({}, 'The service stops');
    await supervisor.stopping();
    await console_?.close();
    await health?.close();
    await host?.stop();
    await access?.leave();
    log.info({}, 'The service has stopped');
    log.close();
  }
}

async function sleepUnlessAborted(sleep: () => Promise<void>, signal: AbortSignal): Promise<void> {
  try {
    await sleep();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
