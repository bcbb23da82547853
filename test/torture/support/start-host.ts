import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { systemClock } from '../../../main/clock.ts';
import type { HostCommand, HostFacts, HostPlan, HostReport } from './host-plan.ts';

/** A host process as the torture holds it. */
export interface TortureHost {
  plan: HostPlan;
  pid: number;
  /** Every instance id that the process had, the newest last. */
  instanceIds: readonly string[];
  reports: readonly HostReport[];
  lateWrites(): { accepted: number; refused: number };
  unhandled(): string[];
  logged(message: string): number;
  send(command: HostCommand): void;
  kill(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT' | 'SIGTERM'): void;
  /** Resolves with how the process ended. */
  ended: Promise<{ code: number | null; signal: string | null }>;
  hasEnded(): boolean;
  facts(): Promise<HostFacts>;
  /** Resolves with the next report of the kind, or one that is there already when `earlier`. */
  next(kind: HostReport['kind'], timeoutMs?: number): Promise<HostReport>;
  /** One tick; resolves when it has ended. */
  tick(): Promise<void>;
  /** Stops in good order; SIGKILL when that takes too long. */
  stop(): Promise<void>;
}

/** Starts a host process; resolves when it has checked in, or with `waitsForGo` when its connections stand. */
export async function startHost(plan: HostPlan): Promise<TortureHost> {
  const child: ChildProcess = fork(new URL('./host-process.ts', import.meta.url), [JSON.stringify(plan)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
  });
  let lastWords = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    lastWords = (lastWords + chunk.toString('utf8')).slice(-2_000);
  });
  const reports: HostReport[] = [];
  const instanceIds: string[] = [];
  const waiting: { kind: HostReport['kind']; resolve: (report: HostReport) => void }[] = [];
  child.on('message', (report: HostReport) => {
    reports.push(report);
    if (report.kind === 'ready' || report.kind === 'instance') instanceIds.push(report.instanceId);
    for (const [index, waiter] of [...waiting.entries()].reverse()) {
      if (waiter.kind !== report.kind) continue;
      waiting.splice(index, 1);
      waiter.resolve(report);
    }
  });
  const ended = (async () => {
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    return { code, signal };
  })();
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const send = (command: HostCommand) => {
    if (child.connected) child.send(command, () => undefined);
  };
  const next = async (kind: HostReport['kind'], timeoutMs = 30_000): Promise<HostReport> => {
    const arrived = new Promise<HostReport>((resolve) => waiting.push({ kind, resolve }));
    const late = Promise.withResolvers<never>();
    const cancel = systemClock.after(timeoutMs, () =>
      late.reject(new Error(`A host did not report "${kind}" in ${timeoutMs} ms. ${lastWords}`)),
    );
    const dead = ended.then(({ code, signal }) => {
      throw new Error(`A host ended (${code ?? signal}) before it reported "${kind}". ${lastWords}`);
    });
    try {
      return await Promise.race([arrived, late.promise, dead]);
    } finally {
      cancel();
      dead.catch(() => undefined);
      late.promise.catch(() => undefined);
    }
  };
  const host: TortureHost = {
    plan,
    pid: child.pid!,
    instanceIds,
    reports,
    lateWrites() {
      const writes = reports.filter((report) => report.kind === 'late_write');
      const accepted = writes.filter((write) => write.accepted).length;
      return { accepted, refused: writes.length - accepted };
    },
    unhandled: () => reports.filter((report) => report.kind === 'unhandled').map((report) => report.error),
    logged: (message) =>
      reports.filter((report) => report.kind === 'log' && report.message.includes(message)).length,
    send,
    kill: (signal) => {
      if (!hasEnded()) child.kill(signal);
    },
    ended,
    hasEnded,
    async facts() {
      const answer = next('facts');
      send({ kind: 'facts' });
      return ((await answer) as Extract<HostReport, { kind: 'facts' }>).facts;
    },
    next,
    async tick() {
      const answer = next('ticked', 120_000);
      send({ kind: 'tick' });
      await answer;
    },
    async stop() {
      if (hasEnded()) return;
      send({ kind: 'stop' });
      const cancel = systemClock.after(30_000, () => child.kill('SIGKILL'));
      await ended;
      cancel();
    },
  };
  await next(plan.waitsForGo === true ? 'opened' : 'ready', 60_000);
  return host;
}
