import { errorText, isAppError, withNextStep } from '../../shared/errors.ts';
import { keepAuditHeads } from '../audit/keep-heads.ts';
import type { Clock } from '../clock.ts';
import type { Host } from '../composition.ts';
import type { ProcessLog } from '../logging/log.ts';

const retryMs = 60_000;

/**
 * What this computer does as a host: `problem` is the sentence of a start that was refused. `none`: nobody made it a
 * host, which is how the computer of a person who only looks and edits should be.
 */
export type OwnHostState =
  | { kind: 'running'; runs: number }
  | { kind: 'starting' | 'paused' | 'stopped' | 'none' }
  | { kind: 'refused'; problem: string };

export interface OwnHost {
  state(): OwnHostState;
  /**
   * Starts dispatching and claiming; a refused start is tried again every minute and never throws. Without a host
   * login there is nothing to start.
   */
  start(): Promise<void>;
  /** Gives running runs back and stops until `start`. */
  pause(): Promise<void>;
  onSuspend(): Promise<void>;
  onResume(): Promise<void>;
  /** For the end of the app: nothing starts afterwards. */
  stop(): Promise<void>;
}

/** The engine inside of the desktop, with a switch. Starting and stopping wait for each other. */
export function createOwnHost(parts: {
  createHost: () => Promise<Host>;
  clock: Clock;
  log: ProcessLog;
  /** Told after each change of state. */
  onState: () => void;
}): OwnHost {
  const { clock, log } = parts;
  let host: Host | null = null;
  let idleState: Exclude<OwnHostState, { kind: 'running' }> = { kind: 'stopped' };
  let wanted = false;
  let ended = false;
  let cancelRetry: (() => void) | null = null;
  let keepingHeads: { abort: AbortController; ended: Promise<void> } | null = null;
  let turn: Promise<void> = Promise.resolve();

  /** One change at a time, in the order asked for. */
  function inTurn(change: () => Promise<void>): Promise<void> {
    const before = turn;
    turn = (async () => {
      await before;
      await change();
      parts.onState();
    })();
    return turn;
  }

  async function startNow(): Promise<void> {
    if (host !== null || !wanted || ended) return;
    idleState = { kind: 'starting' };
    let created: Host | null = null;
    try {
      created = await parts.createHost();
      await created.engine.start();
      created.alerts.start();
      host = created;
      const abort = new AbortController();
      const save = (): Promise<void> => created!.saveAuditHeads();
      keepingHeads = { abort, ended: keepAuditHeads(save, { clock, log, signal: abort.signal }) };
      log.info({ instanceId: host.engine.state().instanceId }, 'This computer is a host');
    } catch (error) {
      await created?.stop();
      if (isAppError(error) && error.code === 'login_missing') {
        // The logins of a home are read once, so trying again would find the same.
        log.info({}, 'This computer is no host: it has no host login for its database');
        idleState = { kind: 'none' };
        return;
      }
      const problem = isAppError(error)
        ? withNextStep(error)
        : 'The engine could not be started; the log says why.';
      log.error({ error: errorText(error) }, 'This computer could not become a host');
      idleState = { kind: 'refused', problem };
      cancelRetry = clock.after(retryMs, () => void inTurn(startNow), { unref: true });
    }
  }

  async function stopNow(kind: 'paused' | 'stopped'): Promise<void> {
    cancelRetry?.();
    const stopping = host;
    host = null;
    idleState = { kind };
    keepingHeads?.abort.abort();
    try {
      await keepingHeads?.ended;
      keepingHeads = null;
      await stopping?.stop();
    } catch (error) {
      log.error({ error: errorText(error) }, 'The engine could not stop in good order');
    }
  }

  return {
    state: () => (host === null ? idleState : { kind: 'running', runs: host.engine.state().runs.length }),
    start() {
      wanted = true;
      return inTurn(startNow);
    },
    pause() {
      wanted = false;
      return inTurn(() => stopNow('paused'));
    },
    onSuspend: () => inTurn(async () => host?.engine.onSuspend()),
    onResume: () => inTurn(async () => host?.engine.onResume()),
    stop() {
      wanted = false;
      ended = true;
      return inTurn(() => stopNow('stopped'));
    },
  };
}
