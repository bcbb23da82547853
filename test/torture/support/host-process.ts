/**
 * A host as a process of its own: the real engine on real connections, with a scripted tenant. Started by
 * `start-host.ts` with its plan as the only argument; it speaks over the IPC channel and ends when that closes.
 */
import { registerHooks } from 'node:module';
import { systemClock, type Clock } from '../../../main/clock.ts';
import type { Log } from '../../../main/engine/ports.ts';
import type { HostCommand, HostPlan, HostReport } from './host-plan.ts';

const plan = JSON.parse(process.argv[2]!) as HostPlan;

function say(report: HostReport): void {
  if (process.connected) process.send!(report, undefined, undefined, () => undefined);
}

const endWithParent = () => process.exit(9);
process.on('disconnect', endWithParent);
process.on('unhandledRejection', (error) => {
  say({ kind: 'unhandled', error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
});
process.on('uncaughtExceptionMonitor', (error) => {
  say({ kind: 'unhandled', error: error.stack ?? error.message });
});

if (plan.engineLevel !== undefined) {
  // The level is a constant of the engine; another version of the program has another one.
  registerHooks({
    load(url, context, next) {
      if (!url.endsWith('/engine/engine-level.ts')) return next(url, context);
      return {
        format: 'module',
        shortCircuit: true,
        source: `export const engineLevel = ${plan.engineLevel};`,
      };
    },
  });
}

let wallOffsetMs = plan.wallOffsetMs ?? 0;
const clock: Clock = { ...systemClock, wallMs: () => systemClock.wallMs() + wallOffsetMs };

const log: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: (fields, message) => reportLog('warn', fields, message),
  error: (fields, message) => reportLog('error', fields, message),
  child: () => log,
};
function reportLog(level: 'warn' | 'error', fields: object, message: string): void {
  const error: unknown = (fields as { err?: unknown }).err;
  say({ kind: 'log', level, message, error: error instanceof Error ? error.message : null });
}

const { openDatabase } = await import('../../../main/db/open-database.ts');
const { createEngine } = await import('../../../main/engine/engine.ts');
const { defaultEngineLimits } = await import('../../../main/engine/engine-limits.ts');
const { fenceRun, insertRunEvents } = await import('../../../main/db/repositories/run-ownership.ts');
const { withPoints } = await import('./kill-points.ts');
const { createScriptedExecutor, nothingExecutor } = await import('./scripted-backup.ts');
const { fasterLimits } = await import('./faster-limits.ts');

let reachedCount = 0;
const reached = (point: string): void => {
  if (plan.killAt === undefined || plan.killAt.point !== point) return;
  reachedCount += 1;
  if (reachedCount < plan.killAt.nth) return;
  process.kill(process.pid, 'SIGKILL');
  // The signal is delivered before anything else happens on this thread.
  for (;;);
};

const open = async (max: number) =>
  withPoints(
    await openDatabase({ url: plan.url, applicationName: `tenantkeep/${plan.name}`, max, log }),
    reached,
  );
const databases = { beat: await open(1), tick: await open(1), work: await open(2) };

const inner =
  plan.work.kind === 'nothing'
    ? nothingExecutor
    : createScriptedExecutor({ work: plan.work, database: databases.work, clock, log });
const executor: typeof inner = {
  afterFinish: (run) => inner.afterFinish(run),
  execute(lease) {
    if (plan.stubborn === true) {
      lease.signal.addEventListener('abort', () => {
        void writeLate(lease).catch((error: unknown) => {
          reportLog('warn', { err: error }, 'A late write did not reach the database');
        });
      });
    }
    return inner.execute(lease);
  },
};

/** What a host does that does not know it was replaced: the fence is asked, but nothing local is. */
async function writeLate(lease: Parameters<typeof inner.execute>[0]): Promise<void> {
  const run = { runId: lease.runId, tenantId: lease.tenantId, attempt: lease.attempt };
  for (let round = 0; round < 20; round += 1) {
    try {
      const accepted = await databases.work.transaction(async (tx) => {
        if (!(await fenceRun(tx, lease.runId, lease.token))) return false;
        await insertRunEvents(tx, run, [
          {
            level: 'warning',
            code: 'late_write',
            typeKey: null,
            message: 'Written by an owner told to stop.',
          },
        ]);
        return true;
      });
      say({ kind: 'late_write', runId: lease.runId, token: lease.token, accepted });
      if (!accepted) return;
    } catch (error) {
      reportLog('warn', { err: error }, 'A late write did not reach the database');
    }
    await systemClock.sleep(4_000 / plan.rate);
  }
}

const engine = createEngine({
  databases,
  executor,
  readers: {
    openableTenantIds: async () =>
      (await databases.beat.query<{ id: string }>('select id from app.tenants')).map((row) => row.id),
  },
  clock,
  log,
  host: { hostId: plan.hostId, name: plan.name, kind: 'service', appVersion: '0.0.0-torture' },
  limits: { ...fasterLimits(defaultEngineLimits, plan.rate), ...plan.limits },
  minutes: (onMinute) => {
    if (plan.manualMinutes === true) return () => undefined;
    const timer = setInterval(onMinute, 60_000 / plan.rate);
    return () => clearInterval(timer);
  },
});

const go = Promise.withResolvers<void>();
process.on('message', (command: HostCommand) => {
  switch (command.kind) {
    case 'go':
      go.resolve();
      break;
    case 'tick':
      void engine.tickNow().then(() => say({ kind: 'ticked' }));
      break;
    case 'suspend':
      void engine.onSuspend();
      break;
    case 'resume':
      void engine.onResume();
      break;
    case 'offset':
      ({ wallOffsetMs } = command);
      break;
    case 'facts': {
      const state = engine.state();
      const memory = process.memoryUsage();
      say({
        kind: 'facts',
        facts: {
          instanceId: state.instanceId,
          residentBytes: memory.rss,
          heapBytes: memory.heapUsed,
          handles: process.getActiveResourcesInfo().length,
          runs: state.runs.length,
          ticks: state.ticks,
          outdated: state.outdated,
        },
      });
      break;
    }
    case 'stop':
      void stop();
      break;
  }
});

async function stop(): Promise<void> {
  await engine.stop('host_shutdown');
  await Promise.all([databases.beat.close(), databases.tick.close(), databases.work.close()]);
  say({ kind: 'stopped' });
  process.removeListener('disconnect', endWithParent);
  process.disconnect();
}
process.on('SIGTERM', () => void stop());

say({ kind: 'opened' });
if (plan.waitsForGo === true) await go.promise;
for (;;) {
  try {
    await engine.start();
    break;
  } catch (error) {
    // As the service does: wait for the database. An engine starts once, but only if it got that far.
    reportLog('warn', { err: error }, 'The host waits for the database');
    await systemClock.sleep(500);
  }
}
let instanceId = engine.state().instanceId;
say({ kind: 'ready', instanceId });
const watch = setInterval(() => {
  const now = engine.state().instanceId;
  if (now === instanceId) return;
  instanceId = now;
  say({ kind: 'instance', instanceId });
}, 50);
watch.unref();
